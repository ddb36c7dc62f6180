import type { Millis } from "../base/units.ts";
import { latencyName } from "./judge-plan.ts";
import type { ArmPair } from "./types.ts";

export type ArmName = "canary" | "stable";

/** One raw counter of one scraped program. `value` is what it shows at the present point of the grid, if anything. */
export type CounterReading = {
  readonly arm: ArmName;
  readonly target: string;
  value: number | undefined;
  last: number | undefined;
  increment: number;
};

/** What counters count: requests of a process, its bad ones, or both at once; or the buckets of one histogram by upper edge. */
export type CounterTrack =
  | {
      readonly kind: "count";
      readonly process: string;
      readonly adds: "total" | "bad" | "both";
      readonly counter: CounterReading;
    }
  | { readonly kind: "histogram"; readonly arm: ArmName; readonly edges: ReadonlyMap<Millis, CounterReading> };

/** The targets known at a point: some counter of theirs has a value there, of either arm, or they are up. */
export type ScrapeKnowledge = ReadonlySet<string>;

export function newCounter(arm: ArmName, target: string): CounterReading {
  return { arm, target, value: undefined, last: undefined, increment: 0 };
}

/** The first point of a phase: everything later is counted against it. */
export function firstPoint(counters: Iterable<CounterReading>, up: Iterable<string>): ScrapeKnowledge {
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
export function nextPoint(
  counters: Iterable<CounterReading>,
  up: Iterable<string>,
  known: ScrapeKnowledge,
): [ScrapeKnowledge, readonly string[]] {
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
export function knownOf(counters: Iterable<CounterReading>, up: Iterable<string>): ScrapeKnowledge {
  const known = new Set(up);
  for (const counter of counters) if (counter.value !== undefined) known.add(counter.target);
  return known;
}

/** Whether the stable version shows any value at this point. */
export function isStableSeen(counters: Iterable<CounterReading>): boolean {
  for (const counter of counters) if (counter.arm === "stable" && counter.value !== undefined) return true;
  return false;
}

/** What counters are added up to: processes, and boundaries of the latency. Made once for many points. */
export type Columns = {
  readonly processes: readonly string[];
  readonly edges: readonly { readonly process: string; readonly edge: Millis }[];
  /** The buckets of a histogram at these edges, found once: looking up numbers in maps takes longer than adding up. */
  readonly aligned: WeakMap<Histogram, Aligned>;
};
type Histogram = Extract<CounterTrack, { kind: "histogram" }>;
type Aligned = {
  readonly size: number;
  readonly all: CounterReading | undefined;
  readonly at: readonly (CounterReading | undefined)[];
};

export function columnsOf(processes: readonly string[], boundariesMs: readonly Millis[]): Columns {
  const edges = boundariesMs.map((edge) => ({ process: latencyName(edge), edge }));
  return { processes, edges, aligned: new WeakMap() };
}

/** What this point adds to each process. Every process and boundary has its entry, if only of zeros. */
export function pairsOf(series: Iterable<CounterTrack>, columns: Columns): ReadonlyMap<string, ArmPair> {
  const pairs = new Map<string, Sums>();
  for (const process of columns.processes) pairs.set(process, zeros());
  const buckets = columns.edges.map(zeros);
  for (const one of series) {
    if (one.kind === "count") {
      const { increment, arm } = one.counter;
      const sums = pairs.get(one.process)?.[arm];
      if (sums !== undefined && one.adds !== "bad") sums.n += increment;
      if (sums !== undefined && one.adds !== "total") sums.x += increment;
    } else {
      addBuckets(buckets, one.arm, alignedTo(columns, one));
    }
  }
  for (const [i, { process }] of columns.edges.entries()) pairs.set(process, buckets[i] ?? zeros());
  for (const sums of pairs.values()) clip(sums);
  return pairs;
}

function alignedTo({ aligned, edges }: Columns, histogram: Histogram): Aligned {
  const known = aligned.get(histogram);
  if (known?.size === histogram.edges.size) return known;
  const all = histogram.edges.get(Number.POSITIVE_INFINITY);
  const found = { size: histogram.edges.size, all, at: edges.map(({ edge }) => histogram.edges.get(edge)) };
  aligned.set(histogram, found);
  return found;
}

function addBuckets(buckets: readonly Sums[], arm: ArmName, { all, at }: Aligned): void {
  const requests = all?.increment ?? 0;
  for (let i = 0; i < at.length; i += 1) {
    const bucket = at[i];
    const sums = buckets[i]?.[arm];
    // A histogram without this edge says nothing here: counting its requests would make all of them slow.
    if (bucket?.last === undefined || sums === undefined) continue;
    sums.n += requests;
    sums.x += Math.max(0, requests - bucket.increment);
  }
}

type Sums = Record<ArmName, { n: number; x: number }>;

function zeros(): Sums {
  return { canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 } };
}

/** All requests and the bad ones may be read an instant apart: more bad ones than requests there cannot be. */
function clip({ canary, stable }: Sums): void {
  canary.x = Math.min(canary.x, canary.n);
  stable.x = Math.min(stable.x, stable.n);
}
