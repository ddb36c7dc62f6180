import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import { readBackendObjects } from "../../src/inspection/backend-objects.ts";
import { armOf } from "../../src/inspection/ready-endpoints.ts";
import { armsFor } from "../../src/inspection/version-lookup.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { shop } from "../servers/shop.ts";
import { changed, destinationRule, look, looks, only, route, stage, type Trouble, v1, v2 } from "./scene.ts";

type Endpoint = { conditions: { ready?: boolean | null; serving?: boolean; terminating?: boolean } };
/** The shop whose endpoints of the canary were changed. */
const endpoints = (change: (endpoint: Endpoint) => Endpoint): KubeObject[] =>
  changed(
    only("EndpointSlice", (slice) => {
      const all = (slice as unknown as { endpoints: (Endpoint & { targetRef: { name: string } })[] }).endpoints;
      return {
        ...slice,
        endpoints: all.map((one) => (one.targetRef.name.includes("v2") ? { ...one, ...change(one) } : one)),
      } as KubeObject;
    }),
  );
const failing =
  (plural: string): Trouble =>
  ({ kind, resource }) =>
    (kind === "list" || kind === "read") && resource?.plural === plural
      ? { code: 500, message: "etcd is away" }
      : undefined;

describe("who is ready", () => {
  it.each([
    ["both", shop(), "ready ready"],
    ["a version with one pod of several", shop({ v2: [false, true] }), "ready ready"],
    ["a version none of whose pods is ready is empty", shop({ v2: [false] }), "ready empty"],
    ["a version without pods is empty", shop({ v2: [] }), "ready empty"],
    ["stable may be empty as well", shop({ v1: [] }), "empty ready"],
    [
      "an endpoint that says nothing about itself is ready",
      endpoints((one) => ({ ...one, conditions: {} })),
      "ready ready",
    ],
    [
      "a terminating pod is not, though it calls itself ready",
      endpoints((one) => ({ ...one, conditions: { ready: false, serving: true, terminating: true } })),
      "ready empty",
    ],
    [
      "a subset that no DestinationRule knows is empty",
      changed(only("DestinationRule", () => destinationRule("reviews", "reviews", { v1: "v1" }))),
      "ready empty",
    ],
  ])("%s", async (_, objects, expected) => {
    expect(await stage({ objects }).readiness()).toBe(expected);
  });

  it.each(["endpointslices", "pods", "destinationrules", "services"])(
    "is unknown where the list of %s cannot be read",
    async (plural) => {
      expect(await stage({ trouble: failing(plural) }).readiness()).toBe("unknown unknown");
    },
  );

  it("blocks a raise when it is unknown: a finding says so, and that it will pass", async () => {
    const { findings } = await stage({ trouble: failing("endpointslices") }).preflight();
    expect(findings).toMatchObject(
      [v2, v1].map((object) => ({ reason: { code: "cluster-unreachable", data: { asked: "endpoints", object } } })),
    );
  });

  it.each([
    ["endpointslices", look("services", "pods", "destinationrules", "virtualservices")],
    ["pods", look("services", "endpointslices", "destinationrules", "virtualservices")],
    ["destinationrules", look("services", "endpointslices", "pods", "virtualservices")],
  ])("is unchecked without the right to list %s, and preflight says so", async (plural, rights) => {
    const there = stage({ rights: [route, rights] });
    expect(await there.readiness()).toBe("unchecked unchecked");
    const { codes, notices } = await there.preflight();
    expect(codes).toEqual([]);
    const because = reason("not-listable", { plural, namespace: "shop" });
    expect(notices).toContainEqual(notice("check-skipped", { check: "destination", because }));
  });

  it("is unchecked where the Service itself may not be read", async () => {
    const rights = look("endpointslices", "pods", "destinationrules", "virtualservices");
    expect(await stage({ rights: [route, rights] }).readiness()).toBe("unchecked unchecked");
    expect(await stage({ rights: [route, looks] }).readiness()).toBe("ready ready");
  });

  it("is unchecked for the subsets of a Service that selects no pods itself", async () => {
    const objects = changed(only("Service", (service) => ({ ...service, spec: { ports: [{ port: 9080 }] } })));
    expect(await stage({ objects }).readiness()).toBe("unchecked unchecked");
  });

  it("asks once about what both versions share", async () => {
    const there = stage();
    await there.readiness();
    const asked = there.calls.map(({ kind, resource }) => `${kind} ${resource?.plural} ${resource?.namespace}`);
    expect(asked.filter((call) => call.includes("services"))).toEqual(["read services shop"]);
    expect(asked.filter((call) => call.includes("pods"))).toEqual(["list pods shop"]);
    expect(asked.filter((call) => call.includes("virtualservices"))).toEqual([]);
  });
});

describe("the versions as metric queries name them", () => {
  const owned =
    (name: string, kind: string, hash?: string) =>
    (pod: KubeObject): KubeObject => ({
      ...pod,
      metadata: {
        ...pod.metadata,
        labels: { ...pod.metadata.labels, ...(hash === undefined ? {} : { "pod-template-hash": hash }) },
        ownerReferences: [{ apiVersion: "apps/v1", kind, name, controller: true }],
      },
    });

  it("are service, namespace, subset, labels and workload", async () => {
    const objects = changed(
      only("Pod", (pod) => owned(`reviews-${pod.metadata.labels?.["version"]}-5d9c`, "ReplicaSet", "5d9c")(pod)),
    );
    const arms = await armsFor(stage({ objects }).site, { stable: v1, canary: v2 }, {});
    expect(arms.canary).toMatchObject({
      host: "reviews.shop.svc.cluster.local",
      service: "reviews",
      namespace: "shop",
      subset: "v2",
      subsetLabels: { version: "v2" },
      workloads: ["reviews-v2"],
    });
  });

  it("take the owner's own name where it is no ReplicaSet of a template", async () => {
    const objects = changed(only("Pod", owned("reviews", "StatefulSet")));
    expect((await armsFor(stage({ objects }).site, { stable: v1, canary: v2 }, {})).stable.workloads).toEqual([
      "reviews",
    ]);
  });

  it("are told by the host where it is no Service", async () => {
    const { cluster } = stage().site;
    const parts = virtualservice.parts("v1.example.com");
    const around = await readBackendObjects(cluster, "shop", { stable: parts, canary: parts }, "v1", {});
    expect(armOf(around, around.stable)).toEqual({
      host: "v1.example.com",
      service: "v1.example.com",
      namespace: "shop",
    });
  });
});
