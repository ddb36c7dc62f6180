import type { KubeObject } from "../../../src/base/kube-object.ts";
import type { ResourceName } from "../../../src/ports/cluster.ts";

/** Three routes in two namespaces, all of which send to the same two Services. */

export type RouteName = "web" | "edge" | "inner";

const istio = { group: "networking.istio.io", version: "v1", plural: "virtualservices" };
const gateway = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes" };

export const resources: Readonly<Record<RouteName, ResourceName>> = {
  web: { ...istio, namespace: "shop", name: "web" },
  edge: { ...gateway, namespace: "edge", name: "edge" },
  inner: { ...istio, namespace: "edge", name: "inner" },
};

export const kindOf = (name: RouteName) => (resources[name].plural === "httproutes" ? "httproute" : "virtualservice");

const hosts = ["web-v1.shop.svc.cluster.local", "web-v2.shop.svc.cluster.local"];

const virtualService = (name: RouteName): KubeObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name, namespace: resources[name].namespace, annotations: { team: "shop" } },
  spec: {
    hosts: [`${name}.example.com`],
    http: [
      {
        name: "primary",
        route: hosts.map((host, place) => ({ destination: { host }, weight: place === 0 ? 100 : 0 })),
      },
    ],
  },
});

/** Its weights stand there as somebody else counts them: they go home as they were. */
const httpRoute = (name: RouteName): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name, namespace: resources[name].namespace },
  spec: {
    parentRefs: [{ name: "edge" }],
    rules: [
      {
        backendRefs: ["web-v1", "web-v2"].map((service, place) => ({
          name: service,
          namespace: "shop",
          port: 8080,
          weight: place === 0 ? 7 : 0,
        })),
      },
    ],
  },
});

export const objectOf = (name: RouteName): KubeObject => (name === "edge" ? httpRoute(name) : virtualService(name));
