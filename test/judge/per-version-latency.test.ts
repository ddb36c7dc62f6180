import { describe, expect, test } from "vitest";
import { constants } from "../../src/judge/constants.ts";
import { ownLowerBound, quantileBucket } from "../../src/judge/per-version-latency.ts";

const arms = (...beyond: readonly (readonly [number, number])[]) =>
  beyond.map(([boundaryMs, x]) => ({ boundaryMs, arm: { n: 1000, x } }));

describe("the bucket of a quantile", () => {
  test("is named by its edges, never read between them", () => {
    expect(quantileBucket(arms([100, 130], [250, 9], [500, 1]), 0.99)).toEqual({ above: 100, upTo: 250 });
    expect(quantileBucket(arms([100, 130], [250, 10], [500, 1]), 0.99)).toEqual({ above: 100, upTo: 250 });
    expect(quantileBucket(arms([100, 130], [250, 11], [500, 1]), 0.99)).toEqual({ above: 250, upTo: 500 });
  });
  test("may lie below the first or above the last edge", () => {
    expect(quantileBucket(arms([100, 3], [250, 1]), 0.99)).toEqual({ above: 0, upTo: 100 });
    expect(quantileBucket(arms([100, 300], [250, 100]), 0.99)).toEqual({ above: 250, upTo: Number.POSITIVE_INFINITY });
  });
});

test("an arm's own exceedance is bounded from below, with room for chance", () => {
  const bound = (x: number, phi = 1) => ownLowerBound(constants, { n: 1000, x }, phi, 0.01);
  expect(bound(61)).toBeGreaterThan(0.03);
  expect(bound(61)).toBeLessThan(0.061);
  expect(bound(61, 5)).toBeLessThan(bound(61));
  expect(bound(0)).toBeLessThan(0);
});
