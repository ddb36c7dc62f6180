import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { finding } from "../../../src/base/reasons/finding.ts";
import { shop } from "../../servers/shop.ts";
import { because, changed, destinationRule, only, stage, virtualServiceOf } from "../scene.ts";

/** The route of the shop between these two destinations instead of its own. */
const between = (stable: object, canary: object): KubeObject =>
  virtualServiceOf("reviews", {
    hosts: ["reviews"],
    http: [
      {
        route: [
          { destination: stable, weight: 100 },
          { destination: canary, weight: 0 },
        ],
      },
    ],
  });
const routed = (stable: object, canary: object, ...more: readonly KubeObject[]) =>
  changed(
    only("VirtualService", () => between(stable, canary)),
    ...more,
  );
const service = (name: string, ports: readonly object[]): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" },
  spec: { selector: { app: "reviews" }, ports },
});
const slice = (name: string, endpoints: readonly object[]): KubeObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${name}-1`, namespace: "shop", labels: { "kubernetes.io/service-name": name } },
  ...({ addressType: "IPv4", endpoints, ports: [] } as object),
});
const ready = { addresses: ["10.0.0.1"], conditions: { ready: true }, targetRef: { kind: "Pod", name: "a" } };
const entry = (hosts: readonly string[]): KubeObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "ServiceEntry",
  metadata: { name: "outside", namespace: "shop" },
  spec: { hosts },
});

const [v1, v2] = ["reviews.shop.svc.cluster.local/v1", "reviews.shop.svc.cluster.local/v2"];

describe("what stands behind the two versions", () => {
  it("is fine in a shop where both are ready", async () => {
    expect(await stage().preflight()).toEqual({ codes: [], findings: [], notices: [] });
  });

  it("must exist: a Service that is not there is named with its namespace and the remedy", async () => {
    const { findings } = await stage({ objects: changed(only("Service", () => undefined)) }).preflight();
    const data = { host: "reviews.shop.svc.cluster.local", place: { name: "reviews", namespace: "shop" } };
    const gone = finding("destination-not-found", { ...data, namespace: "shop" });
    expect(findings).toEqual([gone, gone]);
  });

  it("a name with a dot is taken as it stands, and then is no host of the mesh", async () => {
    const { findings } = await stage({
      objects: routed({ host: "reviews.shop", subset: "v1" }, { host: "reviews.shop", subset: "v2" }),
    }).preflight();
    expect(findings).toContainEqual(finding("destination-not-found", { host: "reviews.shop", namespace: "shop" }));
  });

  it("may be a host outside the cluster that the mesh knows, by name or by wildcard", async () => {
    const hosts = [{ host: "v1.example.com" }, { host: "v2.example.com" }] as const;
    for (const known of [["v1.example.com", "v2.example.com"], ["*.example.com"]]) {
      expect((await stage({ objects: routed(...hosts, entry(known)) }).preflight()).codes).not.toContain(
        "destination-not-found",
      );
    }
    const unknown = await stage({ objects: routed(...hosts, entry(["v1.example.com"])) }).preflight();
    expect(unknown.findings).toMatchObject(because("destination-not-found", { host: "v2.example.com" }));
  });

  it("must name the port where the Service has several", async () => {
    const several = changed(only("Service", () => service("reviews", [{ port: 9080, name: "http" }, { port: 9090 }])));
    const { findings } = await stage({ objects: several }).preflight();
    const ports = [
      { port: 9080, name: "http" },
      { port: 9090, name: "" },
    ];
    expect(findings).toEqual(
      [v2, v1].map((destination) => finding("destination-port-missing", { destination, service: "reviews", ports })),
    );
  });

  it("must not name a port that the Service lacks, and may name one that it has", async () => {
    const at = (port: number) =>
      routed(
        { host: "reviews", subset: "v1", port: { number: port } },
        { host: "reviews", subset: "v2", port: { number: port } },
      );
    const wrong = await stage({ objects: at(80) }).preflight();
    expect(wrong.findings).toContainEqual(
      finding("destination-port-missing", {
        destination: `${v2}:80`,
        port: 80,
        service: "reviews",
        ports: [{ port: 9080, name: "http" }],
      }),
    );
    expect((await stage({ objects: at(9080) }).preflight()).codes).toEqual([]);
  });

  it("must be ready: a subset without a ready pod is told with its labels", async () => {
    const { findings } = await stage({ objects: shop({ v2: [false, false] }) }).preflight();
    expect(findings).toEqual(because("subset-empty", { subset: "v2", labels: ["version=v2"] }));
  });

  it("must be ready on the stable side too: a rollback to an empty stable is an outage", async () => {
    const { findings } = await stage({ objects: shop({ v1: [] }) }).preflight();
    expect(findings).toMatchObject(because("subset-empty", { subset: "v1" }));
  });

  it("must be ready: a Service without a ready endpoint", async () => {
    const objects = routed(
      { host: "a" },
      { host: "b" },
      ...["a", "b"].map((name) => service(name, [{ port: 80 }])),
      slice("a", [ready]),
      slice("b", [{ ...ready, conditions: { ready: false } }]),
    );
    expect((await stage({ objects }).preflight()).findings).toEqual(because("backend-empty", { service: "b" }));
  });

  it("must be two versions: subsets that select the same pods are refused with the pods", async () => {
    const objects = changed(
      only("DestinationRule", () => destinationRule("reviews", "reviews", { v1: "v1", v2: "v1" })),
    );
    const pods = ["reviews-v1-0", "reviews-v1-1"];
    expect((await stage({ objects }).preflight()).findings).toEqual(
      because("subset-overlap", { stable: "v1", canary: "v2", pods, more: 0 }),
    );
  });

  it("names three of many common pods", async () => {
    const many = shop({ v1: [true, true, true, true, true] });
    const objects = many.map((object) =>
      object.kind === "DestinationRule" ? destinationRule("reviews", "reviews", { v1: "v1", v2: "v1" }) : object,
    );
    const pods = ["reviews-v1-0", "reviews-v1-1", "reviews-v1-2"];
    expect((await stage({ objects }).preflight()).findings).toMatchObject(because("subset-overlap", { pods, more: 2 }));
  });
});
