import { describe, expect, test } from "vitest";
import { stream } from "../../../src/simulator/engine/seeded-random.ts";

const many = 100_000;

describe("streams", () => {
  test("equal seed and name, equal draws; another name or seed, others", () => {
    const draws = (seed: number, name: string) => Array.from({ length: 8 }, stream(seed, name).word);
    expect(draws(7, "faults")).toEqual(draws(7, "faults"));
    expect(draws(7, "faults")).not.toEqual(draws(7, "actors"));
    expect(draws(7, "faults")).not.toEqual(draws(8, "faults"));
  });

  test("a place can be visited in any order", () => {
    const one = stream(1, "traffic");
    const first = [3, 1, 2].map((place) => {
      one.seek(place);
      return one.word();
    });
    const other = stream(1, "traffic");
    const second = [1, 2, 3].map((place) => {
      other.seek(place);
      return other.word();
    });
    expect(first).toEqual([second[2], second[0], second[1]]);
    expect(new Set(second).size).toBe(3);
  });

  test("every bit is set half of the time", () => {
    const one = stream(42, "bits");
    const set = new Array<number>(32).fill(0);
    for (let i = 0; i < many; i += 1) {
      const word = one.word();
      for (let bit = 0; bit < 32; bit += 1) set[bit] = (set[bit] ?? 0) + ((word >>> bit) & 1);
    }
    // Six standard errors of a fair coin.
    for (const count of set) expect(Math.abs(count / many - 0.5)).toBeLessThan(6 * Math.sqrt(0.25 / many));
  });

  test("a unit is never 0 and never 1, and below(n) stays below", () => {
    const one = stream(5, "unit");
    for (let i = 0; i < 10_000; i += 1) {
      const unit = one.unit();
      expect(unit > 0 && unit < 1).toBe(true);
      expect(one.below(7)).toBeLessThan(7);
    }
  });
});

/** Pearson's statistic over the cells where at least 20 are expected, and how many cells those are. */
function chiSquare(
  draw: () => number,
  probability: (k: number) => number,
  most: number,
): [statistic: number, cells: number] {
  const found = new Array<number>(most + 1).fill(0);
  for (let i = 0; i < many; i += 1) {
    const k = Math.min(draw(), most);
    found[k] = (found[k] ?? 0) + 1;
  }
  let statistic = 0;
  let cells = 0;
  for (let k = 0; k <= most; k += 1) {
    const expected = many * probability(k);
    if (expected < 20) continue;
    statistic += ((found[k] ?? 0) - expected) ** 2 / expected;
    cells += 1;
  }
  return [statistic, cells];
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k += 1) sum += Math.log(k);
  return sum;
}

/** Beyond this a chi-square with so many cells comes up once in a million. */
const limit = (cells: number) => cells + 5 * Math.sqrt(2 * cells) + 15;

describe("exact draws", () => {
  test.each([0.2, 3, 9.9, 12, 80])("poisson with mean %f", (mean) => {
    const one = stream(11, "poisson");
    const [statistic, cells] = chiSquare(
      () => one.poisson(mean),
      (k) => Math.exp(k * Math.log(mean) - mean - logFactorial(k)),
      200,
    );
    expect(statistic).toBeLessThan(limit(cells));
  });

  test.each([
    [12, 0.3],
    [40, 0.4],
    [40, 0.9],
    [500, 0.01],
    [300, 0.5],
  ])("binomial of %i at %f", (n, p) => {
    const one = stream(13, "binomial");
    const [statistic, cells] = chiSquare(
      () => one.binomial(n, p),
      (k) =>
        k > n
          ? 0
          : Math.exp(
              logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log(1 - p),
            ),
      n,
    );
    expect(statistic).toBeLessThan(limit(cells));
  });

  test("what cannot happen does not, what must does", () => {
    const one = stream(1, "edges");
    expect([
      one.poisson(0),
      one.poisson(-1),
      one.poisson(Number.NaN),
      one.binomial(0, 0.5),
      one.binomial(9, 0),
    ]).toEqual([0, 0, 0, 0, 0]);
    expect(one.binomial(9, 1)).toBe(9);
  });

  test("a large mean has its mean and its spread", () => {
    const one = stream(2, "large");
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < many; i += 1) {
      const off = one.poisson(40_000) - 40_000;
      sum += off;
      squares += off * off;
    }
    expect(Math.abs(sum / many)).toBeLessThan(6 * Math.sqrt(40_000 / many));
    expect(squares / many / 40_000).toBeCloseTo(1, 1);
  });
});
