import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constants } from "../../src/judge/constants.ts";
import { addSafeLook, detectableOf, logSafe, needOf, openSafety, upperBound } from "../../src/judge/non-inferiority.ts";
import { pairOf, type Row } from "./support.ts";

const limit = { ratio: 1, difference: 0.005 };
const row = fc
  .record({
    n: fc.integer({ min: 2, max: 3000 }),
    stableN: fc.integer({ min: 2, max: 3000 }),
    x: fc.nat(40),
    y: fc.nat(40),
  })
  .map(({ n, stableN, x, y }): Row => [n, Math.min(x, n - 1), stableN, Math.min(y, stableN - 1)]);

function safe(all: readonly Row[]) {
  const safety = openSafety(constants, limit);
  for (const one of all) addSafeLook(safety, pairOf(one));
  return safety;
}

describe("the evidence of safety", () => {
  test("falls with a failure of the canary, rises with one of stable and with the limit", () => {
    fc.assert(
      fc.property(row, (one) => {
        const [n, x, stableN, y] = one;
        const now = logSafe(safe([one]));
        expect(logSafe(safe([[n, x + 1, stableN, y]]))).toBeLessThanOrEqual(now);
        expect(logSafe(safe([[n, x, stableN, y + 1]]))).toBeGreaterThanOrEqual(now);
        expect(logSafe(safe([one]), 0.01)).toBeGreaterThanOrEqual(now);
      }),
    );
  });
  test("bounds from above: the bound falls as one errs more readily", () => {
    fc.assert(
      fc.property(row, (one) => {
        const bounds = [0.001, 0.01, 0.05, 0.2].map((beta) => upperBound(safe([one]), beta));
        for (const [i, bound] of bounds.entries()) expect(bound).toBeLessThanOrEqual(bounds[i - 1] ?? bound);
        const bound = upperBound(safe([one]), 0.05);
        if (bound < 1) expect(logSafe(safe([one]), bound)).toBeGreaterThanOrEqual(Math.log(20) - 1e-6);
        if (bound > -1) expect(logSafe(safe([one]), bound - 1e-6)).toBeLessThanOrEqual(Math.log(20) + 1e-6);
      }),
    );
  });
  test("bounds nothing before the first look", () => expect(upperBound(openSafety(constants, limit), 0.05)).toBe(1));
});

const expected = {
  constants,
  alpha: 0.01,
  beta: 0.05,
  tolerance: { ratio: 1.1, difference: 0.0005 },
  phi: 1,
  rate: 0.01,
};

test("bursts cost their size in requests", () => {
  expect(needOf({ ...expected, limit, phi: 3 }, 5)).toBeCloseTo(3 * needOf({ ...expected, limit }, 5), 6);
  expect(needOf({ ...expected, limit }, 100)).toBe(Number.POSITIVE_INFINITY);
});

test("what is found falls with the traffic", () => {
  const found = [100, 1000, 10_000, 1e6].map((canary) => {
    return detectableOf({ ...expected, limit }, { canary, stable: 19 * canary }, 0.25) ?? Number.NaN;
  });
  expect(found).toEqual(found.toSorted((a, b) => b - a));
  expect(found[0]).toBeLessThan(1);
  expect(found.at(-1)).toBeGreaterThan(0.0115);
  expect(detectableOf({ ...expected, limit, rate: 1 }, { canary: 1e6, stable: 19e6 }, 0.25)).toBeUndefined();
});
