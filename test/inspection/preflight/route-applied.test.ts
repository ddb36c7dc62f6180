import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { type Finding, finding } from "../../../src/base/reasons/finding.ts";
import type { Notice } from "../../../src/base/reasons/notice.ts";
import { checkDataPlane } from "../../../src/inspection/preflight/route-applied.ts";
import type { RouteAdapter } from "../../../src/ports/route-adapter.ts";
import { httproute } from "../../../src/routes/httproute.ts";
import { virtualservice } from "../../../src/routes/virtualservice.ts";
import type { Rule } from "../../../src/simulator/cluster/rbac.ts";
import { siteWith } from "../inspected-route.ts";

const httpRoute = (parentRefs: unknown, controller = "istio.io/gateway-controller"): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "reviews", namespace: "shop" },
  spec: { parentRefs, rules: [{ backendRefs: [] }] },
  status: { parents: [{ parentRef: { name: "reviews" }, controllerName: controller, conditions: [] }] },
});
const forService = httpRoute([{ group: "", kind: "Service", name: "reviews", port: 9080 }]);
const virtualService = (spec: object): KubeObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "reviews", namespace: "shop" },
  spec: { hosts: ["reviews"], http: [], ...spec },
});

const home = (labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels },
});
const service = (labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "reviews", namespace: "shop", labels },
  spec: { ports: [{ port: 9080 }] },
});
const waypoint = (status: string, namespace = "shop"): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "waypoint", namespace },
  spec: { gatewayClassName: "istio-waypoint" },
  status: { conditions: [{ type: "Programmed", status }] },
});
const ambient = { "istio.io/dataplane-mode": "ambient" };
const uses = { "istio.io/use-waypoint": "waypoint" };

async function check(
  driver: RouteAdapter,
  route: KubeObject,
  objects: readonly KubeObject[],
  rights?: readonly Rule[],
): Promise<{ readonly found: readonly Finding[]; readonly notices: readonly Notice[] }> {
  const { site, object } = siteWith(driver, [route, ...objects], rights);
  const { findings, notices } = await checkDataPlane(site, object, {});
  return { found: findings, notices };
}

const skipped = (check: string, object: string) => ({
  reason: { code: "check-skipped", data: { check, object } },
});

describe("in ambient mode", () => {
  const at = { service: "shop/reviews" };
  const bare = finding("no-l7-dataplane", { ...at, state: "unbound" });

  it.each<[string, KubeObject[], Finding[]]>([
    ["without a waypoint", [home(ambient), service()], [bare]],
    [
      "with a Service that wants none",
      [home({ ...ambient, ...uses }), service({ "istio.io/use-waypoint": "none" })],
      [bare],
    ],
    ["with the waypoint of the namespace", [home({ ...ambient, ...uses }), service(), waypoint("True")], []],
    ["with the waypoint of the Service", [home(ambient), service(uses), waypoint("True")], []],
    [
      "with a waypoint that is not there",
      [home(ambient), service(uses)],
      [finding("no-l7-dataplane", { ...at, state: "absent", waypoint: "shop/waypoint" })],
    ],
    [
      "with a waypoint elsewhere that is not programmed",
      [
        home(ambient),
        service({ ...uses, "istio.io/use-waypoint-namespace": "infra" }),
        waypoint("True"),
        waypoint("False", "infra"),
      ],
      [finding("no-l7-dataplane", { ...at, state: "not-programmed", waypoint: "infra/waypoint" })],
    ],
    ["with sidecars", [home({ "istio-injection": "enabled" }), service()], []],
  ])("a route of a Service %s", async (_, objects, expected) => {
    expect((await check(httproute, forService, objects)).found).toEqual(expected);
    expect((await check(virtualservice, virtualService({}), objects)).found).toEqual(expected);
  });

  it("a pod's own label counts, whatever the namespace says", async () => {
    const pod = (mode: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "reviews-1", namespace: "shop", labels: { app: "reviews", "istio.io/dataplane-mode": mode } },
      spec: {},
    });
    const withPods = { ...service(), spec: { selector: { app: "reviews" }, ports: [{ port: 9080 }] } };
    expect((await check(httproute, forService, [home(), withPods, pod("ambient")])).found).toEqual([bare]);
    expect((await check(virtualservice, virtualService({}), [home(), withPods, pod("ambient")])).found).toEqual([bare]);
    expect((await check(httproute, forService, [home(ambient), withPods, pod("none")])).found).toEqual([]);
    const mayNotList = [{ groups: ["*"], plurals: ["namespaces", "services"], verbs: ["get"] }] as const;
    const unseen = await check(httproute, forService, [home(), withPods, pod("ambient")], mayNotList);
    expect(unseen.found).toEqual([]);
    expect(unseen.notices).toMatchObject([skipped("pod-mode", "shop/reviews")]);
  });

  it("a route of a gateway needs no waypoint, and nothing is asked", async () => {
    const none = { found: [], notices: [] };
    expect(await check(httproute, httpRoute([{ name: "edge" }]), [home(ambient), service()], [])).toEqual(none);
    expect(await check(virtualservice, virtualService({ gateways: ["edge"] }), [home(ambient), service()], [])).toEqual(
      none,
    );
  });

  it("both kinds of route for one Service on a waypoint are refused", async () => {
    const around = [home({ ...ambient, ...uses }), service(), waypoint("True")];
    const both = (...objects: readonly string[]) =>
      finding("mixed-route-apis", { objects, host: "reviews.shop.svc.cluster.local" });
    const [route, rule] = ["HTTPRoute shop/reviews", "VirtualService shop/reviews"];
    expect((await check(httproute, forService, [virtualService({}), ...around])).found).toEqual([both(route, rule)]);
    expect((await check(virtualservice, virtualService({}), [forService, ...around])).found).toEqual([
      both(rule, route),
    ]);
    const apart = virtualService({ hosts: ["ratings"] });
    expect((await check(httproute, forService, [apart, ...around])).found).toEqual([]);
  });

  it("what may not be read is said to be unchecked", async () => {
    const { found, notices } = await check(httproute, forService, [home(ambient), service()], []);
    expect(found).toEqual([]);
    expect(notices).toMatchObject([skipped("namespace-mode", "shop")]);
  });
});

describe("with Linkerd", () => {
  const profile: KubeObject = {
    apiVersion: "linkerd.io/v1alpha2",
    kind: "ServiceProfile",
    metadata: { name: "reviews.shop.svc.cluster.local", namespace: "shop" },
  };
  const meshed = (controller: string) => httpRoute([{ kind: "Service", group: "", name: "reviews" }], controller);

  it("a ServiceProfile overrides the route", async () => {
    const { found } = await check(httproute, meshed("linkerd.io/policy-controller"), [home(), service(), profile]);
    const object = "shop/reviews.shop.svc.cluster.local";
    expect(found).toEqual([finding("route-ignored", { why: "service-profile", object, fields: [] })]);
  });

  it("a route with what its controller does not know is dropped", async () => {
    const route = (rule: object, controller = "linkerd.io/policy-controller") => {
      const plain = meshed(controller);
      return { ...plain, spec: { ...(plain.spec as object), rules: [{ name: "all", timeouts: {}, ...rule }] } };
    };
    const told = (field: string) => [finding("route-ignored", { why: "unknown-fields", fields: [field], more: 0 })];
    const filters = [{ type: "RequestHeaderModifier" }, { type: "CORS" }];
    const around = [home(), service()];
    expect((await check(httproute, route({ filters }), around)).found).toEqual(told("spec.rules[0].filters[1] (CORS)"));
    const mirror = { backendRefs: [{ name: "a" }, { name: "b", filters: [{ type: "RequestMirror" }] }] };
    expect((await check(httproute, route(mirror), around)).found).toEqual(
      told("spec.rules[0].backendRefs[1].filters[0] (RequestMirror)"),
    );
    expect((await check(httproute, route({ retry: {} }), around)).found).toEqual(told("spec.rules[0].retry"));
    expect((await check(httproute, route({}), around)).found).toEqual([]);
    expect((await check(httproute, route({ filters }, "istio.io/gateway-controller"), around)).found).toEqual([]);
  });

  it("a route without a profile is used, and profiles mean nothing to others", async () => {
    expect((await check(httproute, meshed("linkerd.io/policy-controller"), [home(), service()])).found).toEqual([]);
    expect((await check(httproute, meshed("istio.io/gateway-controller"), [home(), service(), profile])).found).toEqual(
      [],
    );
  });
});
