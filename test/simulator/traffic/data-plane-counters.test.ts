import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import type { GivenObject } from "../../../src/rehearsal/objects/plan-routes.ts";
import { drivers } from "../../../src/routes/index.ts";
import { countingOf, planeBehind } from "../../../src/simulator/traffic/data-plane-counters.ts";
import { textOf } from "../../../src/text/index.ts";
import { attempted, rehearsed } from "../../rehearsal/rehearsed.ts";

const controllers = {
  linkerd: "linkerd.io/policy-controller",
  traefik: "traefik.io/gateway-controller",
  contour: "projectcontour.io/gateway-controller",
  kgateway: "kgateway.dev/kgateway",
  "envoy-gateway": "gateway.envoyproxy.io/gatewayclass-controller",
  istio: "istio.io/gateway-controller",
} as const;
type Plane = keyof typeof controllers;

type RouteOptions = { readonly kind?: "HTTPRoute" | "GRPCRoute"; readonly filters?: readonly unknown[] };

/** A route as somebody answers for it. Linkerd's hangs on a Service, the others' on a Gateway. */
function routeOf(controller: string, { kind = "HTTPRoute", filters }: RouteOptions = {}): KubeObject {
  const isMesh = controller.startsWith("linkerd.io/");
  const parentRef = isMesh ? { group: "", kind: "Service", name: "web", port: 80 } : { name: "edge" };
  const condition = (type: string) => ({ type, status: "True", reason: type, message: "", observedGeneration: 1 });
  const canary = { name: "web-v2", port: 80, weight: 0, ...(filters === undefined ? {} : { filters }) };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    metadata: { name: "web", namespace: "shop" },
    spec: { parentRefs: [parentRef], rules: [{ backendRefs: [{ name: "web-v1", port: 80, weight: 100 }, canary] }] },
    status: {
      parents: [
        { parentRef, controllerName: controller, conditions: [condition("Accepted"), condition("ResolvedRefs")] },
      ],
    },
  };
}

const split = [
  { type: "ResponseHeaderModifier", responseHeaderModifier: { add: [{ name: "x-version", value: "v2" }] } },
];
const given = (object: KubeObject): readonly GivenObject[] => [{ object, at: { file: "route.yaml" } }];
const plan = (judging: string, further = "", kind = "httproute") => `
route: ${kind}/web
namespace: shop
canary: web-v2
phases: 20/100
hold: 5m
prometheus: {url: "https://prometheus.example.com"${further}}
${judging}
`;
const presets = "checks:\n  - {preset: success-rate, min: 99%}\n  - {preset: latency, max: 1s}";
const compared = "compare: {errors: {margin: 1%}}";

const objectFor = (plane: Plane) => routeOf(controllers[plane], plane === "envoy-gateway" ? { filters: split } : {});
const options = (plane: Plane, judging: string, scenario: string) => ({
  plan: plan(judging),
  scenario,
  driver: drivers.httproute,
  given: given(objectFor(plane)),
});

describe.each(Object.keys(controllers) as Plane[])("behind %s", (plane) => {
  test.each([
    ["presets", presets],
    ["a comparison", compared],
  ])("%s promote a good version and take a bad one back", async (_, judging) => {
    const good = await rehearsed(options(plane, judging, "traffic 100 rps; errors 0.1%"));
    expect(good.outcome).toMatchObject({ name: "promoted" });
    const bad = await rehearsed(options(plane, judging, "traffic 100 rps; errors 0.1%; canary errors 20%"));
    expect([bad.outcome.name, textOf(bad.outcome.reason)]).toEqual([
      "rolled-back",
      expect.stringMatching(/success-rate|canary failed/),
    ]);
    const slow = await rehearsed(options(plane, judging, "traffic 100 rps; canary latency 4s"));
    expect([slow.outcome.name, textOf(slow.outcome.reason)]).toEqual([
      "rolled-back",
      expect.stringMatching(/latency|took longer/),
    ]);
  });

  test("a version that nobody can reach is taken back", async () => {
    const none = await rehearsed(options(plane, presets, "traffic 100 rps; canary crashes from 2m for 20m"));
    expect(none.outcome.name).toBe("rolled-back");
  });
});

describe("what cannot be told apart is refused, with what to do, unless the plan knows better", () => {
  const endOf = async (object: KubeObject, text = plan(presets), driver = drivers.httproute) => {
    const ended = await attempted({ plan: text, scenario: "good", driver, given: given(object) });
    if (ended.kind === "refused") throw new Error(ended.problems.map(({ message }) => message).join("\n"));
    return { ...ended.outcome, because: textOf(ended.outcome.reason) };
  };

  test("one cluster for a whole rule", async () => {
    expect(await endOf(routeOf(controllers["envoy-gateway"]))).toMatchObject({
      name: "refused",
      code: "metric-not-separable",
      because: expect.stringContaining(
        "success-rate cannot tell canary from stable here. Envoy Gateway makes one cluster of all backends of a rule. With a " +
          "filter on one of its backendRefs, as a ResponseHeaderModifier, it makes one of each. Use application metrics or your own query.",
      ),
    });
    expect(await endOf(routeOf(controllers["envoy-gateway"]), plan(compared))).toMatchObject({
      code: "metric-not-separable",
      because: expect.stringContaining(
        "Nothing can be compared. Canary and stable cannot be told apart. Envoy Gateway",
      ),
    });
  });

  test("an implementation that counts in total, or elsewhere", async () => {
    expect(await endOf(routeOf("gateway.nginx.org/nginx-gateway-controller"))).toMatchObject({
      code: "metric-not-separable",
      because: expect.stringContaining("NGINX Gateway Fabric counts requests in total only. Use application metrics"),
    });
  });

  test("failures of gRPC, where only HTTP statuses are counted", async () => {
    const object = routeOf(controllers.contour, { kind: "GRPCRoute" });
    expect(await endOf(object, plan(presets, "", "grpcroute"), drivers.grpcroute)).toMatchObject({
      code: "metric-protocol-mismatch",
      because: expect.stringContaining(
        "success-rate needs HTTP; this is gRPC. Contour counts HTTP statuses, and gRPC answers 200 even to a failure. Use your own query.",
      ),
    });
  });

  test("the plan names the data plane where the route's status names another, or none that is known", async () => {
    for (const [controller, plane] of [
      ["example.com/gateway-controller", "traefik"],
      [controllers.traefik, "contour"],
    ]) {
      const text = plan(presets, `, data-plane: ${plane}`);
      expect((await endOf(routeOf(controller ?? ""), text)).name).toBe("promoted");
    }
  });
});

test("a Service behind a waypoint is counted there alone", async () => {
  const labels = { "istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint" };
  const waypoint = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "waypoint", namespace: "shop" },
    spec: { gatewayClassName: "istio-waypoint", listeners: [{ name: "mesh", port: 15008, protocol: "HBONE" }] },
    status: { conditions: [{ type: "Programmed", status: "True" }] },
  };
  const route = routeOf(controllers.linkerd);
  const parents = [{ ...(route.status as { parents: object[] }).parents[0], controllerName: controllers.istio }];
  const objects = [
    { ...route, status: { parents } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "shop" },
      spec: { ports: [{ port: 80 }] },
    },
    waypoint,
  ].map((object) => ({ object: object as KubeObject, at: { file: "route.yaml" } }));
  for (const judging of [presets, compared]) {
    const around = { plan: plan(judging), driver: drivers.httproute, given: objects };
    expect((await rehearsed({ ...around, scenario: "traffic 100 rps" })).outcome.name).toBe("promoted");
    const bad = await rehearsed({ ...around, scenario: "traffic 100 rps; canary errors 20%" });
    expect(bad.outcome.name).toBe("rolled-back");
    const elsewhere = { ...around, plan: plan(judging, ", reporter: source") };
    expect((await rehearsed({ ...elsewhere, scenario: "traffic 100 rps" })).outcome.name).toBe("promoted");
  }
});

test("Linkerd's statuses of gRPC are told from those of HTTP", async () => {
  const object = routeOf(controllers.linkerd, { kind: "GRPCRoute" });
  const grpc = { plan: plan(presets, "", "grpcroute"), driver: drivers.grpcroute, given: given(object) };
  const bad = await rehearsed({ ...grpc, scenario: "traffic 100 rps; protocol grpc; canary errors 20%" });
  expect([bad.outcome.name, textOf(bad.outcome.reason)]).toEqual([
    "rolled-back",
    expect.stringContaining("success-rate"),
  ]);
});

test("each plane writes series of its own", () => {
  const counter = (plane: Plane) => ({
    plane,
    route: { kind: "HTTPRoute", namespace: "shop", name: "web" },
    port: 80,
    rule: 2,
    places: { stable: 1, canary: 0 },
  });
  const names = { host: "", service: "web-v2", namespace: "shop", workload: "web-v2", version: "v2" };
  const labels = (plane: Plane) => countingOf(counter(plane), names, "canary", "http")?.total.pairsOf("bad").at(-1);
  expect(labels("traefik")).toEqual(["service", "shop-web-v2-http-80@kubernetesgateway"]);
  expect(labels("contour")).toEqual(["envoy_cluster_name", "shop_web-v2_80"]);
  expect(labels("kgateway")).toEqual(["envoy_cluster_name", "kube_shop_web-v2_80"]);
  expect(labels("envoy-gateway")).toEqual(["envoy_cluster_name", "httproute/shop/web/rule/2/backend/0"]);
  expect(labels("istio")).toBeUndefined();
  expect(Object.values(controllers).map((name) => planeBehind([name]))).toEqual(Object.keys(controllers));
  expect(planeBehind(["example.com/unknown"])).toBe("istio");
});
