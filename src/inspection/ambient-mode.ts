import type { KubeObject } from "../base/kube-object.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { CallOptions, Cluster } from "../ports/cluster.ts";
import { selectorText, serviceSelector } from "./object-fields.ts";

export type MeshScope = { readonly name: string; readonly namespace: string };

/** Whether a Service is in Istio's ambient mode, and which waypoint it is bound to. `reason`: why it could not be read. */
type Ambience =
  | { readonly kind: "ambient"; readonly waypoint: MeshScope | undefined }
  | { readonly kind: "other"; readonly unread?: Reason }
  | { readonly kind: "unread"; readonly reason: Reason };

const mode = "istio.io/dataplane-mode";
const core = { group: "", version: "v1" } as const;

const labelOf = (object: KubeObject | undefined, key: string): string | undefined => object?.metadata.labels?.[key];

/** The mode is a label of the namespace, and of each pod, whose own word counts. */
export async function ambienceOf(cluster: Cluster, place: MeshScope, options: CallOptions): Promise<Ambience> {
  const [home, service] = await Promise.all([
    cluster.read({ ...core, plural: "namespaces", namespace: "", name: place.namespace }, options),
    cluster.read({ ...core, plural: "services", ...place }, options),
  ]);
  const found = service.kind === "found" ? service.object : undefined;
  const pods = await modesOf(cluster, place.namespace, found, options);
  const isPodAmbient = pods.kind === "seen" && pods.modes.includes("ambient");
  if (home.kind !== "found" && !isPodAmbient) {
    const absent = reason("not-there", { object: `Namespace ${place.namespace}` });
    return { kind: "unread", reason: home.kind === "absent" ? absent : home.reason };
  }
  const namespace = home.kind === "found" ? home.object : undefined;
  const leavesOut = pods.kind === "seen" && pods.modes.length > 0 && pods.modes.every((one) => one === "none");
  const isNamed = labelOf(namespace, mode) === "ambient" && !leavesOut && labelOf(found, mode) !== "none";
  if (!isNamed && !isPodAmbient) {
    return { kind: "other", ...(pods.kind === "forbidden" ? { unread: pods.reason } : {}) };
  }
  const name = labelOf(found, "istio.io/use-waypoint") ?? labelOf(namespace, "istio.io/use-waypoint");
  if (name === undefined || name === "none") return { kind: "ambient", waypoint: undefined };
  const where =
    labelOf(found, "istio.io/use-waypoint-namespace") ?? labelOf(namespace, "istio.io/use-waypoint-namespace");
  return { kind: "ambient", waypoint: { name, namespace: where ?? place.namespace } };
}

type Modes =
  | { readonly kind: "seen"; readonly modes: readonly (string | undefined)[] }
  | { readonly kind: "forbidden"; readonly reason: Reason }
  | { readonly kind: "unknown" };

/** What the pods behind a Service say of their mode. */
async function modesOf(
  cluster: Cluster,
  namespace: string,
  service: KubeObject | undefined,
  options: CallOptions,
): Promise<Modes> {
  const selector = service === undefined ? undefined : serviceSelector(service);
  if (selector === undefined) return { kind: "unknown" };
  const pods = await cluster.list(
    { ...core, plural: "pods", namespace },
    { ...options, labelSelector: selectorText(selector) },
  );
  if (pods.kind === "listed") return { kind: "seen", modes: pods.items.map((pod) => labelOf(pod, mode)) };
  return pods.kind === "forbidden" ? { kind: "forbidden", reason: pods.reason } : { kind: "unknown" };
}
