import { describe, expect, test } from "vitest";
import { sceneOf } from "../../../src/rehearsal/objects/index.ts";
import { driverFor } from "../../../src/routes/index.ts";
import { command } from "../command.ts";
import { attempted, planFrom, rehearsed, scenarioFrom } from "../rehearsed.ts";

const two = ["shop/virtualservice/reviews", "edge/httproute/reviews-edge"];
const three = [...two, "shop/grpcroute/reviews-grpc"];

const planOf = (routes: readonly string[], more = "") => `
route: [${routes.join(", ")}]
phases: 5/50/100
hold: 5m
prometheus: https://prometheus.example.com
${more}`;

const sharesOf = (routes: readonly string[], weight: number) => routes.map((route) => ({ route, weight }));

describe.each([
  ["two", two],
  ["three", three],
])("%s routes", (_, routes) => {
  test.each([
    ["good", "promoted", 100],
    ["errors-at-20", "rolled-back", 0],
    ["slow-leak", "rolled-back", 0],
    ["prometheus-down", "paused", 5],
    ["no-traffic", "refused", 0],
    ["runner-dies", "promoted", 100],
    ["runner dies at 7m", "rolled-back", 0],
    ["someone rolls back at 6m", "rolled-back", 0],
  ])("under %s end as one does, each of them", async (scenario, outcome, weight) => {
    const alone = await rehearsed({ plan: planOf(routes.slice(0, 1)), scenario });
    const all = await rehearsed({ plan: planOf(routes), scenario });
    expect([alone.outcome.name, alone.shares]).toEqual([outcome, sharesOf(routes.slice(0, 1), weight)]);
    expect([all.outcome.name, all.shares]).toEqual([outcome, sharesOf(routes, weight)]);
    expect(all.phase).toBe(alone.phase);
    // The step of a further route costs a request or two, and a settling look at the most.
    expect(Math.abs(all.endMs - alone.endMs)).toBeLessThan(60_000);
  });

  test("are all put back by a GitOps tool, which is drift as on one", async () => {
    const { outcome, shares } = await rehearsed({ plan: planOf(routes), scenario: "gitops-reverts" });
    expect([outcome.name, shares]).toEqual(["drifted", sharesOf(routes, 0)]);
  });

  test("stay where they are when somebody moves the first by hand", async () => {
    const { outcome, shares } = await rehearsed({ plan: planOf(routes), scenario: "someone-edits-the-route" });
    expect(outcome.name).toBe("drifted");
    expect(shares).toEqual(routes.map((route, index) => ({ route, weight: index === 0 ? 30 : 5 })));
  });
});

test("the story says which route carries the traffic, and where each ended", async () => {
  const files = { "plan.yml": planOf(two) };
  const { exitCode, out } = await command(["--plan", "plan.yml", "--scenario", "errors-at-20"], files);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^The routes are made up from the plan, with what stands behind them \(Service reviews; /m);
  expect(out).toContain("All traffic is that of the first route, shop/virtualservice/reviews: the others move along");
  expect(out).toMatch(/^Routes: {2}shop\/virtualservice\/reviews at 0%, edge\/httproute\/reviews-edge at 0%$/m);
  const { warned } = await command(["--plan", "plan.yml", "--json"], files);
  expect(warned).toContain("All traffic is that of the first route");
});

test("what stands behind several routes is made up once, also where they share it or are called alike", async () => {
  const shared = await rehearsed({
    plan: planOf(["shop/httproute/a", "shop/httproute/b"], "canary: reviews-v2\ncompare: off"),
    driver: driverOf("httproute"),
  });
  expect(shared.notes[0]).toContain(
    "(Service reviews-v1; Service reviews-v2; 3 pods of reviews-v1; 2 pods of reviews-v2)",
  );
  expect(shared.outcome.name).toBe("promoted");
  const alike = await rehearsed({ plan: planOf(["shop/virtualservice/reviews", "shop/httproute/reviews"]) });
  expect(alike.notes[0]).toContain("3 pods of reviews-v1; 2 pods of reviews-v2; Service reviews-v1;");
  expect(alike.notes[0]).toContain("3 pods of reviews-v1-httproute");
  expect(alike.outcome.name).toBe("promoted");
  // The first route sends to one subset of a host, the second to two of them.
  const plan = planOf(["shop/virtualservice/edge", "shop/virtualservice/reviews"], "canary: reviews/v2");
  const host = await rehearsed({ plan });
  expect(host.notes[0]).toContain("v1 in DestinationRule reviews");
  expect([host.outcome.name, host.shares.map(({ weight }) => weight)]).toEqual(["promoted", [100, 100]]);
});

function driverOf(kind: string) {
  const known = driverFor(kind);
  if (known.kind === "unknown") throw new Error(known.problem.message);
  return known.driver;
}

const mesh = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
    - route:
        - {destination: {host: reviews, subset: v1}, weight: 100}
        - {destination: {host: reviews, subset: v2}, weight: 0}
`;
/** Without namespaces, as it stands in a repository that is applied with \`-n edge\`. */
const edge = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: reviews-edge}
spec:
  parentRefs: [{name: gateway}]
  rules:
    - backendRefs:
        - {name: old, port: 8080, weight: 100}
        - {name: new, port: 8080, weight: 0}
status:
  parents:
    - parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: gateway}
      controllerName: istio.io/gateway-controller
      conditions:
        - {type: Accepted, status: "True", reason: Accepted, observedGeneration: 1}
        - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, observedGeneration: 1}
---
apiVersion: v1
kind: Service
metadata: {name: old}
spec: {selector: {app: old}, ports: [{name: http, port: 8080}]}
`;

test("routes stand in the user's files, each in its namespace; what no file holds is made up, and said", async () => {
  const files = { "plan.yml": planOf(three), "mesh.yml": mesh, "edge.yml": edge };
  const words = ["--plan", "plan.yml", "--route", "mesh.yml", "edge.yml"];
  const { exitCode, out } = await command(words, files);
  expect(exitCode).toBe(0);
  expect(out).toContain("shop/grpcroute/reviews-grpc is made up from the plan, for no file of --route holds it.");
  expect(out).not.toContain("edge/httproute/reviews-edge is made up");
  expect(out).toMatch(
    /^Made up around the routes: .*Service new; 3 pods of old; 2 pods of new; Service reviews-grpc-v1/m,
  );
  expect(out).not.toContain("Service old");
  expect(out).toContain("Outcome: promoted");
  expect(out).toContain(`Routes:  ${three.map((route) => `${route} at 100%`).join(", ")}`);
});

test("files that hold none of the routes are a problem for each of them, before anything starts", async () => {
  const other = mesh.replace("name: reviews,", "name: ratings,");
  const files = { "plan.yml": planOf(two), "mesh.yml": other };
  const { exitCode, out, warned } = await command(["--plan", "plan.yml", "--route", "mesh.yml"], files);
  expect([exitCode, out]).toEqual([2, ""]);
  expect(warned).toContain(
    "The plan moves shop/virtualservice/reviews, and --route holds only shop/virtualservice/ratings.",
  );
  expect(warned).toContain("The plan moves edge/httproute/reviews-edge, and --route holds no HTTPRoute. Give the file");
});

test("whoever brings no way to further routes is told so, and nothing starts", async () => {
  const [plan, scenario] = [await planFrom(planOf(two)), scenarioFrom("good")];
  expect(sceneOf({ plan, driver: driverOf("virtualservice"), scenario, given: [] })).toMatchObject({
    kind: "refused",
    problems: [
      {
        code: "input",
        message: expect.stringMatching(/^edge\/httproute\/reviews-edge moves along .* Name it alone\.$/),
      },
    ],
  });
});

test("a route that nothing is known of is a problem", async () => {
  const plan = await planFrom(planOf(two));
  const [first] = plan.target.routes;
  if (first === undefined) throw new Error("no route");
  const strange = { ...plan, target: { ...plan.target, routes: [first, { ...first, kind: "ingress" }] } };
  expect(await attempted({ plan: strange })).toMatchObject({
    kind: "refused",
    problems: [{ code: "input", message: expect.stringContaining('"ingress" is not a kind of route') }],
  });
});
