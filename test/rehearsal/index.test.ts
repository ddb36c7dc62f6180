import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { said } from "../../src/base/reasons/said.ts";
import { madeRoute } from "../../src/rehearsal/objects/made-up.ts";
import type { GivenObject } from "../../src/rehearsal/objects/plan-routes.ts";
import { rehearsalResult } from "../../src/rehearsal/result-json-and-table.ts";
import { drivers } from "../../src/routes/index.ts";
import { scenarios } from "../../src/simulator/scenario/built-in-scenarios.ts";
import { textOf } from "../../src/text/index.ts";
import { attempted, planFrom, rehearsed, usualPlan } from "./rehearsed.ts";

const result = async (options: Parameters<typeof rehearsed>[0]) => rehearsalResult(await rehearsed(options));
const minutes = (count: number) => count * 60;

test.each([
  ["good", { outcome: "promoted", phase: 4, weight: 100 }],
  ["errors-at-20", { outcome: "rolled-back", phase: 2, weight: 0 }],
  ["slow-leak", { outcome: "rolled-back", weight: 0 }],
  ["prometheus-down", { outcome: "paused", phase: 2, weight: 20 }],
  ["no-traffic", { outcome: "refused", weight: 0 }],
  ["runner-dies", { outcome: "promoted", phase: 4, weight: 100 }],
  ["someone-edits-the-route", { outcome: "drifted", phase: 2 }],
  ["gitops-reverts", { outcome: "drifted", phase: 1 }],
] as const)("%s ends as its description says", async (scenario, end) => {
  expect(Object.keys(scenarios)).toContain(scenario);
  expect(await result({ scenario })).toMatchObject(end);
});

test("a bad version is caught in its phase, and only it spoils requests", async () => {
  const [good, bad] = [await result({ scenario: "good" }), await result({ scenario: "errors-at-20" })];
  expect(good.badRequests).toBeLessThan(30);
  expect(bad.badRequests).toBeGreaterThan(40);
  expect(bad.seconds).toBeGreaterThan(minutes(5));
  expect(bad.seconds).toBeLessThan(minutes(15));
  expect(bad.timeline.at(-1)).toMatchObject({ verdict: "fail", weight: 0, at: expect.any(Number) });
});

test("equal seeds give equal rehearsals, other seeds other chance", async () => {
  const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => rehearsed({ scenario: "errors-at-20", seed })));
  expect(one?.truth).toEqual(same?.truth);
  expect(one?.moments).toEqual(same?.moments);
  expect(one?.truth).not.toEqual(other?.truth);
});

test("a timeline tells changes, in order, and not every turn", async () => {
  const { timeline } = await result({ scenario: "good" });
  expect(timeline.length).toBeLessThan(25);
  expect(timeline.map(({ at }) => at)).toEqual(timeline.map(({ at }) => at ?? 0).toSorted((a, b) => a - b));
  expect(timeline.filter(({ verdict }) => verdict === "pass").map(({ weight }) => weight)).toEqual([
    5, 20, 20, 50, 50, 100, 100, 100,
  ]);
});

test("a runner that dies is followed by one that finishes, and by a sweep where nobody comes", async () => {
  const returned = await rehearsed({ scenario: "runner dies at 7m and returns after 2m" });
  expect(returned.outcome.name).toBe("promoted");
  expect(returned.moments.map(({ reason }) => textOf(reason))).toEqual(
    expect.arrayContaining(["the runner dies without a word", "a new runner takes up the same run"]),
  );
  const alone = await rehearsed({ scenario: "runner dies at 7m" });
  expect(alone.outcome.name).toBe("rolled-back");
  expect(alone.moments.at(-1)).toMatchObject({ who: "sweep", weight: 0 });
  expect(alone.endMs - alone.startMs).toBeGreaterThan(minutes(17) * 1000 - 1);
  expect(alone.weight).toBe(0);
});

test("a runner that dies before its first write leaves nothing behind to take back", async () => {
  const never = await rehearsed({ scenario: "runner dies at 1ms" });
  expect(never.weight).toBe(0);
  expect(never.truth.canary.requests).toBe(0);
  expect(never.outcome.name).toBe("none");
});

test("what people command is carried out beside the run", async () => {
  const paused = await rehearsed({ scenario: "someone pauses at 7m" });
  expect(paused.outcome).toMatchObject({ name: "paused", weight: 20 });
  const resumed = await rehearsed({ scenario: "someone pauses at 7m; someone resumes at 30m" });
  expect(resumed.outcome.name).toBe("promoted");
  expect(resumed.endMs - resumed.startMs).toBeGreaterThan(minutes(30) * 1000);
  const back = await rehearsed({ scenario: "someone rolls back at 8m" });
  expect(back.outcome).toMatchObject({ name: "rolled-back", weight: 0 });
  const hurried = await rehearsed({ scenario: "someone promotes at 2m" });
  expect(hurried.outcome.name).toBe("promoted");
  expect(hurried.endMs).toBeLessThan(resumed.endMs);
});

test("a rollback comes home beside a program that writes to the route every second, over slow calls", async () => {
  const scenario = "canary errors 20% from phase 20; route written every 1s from 10s into phase 20; calls take 300ms";
  for (const seed of [1, 2, 3]) {
    const { outcome, weight, moments } = await rehearsed({ scenario, seed });
    expect([outcome.name, weight]).toEqual(["rolled-back", 0]);
    expect(moments.map(({ reason }) => textOf(reason))).toContain(
      "another program writes to the route every 1 s from now on",
    );
  }
});

test("a record that is removed comes back with the weights from before the rollout", async () => {
  const found = await rehearsed({ scenario: "record removed at 7m" });
  expect([found.outcome.name, found.outcome.exitCode, found.weight]).toEqual(["rolled-back", 1, 0]);
  expect(textOf(found.outcome.reason)).toContain("The record was removed from the route at 20%");
  expect(found.moments.map(({ reason }) => textOf(reason))).toContain("the record is removed from the route");
  const late = await rehearsed({ scenario: "runner dies at 7m; record removed at 8m" });
  expect(late.outcome).toMatchObject({ name: "drifted", exitCode: 1, code: "record-missing" });
  expect(late.weight).toBe(20);
  const early = await rehearsed({ scenario: "record removed at 1ms" });
  expect(early.moments.map(({ reason }) => textOf(reason))).toContain(
    "the record would be removed now, and there is none",
  );
});

test("a command that comes too late changes neither outcome nor comment", async () => {
  const late = await rehearsed({ scenario: "someone resumes at 50m" });
  expect(late.outcome.name).toBe("promoted");
  expect(late.progress.outcome?.name).toBe("promoted");
  expect(late.moments.at(-1)).toMatchObject({ who: "person", status: "refused" });
});

test("what never comes to pass is said", async () => {
  const { unplayed } = await rehearsed({
    scenario: "someone sets canary to 30% at phase 77; canary errors 9%; gitops reverts at 5h",
  });
  expect(unplayed).toEqual(["a person sets the canary to 30%", "GitOps reverts"]);
});

test("an event that hangs on a phase happens when the phase begins", async () => {
  const { moments, startMs } = await rehearsed({ scenario: "someone sets canary to 3% at 1m into phase 50" });
  const entered = moments.find(({ weight, committed }) => weight === 50 && committed)?.at ?? 0;
  const deed = moments.find(({ who }) => who === "world");
  expect(deed).toMatchObject({ weight: 3, reason: said("a person sets the canary to 3% by hand") });
  expect((deed?.at ?? 0) - entered).toBeGreaterThanOrEqual(60_000);
  expect((deed?.at ?? 0) - entered).toBeLessThan(62_000);
  expect(entered).toBeGreaterThan(startMs);
});

test("a canary that loses its pods is taken back without any metric", async () => {
  const { outcome, endMs, startMs } = await rehearsed({ scenario: "canary unready from 7m" });
  expect(outcome).toMatchObject({ name: "rolled-back" });
  expect(textOf(outcome.reason)).toContain("no ready endpoint for 1 min");
  expect(endMs - startMs).toBeLessThan(minutes(9) * 1000);
});

test("a failed canary is held while stable has no pod, and goes back when one comes", async () => {
  const { outcome, moments } = await rehearsed({
    scenario: "canary errors 30% from 7m; stable unready from 7m for 10m",
  });
  expect(moments.map(({ status }) => status)).toContain("held");
  expect(outcome.name).toBe("rolled-back");
});

test("until, turns and a scheduled pause end a rehearsal as they end a run", async () => {
  expect(await result({ order: { dryRun: false, until: 20 } })).toMatchObject({ outcome: "reached", weight: 20 });
  expect(await result({ order: { dryRun: false, turns: 3 } })).toMatchObject({ outcome: "in-progress", weight: 5 });
  expect(await result({ order: { dryRun: true } })).toMatchObject({ outcome: "ready", badRequests: 0 });
  const pausing = usualPlan.replace("5/20/50/100", "5/20/pause/100");
  expect(await result({ plan: pausing })).toMatchObject({ outcome: "paused", weight: 20 });
});

test("a plan that measures nothing is promoted by time, and what it spoils is counted all the same", async () => {
  const blind = "{route: shop/virtualservice/reviews, phases: 50/100, hold: 10m}";
  const end = await result({ plan: blind, scenario: "traffic 50 rps; canary errors 10%" });
  expect(end.outcome).toBe("promoted");
  expect(end.badRequests).toBeGreaterThan(2_000);
});

test("a query for a metric that the scenario lacks is said with the clause to add, and finds something once it is added", async () => {
  const plan = `${usualPlan}  - {name: checkout, query: 'sum(checkout_ok{version="{{canary}}"}) / sum(checkout_all{version="{{canary}}"})', min: 0.5}\n`;
  const without = await rehearsed({ plan });
  expect(without.notes.join("\n")).toContain('"metric checkout_ok counts good requests"');
  expect(without.outcome).toMatchObject({ name: "refused", code: "metric-labels-missing" });
  const scenario = "metric checkout_ok counts good requests; metric checkout_all counts requests";
  const within = await rehearsed({ plan, scenario });
  expect(within.notes.join("\n")).not.toContain("checkout");
  expect(within.outcome.name).toBe("promoted");
});

const at = { file: "route.yml" };
const given = (...objects: readonly KubeObject[]): GivenObject[] => objects.map((object) => ({ object, at }));
const route = (more: Partial<KubeObject["metadata"]> = {}): KubeObject => ({
  apiVersion: "networking.istio.io/v1beta1",
  kind: "VirtualService",
  metadata: { name: "reviews", ...more },
  spec: {
    hosts: ["reviews.example.com"],
    http: [
      {
        name: "api",
        route: [
          { destination: { host: "reviews", subset: "stable" }, weight: 100 },
          { destination: { host: "reviews", subset: "v2" } },
        ],
      },
    ],
  },
});
const rule = (...subsets: readonly string[]): KubeObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "DestinationRule",
  metadata: { name: "reviews" },
  spec: { host: "reviews", subsets: subsets.map((name) => ({ name, labels: { version: `${name}.0` } })) },
});

test("the user's own route is moved, and what is missing around it is made up and said", async () => {
  const own = await rehearsed({ given: given(route()) });
  expect(own.outcome.name).toBe("promoted");
  expect(own.notes).toEqual([
    "Made up around the route: Service reviews; DestinationRule reviews (stable, v2); 3 pods of reviews-stable; 2 pods of reviews-v2.",
  ]);
  expect(own.progress.state?.stable).toBe("reviews.shop.svc.cluster.local/stable");
});

test("a subset that the user's own DestinationRule lacks is found, not made up", async () => {
  const missing = await rehearsed({ given: given(route(), rule("stable")) });
  expect(missing.outcome.name).toBe("refused");
  expect(textOf(missing.outcome.reason)).toContain("v2 is not in any DestinationRule");
  expect((await rehearsed({ given: given(route(), rule("stable", "v2")) })).outcome.name).toBe("promoted");
});

test("the record of an earlier rollout and what only a server writes do not come along", async () => {
  const dumped = route({ uid: "u-1", resourceVersion: "77", annotations: { "sluice.dev/rollout": "{}", team: "a" } });
  const own = await rehearsed({ given: given(dumped) });
  expect(own.outcome.name).toBe("promoted");
  expect(own.notes[0]).toBe("The record of an earlier rollout on reviews was left out.");
});

test("a file without the plan's route is refused, naming what it holds", async () => {
  const other = await attempted({ given: given({ ...route(), metadata: { name: "ratings" } }) });
  expect(other).toMatchObject({ kind: "refused", problems: [{ code: "object-not-found" }] });
  expect(JSON.stringify(other)).toContain("only shop/virtualservice/ratings");
});

test("an object that the API server would refuse is a problem with its place", async () => {
  const broken = route();
  const spec = { http: [{ route: [{ destination: { host: "reviews" }, weight: "a lot" }] }] };
  const refused = await attempted({ given: given({ ...broken, spec }, rule("v2")) });
  expect(refused).toMatchObject({ kind: "refused", problems: [{ place: at }] });
});

test.each([
  ["canary: v7", "reviews.shop.svc.cluster.local/v7", "reviews.shop.svc.cluster.local/v1"],
  ["canary: reviews-v2", "reviews-v2.shop.svc.cluster.local", "reviews-v1.shop.svc.cluster.local"],
  [
    "{stable: main.shop.svc.cluster.local, canary: next.shop.svc.cluster.local:8080}",
    "next.shop.svc.cluster.local:8080",
    "main.shop.svc.cluster.local",
  ],
  [
    "{stable: v1, canary: v2, rule: [http/1, http/api]}",
    "reviews.shop.svc.cluster.local/v2",
    "reviews.shop.svc.cluster.local/v1",
  ],
  ["{}", "reviews.shop.svc.cluster.local/v2", "reviews.shop.svc.cluster.local/v1"],
])("a made-up route fits the plan: %s", async (words, canary, stable) => {
  const extra = words.replace(/^\{|\}$/g, "").replaceAll(/, (?=\w+:)/g, "\n");
  const plan = await planFrom(`${usualPlan.replace("canary: v2\n", "")}${extra}\n`);
  const { outcome, progress } = await rehearsed({ plan });
  expect([outcome.name, progress.state?.canary, progress.state?.stable]).toEqual(["promoted", canary, stable]);
});

test("a made-up rule for connections has every server of its name", async () => {
  const plan = await planFrom(`
route: virtualservice/reviews
namespace: shop
canary: v2
rule: [tls/a.example.com+b.example.com, tls/c.example.com]
phases: 20/100
hold: 5m
prometheus: https://prometheus.example.com
compare: off
checks: [{preset: connections, min: 95%}]
`);
  const [ref] = plan.target.routes;
  const made = ref === undefined ? undefined : madeRoute(ref, plan.target);
  expect(made).toMatchObject({
    object: {
      spec: {
        hosts: [expect.any(String), "a.example.com", "b.example.com", "c.example.com"],
        tls: [
          { match: [{ sniHosts: ["a.example.com", "b.example.com"] }] },
          { match: [{ sniHosts: ["c.example.com"] }] },
        ],
      },
    },
  });
  const { outcome, progress } = await rehearsed({ plan });
  expect(outcome.name, textOf(outcome.reason)).toBe("promoted");
  expect(progress.state?.rules.map(({ name }) => name)).toEqual(["a.example.com+b.example.com", "c.example.com"]);
});

describe("a route of the Gateway API is made up from the plan", () => {
  const gatewayPlan = (kind: string, words: string, source = "https://prometheus.example.com") =>
    planFrom(`
route: ${kind}/reviews
namespace: shop
phases: 5/20/50/100
hold: 5m
prometheus: ${source}
compare: off
checks:
  - ${kind.startsWith("t") ? "{preset: connections, min: 95%}" : "{preset: success-rate, min: 99%}"}
${words}
`);

  test.each([
    [
      "httproute",
      "canary: reviews-v2:9080",
      "reviews-v2.shop.svc.cluster.local:9080",
      "reviews-v1.shop.svc.cluster.local:9080",
    ],
    ["httproute", "stable: main\ncanary: next", "next.shop.svc.cluster.local:80", "main.shop.svc.cluster.local:80"],
    ["httproute", "stable: reviews-2", "reviews-v2.shop.svc.cluster.local:80", "reviews-2.shop.svc.cluster.local:80"],
    ["httproute", "canary: v2", "v2.shop.svc.cluster.local:80", "v1.shop.svc.cluster.local:80"],
    [
      "httproute",
      "rule: [rules/api, rules/1]",
      "reviews-v2.shop.svc.cluster.local:80",
      "reviews-v1.shop.svc.cluster.local:80",
    ],
    ["grpcroute", "rule: [rules/2]", "reviews-v2.shop.svc.cluster.local:80", "reviews-v1.shop.svc.cluster.local:80"],
  ])("%s with %s", async (kind, words, canary, stable) => {
    const { outcome, progress } = await rehearsed({
      plan: await gatewayPlan(kind, words),
      driver: drivers[kind as "httproute"],
    });
    expect([outcome.name, progress.state?.canary, progress.state?.stable]).toEqual(["promoted", canary, stable]);
  });

  test.each(["tcproute", "tlsroute"] as const)("%s, whose share is one of connections", async (kind) => {
    const plan = await gatewayPlan(kind, "");
    const { outcome, progress } = await rehearsed({ plan, driver: drivers[kind] });
    expect(outcome.name, textOf(outcome.reason)).toBe("promoted");
    // Everything that preflight looks at is there.
    expect(progress.notes).toEqual([]);
  });

  test("a bad version is caught behind it", async () => {
    const plan = await gatewayPlan("httproute", "canary: reviews-v2");
    const { outcome, weight } = await rehearsed({ plan, driver: drivers.httproute, scenario: "errors-at-20" });
    expect([outcome.name, weight]).toEqual(["rolled-back", 0]);
  });

  test("the controller of the data plane that the plan names answers for it", async () => {
    const plan = await gatewayPlan("httproute", "", "{url: https://prometheus.example.com, data-plane: traefik}");
    const { outcome } = await rehearsed({ plan, driver: drivers.httproute, scenario: "errors-at-20" });
    expect(outcome.name, textOf(outcome.reason)).toBe("rolled-back");
  });
});
