import type { Millis } from "../../../src/base/units.ts";
import type { Shown, Snapshot } from "../world.ts";

export type Sums = { n: number; x: number };
export type Counted = {
  readonly canary: Sums;
  readonly stable: Sums;
  /** Of the canary, cumulative by edge. */
  readonly buckets: readonly number[];
};

/** Increments since the previous point, as the peers' queries would give them at their best: resets known, births counted. */
export type Tally = { at(snapshot: Snapshot, atMs: Millis): Counted };

type Last = { good: number; bad: number; buckets: number[]; known: boolean };

export function openTally(): Tally {
  const lasts = new Map<Shown, Last>();
  let newest: { atMs: Millis; counted: Counted } | undefined;
  return {
    at(snapshot, atMs) {
      if (newest?.atMs === atMs) return newest.counted;
      const counted = { canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 }, buckets: [] as number[] };
      for (const shown of snapshot.shown) add(counted, shown, lasts, newest === undefined);
      newest = { atMs, counted };
      return counted;
    },
  };
}

function add(counted: Counted & { buckets: number[] }, shown: Shown, lasts: Map<Shown, Last>, isFirst: boolean): void {
  const { good, bad, arm } = shown;
  if (good === undefined && bad === undefined && !isFirst) return;
  const last = lasts.get(shown) ?? { good: 0, bad: 0, buckets: [], known: false };
  if (last.known) {
    const well = since(good, last.good);
    const ill = since(bad, last.bad);
    counted[arm].n += well + ill;
    counted[arm].x += ill;
    if (arm === "canary") {
      for (const [i, value] of shown.buckets.entries()) {
        counted.buckets[i] = (counted.buckets[i] ?? 0) + since(value, last.buckets[i] ?? 0);
      }
    }
  }
  lasts.set(shown, { good: good ?? last.good, bad: bad ?? last.bad, buckets: shown.buckets.map(Number), known: true });
}

function since(value: number | undefined, last: number): number {
  if (value === undefined) return 0;
  return value >= last ? value - last : value;
}

/** Sums of the last minute, given once a minute; undefined in between. */
export function everyMinute(): (counted: Counted, atMs: Millis) => Counted | undefined {
  let sums = empty();
  return (counted, atMs) => {
    for (const arm of ["canary", "stable"] as const) {
      sums[arm].n += counted[arm].n;
      sums[arm].x += counted[arm].x;
    }
    for (const [i, value] of counted.buckets.entries()) sums.buckets[i] = (sums.buckets[i] ?? 0) + value;
    if (atMs === 0 || atMs % 60_000 !== 0) return undefined;
    const minute = sums;
    sums = empty();
    return minute;
  };
}

function empty(): Counted & { buckets: number[] } {
  return { canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 }, buckets: [] };
}
