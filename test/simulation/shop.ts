import type { KubeObject } from "../../src/base/kube-object.ts";
import type { ResourceName } from "../../src/ports/cluster.ts";
import type { ObjectDraft, Store } from "../../src/simulator/cluster/object-store.ts";
import type { EditKind, Millis, RouteShape, Writer } from "./scene.ts";

/** The objects of the simulated shop, and what other people do to them. */

export const route: ResourceName = {
  group: "networking.istio.io",
  version: "v1",
  plural: "virtualservices",
  namespace: "shop",
  name: "reviews",
};
const recordKey = "sluice.dev/rollout";

function destinations(shape: RouteShape) {
  const to = (subset: string, weight?: number) => ({
    destination: { host: "reviews", subset },
    ...(weight === undefined ? {} : { weight }),
  });
  const canary = shape.absentWeight ? to("v2") : to("v2", 0);
  return shape.destinations === 2 ? [to("v1", 100), canary] : [to("v1", 70), canary, to("v9", 30)];
}

export function virtualService(shape: RouteShape): KubeObject {
  const unmanaged = {
    name: "static",
    match: [{ uri: { prefix: "/static" } }],
    route: [{ destination: { host: "files" } }],
  };
  const beta = { name: "beta", match: [{ headers: { beta: { exact: "1" } } }], route: destinations(shape) };
  const primary = { name: "primary", route: destinations(shape) };
  const http = [...(shape.unmanagedRule ? [unmanaged] : []), ...(shape.rules === 2 ? [beta] : []), primary];
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: {
      name: route.name,
      namespace: route.namespace,
      ...(shape.annotations ? { annotations: { team: "reviews" } } : {}),
    },
    spec: { hosts: ["reviews"], http },
  };
}

const slices: ResourceName = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  namespace: "shop",
  name: "reviews-1",
};

/** Services, pods and slices behind the route, for the runs that look at them with the code that ships. */
export function furnish(store: Store, now: Millis): void {
  const versions = ["v1", "v2", "v9"];
  const place = (object: KubeObject) => store.place(now, object);
  place({
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "reviews", namespace: "shop" },
    spec: { host: "reviews", subsets: versions.map((version) => ({ name: version, labels: { version } })) },
  });
  place({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "reviews", namespace: "shop" },
    spec: { selector: { app: "reviews" }, ports: [{ port: 9080, name: "http" }] },
  });
  for (const version of versions) {
    const metadata = { name: `reviews-${version}`, namespace: "shop", labels: { app: "reviews", version } };
    place({ apiVersion: "v1", kind: "Pod", metadata, spec: {} });
  }
  place({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: slices.name, namespace: "shop", labels: { "kubernetes.io/service-name": "reviews" } },
    ...endpoints(() => true),
  } as KubeObject);
}

const endpoints = (ready: (version: string) => boolean) => ({
  addressType: "IPv4",
  endpoints: ["v1", "v2", "v9"].map((version) => ({
    addresses: ["10.0.0.1"],
    conditions: { ready: ready(version) },
    targetRef: { kind: "Pod", name: `reviews-${version}` },
  })),
});

export function setReady(store: Store, now: Millis, ready: (version: string) => boolean): void {
  store.edit(now, slices, (draft) => Object.assign(draft, endpoints(ready)), "endpointslice-controller");
}

type Spec = { http: { name?: string; route: { destination: unknown; weight?: number }[]; timeout?: string }[] };
type Edited = { readonly specOf: Spec; readonly annotations: Record<string, string>; readonly draft: ObjectDraft };

const changes: Partial<Record<EditKind, (edited: Edited) => void>> = {
  weights: ({ specOf }) => {
    for (const rule of specOf.http) {
      const [first, second] = rule.route;
      if (first === undefined || second === undefined) continue;
      const rest = rule.route.slice(2).reduce((sum, { weight }) => sum + (weight ?? 0), 0);
      [first.weight, second.weight] = [100 - rest - Math.min(37, 100 - rest), Math.min(37, 100 - rest)];
    }
  },
  "weights-home": ({ specOf }) => {
    for (const rule of specOf.http) {
      const [first, second, third] = rule.route;
      if (first === undefined || second === undefined) continue;
      [first.weight, second.weight] = third === undefined ? [100, 0] : [70, 0];
      if (third !== undefined) third.weight = 30;
    }
  },
  "third-destination": ({ specOf }) => {
    specOf.http.at(-1)?.route.push({ destination: { host: "reviews", subset: "v8" }, weight: 0 });
  },
  "reorder-rules": ({ specOf }) => void specOf.http.unshift(...specOf.http.splice(-1)),
  "insert-rule": ({ specOf }) => {
    const rule = { name: `more-${specOf.http.length}`, match: [{ uri: { exact: `/${specOf.http.length}` } }] };
    const to = (host: string, weight: number) => ({ destination: { host }, weight });
    specOf.http.unshift({ ...rule, route: [to("files", 60), to("archive", 40)] });
  },
  "edit-unmanaged": ({ specOf, draft }) => {
    const rule = specOf.http.find(({ name }) => name === "static");
    if (rule !== undefined) rule.timeout = "3s";
    else Object.assign(draft.spec, { gateways: ["mesh"] });
  },
  label: ({ draft }) => labelled(draft, "touched", "yes"),
  owner: ({ draft }) => labelled(draft, "app.kubernetes.io/managed-by", "flagger"),
  "drop-record": ({ annotations }) => void delete annotations[recordKey],
  "corrupt-record": ({ annotations }) => {
    const text = annotations[recordKey];
    if (text !== undefined) annotations[recordKey] = text.replace('"phase":', '"phase":9');
  },
  "oversized-record": ({ annotations }) => {
    if (annotations[recordKey] !== undefined) annotations[recordKey] = `{"format":1,"x":"${"x".repeat(9000)}"}`;
  },
  "newer-record": ({ annotations }) => {
    const text = annotations[recordKey];
    if (text !== undefined) annotations[recordKey] = text.replace('"format":1', '"format":2');
  },
  "later-field": ({ annotations }) => {
    const text = annotations[recordKey];
    if (text === undefined || text.includes('"later"')) return;
    annotations[recordKey] = JSON.stringify({ later: "kept", ...(JSON.parse(text) as object) });
  },
};

function labelled(draft: ObjectDraft, name: string, value: string): void {
  draft.metadata["labels"] = { ...(draft.metadata["labels"] as object | undefined), [name]: value };
}

const busyManager = "status-writer";

/** One write of the program that never rests. Rules of others can only be edited where there are some. */
export function busy(store: Store, now: Millis, work: Writer["work"], count: number): boolean {
  const current = store.object(route);
  if (current === undefined || current.metadata.deletionTimestamp !== undefined) return false;
  const other = (draft: ObjectDraft) => (draft.spec as unknown as Spec).http.find(({ name }) => name === "static");
  store.edit(
    now,
    route,
    (draft) => {
      const rule = other(draft);
      if (work === "status") Object.assign(draft, { status: { observed: count } });
      else if (work === "other rules" && rule !== undefined) rule.timeout = `${count}s`;
      else labelled(draft, "touched", String(count));
    },
    work === "status" ? { manager: busyManager, subresource: "status" } : busyManager,
  );
  return true;
}

/** One edit by somebody else. Answers whether it took place: there may be nothing there any more. */
export function perform(store: Store, now: Millis, kind: EditKind): boolean {
  const current = store.object(route);
  if (current === undefined) return false;
  const change = changes[kind];
  if (change !== undefined) {
    const manager = kind === "weights" || kind === "weights-home" ? "argocd-controller" : "kubectl-edit";
    store.edit(
      now,
      route,
      (draft) => {
        const annotations = { ...(draft.metadata["annotations"] as Record<string, string> | undefined) };
        change({ specOf: draft.spec as unknown as Spec, annotations, draft });
        draft.metadata["annotations"] = annotations;
      },
      manager,
    );
    return true;
  }
  if (kind === "terminate") {
    store.edit(
      now,
      route,
      (draft) => void Object.assign(draft.metadata, { finalizers: ["shop/wait"] }),
      "kubectl-edit",
    );
  }
  if (kind === "date-step") return true;
  store.remove(now, route);
  if (kind === "remove" || kind === "terminate") return true;
  const { name, namespace, labels, annotations } = current.metadata;
  const { [recordKey]: record, ...others } = annotations ?? {};
  const kept = kind === "recreate-with-record" && record !== undefined ? { ...others, [recordKey]: record } : others;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    annotations: kept,
  };
  const { apiVersion, kind: word, spec } = current;
  store.place(now, { apiVersion, kind: word, metadata, spec } as KubeObject);
  return true;
}
