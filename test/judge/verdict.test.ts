import { describe, expect, test } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import type { Sample } from "../../src/base/judging-types.ts";
import { type Reason, reason } from "../../src/base/reasons/index.ts";
import type { JudgePlan } from "../../src/judge/judge-plan.ts";
import type { Interval, JudgeRecord, JudgeVerdict, Threshold } from "../../src/judge/types.ts";
import { judge } from "../../src/judge/verdict.ts";
import type { VerdictExtras } from "../../src/judge/verdict-input.ts";
import { frozen, looksOfPhase, plan, type Row, recordOf, times } from "./support.ts";

const MINUTE = 60_000;
const check = (name: string): Threshold => ({
  name,
  max: 100,
  failAfter: { consecutive: 3, total: 5 },
  silentAfter: { consecutive: 3, total: 10 },
  onSilent: "wait",
});
const values = (...all: readonly number[]): readonly Sample[] =>
  all.map((value, i) => ({ at: (i + 1) * MINUTE, kind: "value", value }));
const missing = reason("point-missing", {});
const timeout = reason("metric-source-error", { source: "Prometheus", says: foreign("timeout") });
const silence = (count: number): readonly Sample[] =>
  times(count, 0).map((_, i) => ({ at: (i + 1) * MINUTE, kind: "missing", reason: missing }));

const quiet: Row = [1, 0, 19, 0];
const clean: Row = [1000, 0, 19_000, 10];
const harmful: Row = [2000, 42, 38_000, 114];

type Asked = {
  rows?: readonly Row[];
  minute?: number;
  checks?: readonly Threshold[];
  samples?: Readonly<Record<string, readonly Sample[]>>;
  over?: Partial<JudgePlan>;
  record?: Partial<JudgeRecord>;
  looks?: readonly Interval[];
  also?: VerdictExtras;
};

/** The verdict on the first phase, at 5 percent. */
function judged({
  rows = [],
  minute = 6,
  checks = [],
  samples = {},
  over = {},
  record = {},
  looks,
  also,
}: Asked): JudgeVerdict {
  const whole = { ...plan, checks, ...over };
  const found = looks ?? looksOfPhase(1, 5, 0, rows);
  return judge(whole, recordOf([5], 0, record), found, new Map(Object.entries(samples)), minute * MINUTE, also);
}

const flags = ["failing", "harm", "pass", "late", "split", "unseen", "silent", "query"] as const;
type Flags = Readonly<Record<(typeof flags)[number], boolean>>;

/** A phase in which exactly these things are true. */
function phase(is: Flags): JudgeVerdict {
  const minute = is.late ? 20 : 6;
  const count = (minute * 60 - 30) / 15;
  const usual: Row = is.pass ? clean : quiet;
  // The canary gets half of the traffic instead of a twentieth.
  const shared: Row = is.split ? [usual[0] + 300, 0, 300, 0] : usual;
  const rows = [...(is.harm ? [harmful] : []), ...times(count, shared)].slice(0, count);
  const looks = looksOfPhase(1, 5, 0, rows).map((look, i): Interval => {
    return is.unseen && i >= count - 3 ? { ...look, seen: false, pairs: new Map() } : look;
  });
  const checks = [...(is.failing ? [check("bad")] : []), ...(is.silent ? [check("mute")] : [])];
  const samples = { bad: values(120, 120, 120), mute: silence(3) };
  return judged({ looks, minute, checks, samples, ...(is.query ? { also: { trouble: timeout } } : {}) });
}

/** The table, first line first. */
function expected(is: Flags): object {
  const harm = is.harm && !is.query;
  const alarm = is.split && !is.query;
  const blind = is.unseen || is.silent || is.query;
  const lacking = blind ? "data" : "traffic";
  if (is.failing) return { kind: "fail", culprit: "bad", reason: { code: "check-failing" } };
  if (harm) return { kind: "fail", culprit: "errors", reason: { code: "canary-worse" } };
  if (alarm) return { kind: "inconclusive", lacking, reason: { code: "sample-ratio-mismatch" } };
  if (is.query) return { kind: "inconclusive", lacking, reason: { code: "no-data" } };
  if (is.unseen) return { kind: "inconclusive", lacking, reason: { code: "no-series" } };
  if (is.silent) return { kind: "inconclusive", lacking, reason: { code: "check-no-data" } };
  if (is.pass) return { kind: "pass", reason: { code: "passed" } };
  return { kind: "inconclusive", lacking, reason: { code: "too-little-traffic" } };
}

describe("the table of verdicts", () => {
  test("holds for every line, every pair and every set of lines true together", () => {
    const seen = new Map<string, number>();
    for (let bits = 0; bits < 2 ** flags.length; bits += 1) {
      const is = Object.fromEntries(flags.map((flag, i) => [flag, (bits & (1 << i)) !== 0])) as Flags;
      const verdict = phase(is);
      const shown = JSON.stringify(is);
      expect({ is: shown, ...verdict }).toMatchObject({ is: shown, ...expected(is) });
      seen.set(verdict.kind, (seen.get(verdict.kind) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted()).toEqual(["fail", "inconclusive", "pass"]);
  });
});

describe("promotion needs", () => {
  const enough = times(22, clean);
  test("proof, requests in both halves, and sight, however short the time", () => {
    expect(judged({ rows: enough })).toMatchObject({ kind: "pass" });
    expect(judged({ rows: enough, minute: 1 })).toMatchObject({ kind: "pass" });
    expect(judged({ rows: times(22, quiet) })).toMatchObject({ kind: "inconclusive" });
  });
  test("traffic that goes on: proof alone is not enough when it stopped in the second half", () => {
    const stopped = [...times(11, clean), ...times(11, [0, 0, 0, 0] as const)];
    expect(judged({ rows: stopped })).toMatchObject({ kind: "inconclusive" });
    const halves = reason("too-little-per-half", { need: 50, first: 11_000, second: 0 });
    expect(judged({ rows: stopped }).reason).toMatchObject({ code: halves.code, data: halves.data });
    expect(judged({ rows: stopped.toReversed() })).toMatchObject({ kind: "inconclusive" });
    const resumed = [...times(21, clean), [50, 0, 950, 0] as const];
    expect(judged({ rows: resumed })).toMatchObject({ kind: "pass" });
  });
  test("requests of this phase: those of an older one do not stand for it", () => {
    const record = recordOf([5, 20]);
    const older = looksOfPhase(1, 5, 0, times(38, clean));
    const at = (rows: readonly Row[]) => {
      return judge(plan, record, [...older, ...looksOfPhase(2, 20, 600_000, rows)], new Map(), 600_000 + 6 * MINUTE);
    };
    expect(at(times(22, [2, 0, 8, 0]))).toMatchObject({ kind: "inconclusive" });
    expect(at(times(22, [20, 0, 80, 0]))).toMatchObject({ kind: "pass" });
    // A phase whose looks have not come yet passes by nothing.
    expect(at([])).toMatchObject({ kind: "inconclusive" });
  });
  test("requests after the traffic settled", () => {
    const settling = looksOfPhase(1, 5, 0, enough, { settling: true });
    expect(judged({ looks: settling })).toMatchObject({ kind: "inconclusive" });
  });
  test("the last look to be seen", () => {
    const looks = looksOfPhase(1, 5, 0, enough);
    const last = looks.map((look, i) => (i === 21 ? { ...look, seen: false } : look));
    expect(judged({ looks: last })).toMatchObject({ lacking: "traffic", reason: { code: "stable-unseen" } });
  });
  test("three unseen looks at the end are blindness, two may be a late scrape", () => {
    const unseen = (count: number) =>
      judged({ looks: looksOfPhase(1, 5, 0, times(22, quiet)).map((look, i) => ({ ...look, seen: i < 22 - count })) });
    expect(unseen(2)).toMatchObject({ lacking: "traffic", reason: { code: "too-little-traffic" } });
    expect(unseen(3)).toMatchObject({ lacking: "data", reason: { code: "no-series" } });
  });
  test("every kind of check to pass: no value of any kind passes", () => {
    const of = (newest: Sample) => {
      const samples = { depth: [...values(5, 5, 5, 5), newest] };
      return judged({ rows: enough, checks: [check("depth")], samples });
    };
    const at = 5 * MINUTE;
    expect(of({ at, kind: "value", value: 5 })).toMatchObject({ kind: "pass" });
    expect(of({ at, kind: "value", value: 101 })).toMatchObject({ kind: "inconclusive" });
    expect(of({ at, kind: "value", value: Number.NaN })).toMatchObject({ kind: "inconclusive" });
    expect(of({ at, kind: "value", value: Number.NEGATIVE_INFINITY })).toMatchObject({ kind: "inconclusive" });
    expect(of({ at, kind: "missing", reason: missing })).toMatchObject({ reason: { code: "check-without-value" } });
    const unanswered = of({ at, kind: "error", reason: timeout });
    expect(unanswered).toMatchObject({ kind: "inconclusive", lacking: "data", reason: { code: "check-unanswered" } });
    expect(judged({ rows: enough, checks: [check("depth")] })).toMatchObject({ kind: "inconclusive" });
  });
  test("all gates: what the user adds, and the objective for latency", () => {
    const orders = { ...plan.errors, name: "orders", gate: true };
    const both = (row: Row) => looksOfPhase(1, 5, 0, times(22, { errors: clean, orders: row }));
    expect(judged({ looks: both(quiet), over: { metrics: [orders] } })).toMatchObject({ kind: "inconclusive" });
    expect(judged({ looks: both(clean), over: { metrics: [orders] } })).toMatchObject({ kind: "pass" });
    expect(judged({ looks: both(quiet), over: { metrics: [{ ...orders, gate: false }] } })).toMatchObject({
      kind: "pass",
    });
    const latency = { ...plan.latency, sloMs: 250 };
    const record = { frozen: { ...frozen, boundariesMs: [250] } };
    const slow = (row: Row) => looksOfPhase(1, 5, 0, times(22, { errors: clean, "latency>250": row }));
    expect(judged({ looks: slow(quiet), over: { latency }, record })).toMatchObject({ kind: "inconclusive" });
    expect(judged({ looks: slow(clean), over: { latency }, record })).toMatchObject({ kind: "pass" });
  });
});

describe("rollback", () => {
  test("by the peak: harm once proven is not undone by better looks", () => {
    const rows = [harmful, ...times(400, clean)];
    const verdict = judged({ rows, minute: 19 });
    expect(verdict).toMatchObject({ kind: "fail", culprit: "errors" });
    expect(verdict.reason).toMatchObject({ code: "canary-worse", data: { metric: "errors" } });
    const { data } = verdict.reason as Reason<"canary-worse">;
    expect(data.counts.slice(2)).toEqual([2000, 42, 38_000, 114]);
  });
  test("counts a crash while traffic settles", () => {
    const looks = looksOfPhase(1, 5, 0, [harmful], { settling: true });
    expect(judged({ looks, minute: 1 })).toMatchObject({ kind: "fail", culprit: "errors" });
  });
  test("counts no slowness while traffic settles", () => {
    const record = { frozen: { ...frozen, boundariesMs: [250] } };
    const rows = [{ errors: quiet, "latency>250": harmful }];
    expect(judged({ looks: looksOfPhase(1, 5, 0, rows, { settling: true }), minute: 1, record })).toMatchObject({
      kind: "inconclusive",
    });
    expect(judged({ looks: looksOfPhase(1, 5, 0, rows), minute: 1, record })).toMatchObject({
      kind: "fail",
      culprit: "latency",
    });
  });
  test("names nobody where only all together have forced it", () => {
    const names = ["a", "b", "c", "d"];
    const metrics = names.map((name) => ({ ...plan.errors, name, gate: false }));
    // Each alone is worth less than its share of alpha demands, their mean is not.
    const each: Row = [200, 5, 3800, 10];
    const rows = [Object.fromEntries(["errors", ...names].map((name) => [name, each]))];
    const single = looksOfPhase(1, 5, 0, [{ errors: each }]);
    const over = {
      metrics,
      weights: { errors: 1, latency: 0, metrics: 4 },
      phases: plan.phases.slice(0, 1),
      restartEveryMs: 9e9,
    };
    const verdict = judged({ looks: looksOfPhase(1, 5, 0, rows), minute: 1, over: { ...over, alpha: 0.05 } });
    expect(verdict).toMatchObject({ kind: "fail", culprit: null });
    expect(verdict.reason).toMatchObject({ code: "combined-evidence", data: { metric: "errors", alpha: 0.05 } });
    expect(judged({ looks: single, minute: 1, over: { ...over, alpha: 0.05 } })).toMatchObject({
      kind: "inconclusive",
    });
  });
  test("of several culprits names the one with the most evidence", () => {
    const metrics = [{ ...plan.errors, name: "orders", gate: false }];
    const looks = looksOfPhase(1, 5, 0, [{ errors: harmful, orders: [2000, 400, 38_000, 114] }]);
    expect(judged({ looks, minute: 1, over: { metrics } })).toMatchObject({ kind: "fail", culprit: "orders" });
  });
});

describe("without comparison", () => {
  test("at weight 100 the checks decide alone, whatever stable shows, and without a check nothing passes", () => {
    const record = recordOf([50, 100]);
    const whole = { ...plan, phases: [50, 100].map((weight) => ({ weight, maxHoldMs: 1_200_000 })) };
    const blind = looksOfPhase(2, 100, 600_000, times(30, [0, 0, 0, 0]), { seen: false });
    const at = (
      minute: number,
      over: Partial<JudgePlan> = {},
      samples: readonly Sample[] = [],
      also: VerdictExtras = {},
    ) => judge({ ...whole, ...over }, record, blind, new Map([["depth", samples]]), (10 + minute) * MINUTE, also);
    expect(at(20)).toMatchObject({ kind: "inconclusive", reason: reason("nothing-judges", { weight: 100 }) });
    const late = values(...times(5, 7)).map((sample) => ({ ...sample, at: sample.at + 10 * MINUTE }));
    expect(at(5, { checks: [check("depth")] }, late)).toMatchObject({
      kind: "pass",
      reason: reason("passed-by-checks", {
        weight: 100,
        checks: [reason("check-passing", { check: "depth", value: 7, max: 100 })],
      }),
    });
    expect(at(20, { checks: [check("depth")] })).toMatchObject({ kind: "inconclusive", lacking: "data" });
    // A comparison that got no answer may hide harm that was proven before.
    expect(at(5, {}, [], { trouble: timeout })).toMatchObject({
      kind: "inconclusive",
      lacking: "data",
      reason: { code: "no-data" },
    });
  });
  test("harm proven before still rolls back at weight 100", () => {
    const record = recordOf([5, 100]);
    const looks = looksOfPhase(1, 5, 0, [harmful]);
    expect(judge(plan, record, looks, new Map(), 20 * MINUTE)).toMatchObject({ kind: "fail", culprit: "errors" });
  });
  test("switched off, it is the checks and the time", () => {
    const off = { weights: { errors: 0, latency: 0, metrics: 0 } };
    expect(judged({ over: off })).toMatchObject({
      kind: "pass",
      reason: reason("passed-unmeasured", {}),
    });
    expect(judged({ over: off, also: { trouble: timeout } })).toMatchObject({ kind: "pass" });
    expect(judged({ over: off, rows: [harmful], minute: 20, checks: [check("depth")] })).toMatchObject({
      kind: "inconclusive",
      lacking: "data",
    });
  });
});

describe("time", () => {
  test("is not the judge's: the same looks give the same verdict, however long ago they came", () => {
    const record = { watchedFrom: 10 * MINUTE };
    for (const minute of [29, 30, 300])
      expect(judged({ rows: times(80, quiet), minute, record })).toMatchObject({
        kind: "inconclusive",
        lacking: "traffic",
      });
    expect(judged({ rows: times(40, clean), minute: 11, record })).toMatchObject({ kind: "pass" });
    expect(judged({ rows: times(100, clean), minute: 25 })).toMatchObject({ kind: "pass" });
  });
  test("a look whose data may not have come yet is left out", () => {
    expect(judged({ rows: [harmful], minute: 44 / 60 })).toMatchObject({ kind: "inconclusive" });
    expect(judged({ rows: [harmful], minute: 45 / 60 })).toMatchObject({ kind: "fail" });
  });
  test("a check that asks for more requests lacks traffic, not data", () => {
    const few: readonly Sample[] = times(19, 0).map((_, i) => {
      const short = reason("point-too-few-requests", { requests: 3, need: 100 });
      return { at: (i + 1) * MINUTE, kind: "missing", reason: short };
    });
    const of = (samples: readonly Sample[]) =>
      judged({ rows: times(78, clean), minute: 20, checks: [check("depth")], samples: { depth: samples } });
    expect(of(few)).toMatchObject({ kind: "inconclusive", lacking: "traffic" });
    expect(of(silence(19))).toMatchObject({ kind: "inconclusive", lacking: "data" });
  });
});

test("the split may be switched off", () => {
  const rows = times(22, [10_000, 0, 10_000, 5] as const);
  expect(judged({ rows })).toMatchObject({ kind: "inconclusive", reason: { code: "sample-ratio-mismatch" } });
  expect(judged({ rows, over: { split: "off" } })).toMatchObject({ kind: "pass" });
});

test("a phase that the plan does not have is a mistake of the caller", () => {
  expect(() => judge(plan, recordOf([]), [], new Map(), 0)).toThrow("The plan has no phase 0");
  expect(() => judge(plan, recordOf([5, 20, 50, 100, 100]), [], new Map(), 0)).toThrow("The plan has no phase 5");
});

describe("weakened judges are found out", () => {
  test("missing data read as zero would pass", () => {
    const samples = { depth: values(5, 5, 5).concat({ at: 4 * MINUTE, kind: "missing", reason: missing }) };
    const zero = {
      depth: samples.depth.map((one): Sample => (one.kind === "value" ? one : { at: one.at, kind: "value", value: 0 })),
    };
    const rows = times(22, clean);
    expect(judged({ rows, checks: [check("depth")], samples: zero }).kind).toBe("pass");
    expect(judged({ rows, checks: [check("depth")], samples }).kind).toBe("inconclusive");
  });
  test("the last of several series would hide the pod that fails", () => {
    const all: Row = [2000, 42, 38_000, 114];
    const last: Row = [1000, 1, 19_000, 57];
    expect(judged({ rows: [all], minute: 1 }).kind).toBe("fail");
    expect(judged({ rows: [last], minute: 1 }).kind).toBe("inconclusive");
  });
  test("bursts measured on the canary would excuse it", () => {
    const looks = looksOfPhase(1, 5, 0, [harmful]);
    expect(judged({ looks, minute: 1, over: { dispersion: 1 } }).kind).toBe("fail");
    expect(judged({ looks, minute: 1, over: { dispersion: 20 } }).kind).toBe("inconclusive");
  });
});
