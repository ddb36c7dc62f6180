import type { VersionTarget, VersionTargets } from "../../../ports/metric-source.ts";
import { nameOf } from "../../version-name.ts";
import { areTwoServices, refused, selected, type VersionMatcher, type VersionSelectors } from "../version-selectors.ts";
import type { DataPlaneMetrics } from "./data-plane-metrics.ts";

/** Not the application's fault: the client left, a fault was injected, a limit or an authorization policy said no. */
const blameless = `response_flags!~"(.*,)?(DC|DI|FI|RL|RLSE|UAEX)(,.*)?"`;
/** 0: nothing was sent. */
const failedHttp = `response_code=~"5..|0"`;
/** gRPC answers 200 even to a failure; these are the codes that are the server's fault. */
const failedGrpc = `response_code!~"5..|0",request_protocol="grpc",grpc_response_status=~"2|4|12|13|14|15"`;
const serverFaults: readonly string[] = ["2", "4", "12", "13", "14", "15"];

/** Sidecars, gateways and waypoints of Istio. */
export const istio: DataPlaneMetrics = {
  title: "Istio",
  controllers: ["istio.io/"],
  reporters: ["source", "waypoint", "destination"],
  selectors,
  requests: () => ({
    metric: "istio_requests_total",
    blameless,
    failed: [failedHttp, failedGrpc],
    hasFailed: (labels) => {
      const code = labels["response_code"] ?? "";
      if (/^5..$/.test(code) || code === "0") return true;
      return labels["request_protocol"] === "grpc" && serverFaults.includes(labels["grpc_response_status"] ?? "");
    },
  }),
  durations: () => ({ metric: "istio_request_duration_milliseconds_bucket", blameless, unitMs: 1 }),
  connections: {
    opened: "istio_tcp_connections_opened_total",
    closed: "istio_tcp_connections_closed_total",
    cut: `response_flags!="-"`,
    blameless,
  },
  countsUnrouted: true,
};

/** The pod labels from which Istio takes the canonical revision, the first that is there. */
const revisionLabels = ["service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"];

/**
 * How to tell the versions apart. With two Services the name of the Service is best: it is known even when no pod could
 * be picked. With one Service only what stands behind it differs.
 */
function selectors(arms: VersionTargets): VersionSelectors {
  const { canary, stable, reporter = "source" } = arms;
  const by = [{ name: "reporter", values: [reporter] }];
  const twoServices = areTwoServices(arms);
  // The server's own proxy names one Service for a pod that stands behind several.
  if (twoServices && reporter !== "destination") {
    return selected("destination_service_name", { canary: serviceOf(canary), stable: serviceOf(stable) }, by);
  }
  const workloads = workloadsOf(canary, stable);
  if (workloads !== undefined) {
    const [ofCanary, ofStable] = workloads;
    const told = { canary: workloadOf(canary, ofCanary), stable: workloadOf(stable, ofStable) };
    return selected("destination_workload", told, by);
  }
  // A waypoint knows neither app nor version of what it sends to.
  const known = !twoServices && reporter !== "waypoint";
  const revisions = known ? [revisionOf(canary), revisionOf(stable)] : [];
  const [ofCanary, ofStable] = revisions;
  if (ofCanary !== undefined && ofStable !== undefined && ofCanary !== ofStable) {
    const label = "destination_canonical_revision";
    const select = (arm: VersionTarget, revision: string) => [...serviceOf(arm), { name: label, values: [revision] }];
    return selected(label, { canary: select(canary, ofCanary), stable: select(stable, ofStable) }, by);
  }
  return inseparable(arms, revisions);
}

function serviceOf({ service, namespace }: VersionTarget): readonly VersionMatcher[] {
  return [
    { name: "destination_service_name", values: [service] },
    { name: "destination_service_namespace", values: [namespace] },
  ];
}

function workloadOf({ namespace }: VersionTarget, names: readonly string[]): readonly VersionMatcher[] {
  return [
    { name: "destination_workload", values: names },
    { name: "destination_workload_namespace", values: [namespace] },
  ];
}

/** The workloads of both versions, in one order for everybody; only if they are known and none belongs to both. */
function workloadsOf(
  canary: VersionTarget,
  stable: VersionTarget,
): readonly [readonly string[], readonly string[]] | undefined {
  const [ofCanary, ofStable] = [canary, stable].map((arm) => [...new Set(arm.workloads ?? [])].sort());
  if (ofCanary === undefined || ofStable === undefined || ofCanary.length === 0 || ofStable.length === 0) {
    return undefined;
  }
  const shared = canary.namespace === stable.namespace && ofCanary.some((name) => ofStable.includes(name));
  return shared ? undefined : [ofCanary, ofStable];
}

function revisionOf(arm: VersionTarget): string | undefined {
  const labels = new Map(Object.entries(arm.subsetLabels ?? {}));
  return revisionLabels.map((name) => labels.get(name)).find((value) => value !== undefined && value !== "");
}

function inseparable({ canary, stable, reporter }: VersionTargets, revisions: readonly (string | undefined)[]) {
  const { service } = canary;
  const [both] = (canary.workloads ?? []).filter((name) => stable.workloads?.includes(name));
  if (both !== undefined) return refused("shared-workload", { others: [both] });
  if (reporter === "waypoint") return refused("waypoint-names-no-version", { service });
  if (revisions.length === 0) return refused("service-unreliable", { others: [reporter ?? "source"] });
  const missing = revisions[0] === undefined ? canary : revisions[1] === undefined ? stable : undefined;
  if (missing !== undefined) return refused("subset-without-version", { service, others: [nameOf(missing)] });
  return refused("subsets-of-one-version", { service });
}
