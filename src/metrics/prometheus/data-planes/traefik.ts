import { reason } from "../../../base/reasons/index.ts";
import type { VersionTarget, VersionTargets } from "../../../ports/metric-source.ts";
import { literally } from "../placeholders.ts";
import {
  areTwoServices,
  matchingOf,
  refused,
  selected,
  type VersionMatcher,
  type VersionSelectors,
} from "../version-selectors.ts";
import type { DataPlaneMetrics, Requests } from "./data-plane-metrics.ts";

/** Of gRPC nothing but the HTTP status is counted. */
export function unseenIn({ route }: VersionTargets, title: string): Pick<Requests, "unseen"> {
  if (route?.kind !== "GRPCRoute") return {};
  return { unseen: reason("metric-grpc-unseen", { counter: title }) };
}

/** Traefik's provider for the Gateway API: it counts by the load balancer that it makes of each backend. */
export const traefik: DataPlaneMetrics = {
  title: "Traefik",
  controllers: ["traefik.io/"],
  reporters: ["source"],
  selectors,
  requests: (arms) => ({
    metric: "traefik_service_requests_total",
    blameless: "",
    failed: [`code=~"5..|0"`],
    hasFailed: ({ code = "" }) => /^5..$/.test(code) || code === "0",
    ...unseenIn(arms, "Traefik"),
  }),
  durations: () => ({ metric: "traefik_service_request_duration_seconds_bucket", blameless: "", unitMs: 1000 }),
  countsUnrouted: false,
};

/** A scrape by way of a Kubernetes Service names itself `service`, and Traefik's own label becomes the other one. */
const spellings = ["service", "exported_service"] as const;

function selectors(arms: VersionTargets): VersionSelectors {
  const { canary, stable } = arms;
  if (!areTwoServices(arms)) return refused("one-service", { service: canary.service, others: ["Traefik"] });
  const told = (name: string) => ({ canary: backendOf(canary, name), stable: backendOf(stable, name) });
  const [own, renamed] = spellings;
  const [first, second] = [selected(own, told(own)), selected(own, told(renamed))];
  const also = matchingOf(told(renamed));
  return { ...first, also, versionOf: (labels) => first.versionOf(labels) ?? second.versionOf(labels) };
}

/** Newer versions put the protocol in front of the port. */
function backendOf({ service, namespace, port }: VersionTarget, name: string): readonly VersionMatcher[] {
  const at = port === undefined ? "[0-9]+" : String(port);
  const value = `${literally(`${namespace}-${service}`)}-((http|grpc)-)?${at}@kubernetesgateway`;
  return [{ name, values: [value], pattern: true }];
}
