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
  return { ...done, end: [done.outcome.name, done.phase, done.weight] };
};

describe("with the README's own lines, a canary that goes wrong 30 s into the phase at 100 %", () => {
  test.each([
    ["errors of 100%", 0, /^success-rate was 0%, below 94\.9%, at 3 points in a row$/],
    ["a hundred times the latency", 0, /^latency was \d+ ms, above 2000 ms, at 3 points in a row$/],
    [
      "no data",
      100,
      /^not enough data to tell: success-rate had no value at 5 points in a row: number of requests: no/,
    ],
    [
      "no traffic",
      100,
      /^not enough traffic to tell: success-rate had no value at 5 points in a row: 0 requests, fewer/,
    ],
  ] as const)("is not promoted: %s", async (harm, weight, because) => {
    const done = await endOf({ plan: comparingPlan, scenario: harms[harm] });
    expect(done.end).toEqual([weight === 0 ? "rolled-back" : "paused", 4, weight]);
    expect(textOf(done.outcome.reason)).toMatch(because);
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
    const { end, outcome } = await endOf({ plan, scenario: "good", seed });
    expect(end, `seed ${seed}: ${textOf(outcome.reason)}`).toEqual(["promoted", 2, 100]);
    expect(textOf(outcome.reason)).toMatch(
      /^not compared at 100%: success-rate is (9\d\.\d+|100)%, at least 94\.8%; latency is [\d.]+ ms, at most 2000 ms -> promoted$/,
    );
  }
});

test.each([
  ["slow requests that only just do not make its p99", "traffic 20 rps; slow 0.9% by 3s"],
  ["failures that come ten at a time", "traffic 50 rps; errors 0.2%; bursts of 10"],
  ["stable failing as much", "traffic 50 rps; errors 10%"],
])("so is one with %s", async (_, scenario) => {
  const { end, outcome } = await endOf({ plan: shortPlan("on-inconclusive: promote"), scenario, seed: 3 });
  expect(end, textOf(outcome.reason)).toEqual(["promoted", 2, 100]);
  expect(textOf(outcome.reason)).toMatch(/^not compared at 100%: success-rate is /);
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
    expect(textOf(paused.outcome.reason)).toContain("fewer than the 20 that a point needs");
    const waived = await endOf({ plan: shortPlan("on-inconclusive: promote"), scenario });
    expect(waived.end).toEqual(["promoted", 2, 100]);
    expect(textOf(waived.outcome.reason)).toMatch(/^Promoted without proof .*: not enough traffic to tell/);
  });

  test("waives nothing where the values are there, and are not good enough", async () => {
    const scenario = `no noise; canary errors ${late("VALUE")} 4%`;
    const { end, outcome } = await endOf({ plan: shortPlan("on-inconclusive: promote"), scenario });
    expect(end).toEqual(["paused", 2, 100]);
    expect(textOf(outcome.reason)).toMatch(
      /^undecided: success-rate is 9[56](\.\d+)?%, at least 94\.9%; to pass it needs 97\.4% at 3 points in a row -> paused at 100%/,
    );
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
    expect(textOf(sound.outcome.reason)).toContain(`at most ${most} ms -> promoted`);
    for (const harm of ["errors of 100%", "a hundred times the latency"] as const) {
      const bad = await endOf({ ...given, scenario: `${words}traffic 100 rps; latency 30ms; ${harms[harm]}` });
      expect(bad.end, textOf(bad.outcome.reason)).toEqual(["rolled-back", 2, 0]);
    }
  });

  test.each(["tcproute", "tlsroute"] as const)("%s: by the connections that end well", async (kind) => {
    const given = { plan: plan(kind, ""), driver: drivers[kind] };
    const sound = await endOf({ ...given, scenario: "protocol tcp; traffic 100 rps" });
    expect(sound.end, textOf(sound.outcome.reason)).toEqual(["promoted", 2, 100]);
    expect(textOf(sound.outcome.reason)).toMatch(
      /^not compared at 100%: connections is [\d.]+%, at least 94\.9% -> promoted$/,
    );
    const bad = await endOf({ ...given, scenario: `protocol tcp; traffic 100 rps; ${harms["errors of 100%"]}` });
    expect(bad.end).toEqual(["rolled-back", 2, 0]);
    const idle = await endOf({ ...given, scenario: `protocol tcp; traffic 100 rps; ${harms["no traffic"]}` });
    expect(idle.end).toEqual(["paused", 2, 100]);
  });
});
