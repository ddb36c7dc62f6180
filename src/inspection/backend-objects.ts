import type { KubeObject } from "../base/kube-object.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { CallOptions, Cluster, ListResult, Resource } from "../ports/cluster.ts";
import type { DestinationParts } from "../ports/route-adapter.ts";
import { selectorText, serviceSelector } from "./object-fields.ts";

/** What was looked at in the cluster, or why it was not: a missing right skips a check, a missing answer is a missing answer. */
type Looked<T> =
  | { readonly kind: "seen"; readonly value: T }
  | { readonly kind: "skipped" | "failed"; readonly because: Reason }
  | { readonly kind: "not-needed" };

/** A destination's Service and everything behind it. */
export type DestinationObjects = {
  readonly parts: DestinationParts;
  /** Absent where the host is no name of a Service. */
  readonly place: { readonly name: string; readonly namespace: string } | undefined;
  readonly service: Looked<KubeObject | undefined>;
  readonly slices: Looked<readonly KubeObject[]>;
  readonly pods: Looked<readonly KubeObject[]>;
};

export type BackendObjects = {
  readonly namespace: string;
  readonly stable: DestinationObjects;
  readonly canary: DestinationObjects;
  /** In the order in which the mesh looks them up. */
  readonly rules: readonly Looked<readonly KubeObject[]>[];
  readonly entries: Looked<readonly KubeObject[]>;
};

const rootNamespace = "istio-system";
const istio = { group: "networking.istio.io", version: "v1" } as const;
const nothingLooked = { kind: "not-needed" } as const;

export function placeOf(host: string): { name: string; namespace: string } | undefined {
  const match = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.[a-z0-9.-]+$/.exec(host);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], namespace: match[2] };
}

export const notListable = ({ plural, namespace }: Resource): Reason => reason("not-listable", { plural, namespace });

async function list(
  cluster: Cluster,
  resource: Resource,
  options: CallOptions & { readonly labelSelector?: string },
): Promise<Looked<readonly KubeObject[]>> {
  const result: ListResult = await cluster.list(resource, options);
  switch (result.kind) {
    case "listed":
      return { kind: "seen", value: result.items };
    case "forbidden":
      return { kind: "skipped", because: notListable(resource) };
    case "failed":
      return { kind: "failed", because: result.reason };
  }
}

async function backdrop(cluster: Cluster, parts: DestinationParts, options: CallOptions): Promise<DestinationObjects> {
  const place = placeOf(parts.host);
  if (parts.backend !== undefined) {
    const unseen = { kind: "skipped", because: reason("not-a-service", { destination: parts.id }) } as const;
    return { parts, place: undefined, service: unseen, slices: unseen, pods: nothingLooked };
  }
  if (place === undefined) return { parts, place, service: nothingLooked, slices: nothingLooked, pods: nothingLooked };
  const core = { group: "", version: "v1", namespace: place.namespace };
  const sliceResource = {
    group: "discovery.k8s.io",
    version: "v1",
    plural: "endpointslices",
    namespace: place.namespace,
  };
  const [read, slices] = await Promise.all([
    cluster.read({ ...core, plural: "services", name: place.name }, options),
    list(cluster, sliceResource, { ...options, labelSelector: `kubernetes.io/service-name=${place.name}` }),
  ]);
  if (read.kind === "absent")
    return { parts, place, service: { kind: "seen", value: undefined }, slices, pods: nothingLooked };
  if (read.kind === "failed") {
    const kind = read.status === 403 ? "skipped" : "failed";
    const service = { kind, because: read.reason } as const;
    return { parts, place, service, slices, pods: service };
  }
  const selector = serviceSelector(read.object);
  const pods =
    parts.subset === undefined || selector === undefined
      ? nothingLooked
      : await list(cluster, { ...core, plural: "pods" }, { ...options, labelSelector: selectorText(selector) });
  return { parts, place, service: { kind: "seen", value: read.object }, slices, pods };
}

const sameService = (one: DestinationParts, other: DestinationParts) =>
  one.host === other.host && one.backend === undefined && (one.subset === undefined) === (other.subset === undefined);

/** Everything around the two versions, asked at once; what both share is asked once. */
export async function readBackendObjects(
  cluster: Cluster,
  namespace: string,
  parts: { readonly stable: DestinationParts; readonly canary: DestinationParts },
  istioVersion: string,
  options: CallOptions,
): Promise<BackendObjects> {
  const both = [parts.stable, parts.canary];
  const places = both.flatMap((one) => placeOf(one.host)?.namespace ?? []);
  const subsets = both.some((one) => one.subset !== undefined);
  const namespaces = subsets ? [...new Set([namespace, ...places, rootNamespace])] : [];
  const mesh = { ...istio, version: istioVersion };
  const outside = both.some((one) => one.backend === undefined && placeOf(one.host) === undefined);
  const stable = backdrop(cluster, parts.stable, options);
  const canary = sameService(parts.stable, parts.canary)
    ? stable.then((found) => ({ ...found, parts: parts.canary }))
    : backdrop(cluster, parts.canary, options);
  const rules = Promise.all(
    namespaces.map((where) => list(cluster, { ...mesh, plural: "destinationrules", namespace: where }, options)),
  );
  const entries = outside
    ? list(cluster, { ...mesh, plural: "serviceentries", namespace }, options)
    : Promise.resolve(nothingLooked);
  return { namespace, stable: await stable, canary: await canary, rules: await rules, entries: await entries };
}
