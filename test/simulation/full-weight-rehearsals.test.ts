import { describe, expect, test } from "vitest";
import { drivers } from "../../src/routes/index.ts";
import { textOf } from "../../src/text/index.ts";
import { comparingPlan, planFrom, type Rehearsing, rehearsed } from "../rehearsal/rehearsed.ts";

/** Whole rollouts in virtual time whose canary changes only when it has all of the traffic. */

const shortPlan = (more = "") => `
route: virtualservice/reviews
namespace: shop
canary: v2
phases: 50/100
hold: 3m
prometheus: https://prometheus.example.com
${more}`;

/** Below 100 % everything is as it should be. */
const late = (harm: string) => `${harm.replace("VALUE", "0.1%")} until 30s into phase 100, then`;
const harms = {
  "errors of 100%": `canary errors ${late("VALUE")} 100%`,
  "errors of 5%": `canary errors ${late("VALUE")} 5%`,
  "a hundred times the latency": "canary latency 1x until 30s into phase 100, then 100x",
  "no data": "no data from 30s into phase 100",
  "no traffic": "no traffic from 30s into phase 100",
} as const;

const endOf = async (options: Rehearsing) => {
  const done = await rehearsed(options);
  const { reason } = done.progress.judged ?? {};
  return { ...done, reason, end: [done.outcome.name, done.phase, done.weight] };
};

const passing = (check: string, limits: object) => ({ code: "check-passing", data: { check, ...limits } });

describe("with the README's own lines, a canary that goes wrong 30 s into the phase at 100 %", () => {
  test.each([
    ["errors of 100%", 0, "check-failing", { check: "success-rate", value: 0, min: 0.949, points: 3 }],
    ["a hundred times the latency", 0, "check-failing", { check: "latency", max: 2000, points: 3 }],
    [
      "no data",
      100,
      "check-no-data",
      { check: "success-rate", points: 5, causes: [{ code: "request-count-unknown" }] },
    ],
    [
      "no traffic",
      100,
      "check-no-data",
      { check: "success-rate", points: 5, causes: [{ code: "point-too-few-requests", data: { requests: 0 } }] },
    ],
  ] as const)("is not promoted: %s", async (harm, weight, code, data) => {
    const done = await endOf({ plan: comparingPlan, scenario: harms[harm] });
    expect(done.end).toEqual([weight === 0 ? "rolled-back" : "paused", 4, weight]);
    expect(done.reason).toMatchObject({ code, data });
    const lacking = done.progress.judged?.kind === "inconclusive" ? done.progress.judged.lacking : undefined;
    expect(lacking).toBe(weight === 0 ? undefined : harm === "no data" ? "data" : "traffic");
  });

  test("is not promoted: errors of 5%, whatever chance does", async () => {
    const plan = await planFrom(shortPlan());
    // That is more than a pass takes, and not clearly what fails: whichever chance makes of it, it is no pass.
    for (let seed = 1; seed <= 5; seed += 1) {
      const { outcome } = await endOf({ plan, scenario: harms["errors of 5%"], seed });
      expect(["rolled-back", "paused"], `seed ${seed}: ${textOf(outcome.reason)}`).toContain(outcome.name);
    }
  });
});

test("a sound canary is promoted, whatever chance does", async () => {
  const plan = await planFrom(shortPlan());
  for (let seed = 1; seed <= 20; seed += 1) {
    const { end, outcome, reason } = await endOf({ plan, scenario: "good", seed });
    expect(end, `seed ${seed}: ${textOf(outcome.reason)}`).toEqual(["promoted", 2, 100]);
    const checks = [passing("success-rate", { min: 0.948 }), passing("latency", { max: 2000 })];
    expect(reason).toMatchObject({ code: "passed-by-checks", data: { weight: 100, checks } });
  }
});

test.each([
  ["slow requests that only just do not make its p99", "traffic 20 rps; slow 0.9% by 3s"],
  ["failures that come ten at a time", "traffic 50 rps; errors 0.2%; bursts of 10"],
  ["stable failing as much", "traffic 50 rps; errors 10%"],
])("so is one with %s", async (_, scenario) => {
  const { end, outcome, reason } = await endOf({ plan: shortPlan("on-inconclusive: promote"), scenario, seed: 3 });
  expect(end, textOf(outcome.reason)).toEqual(["promoted", 2, 100]);
  expect(reason?.code).toBe("passed-by-checks");
});

describe("little traffic at 100 %", () => {
  const few = (rps: string) => `traffic 50 rps until 30s into phase 100, then ${rps} rps`;

  test("is enough where a point has its 20 requests", async () => {
    const { end, outcome } = await endOf({ plan: shortPlan(), scenario: few("1") });
    expect(end, textOf(outcome.reason)).toEqual(["promoted", 2, 100]);
  });

  test("pauses below that, unless the plan waives the proof for want of traffic", async () => {
    const scenario = few("0.1");
    const paused = await endOf({ plan: shortPlan(), scenario });
    expect(paused.end).toEqual(["paused", 2, 100]);
    const causes = [{ code: "point-too-few-requests", data: { need: 20 } }];
    expect(paused.reason).toMatchObject({ code: "check-no-data", data: { causes } });
    const waived = await endOf({ plan: shortPlan("on-inconclusive: promote"), scenario });
    expect(waived.end).toEqual(["promoted", 2, 100]);
    expect(waived.progress.state?.grounds).toMatchObject({ kind: "waiver" });
    expect(waived.progress.judged).toMatchObject({ kind: "inconclusive", lacking: "traffic" });
  });

  test("waives nothing where the values are there, and are not good enough", async () => {
    const scenario = `no noise; canary errors ${late("VALUE")} 4%`;
    const { end, reason } = await endOf({ plan: shortPlan("on-inconclusive: promote"), scenario });
    expect(end).toEqual(["paused", 2, 100]);
    expect(reason).toMatchObject({
      code: "check-below-pass",
      data: { check: "success-rate", value: expect.closeTo(0.96, 1), min: 0.949, passMin: 0.974, need: 3 },
    });
  });
});

test("a run that joins at 100 % judges by the record, and not by what stable shows then", async () => {
  const harm = "errors 0.1% until 30s into phase 100, then 100%; stable errors 0.1%";
  const limits = async (scenario: string) => {
    const { end, progress } = await endOf({ plan: shortPlan(), scenario });
    expect(end).toEqual(["rolled-back", 2, 0]);
    const checks = progress.judged?.numbers?.plan.checks ?? [];
    return checks.map(({ name, min, passMin, max }) => ({ name, min, passMin, max }));
  };
  const one = await limits(`${harm}; runner dies at 1m into phase 100 and returns after 30s`);
  expect(one).toEqual([
    { name: "success-rate", min: 0.949, passMin: 0.974, max: undefined },
    { name: "latency", min: undefined, passMin: undefined, max: 2000 },
  ]);
  expect(await limits(harm)).toEqual(one);
});

test("a rollout of a single phase at 100 % is judged too", async () => {
  const plan = shortPlan().replace("50/100", "100");
  expect((await endOf({ plan, scenario: "good" })).end).toEqual(["promoted", 1, 100]);
  expect((await endOf({ plan, scenario: harms["errors of 100%"] })).end).toEqual(["rolled-back", 1, 0]);
});

describe("behind other proxies", () => {
  const plan = (kind: string, plane: string) => `
route: ${kind}/reviews
namespace: shop
stable: reviews-v1
canary: reviews-v2
phases: 50/100
hold: 3m
prometheus: {url: "https://prometheus.example.com"${plane}}
compare: {}
`;

  test.each([
    ["httproute", ", data-plane: traefik", "", 1200],
    ["httproute", ", data-plane: linkerd", "", 1000],
    ["httproute", ", data-plane: kgateway", "", 1000],
    ["grpcroute", ", data-plane: linkerd", "protocol grpc; ", 1000],
  ] as const)("%s%s: by the edges of its own buckets", async (kind, plane, words, most) => {
    const given = { plan: plan(kind, plane), driver: drivers[kind] };
    const sound = await endOf({ ...given, scenario: `${words}traffic 100 rps; latency 30ms` });
    expect(sound.end, textOf(sound.outcome.reason)).toEqual(["promoted", 2, 100]);
    const checks = [passing("success-rate", {}), passing("latency", { max: most, unit: "ms" })];
    expect(sound.reason).toMatchObject({ code: "passed-by-checks", data: { checks } });
    for (const harm of ["errors of 100%", "a hundred times the latency"] as const) {
      const bad = await endOf({ ...given, scenario: `${words}traffic 100 rps; latency 30ms; ${harms[harm]}` });
      expect(bad.end, textOf(bad.outcome.reason)).toEqual(["rolled-back", 2, 0]);
    }
  });

  test.each(["tcproute", "tlsroute"] as const)("%s: by the connections that end well", async (kind) => {
    const given = { plan: plan(kind, ""), driver: drivers[kind] };
    const sound = await endOf({ ...given, scenario: "protocol tcp; traffic 100 rps" });
    expect(sound.end, textOf(sound.outcome.reason)).toEqual(["promoted", 2, 100]);
    const checks = [passing("connections", { min: 0.949 })];
    expect(sound.reason).toMatchObject({ code: "passed-by-checks", data: { checks } });
    const bad = await endOf({ ...given, scenario: `protocol tcp; traffic 100 rps; ${harms["errors of 100%"]}` });
    expect(bad.end).toEqual(["rolled-back", 2, 0]);
    const idle = await endOf({ ...given, scenario: `protocol tcp; traffic 100 rps; ${harms["no traffic"]}` });
    expect(idle.end).toEqual(["paused", 2, 100]);
  });
});
