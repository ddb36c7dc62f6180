import type { KubeObject } from "../../src/base/kube-object.ts";
import type { ResourceName } from "../../src/ports/cluster.ts";
import type { Store } from "../../src/simulator/cluster/object-store.ts";

export const namespace = "shop";

export const virtualService: ResourceName = {
  group: "networking.istio.io",
  version: "v1",
  plural: "virtualservices",
  namespace,
  name: "reviews",
};
export const httpRoute: ResourceName = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  plural: "httproutes",
  namespace,
  name: "reviews",
};

/** How many pods of each version are there, and how many of them are ready. */
export type Pods = { readonly v1?: readonly boolean[]; readonly v2?: readonly boolean[] };

/** The service `reviews` in two versions that are both ready, with all traffic on v1, on a mesh. */
export function shop(pods: Pods = {}): KubeObject[] {
  return [
    shopNamespace,
    ...workloads(pods),
    service("reviews", { app: "reviews" }),
    ...slices("reviews", pods, ["v1", "v2"]),
    destinationRule,
    reviews,
  ];
}

/** The same with one Service for each version, behind an HTTPRoute of a Gateway. */
export function gatewayShop(pods: Pods = {}): KubeObject[] {
  return [
    shopNamespace,
    ...workloads(pods),
    ...(["v1", "v2"] as const).flatMap((version) => [
      service(`reviews-${version}`, { app: "reviews", version }),
      ...slices(`reviews-${version}`, pods, [version]),
    ]),
    gateway,
    reviewsRoute,
  ];
}

/** Puts objects into a store as an engineer with kubectl would have, an hour before. */
export function furnish(store: Store, now: number, objects: readonly KubeObject[] = shop()): Store {
  for (const object of objects) store.place(now - 3_600_000, object, "kubectl-client-side-apply");
  return store;
}

const shopNamespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };

const reviews: KubeObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "reviews", namespace },
  spec: {
    hosts: ["reviews"],
    http: [
      {
        name: "primary",
        route: [
          { destination: { host: "reviews", subset: "v1" }, weight: 100 },
          { destination: { host: "reviews", subset: "v2" }, weight: 0 },
        ],
      },
    ],
  },
};

const destinationRule: KubeObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "DestinationRule",
  metadata: { name: "reviews", namespace },
  spec: {
    host: "reviews",
    subsets: [
      { name: "v1", labels: { version: "v1" } },
      { name: "v2", labels: { version: "v2" } },
    ],
  },
};

const gateway: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "edge", namespace },
  spec: { gatewayClassName: "istio", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
};

const accepted = (type: string) => ({ type, status: "True", reason: type, message: "", observedGeneration: 1 });

const reviewsRoute: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "reviews", namespace },
  spec: {
    parentRefs: [{ name: "edge" }],
    hostnames: ["reviews.example.com"],
    rules: [
      {
        backendRefs: [
          { name: "reviews-v1", port: 9080, weight: 100 },
          { name: "reviews-v2", port: 9080, weight: 0 },
        ],
      },
    ],
  },
  status: {
    parents: [
      {
        parentRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "edge" },
        controllerName: "istio.io/gateway-controller",
        conditions: ["Accepted", "ResolvedRefs"].map(accepted),
      },
    ],
  },
};

function workloads(pods: Pods): KubeObject[] {
  return (["v1", "v2"] as const).flatMap((version) => {
    const labels = { app: "reviews", version };
    const ready = readiness(pods, version);
    const deployment: KubeObject = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: `reviews-${version}`, namespace, labels },
      spec: { replicas: ready.length, selector: { matchLabels: labels }, template: { metadata: { labels } } },
      status: { replicas: ready.length, readyReplicas: ready.filter(Boolean).length },
    };
    return [deployment, ...ready.map((isReady, index) => pod(version, index, isReady))];
  });
}

function readiness(pods: Pods, version: "v1" | "v2"): readonly boolean[] {
  return pods[version] ?? [true, true];
}

function pod(version: string, index: number, ready: boolean): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `reviews-${version}-${index}`, namespace, labels: { app: "reviews", version } },
    spec: { containers: [{ name: "reviews", image: `reviews:${version}` }] },
    status: {
      phase: "Running",
      podIP: addressOf(version, index),
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  };
}

function service(name: string, selector: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector, ports: [{ name: "http", port: 9080, targetPort: 9080, protocol: "TCP" }] },
  };
}

function slices(serviceName: string, pods: Pods, versions: readonly ("v1" | "v2")[]): KubeObject[] {
  const endpoints = versions.flatMap((version) =>
    readiness(pods, version).map((ready, index) => ({
      addresses: [addressOf(version, index)],
      conditions: { ready, serving: ready, terminating: false },
      targetRef: { kind: "Pod", name: `reviews-${version}-${index}`, namespace },
    })),
  );
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${serviceName}-abcde`, namespace, labels: { "kubernetes.io/service-name": serviceName } },
    addressType: "IPv4",
    endpoints,
    ports: [{ name: "http", port: 9080, protocol: "TCP" }],
  };
  return [slice];
}

function addressOf(version: string, index: number): string {
  return `10.1.${version === "v1" ? 1 : 2}.${index + 10}`;
}
