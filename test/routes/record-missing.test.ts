import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import { recordAnnotation } from "../../src/rollout/record/annotations.ts";
import { drivers } from "../../src/routes/index.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { http, to, virtualService, web } from "./shapes.ts";

const written = "2026-11-21T10:00:00Z";
const at = Date.parse(written);
const day = 24 * 60 * 60_000;
type Entry = NonNullable<KubeObject["metadata"]["managedFields"]>[number];
const by = (manager: string, more: Partial<Entry> = {}): Entry => ({
  manager,
  operation: "Update",
  time: written,
  fieldsV1: { "f:spec": { "f:http": {} } },
  ...more,
});
const split = { name: "primary", route: [to("v1", 80), to("v2", 20)] };
const whole = { name: "docs", match: [{ uri: { prefix: "/docs" } }], route: [to(undefined, undefined, "docs")] };
const route = (metadata: Partial<KubeObject["metadata"]> = {}, ...rules: readonly unknown[]) =>
  virtualService(http(...(rules.length === 0 ? [whole, split] : rules)), {
    managedFields: [by("sluice")],
    ...metadata,
  });
const told = (object: KubeObject, now: number | undefined = at + day, driver: RouteAdapter = virtualservice) =>
  driver.unrecorded(object, now);

const allTo = (destination: string, command: string) => notice("all-traffic-to", { destination }, command);

describe("a route without a record whose weights are Sluice's own", () => {
  it("is named with its weights, when they were written, and the ways out", () => {
    const found = told(route());
    const destinations = [
      { id: web("v1"), weight: 80 },
      { id: web("v2"), weight: 20 },
    ];
    const rules = [{ rule: "http/primary", destinations }];
    expect(found?.reason).toEqual(
      reason("record-missing", { object: "VirtualService prod/web", writtenAt: at, rules }),
    );
    const patch = (v1: number, v2: number) =>
      JSON.stringify([
        { op: "test", path: "/metadata/resourceVersion", value: "8412" },
        { op: "add", path: "/spec/http/1/route/0/weight", value: v1 },
        { op: "add", path: "/spec/http/1/route/1/weight", value: v2 },
      ]);
    const kubectl = "virtualservices.networking.istio.io web --namespace prod";
    expect(found?.advice).toEqual([
      allTo(web("v1"), `kubectl patch ${kubectl} --type json --patch '${patch(100, 0)}'`),
      allTo(web("v2"), `kubectl patch ${kubectl} --type json --patch '${patch(0, 100)}'`),
      notice(
        "keep-weights",
        {},
        `kubectl get ${kubectl} --output json | kubectl apply --server-side --force-conflicts --field-manager keep-weights --filename -`,
      ),
    ]);
  });

  it("offers only versions that could have all of it, in every rule that splits", () => {
    const other = { name: "beta", match: [{ headers: { beta: { exact: "1" } } }], route: [to("v2", 50), to("v3", 50)] };
    const found = told(route({}, other, split));
    expect(found?.reason.data.rules.map(({ rule }) => rule)).toEqual(["http/beta", "http/primary"]);
    expect(found?.advice).toMatchObject([
      { reason: { code: "all-traffic-to", data: { destination: web("v2") } } },
      { reason: { code: "keep-weights" } },
    ]);
    const third = told(route({}, { name: "primary", route: [to("v1", 80), to("v2", 20), to("v9", 0)] }));
    expect(third?.advice).toHaveLength(3);
  });

  it.each<[string, KubeObject, number | undefined]>([
    ["carries a record", route({ annotations: { [recordAnnotation]: "{}" } }), at],
    [
      "sends all traffic to one version",
      route({}, whole, { name: "primary", route: [to("v1", 0), to("v2", 100)] }),
      at,
    ],
    ["was last written by another manager", route({ managedFields: [by("kubectl-patch")] }), at],
    [
      "another manager owns too",
      route({ managedFields: [by("sluice"), by("keep-weights", { operation: "Apply" })] }),
      at,
    ],
    ["says nothing of its managers", route({ managedFields: [] }), at],
    ["was written more than 31 days ago", route(), at + 31 * day + 1],
    ["nothing dates", route({ managedFields: [by("sluice", { time: "" })] }), at],
    [
      "counts a record among the annotations that Sluice owns",
      route({
        managedFields: [
          by("sluice", {
            fieldsV1: {
              "f:metadata": { "f:annotations": { [`f:${recordAnnotation}`]: {} } },
              "f:spec": { "f:http": {} },
            },
          }),
        ],
      }),
      at,
    ],
  ])("is left alone where it %s", (_, object, now) => {
    expect(told(object, now)).toBeUndefined();
  });

  it("counts up to the 31st day, and where the server names no time", () => {
    expect(told(route(), at + 31 * day)).toBeDefined();
    expect(virtualservice.unrecorded(route(), undefined)).toBeDefined();
  });

  it("is no business of a route that follows another one, until that has gone home", () => {
    const stamp = (phase: number) =>
      JSON.stringify({
        format: 1,
        route: "shop/virtualservice/web",
        uid: "u",
        rollout: "r",
        startedAt: 1,
        phase,
        weight: 20,
        at: 1,
      });
    expect(told(route({ annotations: { "sluice.dev/follows": stamp(2) } }))).toBeUndefined();
    expect(told(route({ annotations: { "sluice.dev/follows": stamp(0) } }))).toBeDefined();
  });

  it("of the Gateway API is told by the same signs", () => {
    const backend = (name: string, weight: number) => ({ name, port: 80, weight });
    const object: KubeObject = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: {
        name: "web",
        namespace: "prod",
        uid: "u-1",
        resourceVersion: "8412",
        managedFields: [by("sluice", { fieldsV1: { "f:spec": { "f:rules": {} } } })],
      },
      spec: {
        parentRefs: [{ name: "edge" }],
        rules: [{ backendRefs: [backend("web-v1", 80), backend("web-v2", 20)] }],
      },
    };
    const found = told(object, at, drivers.httproute);
    expect(found?.reason.data.object).toBe("HTTPRoute prod/web");
    expect(found?.advice[0]?.snippet).toContain('{"op":"add","path":"/spec/rules/0/backendRefs/1/weight","value":0}');
  });
});
