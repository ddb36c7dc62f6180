import type { KubeObject } from "../src/traffic/driver.ts";

/** How a route tells both versions apart; `header` has a rule in front that sends testers to v2 alone. */
export type Shape = "subsets" | "services" | "header";

export type ShopOptions = {
  readonly namespace: string;
  readonly shape?: Shape;
  /** The environment of v2's pods: how bad it is. */
  readonly canary?: Readonly<Record<string, string>>;
};

export const hostOf = (namespace: string): string => `shop.${namespace}.lab.local`;

/** A shop in two versions with all traffic on v1, reached through the lab's gateway. */
export function shopObjects({ namespace, shape = "subsets", canary = {} }: ShopOptions): KubeObject[] {
  const metadata = (name: string) => ({ name, namespace });
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } } as KubeObject,
    deployment(namespace, "v1", {}),
    deployment(namespace, "v2", canary),
    ...(shape === "services"
      ? [
          service(namespace, "shop-v1", { app: "shop", version: "v1" }),
          service(namespace, "shop-v2", { app: "shop", version: "v2" }),
        ]
      : [service(namespace, "shop", { app: "shop" })]),
    ...(shape === "services"
      ? []
      : [
          {
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: metadata("shop"),
            spec: {
              host: `shop.${namespace}.svc.cluster.local`,
              trafficPolicy: { tls: { mode: "DISABLE" } },
              subsets: ["v1", "v2"].map((version) => ({ name: version, labels: { version } })),
            },
          } as KubeObject,
        ]),
    virtualService(namespace, shape),
  ];
}

function virtualService(namespace: string, shape: Shape): KubeObject {
  const to = (version: string) =>
    shape === "services"
      ? { host: `shop-${version}`, port: { number: 80 } }
      : { host: "shop", subset: version, port: { number: 80 } };
  const testers = {
    name: "testers",
    match: [{ headers: { "x-tester": { exact: "yes" } } }],
    route: [{ destination: to("v2") }],
  };
  const primary = {
    name: "primary",
    route: [
      { destination: to("v1"), weight: 100 },
      { destination: to("v2"), weight: 0 },
    ],
  };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "shop", namespace },
    spec: {
      hosts: [hostOf(namespace)],
      gateways: ["istio-system/gw"],
      http: shape === "header" ? [testers, primary] : [primary],
    },
  };
}

function service(namespace: string, name: string, selector: Readonly<Record<string, string>>): KubeObject {
  const ports = [{ name: "http", port: 80, targetPort: 8080, protocol: "TCP" }];
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
