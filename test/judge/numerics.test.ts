import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edgeOf, lastHolding, lastReaching, logSumExp, settled } from "../../src/judge/numerics.ts";

test("edges of buckets are compared as numbers", () => {
  expect(edgeOf("500.0")).toBe(edgeOf("500"));
  expect(edgeOf("+Inf")).toBe(Number.POSITIVE_INFINITY);
  expect(edgeOf("Inf")).toBeUndefined();
});

describe("logSumExp", () => {
  test("of nothing and of zeros is no number that could be mistaken", () => {
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
    expect(logSumExp([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(Number.NEGATIVE_INFINITY);
  });
  test("survives what exp does not", () => {
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 12);
    expect(logSumExp([-1000, Number.NEGATIVE_INFINITY])).toBe(-1000);
  });
});

describe("lastReaching", () => {
  const linesOf = (lines: readonly { at0: number; slope: number }[]) => ({
    at0: Float64Array.from(lines, ({ at0 }) => at0),
    slope: Float64Array.from(lines, ({ slope }) => slope),
  });
  const line = fc.record({
    at0: fc.double({ min: -20, max: 20, noNaN: true }),
    slope: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e5, noNaN: true })),
  });
  test("finds what sixty halvings find", () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0.1, max: 8, noNaN: true }),
        (lines, level) => {
          const height = (d: number) => logSumExp(lines.map(({ at0, slope }) => at0 - d * slope));
          const halved = lastHolding(-1, 1, (d) => height(d) >= level);
          expect(lastReaching(linesOf(lines), level)).toBeCloseTo(halved, 6);
        },
      ),
      { numRuns: 2000 },
    );
  });
  test("returns an end where the whole range, or none of it, reaches the level", () => {
    expect(lastReaching(linesOf([{ at0: 5, slope: 0 }]), 1)).toBe(1);
    expect(lastReaching(linesOf([{ at0: 0, slope: 0 }]), 1)).toBe(-1);
    expect(lastReaching(linesOf([{ at0: 5, slope: 1 }]), 1)).toBe(1);
    expect(lastReaching(linesOf([{ at0: -5, slope: 1 }]), 1)).toBe(-1);
    expect(lastReaching(linesOf([]), 1)).toBe(-1);
  });
});

test("lastHolding checks both ends first", () => {
  expect(lastHolding(0, 1, () => true)).toBe(1);
  expect(lastHolding(0, 1, () => false)).toBe(0);
  expect(lastHolding(0, 1, (x) => x <= 0.3)).toBeCloseTo(0.3, 12);
});

test("the last bit of a logarithm is nothing to decide by", () => {
  expect(settled(Math.log(100) + 1e-15)).toBe(settled(Math.log(100)));
});
