import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { type CounterRow, looksOf, type PhaseCounters } from "../../src/judge/intervals-from-counters.ts";
import { gridsOf, lookFor } from "../../src/judge/phase-grid.ts";
import { caseOf } from "../../src/judge/verdict.ts";
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
  test("begin with the look that holds the entry and end with the newest look whose data must have come", () => {
    expect(gridsOf(plan, record, 75_000 + 15_000 + 30_000)).toEqual([
      { phase: 1, weight: 5, watchFrom: 500, evidenceFrom: 15_000, from: 0, to: 60_000, points: 5 },
      { phase: 2, weight: 20, watchFrom: 62_000, evidenceFrom: 75_000, from: 60_000, to: 90_000, points: 3 },
    ]);
  });
  test("of an entry between two looks begin with the second: there is nothing to be left out", () => {
    const [grid] = gridsOf(plan, { ...recordOf([5]), phases: [{ weight: 5, enteredAt: 30_000 }] }, 1e6);
    expect(grid).toMatchObject({ evidenceFrom: 30_000, from: 30_000 });
  });
  test("stand at multiples of the look since the epoch, whatever the look, and give no look to two phases", () => {
    const day = 86_400_000;
    fc.assert(
      fc.property(
        fc.constantFrom(15_000, 20_000, 75_000, 180_000),
        fc.integer({ min: 0, max: 60 * day }),
        fc.array(fc.integer({ min: 0, max: 20 * 60_000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 30 * 60_000 }),
        (lookMs, begin, holds, after) => {
          const entries = holds.map((_, i) => begin + holds.slice(0, i).reduce((sum, hold) => sum + hold, 0));
          const phases = entries.map((enteredAt) => ({ weight: 5, enteredAt }));
          const now = (entries.at(-1) ?? 0) + after;
          const grids = gridsOf({ ...plan, lookMs }, { ...recordOf([5]), phases }, now);
          for (const [i, { from, to, evidenceFrom, points }] of grids.entries()) {
            const enteredAt = entries[i] ?? Number.NaN;
            expect([from % lookMs, to % lookMs, evidenceFrom % lookMs]).toEqual([0, 0, 0]);
            expect((to - from) / lookMs).toBe(points - 1);
            // No evidence from before the entry, and none is lost but the look that holds it.
            expect(evidenceFrom - enteredAt).toBeGreaterThanOrEqual(0);
            expect(evidenceFrom - enteredAt).toBeLessThan(lookMs);
            expect(evidenceFrom - from).toBe(enteredAt % lookMs === 0 ? 0 : lookMs);
            const next = grids[i + 1];
            if (next === undefined) continue;
            expect(next.from).toBeGreaterThanOrEqual(to);
            expect(to).toBeLessThanOrEqual(entries[i + 1] ?? Number.NaN);
          }
        },
      ),
    );
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
    test("begin with the look in which it was left, on the points that they would have had", () => {
      const [resumed, now] = [6 * days + 1234, 6 * days + 100_000];
      expect(grid(resumed, now)).toEqual({
        phase: 1,
        weight: 5,
        watchFrom: 500,
        evidenceFrom: 6 * days + 15_000,
        from: 6 * days,
        to: 6 * days + 60_000,
        points: 5,
      });
      expect(grid(2 * days, now)).toMatchObject({ from: 0, evidenceFrom: 15_000 });
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
    const of = (maxHoldMs: number, lookMs = 15_000) => lookFor({ lookMs, phases: [{ weight: 5, maxHoldMs }] });
    expect([1_200_000, 60 * 3_600_000, 61 * 3_600_000, 720 * 3_600_000].map((ms) => of(ms))).toEqual([
      15_000, 15_000, 30_000, 180_000,
    ]);
    expect(of(720 * 3_600_000, 60_000)).toBe(180_000);
    expect(lookFor({ lookMs: 15_000, phases: [] })).toBe(15_000);
  });
});

describe("looks", () => {
  const now = 90_000 + 30_000;
  const phases: readonly PhaseCounters[] = [
    { counters: [row([100, 110, 125, 125, 140]), row([0, 1, 3, 3, 3], { arm: "canary", target: "b" })], up: [] },
    { counters: [row([140, 150, null])], up: [] },
  ];
  test("hold what each step added, phase by phase; the one with the entry has the index 0", () => {
    const found = looksOf(plan, record, phases, now);
    if (found.kind === "error") throw new Error(found.reason.code);
    const brief = found.looks.map(({ phase, index, from, to, weight, seen, pairs }) => {
      const pair = pairs.get("errors");
      return [phase, index, from, to, weight, seen, pair?.canary.n, pair?.stable.n];
    });
    expect(brief).toEqual([
      [1, 0, 0, 15_000, 5, true, 1, 10],
      [1, 1, 15_000, 30_000, 5, true, 2, 15],
      [1, 2, 30_000, 45_000, 5, true, 0, 0],
      [1, 3, 45_000, 60_000, 5, true, 0, 15],
      [2, 0, 60_000, 75_000, 20, true, 0, 10],
      [2, 1, 75_000, 90_000, 20, false, 0, 0],
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
      return found.kind === "looks" ? found.looks.map((look) => look.pairs.get("errors")?.stable) : found.reason;
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
      reason: reason("counter-impossible", { version: "stable", target: "pod", value: String(wrong) }),
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
    if (found.kind === "error") throw new Error(found.reason.code);
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
