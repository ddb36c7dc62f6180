import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { caseOf } from "../../src/judge/judge.ts";
import { type CounterRow, gridsOf, lookFor, looksOf, type PhaseCounters } from "../../src/judge/looks.ts";
import { frozen, plan, recordOf } from "./support.ts";

const record = {
  ...recordOf([5, 20]),
  phases: [
    { weight: 5, enteredAt: 500 },
    { weight: 20, enteredAt: 62_000 },
  ],
};
const row = (values: readonly (number | null)[], over: Partial<CounterRow> = {}): CounterRow =>
  ({ kind: "count", process: "errors", adds: "total", arm: "stable", target: "pod", values, ...over }) as CounterRow;
const up = (...values: readonly number[]) => [{ target: "pod", values }];

describe("grids", () => {
  test("begin at the next whole second after the entry and end with the newest look whose data must have come", () => {
    expect(gridsOf(plan, record, 62_000 + 15_000 + 30_000)).toEqual([
      { phase: 1, weight: 5, watchFrom: 500, from: 1000, to: 61_000, points: 5 },
      { phase: 2, weight: 20, watchFrom: 62_000, from: 62_000, to: 77_000, points: 2 },
    ]);
  });
  test("a look that ends with the phase counts, a partial one does not", () => {
    const at = (enteredAt: number) =>
      gridsOf(
        plan,
        {
          ...record,
          phases: [
            { weight: 5, enteredAt: 0 },
            { weight: 20, enteredAt },
          ],
        },
        1e6,
      )[0]?.points;
    expect([59_999, 60_000, 60_001].map(at)).toEqual([4, 5, 5]);
  });
  test("before all data can have come there is a first point and no look", () => {
    expect(gridsOf(plan, recordOf([5]), 44_999)[0]).toMatchObject({ from: 0, to: 0, points: 1 });
    expect(gridsOf(plan, recordOf([5]), 45_000)[0]?.points).toBe(2);
  });
  describe("of a phase in which a pause lasted for days", () => {
    const days = 86_400_000;
    const grid = (watchedFrom: number, now: number) =>
      gridsOf(plan, { ...recordOf([5]), phases: [{ weight: 5, enteredAt: 500 }], watchedFrom }, now)[0];
    test("begin with the first look after it, on the points that they would have had", () => {
      const [resumed, now] = [6 * days + 1234, 6 * days + 100_000];
      expect(grid(resumed, now)).toEqual({
        phase: 1,
        weight: 5,
        watchFrom: 500,
        from: 6 * days + 15_000 + 1000,
        to: 6 * days + 60_000 + 1000,
        points: 4,
      });
      expect(grid(2 * days, now)?.from).toBe(1000);
    });
    test("are never longer than a source can be asked for", () => {
      expect(grid(2.5 * days, 30 * days)?.points).toBe(28_801);
      const left = { ...recordOf([5, 20], 30 * days), watchedFrom: 29 * days };
      expect(gridsOf(plan, left, 31 * days).map(({ from, points }) => [from, points])).toEqual([
        [0, 28_801],
        [30 * days, 5759],
      ]);
    });
  });
  test("have looks as long as the longest phase needs for the source to answer for all of it", () => {
    const of = (maxHoldMs: number, lookMs = 15_000) =>
      lookFor({ lookMs, phases: [{ weight: 5, holdMs: 0, maxHoldMs }] });
    expect([1_200_000, 60 * 3_600_000, 61 * 3_600_000, 720 * 3_600_000].map((ms) => of(ms))).toEqual([
      15_000, 15_000, 30_000, 180_000,
    ]);
    expect(of(720 * 3_600_000, 60_000)).toBe(180_000);
    expect(lookFor({ lookMs: 15_000, phases: [] })).toBe(15_000);
  });
});

describe("looks", () => {
  const now = 62_000 + 30_000 + 30_000;
  const phases: readonly PhaseCounters[] = [
    { counters: [row([100, 110, 125, 125, 140]), row([0, 1, 3, 3, 3], { arm: "canary", target: "b" })], up: [] },
    { counters: [row([141, 150, null])], up: [] },
  ];
  test("hold what each step added, phase by phase", () => {
    const found = looksOf(plan, record, phases, now);
    if (found.kind === "error") throw new Error(found.because);
    const brief = found.looks.map(({ phase, index, from, to, weight, seen, pairs }) => {
      const pair = pairs.get("errors");
      return [phase, index, from, to, weight, seen, pair?.canary.n, pair?.stable.n];
    });
    expect(brief).toEqual([
      [1, 1, 1000, 16_000, 5, true, 1, 10],
      [1, 2, 16_000, 31_000, 5, true, 2, 15],
      [1, 3, 31_000, 46_000, 5, true, 0, 0],
      [1, 4, 46_000, 61_000, 5, true, 0, 15],
      [2, 1, 62_000, 77_000, 20, true, 0, 9],
      [2, 2, 77_000, 92_000, 20, false, 0, 0],
    ]);
  });
  test("a look that began before the traffic settled is settling", () => {
    const slow = { ...plan, allowanceMs: 15_000, settleMs: 5000 };
    const found = looksOf(slow, recordOf([5]), [{ counters: [], up: [] }], 120_000);
    expect(found.kind === "looks" && found.looks.map((look) => look.settling)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
  test("a phase of which nothing was read has looks that saw nothing", () => {
    const found = looksOf(plan, record, [], now);
    expect(found.kind === "looks" && found.looks.map((look) => look.seen)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
  test("what is known to be up lets a counter be born", () => {
    const counters = [row([null, 4, 5], { adds: "both" })];
    const of = (phase: PhaseCounters) => {
      const found = looksOf(plan, recordOf([5]), [phase], 60_000);
      return found.kind === "looks" ? found.looks.map((look) => look.pairs.get("errors")?.stable) : found.because;
    };
    expect(of({ counters, up: up(1, 1, 1) })).toEqual([
      { n: 4, x: 4 },
      { n: 1, x: 1 },
    ]);
    expect(of({ counters, up: up(0, 1, 1) })).toEqual([
      { n: 0, x: 0 },
      { n: 1, x: 1 },
    ]);
  });
  test("buckets of one histogram belong together, however their edges are written", () => {
    const bucket = (edgeMs: number, values: readonly number[], histogram = "h"): CounterRow => ({
      ...{ kind: "bucket", arm: "canary", target: "pod", histogram, edgeMs, values },
    });
    const counters = [
      bucket(250, [0, 8]),
      bucket(Number.POSITIVE_INFINITY, [0, 10]),
      bucket(Number.POSITIVE_INFINITY, [0, 5], "other"),
      bucket(250, [0, 5], "other"),
    ];
    const slow = { ...recordOf([5]), frozen: { ...frozen, boundariesMs: [250] } };
    const found = looksOf(plan, slow, [{ counters, up: [] }], 45_000);
    expect(found.kind === "looks" && found.looks[0]?.pairs.get("latency>250")?.canary).toEqual({ n: 15, x: 2 });
  });
  test.each([1.5, -1, Number.NaN])("an answer with %d in it is thrown away", (wrong) => {
    expect(looksOf(plan, record, [{ counters: [row([1, wrong])], up: [] }], now)).toEqual({
      kind: "error",
      because: `a counter of stable on pod shows ${wrong}, which no counter can`,
    });
  });
  test("resets are told", () => {
    const found = looksOf(plan, recordOf([5]), [{ counters: [row([5, 2])], up: [] }], 45_000);
    expect(found.kind === "looks" && found.looks[0]?.resets).toEqual(["pod"]);
  });
});

describe("recomputation", () => {
  // Two pods of stable and one of the canary, with resets, gaps and births.
  const value = fc.option(fc.nat(50), { freq: 5 });
  const counters = fc.array(
    fc.record({
      arm: fc.constantFrom("canary" as const, "stable" as const),
      target: fc.constantFrom("a", "b", "c"),
      adds: fc.constantFrom("total" as const, "both" as const),
      steps: fc.array(value, { minLength: 21, maxLength: 21 }),
      restart: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const rowsOf = (all: typeof counters extends fc.Arbitrary<infer T> ? T : never): readonly CounterRow[] =>
    all.map(({ arm, target, adds, steps, restart }) => {
      let sum = 0;
      const values = steps.map((step, k) => {
        sum = k === restart ? 0 : sum + (step ?? 0);
        return step === null ? null : sum;
      });
      return row(values, { arm, target, adds });
    });
  const single = recordOf([5]);
  const cut = (rows: readonly CounterRow[], now: number): readonly CounterRow[] => {
    const points = gridsOf(plan, single, now)[0]?.points ?? 0;
    return rows.map((one) => ({ ...one, values: one.values.slice(0, points) }));
  };
  const evidenceAt = (rows: readonly CounterRow[], now: number) => {
    const found = looksOf(plan, single, [{ counters: cut(rows, now), up: [] }], now);
    if (found.kind === "error") throw new Error(found.because);
    const { ledger } = caseOf(plan, single, found.looks, new Map(), now, {});
    return {
      looks: ledger.looks,
      logE: ledger.logE,
      peakLogE: ledger.peakLogE,
      peakAt: ledger.peakAt,
      requests: ledger.requests,
    };
  };

  test("gives the same evidence to the last bit: whenever it wakes, with a skewed clock, whatever the order of the series", () => {
    fc.assert(
      fc.property(counters, fc.integer({ min: 45_000, max: 330_000 }), (all, now) => {
        const rows = rowsOf(all);
        const whole = evidenceAt(rows, now);
        const looks = Math.floor((now - 30_000) / 15_000);
        expect(whole.looks).toBe(looks);
        // Another runner's clock within the same look; the same answer in another order; a run that woke before.
        const skewed = 30_000 + looks * 15_000;
        expect(evidenceAt(rows, skewed)).toEqual(whole);
        expect(evidenceAt(rows.toReversed(), now)).toEqual(whole);
        evidenceAt(rows, now - 15_000);
        expect(evidenceAt(rows, now)).toEqual(whole);
        // Looks that one runner has and the other has not yet are the newest ones, and change none of the older.
        const found = looksOf(plan, single, [{ counters: cut(rows, now), up: [] }], now);
        const earlier = caseOf(
          plan,
          single,
          found.kind === "looks" ? found.looks : [],
          new Map(),
          now - 15_000,
          {},
        ).ledger;
        expect(earlier.logE).toBe(now - 15_000 < 45_000 ? 0 : evidenceAt(rows, now - 15_000).logE);
      }),
      { numRuns: 60 },
    );
  });
});
