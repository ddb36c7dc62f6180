import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constants } from "../../src/judge/constants.ts";
import { addLook, logEvidence, logEvidenceAt, lowerBound, openMixture } from "../../src/judge/e-process.ts";
import { pairOf, type Row } from "./support.ts";

const count = (max: number) => fc.integer({ min: 0, max });
const row = fc
  .record({
    n: fc.integer({ min: 1, max: 3000 }),
    stableN: fc.integer({ min: 1, max: 3000 }),
    x: count(40),
    y: count(40),
  })
  .map(({ n, stableN, x, y }): Row => [n, Math.min(x, n), stableN, Math.min(y, stableN)]);
const rows = fc.array(row, { minLength: 1, maxLength: 6 });

const starts = () => [
  { at: 0, share: 0.5 },
  { at: 1, share: 0.25 },
  { at: 3, share: 0.25 },
];
function mixed(all: readonly Row[], tolerance = { ratio: 1.1, difference: 0.0005 }) {
  const mixture = openMixture(constants, tolerance, starts());
  for (const [i, one] of all.entries()) addLook(mixture, i, pairOf(one));
  return mixture;
}
/** One more bad request somewhere. */
function worsened(all: readonly Row[], at: number, arm: "canary" | "stable"): readonly Row[] | undefined {
  const i = at % all.length;
  const found = all[i];
  if (found === undefined) return undefined;
  const [n, x, stableN, y] = found;
  if (arm === "canary" ? x >= n : y >= stableN) return undefined;
  return all.with(i, arm === "canary" ? [n, x + 1, stableN, y] : [n, x, stableN, y + 1]);
}
const SLACK = 1e-9;

describe("the evidence", () => {
  test("rises with a failure of the canary and falls with one of stable", () => {
    fc.assert(
      fc.property(rows, fc.nat(5), (all, at) => {
        const now = logEvidence(mixed(all));
        const canary = worsened(all, at, "canary");
        const stable = worsened(all, at, "stable");
        if (canary !== undefined) expect(logEvidence(mixed(canary))).toBeGreaterThanOrEqual(now - SLACK);
        if (stable !== undefined) expect(logEvidence(mixed(stable))).toBeLessThanOrEqual(now + SLACK);
      }),
    );
  });
  test("falls as more is tolerated", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const differences = [-1, -0.1, 0, 0.0005, 0.01, 0.3, 1];
        const one = mixed(all);
        const logs = differences.map((d) => logEvidenceAt(one, d));
        for (const [i, log] of logs.entries()) expect(log).toBeLessThanOrEqual((logs[i - 1] ?? log) + SLACK);
        const ratios = [1, 1.1, 1.5, 3, 20].map((ratio) => logEvidence(mixed(all, { ratio, difference: 0 })));
        for (const [i, log] of ratios.entries()) expect(log).toBeLessThanOrEqual((ratios[i - 1] ?? log) + SLACK);
      }),
    );
  });
  test("folds its starts exactly", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const one = mixed(all);
        expect(logEvidence(one)).toBeCloseTo(logEvidenceAt(one, 0.0005), 8);
      }),
    );
  });
  test("is nothing before the first look", () => {
    const none = openMixture(constants, { ratio: 1.1, difference: 0.0005 }, starts());
    expect(logEvidence(none)).toBe(0);
    expect(lowerBound(none, 0.01)).toBe(-1);
  });
});

describe("the lower bound", () => {
  test("rises as one errs more readily, and holds the evidence that it claims", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const one = mixed(all);
        const bounds = [0.001, 0.01, 0.05, 0.2].map((alpha) => lowerBound(one, alpha));
        for (const [i, bound] of bounds.entries()) expect(bound).toBeGreaterThanOrEqual(bounds[i - 1] ?? bound);
        const bound = lowerBound(one, 0.01);
        if (bound > -1) expect(logEvidenceAt(one, bound)).toBeGreaterThanOrEqual(Math.log(100) - 1e-6);
        if (bound < 1) expect(logEvidenceAt(one, bound + 1e-6)).toBeLessThanOrEqual(Math.log(100) + 1e-6);
      }),
    );
  });
  test("exceeds the tolerance exactly when the evidence forces a rollback", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const one = mixed(all);
        expect(lowerBound(one, 0.01) >= 0.0005).toBe(logEvidence(one) >= Math.log(100));
      }),
    );
  });
});

test("a restart forgets the good evidence before it", () => {
  const healthy: readonly Row[] = Array.from({ length: 40 }, () => [1000, 2, 19000, 40]);
  const harmed: readonly Row[] = Array.from({ length: 2 }, () => [1000, 15, 19000, 40]);
  const whole = openMixture(constants, { ratio: 1.1, difference: 0.0005 }, [{ at: 0, share: 1 }]);
  const anew = openMixture(constants, { ratio: 1.1, difference: 0.0005 }, [
    { at: 0, share: 0.5 },
    { at: 40, share: 0.5 },
  ]);
  for (const [i, one] of [...healthy, ...harmed].entries()) {
    addLook(whole, i, pairOf(one));
    addLook(anew, i, pairOf(one));
  }
  expect(logEvidence(whole)).toBeLessThan(0);
  expect(logEvidence(anew)).toBeGreaterThan(Math.log(100));
});
