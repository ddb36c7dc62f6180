import type { VersionTarget, VersionTargets } from "../../../ports/metric-source.ts";
import { literally } from "../placeholders.ts";
import { areTwoServices, refused, selected, type VersionSelectors } from "../version-selectors.ts";
import type { DataPlaneMetrics } from "./data-plane-metrics.ts";
import { unseenIn } from "./traefik.ts";

const label = "envoy_cluster_name";

/** Envoy's own statistics: what they count by is a cluster, and each control plane names clusters in its own way. */
function envoy(
  title: string,
  controllers: readonly string[],
  selectors: DataPlaneMetrics["selectors"],
): DataPlaneMetrics {
  return {
    title,
    controllers,
    reporters: ["source"],
    selectors,
    requests: (arms) => ({
      metric: "envoy_cluster_upstream_rq",
      blameless: "",
      failed: [`envoy_response_code=~"5..|0"`],
      hasFailed: ({ envoy_response_code: code = "" }) => /^5..$/.test(code) || code === "0",
      ...unseenIn(arms, title),
    }),
    durations: () => ({ metric: "envoy_cluster_upstream_rq_time_bucket", blameless: "", unitMs: 1 }),
    countsUnrouted: false,
  };
}

const byService =
  (title: string, cluster: (arm: VersionTarget) => string) =>
  (arms: VersionTargets): VersionSelectors => {
    const { canary, stable } = arms;
    if (!areTwoServices(arms)) return refused("one-service", { service: canary.service, others: [title] });
    const told = (arm: VersionTarget) => [{ name: label, values: [cluster(arm)], pattern: true as const }];
    return selected(label, { canary: told(canary), stable: told(stable) });
  };

export const contour: DataPlaneMetrics = envoy(
  "Contour",
  ["projectcontour.io/"],
  byService("Contour", ({ namespace, service }) => `${literally(`${namespace}_${service}`)}_.*`),
);

export const kgateway: DataPlaneMetrics = envoy(
  "kgateway",
  ["kgateway.dev/"],
  byService("kgateway", ({ namespace, service, port }) => {
    return `kube_${literally(`${namespace}_${service}`)}_${port === undefined ? "[0-9]+" : port}`;
  }),
);

/** One cluster a rule, unless a backend of the rule has filters of its own: then one a backend. */
export const envoyGateway: DataPlaneMetrics = envoy(
  "Envoy Gateway",
  ["gateway.envoyproxy.io/"],
  ({ canary, stable }) => {
    const [ofCanary, ofStable] = [canary.clusters ?? [], stable.clusters ?? []];
    if (ofCanary.length === 0 || ofStable.length === 0) {
      return refused("one-cluster", { others: ["Envoy Gateway"] });
    }
    const told = (values: readonly string[]) => [{ name: label, values }];
    return selected(label, { canary: told(ofCanary), stable: told(ofStable) });
  },
);
