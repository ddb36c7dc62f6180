import { describe, expect, test } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import { type Reason, type ReasonCode, reason } from "../../src/base/reasons/index.ts";
import type { JudgePlan } from "../../src/judge/judge-plan.ts";
import type { Interval, JudgeRecord } from "../../src/judge/types.ts";
import { judge } from "../../src/judge/verdict.ts";
import { frozen, looksOfPhase, plan, type Row, recordOf, times } from "./support.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 14, 0, 0);
const timeout = reason("metric-source-error", { source: "Prometheus", says: foreign("timeout after 10 s") });

type Asked = {
  weight?: number;
  minute?: number;
  over?: Partial<JudgePlan>;
  record?: Partial<JudgeRecord>;
  trouble?: Reason;
};

/** The reason of the verdict on one phase that began at 14:00. */
function said(
  looks: readonly Interval[],
  { weight = 5, minute = 6, over = {}, record = {}, trouble }: Asked = {},
): Reason {
  const phases = [{ weight, enteredAt: START }];
  const whole = { ...recordOf([weight]), phases, ...record };
  const also = trouble === undefined ? {} : { trouble };
  return judge({ ...plan, ...over }, whole, looks, new Map(), START + minute * MINUTE, also).reason;
}

/** Its data, where it is the one that is expected. */
function told<C extends ReasonCode>(code: C, found: Reason): Reason<C>["data"] {
  expect(found.code).toBe(code);
  return found.data as Reason<C>["data"];
}
const alsoOf = (found: Reason): readonly ReasonCode[] =>
  "also" in found.data ? (found.data.also ?? []).map(({ code }) => code) : [];
const looks = (rows: readonly (Row | Readonly<Record<string, Row>>)[], weight = 5) =>
  looksOfPhase(1, weight, START, rows);
const alone = { phases: plan.phases.slice(0, 1), restartEveryMs: 9e9 };

describe("a fail", () => {
  test("by errors: what was counted and when, the bound, and what it has cost", () => {
    const data = told("canary-worse", said(looks([[2000, 42, 38_000, 114]]), { over: alone }));
    expect(data).toMatchObject({
      metric: "errors",
      counts: [START, START + 15_000, 2000, 42, 38_000, 114],
      confidence: 0.99,
    });
    expect(data.atLeast).toBeCloseTo(0.008039, 6);
    expect(data.extra).toBeCloseTo(36, 6);
  });
  test("is counted up to the moment at which it was proven, whatever came later", () => {
    const rows = [[2000, 42, 38_000, 114] as const, ...times(20, [1000, 0, 19_000, 10] as const)];
    const { counts } = told("canary-worse", said(looks(rows), { over: alone }));
    expect(counts).toEqual([START, START + 15_000, 2000, 42, 38_000, 114]);
  });
  test("by a metric of the user's own", () => {
    const metrics = [{ ...plan.errors, name: "orders", gate: false }];
    const rows = [{ errors: [2000, 0, 38_000, 0] as const, orders: [2000, 80, 38_000, 114] as const }];
    const data = told("canary-worse", said(looks(rows), { over: { ...alone, metrics } }));
    expect(data).toMatchObject({ metric: "orders", counts: [START, START + 15_000, 2000, 80, 38_000, 114] });
    expect(data.extra).toBeCloseTo(74, 6);
  });
  const boundaries = { frozen: { ...frozen, boundariesMs: [100, 250, 500] } };
  const slow = (canary: readonly [number, number, number], stable: readonly [number, number, number], n = 1000) => [
    Object.fromEntries([
      ["errors", [n, 0, 19 * n, 0]],
      ...[100, 250, 500].map((edge, i) => [`latency>${edge}`, [n, canary[i], 19 * n, stable[i]]]),
    ]),
  ];
  const slower = (...rows: Parameters<typeof slow>) =>
    told("canary-slower", said(looks(slow(...rows)), { over: alone, record: boundaries }));
  test("by latency: the counts beyond the boundary, and the buckets of the quantile", () => {
    const data = slower([171, 61, 4], [2402, 130, 3]);
    expect(data).toMatchObject({
      metric: "latency",
      boundaryMs: 250,
      counts: [START, START + 15_000, 1000, 61, 19_000, 130],
      quantile: { share: 0.99, canaryAbove: 250, canaryUpTo: 500, stableAbove: 100, stableUpTo: 250, move: "proven" },
    });
    expect(Math.floor(data.atLeast * 1000)).toBe(26);
  });
  test("by latency beyond the last boundary: its bucket has no end", () => {
    const { quantile } = slower([171, 161, 90], [2402, 130, 3]);
    expect(quantile).toEqual({ share: 0.99, canaryAbove: 500, stableAbove: 100, stableUpTo: 250, move: "proven" });
  });
  test("by latency whose quantile stayed in its bucket, or moved without proof", () => {
    const stayed = slower([400, 5, 1], [1900, 130, 3]);
    expect([stayed.boundaryMs, stayed.quantile]).toEqual([100, undefined]);
    expect(slower([400, 12, 1], [1900, 130, 3]).quantile).toMatchObject({ canaryAbove: 250, move: "seen" });
  });
});

describe("a pass", () => {
  test("counts, the bound, the limit", () => {
    const data = told("passed", said(looks(times(22, [250, 1, 1000, 3]), 20), { weight: 20 }));
    expect(data).toMatchObject({
      weight: 20,
      gates: [
        {
          metric: "errors",
          counts: [START, START + 330_000, 5500, 22, 22_000, 66],
          confidence: 0.95,
          ratio: 1,
          difference: 0.005,
        },
      ],
    });
    expect(data.gates[0]?.atMost).toBeGreaterThan(0);
    expect(data.gates[0]?.atMost).toBeLessThan(0.005);
  });
  test("a canary that is better, another limit", () => {
    const over = {
      phases: plan.phases.slice(0, 1),
      errors: { ...plan.errors, limit: { ratio: 1.2, difference: 0.0025 } },
    };
    const { gates } = told("passed", said(looks(times(22, [1000, 0, 19_000, 400])), { over }));
    expect(gates[0]).toMatchObject({ ratio: 1.2, difference: 0.0025 });
    expect(gates[0]?.atMost).toBeLessThan(-0.02);
  });
  test("a latency gate speaks for itself; without any gate there is no claim", () => {
    const row = { errors: [1000, 0, 19_000, 10] as const, "latency>250": [1000, 2, 19_000, 40] as const };
    const record = { frozen: { ...frozen, boundariesMs: [250] } };
    const over = { latency: { ...plan.latency, sloMs: 250 } };
    const { gates } = told("passed", said(looks(times(22, row)), { over, record }));
    expect(gates).toMatchObject([{ metric: "errors" }, { metric: "latency>250", boundaryMs: 250, difference: 0.01 }]);
    const gateless = { errors: { ...plan.errors, gate: false } };
    expect(told("passed", said(looks(times(22, row)), { over: gateless }))).toEqual({ weight: 5, gates: [] });
  });
});

describe("inconclusive", () => {
  test("no sign yet, how many requests are missing, and what would have been noticed", () => {
    const rows = [...times(10, [20, 0, 380, 0] as const), ...times(10, [21, 0, 380, 1] as const)];
    const found = said(looks(rows));
    const data = told("too-little-traffic", found);
    expect(data).toMatchObject({ metric: "errors", counts: [START, START + 330_000, 410, 0, 7600, 10] });
    expect(data.need.toPrecision(3)).toBe("2.07e+3");
    expect(data.perMinute).toBeCloseTo(410 / 6, 9);
    expect(data.detectable).toBeGreaterThan(0.01);
    expect(data.detectable).toBeLessThan(0.1);
    expect(data.also?.[0]).toMatchObject({ code: "no-sign-of-harm", data: { alpha: 0.01 } });
    expect(alsoOf(found)).toEqual(["no-sign-of-harm"]);
  });
  test("a sign of harm comes first", () => {
    const found = said(looks([[100, 3, 1900, 1]]));
    const { logE, alpha } = told("sign-of-harm", found);
    expect([alpha, Math.exp(logE) > 10, Math.exp(logE) < 100]).toEqual([0.01, true, true]);
    expect(alsoOf(found)).toContain("too-little-traffic");
  });
  test("no traffic to reckon with", () => {
    const found = said([]);
    const data = told("too-little-traffic", found);
    expect([Math.round(data.need), data.perMinute, data.detectable]).toEqual([798, 0, undefined]);
    expect(alsoOf(found)).toEqual(["no-sign-of-harm", "too-little-per-half", "stable-unseen"]);
    const record = { frozen: { ...frozen, rate: { errors: 0.001 } } };
    expect(told("too-little-traffic", said([], { record })).need.toPrecision(3)).toBe("1.86e+3");
  });
  test("next to no traffic would have shown nothing", () => {
    const few = looks(times(78, [0, 0, 0, 0]));
    expect(told("too-little-traffic", said(few, { minute: 20 })).detectable).toBeUndefined();
  });
  test("a gate that no number of requests can open", () => {
    const failing = looks(times(78, [95, 90, 5, 5]), 95);
    const data = told("margin-unprovable", said(failing, { weight: 95, minute: 20 }));
    expect(data).toMatchObject({ metric: "errors", ratio: 1, difference: 0.005 });
  });
  test("a gate of the user's own", () => {
    const orders = { ...plan.errors, name: "orders", gate: true };
    const rows = times(22, { errors: [1000, 0, 19_000, 0] as const, orders: [1, 0, 19, 0] as const });
    const data = told("too-little-traffic", said(looks(rows), { over: { metrics: [orders] } }));
    expect(data).toMatchObject({ metric: "orders", counts: [START, START + 330_000, 22, 0, 418, 0] });
  });
  test("traffic that does not follow the weight: requests of both since traffic settled", () => {
    const found = said(looks(times(22, [0, 0, 60, 0])));
    expect(found).toEqual(reason("sample-ratio-mismatch", { weight: 5, canary: 0, stable: 1320, since: START }));
    expect(told("sample-ratio-mismatch", said(looks(times(22, [60, 0, 60, 0]))))).toMatchObject({ canary: 1320 });
  });
  test("blindness: since when, and why", () => {
    const rows = looks(times(12, [1, 0, 19, 0])).map((look, i) => ({ ...look, seen: i < 9 }));
    const since = START + 135_000;
    expect(told("no-series", said(rows))).toMatchObject({ since });
    expect(alsoOf(said(rows))).toEqual(["too-little-traffic", "too-little-per-half", "stable-unseen"]);
    expect(told("no-data", said(rows, { trouble: timeout }))).toMatchObject({ cause: timeout });
  });
  test("where the proof stands and only the halves are thin", () => {
    const thin = looks([...times(39, [1000, 0, 19_000, 10] as const), ...times(39, [0, 0, 0, 0] as const)]);
    const data = told("too-little-per-half", said(thin, { minute: 20 }));
    expect(data).toMatchObject({ need: 50, first: 39_000, second: 0 });
  });
});
