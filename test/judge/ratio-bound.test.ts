import { describe, expect, test } from "vitest";
import { ratioBound } from "../../src/judge/ratio-bound.ts";
import type { Interval } from "../../src/judge/types.ts";
import { caseOf } from "../../src/judge/verdict.ts";
import { judgeWithNumbers } from "../../src/judge/verdict-with-numbers.ts";
import { frozen, looksOfPhase, plan, type Row, recordOf, times } from "./support.ts";

const single = { ...plan, restartEveryMs: 1e9, phases: plan.phases.slice(0, 1) };

function boundOf(rows: readonly Row[], ratio?: number): { bound: number | undefined; logE: number; level: number } {
  const looks = looksOfPhase(1, 5, 0, rows);
  const tolerance = { ratio: ratio ?? 1.1, difference: ratio === undefined ? 0.0005 : 0 };
  const judged = { ...single, errors: { ...single.errors, tolerance } };
  const one = caseOf(judged, recordOf([5]), looks, new Map(), 1e6, {});
  const account = one.ledger.groups[0]?.accounts[0];
  if (account === undefined) throw new Error("nothing is compared");
  return { bound: ratioBound(one, account, looks), logE: account.logE, level: -Math.log(0.01) };
}

describe("how many times as often the canary fails, at least", () => {
  const harmed: readonly Row[] = times(20, [100, 3, 1900, 6]);
  test("is the largest ratio whose evidence still stands", () => {
    const { bound = 0, level } = boundOf(harmed);
    // Ten times as often is what was seen; sure is less.
    expect(bound).toBeGreaterThan(4);
    expect(bound).toBeLessThan(9.5);
    expect(boundOf(harmed, bound).logE).toBeGreaterThanOrEqual(level - 1e-4);
    expect(boundOf(harmed, bound * 1.001).logE).toBeLessThan(level);
  });
  test("does not depend on what is tolerated", () => {
    expect(boundOf(harmed, 1).bound).toBeCloseTo(boundOf(harmed).bound ?? 0, 6);
  });
  test("is below what was seen where both are alike, and nothing without a failure of the canary", () => {
    expect(boundOf(times(20, [100, 2, 1900, 38])).bound).toBeLessThan(1);
    expect(boundOf(times(20, [100, 0, 1900, 38])).bound).toBeUndefined();
  });
});

test("the look that holds the entry has no part in it", () => {
  const rows = times(20, [100, 12, 1900, 2] as const);
  const entry = looksOfPhase(1, 5, -15_000, [[900, 0, 900, 900]], { index: 0, settling: true });
  const record = { ...recordOf([5], 0), phases: [{ weight: 5, enteredAt: -8_000 }] };
  const ratio = (looks: readonly Interval[]) =>
    judgeWithNumbers(single, record, looks, new Map(), 330_000).numbers.evidence["errors"]?.ratio;
  const whole = looksOfPhase(1, 5, 0, rows);
  expect(ratio(whole)).toBeGreaterThan(2);
  expect(ratio([...entry, ...whole])).toBe(ratio(whole));
});

test("the numbers hold it where one comparison forced the rollback, and how sure the distributions are", () => {
  const record = recordOf([5], 0, { frozen: { ...frozen, boundariesMs: [250] } });
  const numbersAt = (slow: number) => {
    const row = { errors: [100, 0, 1900, 2], "latency>250": [100, slow, 1900, 19] } as const;
    return judgeWithNumbers(single, record, looksOfPhase(1, 5, 0, times(20, row)), new Map(), 330_000).numbers;
  };
  const { errors, latency } = numbersAt(12).evidence;
  expect(errors?.ratio).toBeNull();
  expect(latency?.ratio).toBeGreaterThan(2);
  expect(latency?.band?.map((one) => one?.toFixed(3))).toEqual(["0.062", "0.015"]);
  expect(errors?.band).toBeUndefined();
  expect(numbersAt(1).evidence["latency"]?.ratio).toBeNull();
});
