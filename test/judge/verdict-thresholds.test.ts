import { describe, expect, test } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import type { Sample } from "../../src/base/judging-types.ts";
import { type Reason, reason } from "../../src/base/reasons/index.ts";
import type { Threshold } from "../../src/judge/types.ts";
import { judgeThresholds, type ThresholdQuestion } from "../../src/judge/verdict.ts";

const depth: Threshold = {
  name: "queue-depth",
  max: 100,
  failAfter: { consecutive: 3, total: 5 },
  silentAfter: { consecutive: 5, total: 10 },
  onSilent: "wait",
};
const minuteMs = 60_000;
const queue = { check: "queue-depth", max: 100 };
const share: Threshold = { ...depth, name: "success", min: 0.99, max: 1 };

const few = reason("point-too-few-requests", { requests: 3, need: 100 });
const timeout = reason("metric-source-error", { source: "Prometheus", says: foreign("timeout") });
const missing = reason("point-missing", {});
const causes = { few, NaN: reason("point-not-finite", { value: "NaN" }), "!timeout": timeout } as const;
const causeOf = (name: string): Reason => (name in causes ? causes[name as keyof typeof causes] : missing);

/** One point a minute from minute 1 on: a number, "!timeout" for an error, else the name of why it is missing. */
function points(...values: readonly (number | string)[]): readonly Sample[] {
  return values.map((value, i): Sample => {
    const at = (i + 1) * 60_000;
    if (typeof value === "number") return { at, kind: "value", value };
    return { at, kind: value.startsWith("!") ? "error" : "missing", reason: causeOf(value) };
  });
}

function judged(samples: readonly Sample[], over: Partial<ThresholdQuestion> & { minute?: number } = {}) {
  const { minute = samples.length, ...rest } = over;
  return judgeThresholds({
    checks: [depth],
    samples: new Map([["queue-depth", samples]]),
    weight: 20,
    watchFrom: 0,
    now: minute * 60_000,
    ...rest,
  });
}

describe("failures", () => {
  test("three in a row roll back, naming value, limit and points", () => {
    expect(judged(points(5, 120, 130, 140))).toMatchObject({
      kind: "fail",
      culprit: "queue-depth",
      reason: reason("check-failing", { ...queue, value: 140, points: 3, at: minuteMs * 4 }),
    });
  });
  test("five in all roll back", () => {
    expect(judged(points(120, 5, 120, 5, 120, 5, 120, 5, "NaN", 101))).toMatchObject({
      kind: "fail",
      reason: reason("check-failing", { ...queue, value: 101, points: 5, of: 10, at: minuteMs * 10 }),
    });
  });
  test("a missing point neither extends nor ends a run", () => {
    expect(judged(points(120, "no series", 120))).toMatchObject({ kind: "inconclusive" });
    expect(judged(points(120, "no series", 120, "NaN", 120))).toMatchObject({ kind: "fail" });
    expect(judged(points(120, 120, 5, 120, 120))).toMatchObject({ kind: "inconclusive" });
  });
  test("reached once is reached for good", () => {
    expect(judged(points(120, 120, 120, 5, 5, 5, 5, 5))).toMatchObject({ kind: "fail" });
  });
  test("limits are inclusive, and the lower one is named", () => {
    const checks = [{ ...share, failAfter: { consecutive: 1, total: 1 } }];
    const ok = { check: "success", min: 0.99, max: 1 };
    const of = (value: number) =>
      judged([], { checks, samples: new Map([["success", points(value, value, value)]]), minute: 5 });
    expect(of(0.99)).toMatchObject({
      kind: "pass",
      reason: reason("passed-by-checks", { weight: 20, checks: [reason("check-passing", { ...ok, value: 0.99 })] }),
    });
    expect(of(1)).toMatchObject({ kind: "pass" });
    expect(of(1.5)).toMatchObject({ reason: { code: "check-failing", data: { ...ok, value: 1.5, points: 1 } } });
    expect(of(0.98999999)).toMatchObject({ reason: { code: "check-failing", data: { value: 0.98999999, points: 1 } } });
  });
  test("every failing check is told, the first one is the culprit", () => {
    const samples = new Map([
      ["queue-depth", points(1, 120, 120, 120)],
      ["success", points(0.5, 0.5, 0.5, 0.5)],
    ]);
    expect(judged([], { checks: [share, depth], samples, minute: 4 })).toMatchObject({
      kind: "fail",
      culprit: "success",
      reason: {
        code: "check-failing",
        data: { check: "success", value: 0.5, points: 3, also: [{ code: "check-failing", data: queue }] },
      },
    });
  });
});

describe("silence", () => {
  test("five missing in a row are silent for good", () => {
    const silent = judged(points(5, 5, 5, "no series", "NaN", "no series", "NaN", "few", 5, 5, 5));
    expect(silent).toMatchObject({
      kind: "inconclusive",
      lacking: "data",
      reason: {
        code: "check-no-data",
        data: { check: "queue-depth", points: 5, policy: "wait", causes: [missing, causes.NaN, few], at: minuteMs * 8 },
      },
      checks: [{ kind: "silent", values: 6, missing: 5, failures: 0, latest: 5, newest: "value" }],
    });
  });
  test("ten missing in all are silent", () => {
    const samples = points(...Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 5 : "several series")));
    expect(judged(samples.slice(0, 19)).checks[0]?.kind).toBe("passing");
    expect(judged(samples)).toMatchObject({
      kind: "inconclusive",
      lacking: "data",
      reason: { code: "check-no-data", data: { points: 10, of: 20, causes: [missing] } },
    });
  });
  test("on-silent rollback fails", () => {
    const checks = [{ ...depth, onSilent: "rollback" as const }];
    expect(judged(points("!timeout", "NaN", "NaN", "NaN", "NaN", 5, 5, 5), { checks })).toMatchObject({
      kind: "fail",
      culprit: "queue-depth",
      reason: { code: "check-no-data", data: { points: 5, policy: "rollback", causes: [timeout, causes.NaN] } },
    });
  });
  test("a silent check still fails on values", () => {
    expect(judged(points("x", "x", "x", "x", "x", 120, 120, 120))).toMatchObject({ kind: "fail" });
  });
  test("one point is enough where the plan says so", () => {
    const checks = [{ ...depth, silentAfter: { consecutive: 1, total: 1 } }];
    expect(judged(points("empty answer"), { checks })).toMatchObject({
      reason: { code: "check-no-data", data: { points: 1 } },
    });
    const total = [{ ...depth, silentAfter: { consecutive: 2, total: 1 } }];
    expect(judged(points("empty answer"), { checks: total })).toMatchObject({
      reason: { code: "check-no-data", data: { points: 1, of: 1 } },
    });
  });
});

describe("passing", () => {
  test("three values, the newest within limits, however short the time", () => {
    const passing = reason("check-passing", { ...queue, value: 42 });
    expect(judged(points(5, 5, 42))).toMatchObject({
      kind: "pass",
      reason: reason("passed-by-checks", { weight: 20, checks: [passing] }),
    });
    expect(judged(points("x", "x", "x", 5, 5))).toMatchObject({
      kind: "inconclusive",
      reason: reason("check-waiting", { check: "queue-depth", values: 2, need: 3 }),
    });
  });
  test.each([
    ["a missing point", "no series", "check-without-value", { cause: missing }],
    ["an error", "!timeout", "check-unanswered", { cause: timeout }],
    ["a value outside", 120, "check-out-of-limits", { ...queue, value: 120, points: 1 }],
    ["a value that is not a number", Number.NaN, "check-without-value", { cause: causes.NaN }],
    [
      "an infinite value",
      Number.NEGATIVE_INFINITY,
      "check-without-value",
      { cause: reason("point-not-finite", { value: "-Infinity" }) },
    ],
  ] as const)("not while the newest point is %s", (_, newest, code, data) => {
    const verdict = judged(points(5, 5, 5, 5, newest));
    expect(verdict).toMatchObject({ kind: "inconclusive", lacking: "data", reason: { code, data } });
  });
  test("what cannot speak is told before what waits for its next value", () => {
    const samples = new Map([
      ["queue-depth", points(5)],
      ["success", points("!timeout")],
    ]);
    const { reason: told } = judged([], { checks: [depth, share], samples, minute: 5 });
    expect(told).toMatchObject({ code: "check-unanswered", data: { also: [{ code: "check-waiting" }] } });
  });
  test("one check that does not pass holds back the others", () => {
    const samples = new Map([["queue-depth", points(5, 5, 5, 5, 5)]]);
    expect(judged([], { checks: [depth, share], samples, minute: 5 })).toMatchObject({
      kind: "inconclusive",
      reason: reason("check-waiting", { check: "success", values: 0, need: 3 }),
      checks: [{ kind: "passing" }, { kind: "waiting" }],
    });
  });
  test("by time where nothing is checked", () => {
    expect(judged([], { checks: [], minute: 4 })).toMatchObject({
      kind: "pass",
      reason: reason("passed-unmeasured", {}),
    });
  });
});

describe("the points that count", () => {
  test("only those after the write settled, and none of the future", () => {
    expect(judged(points(120, 120, 120, 5, 5, 5, 120), { watchFrom: 180_000, minute: 6 })).toMatchObject({
      kind: "pass",
      checks: [{ kind: "passing", values: 3, failures: 0 }],
    });
  });
  test("only those after a pause", () => {
    const over = { countedFrom: 4 * 60_000, minute: 7 };
    expect(judged(points(5, 5, 5, 5, 5, 5, 5), over)).toMatchObject({ kind: "pass", checks: [{ values: 3 }] });
    expect(judged(points(120, 120, 120, 5, 5, 5, 5), over)).toMatchObject({ kind: "pass" });
    expect(judged(points(5, 5, 5, 5, 5, 5), { ...over, minute: 24 })).toMatchObject({ kind: "inconclusive" });
  });
  test("in the order of their times", () => {
    expect(judged(points(5, 5, 5, 5, 120).toReversed())).toMatchObject({ kind: "inconclusive" });
  });
});

describe("what is lacking", () => {
  test("is traffic only where more requests would mend it", () => {
    const lacking = (...values: readonly (number | string)[]) => {
      const verdict = judged(points(...values), { minute: 20 });
      return verdict.kind === "inconclusive" ? verdict.lacking : verdict.kind;
    };
    expect(lacking("few", "few", "few")).toBe("traffic");
    expect(lacking(5, 5, 5, "few")).toBe("traffic");
    expect(lacking("few", "few", "few", "few", "few", "few")).toBe("traffic");
    expect(lacking("few", "no series", "few")).toBe("data");
    expect(lacking("!timeout", "few")).toBe("data");
    expect(lacking(120, "few")).toBe("data");
    expect(lacking(5, 5)).toBe("data");
    expect(lacking()).toBe("data");
    expect(lacking(5, 5, 5)).toBe("pass");
    expect(lacking(5, 120, 120, 120)).toBe("fail");
  });
  test("one check that lacks data outweighs another that lacks traffic", () => {
    const samples = new Map([
      ["queue-depth", points("few", "few")],
      ["success", points("NaN")],
    ]);
    const both = { checks: [depth, share], samples, minute: 20 };
    expect(judged([], both)).toMatchObject({ kind: "inconclusive", lacking: "data" });
    samples.set("success", points(1, 1, 1));
    expect(judged([], both)).toMatchObject({ kind: "inconclusive", lacking: "traffic" });
  });
});
