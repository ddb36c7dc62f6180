import type { VersionTargets } from "../../../ports/metric-source.ts";
import type { DataPlane } from "../../../rollout/data-planes-and-reporters.ts";
import { refused, type VersionSelectors } from "../version-selectors.ts";
import type { DataPlaneMetrics } from "./data-plane-metrics.ts";
import { contour, envoyGateway, kgateway } from "./envoy.ts";
import { istio } from "./istio.ts";
import { linkerd } from "./linkerd.ts";
import { traefik } from "./traefik.ts";

/** Every data plane whose metrics Sluice knows: a new one is a file beside these and a line here. */
export const planes: Readonly<Record<DataPlane, DataPlaneMetrics>> = {
  istio,
  linkerd,
  "envoy-gateway": envoyGateway,
  traefik,
  contour,
  kgateway,
};

/** Implementations whose metrics do not tell the backends of a route apart, by the beginnings of their controllers' names. */
const blind: readonly (readonly [controller: string, why: Refused])[] = [
  ["gateway.nginx.org/", refused("counts-in-total", { others: ["NGINX Gateway Fabric"] })],
  ["io.cilium/", refused("counts-by-workload", { others: ["Cilium"] })],
  ["networking.gke.io/", refused("counts-elsewhere", { others: ["A Google Cloud load balancer", "Cloud Monitoring"] })],
  ["gateway.k8s.aws/", refused("counts-elsewhere", { others: ["An AWS load balancer", "CloudWatch"] })],
  ["application-networking.k8s.aws/", refused("counts-elsewhere", { others: ["VPC Lattice", "CloudWatch"] })],
];
type Refused = VersionSelectors;

type Found =
  | { readonly kind: "plane"; readonly plane: DataPlaneMetrics }
  | { readonly kind: "none"; readonly why: Refused };

/**
 * Whose metrics count: whose the user names, or who answers for the route. Where nobody answers, or somebody unknown, Istio's
 * names are asked for; if they are not there, the trial of the queries says so before anything is written.
 */
function planeOf(arms: VersionTargets): Found {
  if (arms.dataPlane !== undefined) return { kind: "plane", plane: planes[arms.dataPlane] };
  const { controllers = [] } = arms;
  const known = Object.values(planes).filter((plane) => controllers.some((name) => isOf(plane, name)));
  const dark = blind.filter(([beginning]) => controllers.some((name) => name.startsWith(beginning)));
  const [plane, ...more] = known;
  if (plane !== undefined && more.length + dark.length === 0) return { kind: "plane", plane };
  if (plane !== undefined && more.length > 0) {
    return { kind: "none", why: refused("several-data-planes", { others: known.map(({ title }) => title) }) };
  }
  const [first] = dark;
  return first === undefined ? { kind: "plane", plane: istio } : { kind: "none", why: first[1] };
}

const isOf = ({ controllers }: DataPlaneMetrics, name: string) =>
  controllers.some((beginning) => name.startsWith(beginning));

/** Controllers of the route whose metrics nobody here knows. */
export function strangersIn({ controllers = [], dataPlane }: VersionTargets): readonly string[] {
  if (dataPlane !== undefined) return [];
  return controllers.filter((name) => !Object.values(planes).some((plane) => isOf(plane, name)));
}

/** How the series of both versions are found. */
export function selectorsOf(arms: VersionTargets): VersionSelectors {
  const other = [arms.canary, arms.stable].find(({ backendKind }) => backendKind !== undefined);
  if (other !== undefined) {
    return refused("no-service", { service: other.service, others: [other.backendKind ?? ""] });
  }
  const found = planeOf(arms);
  return found.kind === "none" ? found.why : found.plane.selectors(arms);
}

/** The data plane, or Istio where none can be told: then no selector can be made either. */
export function familiesOf(arms: VersionTargets): DataPlaneMetrics {
  const found = planeOf(arms);
  return found.kind === "plane" ? found.plane : istio;
}
