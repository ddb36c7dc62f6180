import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { shop } from "../../servers/shop.ts";
import { changed, destinationRule, only, stage, virtualServiceOf } from "../scene.ts";

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

describe("what stands behind the two versions", () => {
  it("is fine in a shop where both are ready", async () => {
    expect(await stage().preflight()).toEqual({ codes: [], texts: "", notes: [] });
  });

  it("must exist: a Service that is not there is named with its namespace and the remedy", async () => {
    const { codes, texts } = await stage({ objects: changed(only("Service", () => undefined)) }).preflight();
    expect(new Set(codes)).toEqual(new Set(["destination-not-found"]));
    expect(texts).toContain(
      "reviews.shop.svc.cluster.local does not exist as a Service reviews in shop. Short names use namespace shop; write the full name if the service is elsewhere.".replace(
        "a Service reviews",
        "Service reviews",
      ),
    );
  });

  it("a name with a dot is taken as it stands, and then is nobody's host", async () => {
    const { codes, texts } = await stage({
      objects: routed({ host: "reviews.shop", subset: "v1" }, { host: "reviews.shop", subset: "v2" }),
    }).preflight();
    expect(codes).toContain("destination-not-found");
    expect(texts).toContain("reviews.shop does not exist");
  });

  it("may be a host outside the cluster that the mesh knows, by name or by wildcard", async () => {
    const hosts = [{ host: "v1.example.com" }, { host: "v2.example.com" }] as const;
    for (const known of [["v1.example.com", "v2.example.com"], ["*.example.com"]]) {
      expect((await stage({ objects: routed(...hosts, entry(known)) }).preflight()).codes).not.toContain(
        "destination-not-found",
      );
    }
    const unknown = await stage({ objects: routed(...hosts, entry(["v1.example.com"])) }).preflight();
    expect(unknown.codes).toEqual(["destination-not-found"]);
    expect(unknown.texts).toContain("v2.example.com does not exist");
  });

  it("must name the port where the Service has several", async () => {
    const several = changed(only("Service", () => service("reviews", [{ port: 9080, name: "http" }, { port: 9090 }])));
    const { codes, texts } = await stage({ objects: several }).preflight();
    expect(codes).toEqual(["destination-port-missing", "destination-port-missing"]);
    expect(texts).toContain(
      "Add `port:` to reviews.shop.svc.cluster.local/v2; Service reviews offers 9080 (http), 9090.",
    );
  });

  it("must not name a port that the Service lacks, and may name one that it has", async () => {
    const at = (port: number) =>
      routed(
        { host: "reviews", subset: "v1", port: { number: port } },
        { host: "reviews", subset: "v2", port: { number: port } },
      );
    const wrong = await stage({ objects: at(80) }).preflight();
    expect(wrong.codes).toContain("destination-port-missing");
    expect(wrong.texts).toContain("which has no port 80; Service reviews offers 9080 (http).");
    expect((await stage({ objects: at(9080) }).preflight()).codes).toEqual([]);
  });

  it("must be ready: a subset without a ready pod is told with its labels", async () => {
    const { codes, texts } = await stage({ objects: shop({ v2: [false, false] }) }).preflight();
    expect(codes).toEqual(["subset-empty"]);
    expect(texts).toBe(
      "v2 selects no ready pod (version=v2); requests would fail with 503 UH. Start the pods or correct the labels.",
    );
  });

  it("must be ready on the stable side too: a rollback to an empty stable is an outage", async () => {
    expect((await stage({ objects: shop({ v1: [] }) }).preflight()).texts).toContain("v1 selects no ready pod");
  });

  it("must be ready: a Service without a ready endpoint", async () => {
    const objects = routed(
      { host: "a" },
      { host: "b" },
      ...["a", "b"].map((name) => service(name, [{ port: 80 }])),
      slice("a", [ready]),
      slice("b", [{ ...ready, conditions: { ready: false } }]),
    );
    const { codes, texts } = await stage({ objects }).preflight();
    expect(codes).toEqual(["backend-empty"]);
    expect(texts).toBe("b has no ready endpoint. Start it before shifting traffic.");
  });

  it("must be two versions: subsets that select the same pods are refused with the pods", async () => {
    const objects = changed(
      only("DestinationRule", () => destinationRule("reviews", "reviews", { v1: "v1", v2: "v1" })),
    );
    const { codes, texts } = await stage({ objects }).preflight();
    expect(codes).toEqual(["subset-overlap"]);
    expect(texts).toBe("v1 and v2 both select reviews-v1-0, reviews-v1-1. Make their labels disjoint.");
  });

  it("names three of many common pods", async () => {
    const many = shop({ v1: [true, true, true, true, true] });
    const objects = many.map((object) =>
      object.kind === "DestinationRule" ? destinationRule("reviews", "reviews", { v1: "v1", v2: "v1" }) : object,
    );
    expect((await stage({ objects }).preflight()).texts).toContain("reviews-v1-2 and 2 more");
  });
});
