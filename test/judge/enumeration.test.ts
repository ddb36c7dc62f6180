import { describe, expect, test } from "vitest";
import type { Tolerance } from "../../src/base/judging-types.ts";
import { constants } from "../../src/judge/constants.ts";
import { addLook, logEvidence, openMixture } from "../../src/judge/e-process.ts";
import { addSafeLook, logSafe, openSafety } from "../../src/judge/non-inferiority.ts";
import { addShares, logSplit, openSplit } from "../../src/judge/sample-ratio-mismatch.ts";
import { pairOf } from "./support.ts";

const LIMIT = 1 + 1e-9;
const sizes = [
  [1, 12],
  [3, 12],
  [6, 6],
  [10, 2],
  [12, 12],
] as const;
const tolerances = [1, 1.1, 2].flatMap((ratio) => [0, 0.01, 0.1].map((difference) => ({ ratio, difference })));
const rates = Array.from({ length: 21 }, (_, i) => i * 0.05);

/** The value after one look with these counts, for either test. */
type Value = (tolerance: Tolerance, n: number, x: number, stableN: number, stableX: number, phi?: number) => number;

const harm: Value = (tolerance, n, x, stableN, stableX, phi = 1) => {
  const mixture = openMixture(constants, tolerance, [{ at: 0, share: 1 }]);
  addLook(mixture, 0, pairOf([n, x, stableN, stableX], phi));
  return Math.exp(logEvidence(mixture));
};
const safety: Value = (limit, n, x, stableN, stableX, phi = 1) => {
  const safe = openSafety(constants, limit);
  addSafeLook(safe, pairOf([n, x, stableN, stableX], phi));
  return Math.exp(logSafe(safe));
};
const both = [
  ["errors", harm],
  ["promotion", safety],
] as const;

/** Probabilities of 0 to n failures of requests that fail with these probabilities. */
function failures(probabilities: readonly number[]): readonly number[] {
  let known: readonly number[] = [1];
  for (const p of probabilities) {
    known = Array.from({ length: known.length + 1 }, (_, x) => (known[x] ?? 0) * (1 - p) + (known[x - 1] ?? 0) * p);
  }
  return known;
}

const binomials = new Map<string, readonly number[]>();
function binomial(n: number, p: number): readonly number[] {
  const key = `${n} ${p}`;
  const known = binomials.get(key) ?? failures(Array.from({ length: n }, () => p));
  binomials.set(key, known);
  return known;
}

/** The mean of a table of values under independent counts in both arms. */
function mean(values: readonly (readonly number[])[], canary: readonly number[], stable: readonly number[]): number {
  let sum = 0;
  for (const [x, chance] of canary.entries()) {
    for (const [y, other] of stable.entries()) sum += chance * other * (values[x]?.[y] ?? Number.NaN);
  }
  return sum;
}

function table(value: Value, tolerance: Tolerance, n: number, stableN: number, step = 1, phi = 1) {
  return Array.from({ length: n / step + 1 }, (_, x) =>
    Array.from({ length: stableN / step + 1 }, (_, y) => value(tolerance, n, x * step, stableN, y * step, phi)),
  );
}

describe.each(both)("the mean of the evidence for %s", (_, value) => {
  test("is at most 1 with independent requests", () => {
    let largest = 0;
    let cells = 0;
    for (const tolerance of tolerances) {
      for (const [n, stableN] of sizes) {
        const values = table(value, tolerance, n, stableN);
        for (const rate of rates) {
          const bad = tolerance.ratio * rate + tolerance.difference;
          if (!(bad <= 1)) continue;
          largest = Math.max(largest, mean(values, binomial(n, bad), binomial(stableN, rate)));
          cells += 1;
        }
      }
    }
    expect(cells).toBeGreaterThan(700);
    expect(largest).toBeLessThanOrEqual(LIMIT);
    expect(largest.toFixed(6)).toBe("1.000000");
  });

  test("is at most 1 whatever the single probabilities", () => {
    const [n, stableN] = [6, 6];
    const ramps = [
      [0, 0, 0, 0, 0.3, 0.9],
      [0.1, 0.1, 0.2, 0.2, 0.3, 0.3],
      [0, 0.5, 0, 0.5, 0, 0.2],
      [0.05, 0.05, 0.05, 0.05, 0.05, 0.95],
    ];
    for (const tolerance of [
      { ratio: 1, difference: 0 },
      { ratio: 1.1, difference: 0.01 },
    ]) {
      const values = table(value, tolerance, n, stableN);
      for (const stable of ramps) {
        const bad = (tolerance.ratio * sum(stable)) / stableN + tolerance.difference;
        for (const canary of ramps) {
          // The canary's own shape, moved until its mean lies exactly at the tolerance.
          const shaped = moved(canary, bad);
          expect(sum(shaped) / n).toBeCloseTo(bad, 9);
          expect(mean(values, failures(shaped), failures(stable))).toBeLessThanOrEqual(LIMIT);
        }
      }
    }
  });

  test.each([2, 3, 4])("is at most 1 when up to phi = %i requests fail together", (phi) => {
    for (let cluster = 1; cluster <= phi; cluster += 1) {
      for (const tolerance of tolerances) {
        const values = table(value, tolerance, 12, 12, cluster, phi);
        for (const rate of rates) {
          const bad = tolerance.ratio * rate + tolerance.difference;
          if (!(bad <= 1) || 12 % cluster !== 0) continue;
          const found = mean(values, binomial(12 / cluster, bad), binomial(12 / cluster, rate));
          expect(found).toBeLessThanOrEqual(LIMIT);
        }
      }
    }
  });
});

test("clusters larger than phi do break it", () => {
  const tolerance = { ratio: 1, difference: 0 };
  const values = table(harm, tolerance, 12, 12, 4, 1);
  expect(mean(values, binomial(3, 0.1), binomial(3, 0.1))).toBeGreaterThan(1.5);
});

test("three boundaries of one histogram may depend on each other as they like", () => {
  // Requests fall into four buckets; a slow one exceeds several boundaries at once.
  const tolerance = { ratio: 1.1, difference: 0.01 };
  for (const stable of [
    [0.5, 0.2, 0.1],
    [0.8, 0.1, 0.05],
    [0.3, 0.3, 0.02],
  ] as const) {
    const beyond = (cells: readonly number[]) => [1, 2, 3].map((i) => 1 - sum(cells.slice(0, i)));
    const canaryBeyond = beyond(stable).map((rate) => tolerance.ratio * rate + tolerance.difference);
    const canary = [1, ...canaryBeyond].map((rate, i) => rate - (canaryBeyond[i] ?? 0));
    const stableCells = [...stable, 1 - sum(stable)];
    let found = 0;
    for (const [counts, chance] of multinomial(3, canary)) {
      for (const [others, other] of multinomial(4, stableCells)) {
        const values = [1, 2, 3].map((i) => harm(tolerance, 3, sum(counts.slice(i)), 4, sum(others.slice(i))));
        found += chance * other * (sum(values) / 3);
      }
    }
    expect(found).toBeLessThanOrEqual(LIMIT);
    expect(found).toBeGreaterThan(0.5);
  }
});

test("the split's evidence has a mean of at most 1 at every odds within tolerance", () => {
  for (const weight of [1, 5, 20, 50, 80]) {
    const odds = weight / (100 - weight);
    for (let total = 1; total <= 12; total += 1) {
      const values = Array.from({ length: total + 1 }, (_, n) => {
        const split = openSplit(constants, 1.1);
        addShares(split, n, total - n, weight);
        return Math.exp(logSplit(split));
      });
      for (let step = 0; step <= 10; step += 1) {
        const real = odds * 1.1 ** (step / 5 - 1);
        const chances = binomial(total, real / (1 + real));
        expect(sum(values.map((value, n) => value * (chances[n] ?? Number.NaN)))).toBeLessThanOrEqual(LIMIT);
      }
    }
  }
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Probabilities of the same order with another mean: all pulled towards 0 or 1. */
function moved(shape: readonly number[], to: number): readonly number[] {
  const now = sum(shape) / shape.length;
  return now >= to ? shape.map((p) => (p * to) / now) : shape.map((p) => 1 - ((1 - p) * (1 - to)) / (1 - now));
}

function multinomial(n: number, cells: readonly number[]): readonly (readonly [readonly number[], number])[] {
  let found = new Map<string, number>([[cells.map(() => 0).join(), 1]]);
  for (let i = 0; i < n; i += 1) {
    const next = new Map<string, number>();
    for (const [key, chance] of found) {
      for (const [cell, p] of cells.entries()) {
        const counts = key.split(",").map((count, j) => Number(count) + (j === cell ? 1 : 0));
        next.set(counts.join(), (next.get(counts.join()) ?? 0) + chance * p);
      }
    }
    found = next;
  }
  return [...found].map(([key, chance]) => [key.split(",").map(Number), chance]);
}
