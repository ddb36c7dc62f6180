import { describe, expect, test } from "vitest";
import { account, openAccount } from "../../src/judge/comparison-account.ts";
import type { Start } from "../../src/judge/e-process.ts";
import { groupsOf } from "../../src/judge/judge-plan.ts";
import { frozen, looksOfPhase, plan, type Row } from "./support.ts";

type Size = readonly [canary: number, stable: number];
type Path = { readonly counts: readonly (readonly [number, number])[]; readonly values: readonly number[] };

const errors = groupsOf({ ...plan, errors: { ...plan.errors, tolerance: { ratio: 1, difference: 0 } } }, [])[0]
  ?.processes[0];

/** Every possible course of looks of these sizes, with M after each look. */
function paths(sizes: readonly Size[], starts: readonly Start[]): readonly Path[] {
  const courses = sizes.reduce<readonly (readonly Row[])[]>(
    (known, [n, stableN]) =>
      known.flatMap((course) =>
        range(n).flatMap((x) => range(stableN).map((y): readonly Row[] => [...course, [n, x, stableN, y]])),
      ),
    [[]],
  );
  return courses.map((course) => {
    if (errors === undefined) throw new Error("errors are always compared");
    const one = openAccount(
      plan,
      frozen,
      errors,
      1,
      starts.map((start) => ({ ...start })),
    );
    const values = looksOfPhase(1, 5, 0, course).map((look) => {
      const pair = look.pairs.get("errors");
      if (pair !== undefined) account(one, look, pair, plan.constants);
      return Math.exp(one.logE);
    });
    return { counts: course.map(([, x, , y]) => [x, y] as const), values };
  });
}

/** E[M at the stop] and P(stop), when one stops at the first M that reaches the level. */
function stopped(all: readonly Path[], sizes: readonly Size[], drift: readonly number[], level: number) {
  let mean = 0;
  let chance = 0;
  for (const { counts, values } of all) {
    let probability = 1;
    for (const [i, [x, y]] of counts.entries()) {
      const [n, stableN] = sizes[i] ?? [0, 0];
      const p = drift[i] ?? 0;
      probability *= binomial(n, x, p) * binomial(stableN, y, p);
    }
    const at = values.findIndex((value) => value >= level);
    mean += probability * (at < 0 ? (values.at(-1) ?? 1) : (values[at] ?? 1));
    if (at >= 0) chance += probability;
  }
  return { mean, chance };
}

function binomial(n: number, x: number, p: number): number {
  let ways = 1;
  for (let i = 0; i < x; i += 1) ways = (ways * (n - i)) / (i + 1);
  return ways * p ** x * (1 - p) ** (n - x);
}

function range(n: number): readonly number[] {
  return Array.from({ length: n + 1 }, (_, i) => i);
}

const drifts = [
  [0.1, 0.1, 0.1],
  [0.05, 0.5, 0.9],
  [0.9, 0.3, 0.02],
  [0.3, 0.01, 0.6],
];
const whole: readonly Start[] = [{ at: 0, share: 1 }];
const restarts: readonly Start[] = [
  { at: 0, share: 0.5 },
  { at: 15_000, share: 0.25 },
  { at: 30_000, share: 0.25 },
];
const full: readonly Size[] = [
  [1, 5],
  [2, 4],
  [5, 3],
];
const merging: readonly Size[] = [
  [0, 5],
  [3, 0],
  [4, 4],
];

// Looks that are merged count as one: what they promise, they promise where the rate is steady from the first to the last of them.
const steady = drifts.map(([p = 0, , q = 0]) => [p, p, q]);

describe.each([
  ["with one start", full, whole, drifts],
  ["with restarts", full, restarts, drifts],
  ["with merged looks", merging, whole, steady],
  ["with restarts and merged looks", merging, restarts, steady],
] as const)("stopping at the first crossing, %s", (_, sizes, starts, rates) => {
  const all = paths(sizes, starts);
  test.each([0.5, 0.2])("errs with probability of at most %f", (alpha) => {
    for (const drift of rates) {
      const { mean, chance } = stopped(all, sizes, drift, 1 / alpha);
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      expect(chance).toBeLessThanOrEqual(alpha + 1e-9);
    }
  });
  test("is no empty promise: it does stop now and then", () => {
    const chances = rates.map((drift) => stopped(all, sizes, drift, 2).chance);
    expect(Math.max(...chances)).toBeGreaterThan(0.005);
  });
});

test("looking at a p-value each time does not keep its word", () => {
  // The largest difference that a fixed-size test of this level calls significant, asked after each of twenty looks.
  const looks = 20;
  const level = 2.326;
  let crossed = 0;
  let sums = new Map<string, number>([["0 0", 1]]);
  for (let k = 1; k <= looks; k += 1) {
    const next = new Map<string, number>();
    for (const [key, chance] of sums) {
      const [x = 0, y = 0] = key.split(" ").map(Number);
      for (const dx of [0, 1]) {
        for (const dy of [0, 1]) {
          const [nx, ny] = [x + dx, y + dy];
          const pooled = (nx + ny) / (2 * k);
          const z = (nx - ny) / k / Math.sqrt((pooled * (1 - pooled) * 2) / k);
          const part = chance * 0.25;
          if (z >= level) crossed += part;
          else next.set(`${nx} ${ny}`, (next.get(`${nx} ${ny}`) ?? 0) + part);
        }
      }
    }
    sums = next;
  }
  expect(crossed).toBeGreaterThan(0.03);
});
