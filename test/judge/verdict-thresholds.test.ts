import { describe, expect, test } from "vitest";
import type { Sample } from "../../src/base/judging-types.ts";
import type { Threshold } from "../../src/judge/types.ts";
import { judgeThresholds, type ThresholdQuestion } from "../../src/judge/verdict.ts";

const depth: Threshold = {
  name: "queue-depth",
  max: 100,
  failAfter: { consecutive: 3, total: 5 },
  silentAfter: { consecutive: 5, total: 10 },
  onSilent: "wait",
};
const share: Threshold = { ...depth, name: "success", min: 0.99, max: 1 };

/** One point a minute from minute 1 on: a number, "few" for too few requests, "!…" for an error, else a reason why it is missing. */
function points(...values: readonly (number | string)[]): readonly Sample[] {
  return values.map((value, i): Sample => {
    const at = (i + 1) * 60_000;
    if (typeof value === "number") return { at, kind: "value", value };
    if (value.startsWith("!")) return { at, kind: "error", because: value.slice(1) };
    return { at, kind: "missing", because: value, ...(value === "few" ? { tooFewRequests: true } : {}) };
  });
}

function judged(samples: readonly Sample[], over: Partial<ThresholdQuestion> & { minute?: number } = {}) {
  const { minute = samples.length, ...rest } = over;
  return judgeThresholds({
    checks: [depth],
    samples: new Map([["queue-depth", samples]]),
    watchFrom: 0,
    holdMs: 5 * 60_000,
    maxHoldMs: 20 * 60_000,
    now: minute * 60_000,
    ...rest,
  });
}

describe("failures", () => {
  test("three in a row roll back, naming value, limit and points", () => {
    expect(judged(points(5, 120, 130, 140))).toMatchObject({
      kind: "rollback",
      culprit: "queue-depth",
      because: "queue-depth was 140, above 100, at 3 points in a row",
    });
  });
  test("five in all roll back", () => {
    expect(judged(points(120, 5, 120, 5, 120, 5, 120, 5, "NaN", 101))).toMatchObject({
      kind: "rollback",
      because: "queue-depth was 101, above 100, at 5 of 10 points",
    });
  });
  test("a missing point neither extends nor ends a run", () => {
    expect(judged(points(120, "no series", 120))).toMatchObject({ kind: "continue" });
    expect(judged(points(120, "no series", 120, "NaN", 120))).toMatchObject({ kind: "rollback" });
    expect(judged(points(120, 120, 5, 120, 120))).toMatchObject({ kind: "continue" });
  });
  test("reached once is reached for good", () => {
    expect(judged(points(120, 120, 120, 5, 5, 5, 5, 5))).toMatchObject({ kind: "rollback" });
  });
  test("limits are inclusive, and the lower one is named", () => {
    const checks = [{ ...share, failAfter: { consecutive: 1, total: 1 } }];
    const of = (value: number) =>
      judged([], { checks, samples: new Map([["success", points(value, value, value)]]), minute: 5 });
    expect(of(0.99)).toMatchObject({ kind: "promote", because: "success is 0.99, between 0.99 and 1" });
    expect(of(1)).toMatchObject({ kind: "promote" });
    expect(of(1.5)).toMatchObject({ because: "success was 1.5, above 1, at 1 point" });
    // Four digits would read 0.9900, which is within the limit.
    expect(of(0.98999999)).toMatchObject({ because: "success was 0.98999999, below 0.99, at 1 point" });
    expect(of(0.123456)).toMatchObject({ because: "success was 0.1235, below 0.99, at 1 point" });
  });
  test("every failing check is told, the first one is the culprit", () => {
    const samples = new Map([
      ["queue-depth", points(1, 120, 120, 120)],
      ["success", points(0.5, 0.5, 0.5, 0.5)],
    ]);
    expect(judged([], { checks: [share, depth], samples, minute: 4 })).toMatchObject({
      kind: "rollback",
      culprit: "success",
      because:
        "success was 0.5, below 0.99, at 3 points in a row; queue-depth was 120, above 100, at 3 points in a row",
    });
  });
});

describe("silence", () => {
  test("five missing in a row are silent for good", () => {
    const silent = judged(points(5, 5, 5, "no series", "NaN", "no series", "NaN", "+Inf", 5, 5, 5));
    expect(silent).toMatchObject({
      kind: "continue",
      blockedBy: "data",
      because: "queue-depth had no value at 5 points in a row: no series, NaN, +Inf",
      checks: [{ kind: "silent", values: 6, missing: 5, failures: 0, latest: 5, newest: "value" }],
    });
  });
  test("ten missing in all are silent", () => {
    const samples = points(...Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 5 : "several series")));
    expect(judged(samples.slice(0, 19)).checks[0]?.kind).toBe("passing");
    expect(judged(samples)).toMatchObject({
      kind: "not-enough-traffic",
      lacking: "data",
      because: "queue-depth had no value at 10 of 20 points: several series",
    });
  });
  test("on-silent rollback fails", () => {
    const checks = [{ ...depth, onSilent: "rollback" as const }];
    expect(judged(points("!timeout", "NaN", "NaN", "NaN", "NaN", 5, 5, 5), { checks })).toMatchObject({
      kind: "rollback",
      culprit: "queue-depth",
      because: "queue-depth had no value at 5 points in a row: timeout, NaN",
    });
  });
  test("a silent check still fails on values", () => {
    expect(judged(points("x", "x", "x", "x", "x", 120, 120, 120))).toMatchObject({ kind: "rollback" });
  });
  test("one point is enough where the plan says so", () => {
    const checks = [{ ...depth, silentAfter: { consecutive: 1, total: 1 } }];
    expect(judged(points("empty answer"), { checks })).toMatchObject({
      because: "queue-depth had no value at 1 point: empty answer",
    });
    const total = [{ ...depth, silentAfter: { consecutive: 2, total: 1 } }];
    expect(judged(points("empty answer"), { checks: total })).toMatchObject({
      because: "queue-depth had no value at 1 of 1 point: empty answer",
    });
  });
});

describe("passing", () => {
  test("three values, the newest within limits, after the hold", () => {
    expect(judged(points(5, 5, 5, 5, 42))).toMatchObject({
      kind: "promote",
      because: "queue-depth is 42, at most 100",
    });
    expect(judged(points(5, 5, 5, 5))).toMatchObject({
      kind: "continue",
      because: "queue-depth is 5, at most 100; 60 s of the hold left",
    });
    expect(judged(points("x", "x", "x", 5, 5))).toMatchObject({
      kind: "continue",
      because: "queue-depth has 2 of the 3 values it needs in this phase",
    });
  });
  test.each([
    ["a missing point", "no series", "queue-depth has no value now: no series", undefined],
    ["an error", "!connection refused", "queue-depth could not be asked: connection refused", "data"],
    ["a value outside", 120, "queue-depth was 120, above 100, at 1 point", undefined],
    ["a value that is not a number", Number.NaN, "queue-depth has no value now: NaN", undefined],
    ["an infinite value", Number.NEGATIVE_INFINITY, "queue-depth has no value now: -Infinity", undefined],
  ] as const)("not while the newest point is %s", (_, newest, because, blockedBy) => {
    const verdict = judged(points(5, 5, 5, 5, newest));
    expect(verdict).toMatchObject({ kind: "continue", because });
    expect("blockedBy" in verdict ? verdict.blockedBy : undefined).toBe(blockedBy);
  });
  test("one check that does not pass holds back the others", () => {
    const samples = new Map([["queue-depth", points(5, 5, 5, 5, 5)]]);
    expect(judged([], { checks: [depth, share], samples, minute: 5 })).toMatchObject({
      kind: "continue",
      because: "success has no point yet",
      checks: [{ kind: "passing" }, { kind: "waiting" }],
    });
  });
  test("limits on one side read as one side", () => {
    const { max: _, ...min } = share;
    const samples = new Map([["success", points(0.995123, 1, 0.999123)]]);
    expect(judged([], { checks: [min], samples, minute: 5 }).because).toBe("success is 0.9991, at least 0.99");
  });
  test("by time where nothing is checked", () => {
    expect(judged([], { checks: [], minute: 4 })).toMatchObject({
      kind: "continue",
      because: "not judged; 60 s of the hold left",
    });
    expect(judged([], { checks: [], minute: 5 })).toMatchObject({
      kind: "promote",
      because: "promoted by time, not judged",
    });
  });
});

describe("the points that count", () => {
  test("only those after the write settled, and none of the future", () => {
    expect(judged(points(120, 120, 120, 5, 5, 5, 120), { watchFrom: 180_000, minute: 6 })).toMatchObject({
      kind: "continue",
      checks: [{ kind: "passing", values: 3, failures: 0 }],
    });
  });
  test("only those after a pause, while the hold does not start again", () => {
    const over = { countedFrom: 4 * 60_000, minute: 7 };
    expect(judged(points(5, 5, 5, 5, 5, 5, 5), over)).toMatchObject({ kind: "promote", checks: [{ values: 3 }] });
    expect(judged(points(120, 120, 120, 5, 5, 5, 5), over)).toMatchObject({ kind: "promote" });
    expect(judged(points(5, 5, 5, 5, 5, 5), { ...over, minute: 23 })).toMatchObject({ kind: "continue" });
    expect(judged(points(5, 5, 5, 5, 5, 5), { ...over, minute: 24 })).toMatchObject({ kind: "not-enough-traffic" });
  });
  test("in the order of their times", () => {
    expect(judged(points(5, 5, 5, 5, 120).toReversed())).toMatchObject({ kind: "continue" });
  });
});

describe("at max-hold", () => {
  test("lacks traffic only where more requests would mend it", () => {
    const lacking = (...values: readonly (number | string)[]) => {
      const verdict = judged(points(...values), { minute: 20 });
      return verdict.kind === "not-enough-traffic" ? verdict.lacking : verdict.kind;
    };
    expect(lacking("few", "few", "few")).toBe("traffic");
    expect(lacking(5, 5, 5, "few")).toBe("traffic");
    expect(lacking("few", "few", "few", "few", "few", "few")).toBe("traffic");
    expect(lacking("few", "no series", "few")).toBe("data");
    expect(lacking("!timeout", "few")).toBe("data");
    expect(lacking(120, "few")).toBe("data");
    expect(lacking(5, 5)).toBe("data");
    expect(lacking()).toBe("data");
    expect(lacking(5, 5, 5)).toBe("promote");
    expect(lacking(5, 120, 120, 120)).toBe("rollback");
  });
  test("one check that lacks data outweighs another that lacks traffic", () => {
    const samples = new Map([
      ["queue-depth", points("few", "few")],
      ["success", points("NaN")],
    ]);
    const both = { checks: [depth, share], samples, minute: 20 };
    expect(judged([], both)).toMatchObject({ kind: "not-enough-traffic", lacking: "data" });
    samples.set("success", points(1, 1, 1));
    expect(judged([], both)).toMatchObject({ kind: "not-enough-traffic", lacking: "traffic" });
  });
});
