import { latencyName } from "./plan.ts";
import type { Millis, Pair } from "./types.ts";

export type ArmName = "canary" | "stable";

/** One raw counter of one scraped program. `value` is what it shows at the present point of the grid, if anything. */
export type Counter = {
  readonly arm: ArmName;
  readonly target: string;
  value: number | undefined;
  last: number | undefined;
  increment: number;
};

/** What counters count: requests of a process, its bad ones, or both at once; or the buckets of one histogram by upper edge. */
export type Series =
  | {
      readonly kind: "count";
      readonly process: string;
      readonly adds: "total" | "bad" | "both";
      readonly counter: Counter;
    }
  | { readonly kind: "histogram"; readonly arm: ArmName; readonly edges: ReadonlyMap<Millis, Counter> };

/** The targets known at a point: some counter of theirs has a value there, of either arm, or they are up. */
export type Known = ReadonlySet<string>;

export function newCounter(arm: ArmName, target: string): Counter {
  return { arm, target, value: undefined, last: undefined, increment: 0 };
}

/** The first point of a phase: everything later is counted against it. */
export function firstPoint(counters: Iterable<Counter>, up: Iterable<string>): Known {
  for (const counter of counters) {
    counter.increment = 0;
    counter.last = counter.value;
  }
  return knownOf(counters, up);
}

/**
 * Any later point; `known` belongs to the one before. Each counter is followed by itself, before any summing.
 * Returns the targets known now and those whose counters began anew.
 */
export function nextPoint(counters: Iterable<Counter>, up: Iterable<string>, known: Known): [Known, readonly string[]] {
  const resets = new Set<string>();
  for (const counter of counters) {
    const { value, last, target } = counter;
    counter.increment = 0;
    if (value === undefined) continue;
    counter.last = value;
    if (last === undefined) {
      // A counter of a running program is born with its first event; the totals of a program never scraped before are its past.
      if (known.has(target)) counter.increment = value;
    } else if (value >= last) {
      counter.increment = value - last;
    } else {
      counter.increment = value;
      resets.add(target);
    }
  }
  return [knownOf(counters, up), [...resets].toSorted()];
}

/** The targets known at the point that the counters show. */
export function knownOf(counters: Iterable<Counter>, up: Iterable<string>): Known {
  const known = new Set(up);
  for (const counter of counters) if (counter.value !== undefined) known.add(counter.target);
  return known;
}

/** Whether the stable version shows any value at this point. */
export function isStableSeen(counters: Iterable<Counter>): boolean {
  for (const counter of counters) if (counter.arm === "stable" && counter.value !== undefined) return true;
  return false;
}

/** What this point adds to each process. Every process and boundary has its entry, if only of zeros. */
export function pairsOf(
  series: Iterable<Series>,
  processes: readonly string[],
  boundariesMs: readonly Millis[],
): ReadonlyMap<string, Pair> {
  const counts = processes.map((process) => ({ process, sums: zeros() }));
  const buckets = boundariesMs.map((edge) => ({ edge, process: latencyName(edge), sums: zeros() }));
  for (const one of series) {
    if (one.kind === "count") {
      const { increment, arm } = one.counter;
      for (const { process, sums } of counts) {
        if (process !== one.process) continue;
        if (one.adds !== "bad") sums[arm].n += increment;
        if (one.adds !== "total") sums[arm].x += increment;
      }
    } else {
      const all = one.edges.get(Number.POSITIVE_INFINITY)?.increment ?? 0;
      for (const { edge, sums } of buckets) {
        const bucket = one.edges.get(edge);
        // A histogram without this edge says nothing here: counting its requests would make all of them slow.
        if (bucket?.last === undefined) continue;
        sums[one.arm].n += all;
        sums[one.arm].x += Math.max(0, all - bucket.increment);
      }
    }
  }
  return new Map([...counts, ...buckets].map(({ process, sums }) => [process, clipped(sums)]));
}

type Sums = Record<ArmName, { n: number; x: number }>;

function zeros(): Sums {
  return { canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 } };
}

/** All requests and the bad ones may be read an instant apart: more bad ones than requests there cannot be. */
function clipped({ canary, stable }: Sums): Pair {
  canary.x = Math.min(canary.x, canary.n);
  stable.x = Math.min(stable.x, stable.n);
  return { canary, stable };
}
