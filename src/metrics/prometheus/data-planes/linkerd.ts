import type { VersionTarget, VersionTargets } from "../../../ports/metric-source.ts";
import { areTwoServices, refused, selected, type VersionMatcher, type VersionSelectors } from "../version-selectors.ts";
import type { DataPlaneMetrics } from "./data-plane-metrics.ts";

const serverFaults: readonly string[] = [
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
];
const ofServer = serverFaults.join("|");

const isGrpc = ({ route }: VersionTargets): boolean => route?.kind === "GRPCRoute";

/**
 * The proxies of the callers: they count by route and backend, so what failed before it reached a pod is in. The status is
 * missing where no answer came; then `error` says what happened.
 */
export const linkerd: DataPlaneMetrics = {
  title: "Linkerd",
  controllers: ["linkerd.io/"],
  reporters: ["source"],
  selectors,
  requests: (arms) =>
    isGrpc(arms)
      ? {
          metric: "outbound_grpc_route_backend_response_statuses_total",
          blameless: "",
          failed: [`grpc_status=~"${ofServer}"`, `grpc_status!~"${ofServer}",error!=""`],
          hasFailed: ({ grpc_status: status = "", error = "" }) => serverFaults.includes(status) || error !== "",
        }
      : {
          metric: "outbound_http_route_backend_response_statuses_total",
          blameless: "",
          failed: [`http_status=~"5.."`, `http_status!~"5..",error!=""`],
          hasFailed: ({ http_status: status = "", error = "" }) => /^5..$/.test(status) || error !== "",
        },
  durations: (arms) => ({
    metric: `outbound_${isGrpc(arms) ? "grpc" : "http"}_route_backend_response_duration_seconds_bucket`,
    blameless: "",
    unitMs: 1000,
  }),
  countsUnrouted: false,
};

function selectors(arms: VersionTargets): VersionSelectors {
  const { canary, stable, route } = arms;
  if (!areTwoServices(arms)) return refused("one-service", { service: canary.service, others: ["Linkerd"] });
  const by: readonly VersionMatcher[] =
    route === undefined
      ? []
      : [
          { name: "route_kind", values: [route.kind] },
          { name: "route_namespace", values: [route.namespace] },
          { name: "route_name", values: [route.name] },
        ];
  return selected("backend_name", { canary: backendOf(canary), stable: backendOf(stable) }, by);
}

function backendOf({ service, namespace }: VersionTarget): readonly VersionMatcher[] {
  return [
    { name: "backend_name", values: [service] },
    { name: "backend_namespace", values: [namespace] },
  ];
}
