import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { gridOf, type MeasureOptions, measureChecks } from "../../src/evidence/measure-checks.ts";
import type { MetricSource } from "../../src/ports/metric-source.ts";
import type { Check } from "../../src/rollout/plan.ts";
import { check, minute, sourceOf, twoServices } from "../metrics/prometheus/samples.ts";

const start = 1_767_225_600_000;
const lagMs = 30_000;
const still = { now: () => 0, sleep: async () => {} };
const counted = { count: "n", requests: 20 };

async function measure(source: MetricSource, now: number, one: Check = check(), further: MeasureOptions = {}) {
  const watch = { watchFrom: start, now, lagMs };
  const measured = await measureChecks(source, [one], twoServices, watch, { clock: still, ...further });
  return { samples: measured.samples.get(one.name), failedFrom: measured.failedFrom };
}

describe("the grid of a check", () => {
  it("stands at multiples of the step, begins where a whole window lies behind the watch, and ends where scrapes are in", () => {
    const watch = { watchFrom: start + 1, now: start + 200_000, lagMs };
    expect(gridOf(minute, watch)).toEqual([start + 2 * minute]);
    expect(gridOf(minute, { ...watch, watchFrom: start })).toEqual([start + minute, start + 2 * minute]);
    // 75 s divide neither a minute nor an hour.
    const odd = gridOf(75_000, { watchFrom: start + 7_000, now: start + 10 * minute, lagMs });
    expect(odd.map((at) => [at % 75_000, at - 75_000 >= start + 7_000])).toEqual(Array(6).fill([0, true]));
    expect(gridOf(minute, { ...watch, watchFrom: start, now: start + 3 * minute + lagMs })).toHaveLength(3);
    expect(gridOf(minute, { ...watch, watchFrom: start, now: start + 3 * minute + lagMs - 1 })).toHaveLength(2);
    expect(gridOf(minute, { ...watch, now: start - 1_000_000 })).toEqual([]);
  });

  it("does not depend on when a run looks: a later look only adds points", () => {
    const looks = [100, 250, 251, 400, 1000].map((seconds) =>
      gridOf(minute, { watchFrom: start + 7, now: start + seconds * 1000, lagMs }),
    );
    const longest = looks.at(-1) ?? [];
    for (const look of looks) expect(longest.slice(0, look.length)).toEqual(look);
  });
});

describe("measuring checks", () => {
  it("asks once for all complete points and joins nothing to a check without a count", async () => {
    const source = sourceOf((_question, at) => (at - start) / minute);
    const { samples, failedFrom } = await measure(source, start + 3 * minute + lagMs);
    expect(samples).toEqual([1, 2, 3].map((value) => ({ at: start + value * minute, kind: "value", value })));
    expect(failedFrom.size).toBe(0);
    expect(source.asked).toMatchObject([
      { from: start + minute, to: start + 3 * minute, question: { stepMs: minute } },
    ]);
  });

  it("asks nothing before the first point is complete", async () => {
    const source = sourceOf(() => 1);
    expect(await measure(source, start + minute)).toEqual({ samples: [], failedFrom: new Map() });
    expect(source.asked).toEqual([]);
  });

  it("keeps checks apart, by name", async () => {
    const source = sourceOf(({ query }) => Number(query));
    const checks = Array.from({ length: 9 }, (_, index) => check({ name: `c${index}`, ask: { query: `${index}` } }));
    const measured = await measureChecks(source, checks, twoServices, {
      watchFrom: start,
      now: start + 100_000,
      lagMs,
    });
    expect([...measured.samples.keys()]).toEqual(checks.map((one) => one.name));
    for (const [index, one] of checks.entries())
      expect(measured.samples.get(one.name)).toMatchObject([{ value: index }]);
  });

  it.each([
    [20, { kind: "value", value: 0.9 }],
    [19.96, { kind: "missing", reason: reason("point-too-few-requests", { requests: 19.96, need: 20 }) }],
    [0, { kind: "missing", reason: reason("point-too-few-requests", { requests: 0, need: 20 }) }],
    [-1, { kind: "missing", reason: reason("request-count-negative", {}) }],
    [
      reason("metric-no-series", {}),
      { kind: "missing", reason: reason("request-count-unknown", { cause: reason("metric-no-series", {}) }) },
    ],
  ])("with %j requests behind it a point is %j", async (requests, sample) => {
    const source = sourceOf(({ query }) => (query === "n" ? requests : 0.9));
    const { samples } = await measure(source, start + minute + lagMs, check(counted));
    expect(samples).toEqual([{ at: start + minute, ...sample }]);
  });

  it("keeps the reason of a point that has requests but no value", async () => {
    const source = sourceOf(({ query }) => (query === "n" ? 50 : reason("metric-nan", {})));
    const { samples } = await measure(source, start + minute + lagMs, check(counted));
    expect(samples).toEqual([{ at: start + minute, kind: "missing", reason: reason("metric-nan", {}) }]);
  });

  it("does not take another kind of answer, or points that were not asked for", async () => {
    const series = sourceOf(() => ({ kind: "series", series: [] }));
    expect((await measure(series, start + minute + lagMs)).samples).toMatchObject([{ kind: "missing" }]);
    const other = sourceOf(() => ({ kind: "samples", samples: [{ at: start, kind: "value", value: 1 }] }));
    expect((await measure(other, start + minute + lagMs)).samples).toEqual([
      { at: start + minute, kind: "missing", reason: reason("point-missing", {}) },
    ]);
  });
});

describe("a source that does not answer", () => {
  const down = sourceOf(() => ({
    kind: "error",
    reason: reason("metric-status", { source: "Prometheus", status: 503 }),
  }));
  const at = (points: number) => start + points * minute + lagMs;
  const down503 = reason("metric-status", { source: "Prometheus", status: 503 });
  const error = (point: number) => ({ at: start + point * minute, kind: "error", reason: down503 });

  it("makes errors of the points since its first failure, while it lasts", async () => {
    const first = await measure(down, at(3));
    expect(first.samples).toEqual([error(3)]);
    const second = await measure(down, at(5), check(), { failedFrom: first.failedFrom });
    expect(second.samples).toEqual([error(3), error(4), error(5)]);
    expect(second.failedFrom).toEqual(first.failedFrom);
  });

  it("is forgotten with the first answer", async () => {
    const failing = await measure(down, at(3));
    const answered = await measure(
      sourceOf(() => 1),
      at(5),
      check(),
      { failedFrom: failing.failedFrom },
    );
    expect(answered.samples?.map((sample) => sample.kind)).toEqual(Array(5).fill("value"));
    expect(answered.failedFrom.size).toBe(0);
    const again = await measure(down, at(6), check(), { failedFrom: answered.failedFrom });
    expect(again.samples).toEqual([error(6)]);
  });

  it("counts from the start of a new phase, if it failed before", async () => {
    const failedFrom = new Map([["conversion", start - 1_000_000]]);
    const waiting = await measure(down, start, check(), { failedFrom });
    expect(waiting).toEqual({ samples: [], failedFrom });
    expect((await measure(down, at(2), check(), { failedFrom })).samples).toEqual([error(1), error(2)]);
  });

  it("is an error of the check also when only the number of requests is not known", async () => {
    const source = sourceOf(({ query }) =>
      query === "n" ? { kind: "error", reason: reason("metric-range-empty", {}) } : 0.9,
    );
    expect((await measure(source, at(1), check(counted))).samples).toEqual([
      {
        at: start + minute,
        kind: "error",
        reason: reason("request-count-unknown", { cause: reason("metric-range-empty", {}) }),
      },
    ]);
  });

  it("is not even asked a question that cannot be written", async () => {
    const source = sourceOf(() => 1);
    const { samples } = await measure(source, at(1), check({ ask: { query: "{{canary}}" } }));
    const unquoted = { code: "metric-query-invalid", data: { placeholder: "canary", problem: "placeholder-unquoted" } };
    expect(samples).toMatchObject([{ kind: "error", reason: unquoted }]);
    expect(source.asked).toEqual([]);
  });
});

describe("a source that lives in another time", () => {
  const dated = (off: number) =>
    sourceOf((_question, at) => ({
      kind: "samples",
      samples: [{ at, kind: "value", value: 1 }],
      date: start + 90_000 + off,
    }));

  it.each([31_000, -31_000, 600_000])("says nothing when its clock is %i ms off", async (off) => {
    const skewed = reason("clock-skewed", { offMs: Math.abs(off) });
    expect((await measure(dated(off), start + 90_000)).samples).toEqual([
      { at: start + minute, kind: "missing", reason: skewed },
    ]);
  });

  it.each([0, 29_000, -30_000])("is believed when its clock is %i ms off", async (off) => {
    expect((await measure(dated(off), start + 90_000)).samples).toMatchObject([{ kind: "value" }]);
  });

  it("may take its time to answer", async () => {
    let now = 0;
    const clock = { now: () => now, sleep: async () => {} };
    const slow = sourceOf((_question, at) => {
      now = 45_000;
      return { kind: "samples", samples: [{ at, kind: "value", value: 1 }], date: start + 90_000 + 45_000 };
    });
    expect((await measure(slow, start + 90_000, check(), { clock })).samples).toMatchObject([{ kind: "value" }]);
  });
});
