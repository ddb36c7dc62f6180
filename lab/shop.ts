import type { KubeObject } from "../src/base/kube-object.ts";

/**
 * How a route tells both versions apart; `header` has a rule in front that sends testers to v2 alone, `tcp` moves
 * connections, `httproute` is a route of the Gateway API. The last two have a Service for each version.
 */
export type Shape = "subsets" | "services" | "header" | "tcp" | "httproute";

export type ShopOptions = {
  readonly namespace: string;
  readonly shape?: Shape;
  /** The environment of v2's pods: how bad it is. */
  readonly canary?: Readonly<Record<string, string>>;
  /**
   * Where Envoy listens for this shop, if not where it does for all. No name tells the connections of `tcp` shops apart, so
   * each of them needs a port of its own; requests on a port of their own are counted by themselves.
   */
  readonly port?: number;
  /** The port that v2's own Service passes on to. Where nobody listens, no connection comes about. */
  readonly canaryPort?: number;
};

export const hostOf = (namespace: string): string => `shop.${namespace}.lab.local`;

/** Where Envoy waits for the requests of a shop. */
export const portOf = ({ shape = "subsets", port }: Omit<ShopOptions, "namespace">): number =>
  port ?? (shape === "httproute" ? 8091 : 8090);

const podsListenOn = 8080;
const hasTwoServices: readonly Shape[] = ["services", "tcp", "httproute"];

/** A shop in two versions with all traffic on v1, reached through the lab's gateway. */
export function shopObjects(options: ShopOptions): KubeObject[] {
  const { namespace, shape = "subsets", canary = {}, canaryPort = podsListenOn } = options;
  const versions = hasTwoServices.includes(shape)
    ? [
        service(namespace, "shop-v1", { app: "shop", version: "v1" }),
        service(namespace, "shop-v2", { app: "shop", version: "v2" }, canaryPort),
      ]
    : [service(namespace, "shop", { app: "shop" }), destinationRule(namespace)];
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } } as KubeObject,
    deployment(namespace, "v1", {}),
    deployment(namespace, "v2", canary),
    ...versions,
    ...routes(options),
  ];
}

function routes(options: ShopOptions): KubeObject[] {
  const { namespace, shape = "subsets", port } = options;
  if (shape === "httproute") return [httpRoute(namespace)];
  const gateway = port === undefined ? "istio-system/gw" : "own";
  const route = shape === "tcp" ? tcpRoute(namespace, portOf(options)) : httpRules(namespace, shape, gateway);
  return port === undefined ? [route] : [listener(namespace, port, shape), route];
}

const named = (namespace: string, name: string) => ({ name, namespace });

function destinationRule(namespace: string): KubeObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: named(namespace, "shop"),
    spec: {
      host: `shop.${namespace}.svc.cluster.local`,
      trafficPolicy: { tls: { mode: "DISABLE" } },
      subsets: ["v1", "v2"].map((version) => ({ name: version, labels: { version } })),
    },
  };
}

const virtualService = (namespace: string, spec: object): KubeObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: named(namespace, "shop"),
  spec: { hosts: [hostOf(namespace)], ...spec },
});

const toService = (version: string) => ({ host: `shop-${version}`, port: { number: 80 } });
const toSubset = (version: string) => ({ host: "shop", subset: version, port: { number: 80 } });
const split = (to: typeof toService) => [
  { destination: to("v1"), weight: 100 },
  { destination: to("v2"), weight: 0 },
];

function httpRules(namespace: string, shape: Shape, gateway: string): KubeObject {
  const to = shape === "services" ? toService : toSubset;
  const testers = {
    name: "testers",
    match: [{ headers: { "x-tester": { exact: "yes" } } }],
    route: [{ destination: to("v2") }],
  };
  const primary = { name: "primary", route: split(to) };
  const http = shape === "header" ? [testers, primary] : [primary];
  return virtualService(namespace, { gateways: [gateway], http });
}

function tcpRoute(namespace: string, port: number): KubeObject {
  return virtualService(namespace, { gateways: ["own"], tcp: [{ match: [{ port }], route: split(toService) }] });
}

function listener(namespace: string, port: number, shape: Shape): KubeObject {
  const isTcp = shape === "tcp";
  const server = {
    port: { number: port, name: isTcp ? "tcp" : "http", protocol: isTcp ? "TCP" : "HTTP" },
    hosts: [isTcp ? "*" : hostOf(namespace)],
    bind: "127.0.0.1",
  };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: named(namespace, "own"),
    spec: { selector: { istio: "ingressgateway" }, servers: [server] },
  };
}

function httpRoute(namespace: string): KubeObject {
  const backendRefs = [
    { name: "shop-v1", port: 80, weight: 100 },
    { name: "shop-v2", port: 80, weight: 0 },
  ];
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: named(namespace, "shop"),
    spec: {
      parentRefs: [{ name: "edge", namespace: "istio-system" }],
      hostnames: [hostOf(namespace)],
      rules: [{ backendRefs }],
    },
  };
}

function service(
  namespace: string,
  name: string,
  selector: Readonly<Record<string, string>>,
  targetPort = podsListenOn,
): KubeObject {
  const ports = [{ name: "http", port: 80, targetPort, protocol: "TCP" }];
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { selector, ports } };
}

function deployment(namespace: string, version: string, environment: Readonly<Record<string, string>>): KubeObject {
  const labels = { app: "shop", version };
  const env = Object.entries({ VERSION: version, ...environment }).map(([name, value]) => ({ name, value }));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `shop-${version}`, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "shop", image: `shop:${version}`, env }] } },
    },
  };
}
