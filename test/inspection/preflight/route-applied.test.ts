import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
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
): Promise<{ readonly found: readonly string[]; readonly skipped: readonly string[] }> {
  const { site, object } = siteWith(driver, [route, ...objects], rights);
  const { findings, skipped } = await checkDataPlane(site, object, {});
  return { found: findings.map(({ code, message }) => `${code}: ${message}`), skipped };
}

describe("in ambient mode", () => {
  const bare =
    "no-l7-dataplane: Nothing applies this route: Service shop/reviews has no waypoint. Add label `istio.io/use-waypoint`, or route at the gateway.";

  it.each<[string, KubeObject[], string[]]>([
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
      [
        "no-l7-dataplane: Nothing applies this route: waypoint shop/waypoint of Service shop/reviews does not exist. Create it or repair it, or route at the gateway.",
      ],
    ],
    [
      "with a waypoint elsewhere that is not programmed",
      [
        home(ambient),
        service({ ...uses, "istio.io/use-waypoint-namespace": "infra" }),
        waypoint("True"),
        waypoint("False", "infra"),
      ],
      [
        "no-l7-dataplane: Nothing applies this route: waypoint infra/waypoint of Service shop/reviews is not Programmed. Create it or repair it, or route at the gateway.",
      ],
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
    expect(unseen.skipped).toEqual([
      expect.stringMatching(/^check skipped: whether pods of shop\/reviews are in ambient mode could not be read: /),
    ]);
  });

  it("a route of a gateway needs no waypoint, and nobody is asked", async () => {
    const none = { found: [], skipped: [] };
    expect(await check(httproute, httpRoute([{ name: "edge" }]), [home(ambient), service()], [])).toEqual(none);
    expect(await check(virtualservice, virtualService({ gateways: ["edge"] }), [home(ambient), service()], [])).toEqual(
      none,
    );
  });

  it("both kinds of route for one Service on a waypoint are refused", async () => {
    const around = [home({ ...ambient, ...uses }), service(), waypoint("True")];
    const words = (first: string, second: string) =>
      `mixed-route-apis: ${first} and ${second} both route reviews.shop.svc.cluster.local; Istio leaves the result undefined. Keep one kind.`;
    const [route, rule] = ["HTTPRoute shop/reviews", "VirtualService shop/reviews"];
    expect((await check(httproute, forService, [virtualService({}), ...around])).found).toEqual([words(route, rule)]);
    expect((await check(virtualservice, virtualService({}), [forService, ...around])).found).toEqual([
      words(rule, route),
    ]);
    const apart = virtualService({ hosts: ["ratings"] });
    expect((await check(httproute, forService, [apart, ...around])).found).toEqual([]);
  });

  it("what may not be read is said to be unchecked", async () => {
    const { found, skipped } = await check(httproute, forService, [home(ambient), service()], []);
    expect(found).toEqual([]);
    expect(skipped).toEqual([
      expect.stringMatching(/^check skipped: whether namespace shop is in ambient mode could not be read: /),
    ]);
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
    expect(found).toEqual([
      "route-ignored: Linkerd does not use this route: ServiceProfile shop/reviews.shop.svc.cluster.local overrides it. Remove the profile.",
    ]);
  });

  it("a route with what its controller does not know is dropped", async () => {
    const route = (rule: object, controller = "linkerd.io/policy-controller") => {
      const plain = meshed(controller);
      return { ...plain, spec: { ...(plain.spec as object), rules: [{ name: "all", timeouts: {}, ...rule }] } };
    };
    const told = (what: string) => [
      `route-ignored: Linkerd does not use this route: it does not know ${what}. Remove what it does not know, or route without Linkerd.`,
    ];
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
