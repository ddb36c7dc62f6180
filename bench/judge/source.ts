import type { Millis } from "../../src/base/units.ts";
import {
  type CounterReading,
  type CounterTrack,
  columnsOf,
  firstPoint,
  isStableSeen,
  newCounter,
  nextPoint,
  pairsOf,
  type ScrapeKnowledge,
} from "../../src/judge/counter-increments.ts";
import { lookAt, processesOf } from "../../src/judge/intervals-from-counters.ts";
import type { JudgePlan } from "../../src/judge/judge-plan.ts";
import { watchFromOf } from "../../src/judge/phase-grid.ts";
import type { Interval } from "../../src/judge/types.ts";
import { bucketEdges, type Shown, type Snapshot } from "./world.ts";

export type Entered = { readonly weight: number; readonly enteredAt: Millis };

/** An in-memory metric source: it keeps counters, each followed by itself, and tells the looks of all phases so far. */
export type Source = {
  readonly phases: readonly Entered[];
  /** The look that ends now, if one does; a new weight then enters the next phase. Equal questions get equal answers. */
  at(snapshot: Snapshot, atMs: Millis, weight: number): Interval | undefined;
};

type Counters = {
  readonly shown: Shown;
  readonly good: CounterReading;
  readonly bad: CounterReading;
  readonly others: CounterReading[];
};
type Held = { readonly of: Map<Shown, Counters>; readonly counters: CounterReading[]; readonly series: CounterTrack[] };

export function openSource(plan: JudgePlan, boundariesMs: readonly Millis[]): Source {
  const held: Held = { of: new Map(), counters: [], series: [] };
  const phases: Entered[] = [];
  const columns = columnsOf(processesOf(plan), boundariesMs);
  let known: ScrapeKnowledge = new Set();
  let newest: { readonly atMs: Millis; readonly look: Interval | undefined } | undefined;
  const lookOf = (snapshot: Snapshot, atMs: Millis): Interval | undefined => {
    const last = phases.at(-1);
    if (last === undefined) return undefined;
    const { weight, enteredAt } = last;
    const [now, resets] = nextPoint(held.counters, snapshot.up, known);
    known = now;
    const pairs = pairsOf(held.series, columns);
    const grid = { phase: phases.length, weight, evidenceFrom: enteredAt, watchFrom: watchFromOf(plan, enteredAt) };
    return lookAt(plan, grid, atMs, { pairs, resets, seen: isStableSeen(held.counters) });
  };
  return {
    phases,
    at(snapshot, atMs, weight) {
      if (newest?.atMs === atMs) return newest.look;
      present(held, snapshot);
      const look = lookOf(snapshot, atMs);
      if (phases.at(-1)?.weight !== weight) {
        phases.push({ weight, enteredAt: atMs });
        known = firstPoint(held.counters, snapshot.up);
      }
      newest = { atMs, look };
      return look;
    },
  };
}

/** Shows each counter what the snapshot holds, and takes on new ones. */
function present(held: Held, { shown }: Snapshot): void {
  for (const one of shown) {
    const { good, bad, others } = held.of.get(one) ?? takenOn(held, one);
    good.value = one.good;
    bad.value = one.bad;
    for (const [i, counter] of others.entries()) {
      counter.value = i < one.buckets.length ? one.buckets[i] : one.metrics[i - one.buckets.length];
    }
  }
}

function takenOn(held: Held, shown: Shown): Counters {
  const { arm, target } = shown;
  const fresh = () => {
    const counter = newCounter(arm, target);
    held.counters.push(counter);
    return counter;
  };
  const good = fresh();
  const bad = fresh();
  held.series.push({ kind: "count", process: "errors", adds: "total", counter: good });
  held.series.push({ kind: "count", process: "errors", adds: "both", counter: bad });
  const buckets = shown.buckets.map((_, i) => [bucketEdges[i] ?? Number.POSITIVE_INFINITY, fresh()] as const);
  if (buckets.length > 0) held.series.push({ kind: "histogram", arm, edges: new Map(buckets) });
  const metrics = shown.metrics.map((_, i) => {
    const process = `metric-${i}`;
    const counter = fresh();
    held.series.push({ kind: "count", process, adds: "total", counter: good });
    held.series.push({ kind: "count", process, adds: "total", counter: bad });
    held.series.push({ kind: "count", process, adds: "bad", counter });
    return counter;
  });
  const counters = { shown, good, bad, others: [...buckets.map(([, counter]) => counter), ...metrics] };
  held.of.set(shown, counters);
  return counters;
}
