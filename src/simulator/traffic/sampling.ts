import { stream } from "../engine/seeded-random.ts";
import type { Distribution } from "./latency-distribution.ts";

/** How whole requests come out of rates. `what` names a quantity, so that without noise its fractions can be carried on. */
export type Chance = {
  /** Called before each second; what follows depends on the seed and this second alone. */
  begin(second: number): void;
  /** How many events happen where so many are expected. */
  events(what: string, expected: number): number;
  /** How many of `count` each of `parts` equal parts gets. */
  parts(what: string, count: number, parts: number): readonly number[];
  /** How many of `count` requests end in each bucket; `before` is how many the same line had before. */
  buckets(count: number, distribution: Distribution, before: number): readonly number[];
};

/** Requests arrive by themselves (Poisson), whatever happened to others. */
export function noisy(seed: number): Chance {
  const draws = stream(seed, "traffic");
  return {
    begin: (second) => draws.seek(second),
    events: (_what, expected) => draws.poisson(expected),
    parts: (_what, count, parts) => {
      const found: number[] = [];
      let left = count;
      for (let i = parts; i > 1; i -= 1) {
        const part = draws.binomial(left, 1 / i);
        found.push(part);
        left -= part;
      }
      found.push(left);
      return found;
    },
    buckets: (count, { upTo }) => {
      const found = upTo.map(() => 0);
      if (count < 24) {
        for (let i = 0; i < count; i += 1) {
          const u = draws.unit();
          let index = 0;
          while (u > (upTo[index] ?? 1)) index += 1;
          found[index] = (found[index] ?? 0) + 1;
        }
        return found;
      }
      let left = count;
      let below = 0;
      for (const [index, share] of upTo.entries()) {
        if (left === 0) break;
        const inside = draws.binomial(left, (share - below) / (1 - below));
        found[index] = inside;
        left -= inside;
        below = share;
      }
      return found;
    },
  };
}

/** Every rate comes out exactly: fractions of requests are kept until they make a whole one. */
export function exact(): Chance {
  const fractions = new Map<string, number>();
  const totals = new Map<string, number>();
  return {
    begin: () => {},
    events: (what, expected) => {
      const due = (fractions.get(what) ?? 0) + expected;
      // Thirds of a request must add up to a whole one in spite of binary fractions.
      const whole = Math.floor(due + 1e-9);
      fractions.set(what, due - whole);
      return whole;
    },
    parts: (what, count, parts) => {
      const before = totals.get(what) ?? 0;
      totals.set(what, before + count);
      return differences(parts, (index) => [(before * index) / parts, ((before + count) * index) / parts]);
    },
    buckets: (count, { upTo }, before) =>
      differences(upTo.length, (index) => {
        const share = upTo[index - 1] ?? 0;
        return [before * share, (before + count) * share];
      }),
  };
}

/** Rounds cumulated amounts instead of single ones, so that rounding never adds up. */
function differences(parts: number, cumulated: (index: number) => readonly [before: number, after: number]): number[] {
  const found: number[] = [];
  let last = 0;
  for (let index = 1; index <= parts; index += 1) {
    const [before, after] = cumulated(index);
    const sum = Math.round(after) - Math.round(before);
    found.push(sum - last);
    last = sum;
  }
  return found;
}
