import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constants, referenceConstants } from "../../src/judge/constants.ts";
import { addToLedger, enterPhase, openLedger } from "../../src/judge/evidence-ledger.ts";
import { counted, isStirred, openShiftGuard } from "../../src/judge/stable-shift-guard.ts";
import { judge } from "../../src/judge/verdict.ts";
import { frozen, looksOfPhase, plan, type Row, recordOf } from "./support.ts";

describe("stable has moved", () => {
  const moved = (before: readonly [number, number], now: readonly [number, number], phi = 1, over = constants) =>
    isStirred({ n: before[0], x: before[1] }, { n: now[0], x: now[1] }, phi, over);
  test("when its rate jumps by more than chance does, up or down", () => {
    expect(moved([1000, 3], [1000, 50])).toBe(true);
    expect(moved([1000, 50], [1000, 3])).toBe(true);
    expect(moved([1000, 3], [1000, 9])).toBe(false);
    expect(moved([1000, 0], [1000, 0])).toBe(false);
  });
  test("by more than bursts do, where errors come in bursts", () => {
    expect(moved([1000, 3], [1000, 30])).toBe(true);
    expect(moved([1000, 3], [1000, 30], 6)).toBe(false);
  });
  test("nowhere where it has no requests, or where nobody asks", () => {
    expect(moved([0, 0], [1000, 900])).toBe(false);
    expect(moved([1000, 900], [0, 0])).toBe(false);
    expect(moved([1000, 3], [1000, 900], 1, referenceConstants)).toBe(false);
  });
});

describe("what counts of the evidence", () => {
  const courseOf = (looks: readonly (readonly [number, boolean])[]) => {
    const standing = openShiftGuard();
    return looks.map(([logE, stirred]) => counted(standing, logE, stirred, constants));
  };
  test("is all of it while stable is calm", () => {
    const calm = [
      [1, false],
      [9, false],
      [-2, false],
    ] as const;
    expect(courseOf(calm)).toEqual([1, 9, -2]);
  });
  test("is what stands over four looks while stable moves, and for two more", () => {
    const stirred = [
      [1, false],
      [2, false],
      [9, true],
      [7, true],
      [8, false],
      [6, false],
      [5, false],
    ] as const;
    expect(courseOf(stirred)).toEqual([1, 2, 0, 1, 2, 6, 5]);
  });
  test("is nothing in the first looks of a rollout while stable moves", () => {
    expect(courseOf([[9, true]])).toEqual([0]);
    expect(courseOf([[-1, true]])).toEqual([-1]);
  });
  test("is never more than was found", () => {
    const looks = fc.array(fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(looks, (course) => {
        for (const [i, value] of courseOf(course).entries()) {
          expect(value).toBeLessThanOrEqual(Math.max(0, course[i]?.[0] ?? 0));
        }
      }),
    );
  });
});

describe("an incident of both versions", () => {
  const quiet: Row = [750, 2, 14_250, 42];
  /** The canary is scraped when half of stable has not been yet. */
  const half: Row = [750, 75, 14_250, 712];
  const whole: Row = [750, 75, 14_250, 1425];
  const peakOf = (rows: readonly Row[], over = constants) => {
    const ledger = openLedger({ ...plan, constants: over }, frozen);
    enterPhase(ledger, { phase: 1, weight: 5, evidenceFrom: 0 });
    for (const look of looksOfPhase(1, 5, 0, rows)) addToLedger(ledger, look);
    return ledger.peakLogE;
  };
  const told: readonly Row[] = [quiet, quiet, half, whole, whole, whole, quiet];
  test("that the canary's scrape tells first is no harm of the canary", () => {
    expect(peakOf(told, referenceConstants)).toBeGreaterThan(Math.log(100));
    expect(peakOf(told)).toBeLessThan(Math.log(100) / 2);
  });
  test("does not hide a canary that suffers more of it than stable", () => {
    expect(peakOf([quiet, quiet, half, half, half, half])).toBeGreaterThan(Math.log(100));
  });
  test("holds back a promotion and says why, until its last scrape is in", () => {
    const calm = Array.from({ length: 24 }, () => quiet);
    const verdictAfter = (rows: readonly Row[]) => {
      const looks = looksOfPhase(1, 5, 0, rows);
      return judge(plan, recordOf([5]), looks, new Map(), rows.length * 15_000 + plan.lagMs);
    };
    expect(verdictAfter(calm).kind).toBe("pass");
    const doubted = verdictAfter([...calm, [750, 150, 14_250, 712]]);
    expect(doubted).toMatchObject({
      kind: "inconclusive",
      reason: { code: "stable-shift", data: { alpha: 0.01, also: [{ code: "too-little-traffic" }] } },
    });
    expect(verdictAfter([...told, ...calm]).kind).toBe("pass");
  });
  test("costs no time where stable is calm", () => {
    const harmed: readonly Row[] = [quiet, quiet, [750, 60, 14_250, 42]];
    expect(peakOf(harmed)).toBe(peakOf(harmed, referenceConstants));
    expect(peakOf(harmed)).toBeGreaterThan(Math.log(100));
  });
});
