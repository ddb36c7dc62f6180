import type { Millis } from "../base/units.ts";
import {
  type ArmName,
  type CounterReading,
  type CounterTrack,
  columnsOf,
  firstPoint,
  newCounter,
  nextPoint,
  pairsOf,
} from "../judge/counter-increments.ts";
import type { PodMinutes } from "../judge/dispersion.ts";
import type { CounterRow, PhaseCounters } from "../judge/intervals-from-counters.ts";
import type { ArmCounts } from "../judge/types.ts";

/** What was counted minute by minute, by process and scraped program. */
export type History = ReadonlyMap<string, readonly PodMinutes[]>;

const nothing: ArmCounts = { n: 0, x: 0 };

/** Minutes of every program that has requests of this version, over the same points for all. */
export function minutesOf(
  { counters, up }: PhaseCounters,
  arm: ArmName,
  processes: readonly string[],
  boundariesMs: readonly Millis[],
): History {
  const rows = counters.filter((row) => row.arm === arm);
  const followed = rows.map((row) => ({ row, counter: newCounter(row.arm, row.target) }));
  const byTarget = new Map<string, CounterTrack[]>();
  for (const { target, series } of seriesOf(followed)) byTarget.set(target, [...(byTarget.get(target) ?? []), series]);
  const minutes = new Map<string, Map<string, ArmCounts[]>>();
  const points = rows[0]?.values.length ?? 0;
  const upAt = (k: number) => up.filter(({ values }) => values[k] === 1).map(({ target }) => target);
  const show = (k: number) => {
    for (const { row, counter } of followed) counter.value = row.values[k] ?? undefined;
  };
  const columns = columnsOf(processes, boundariesMs);
  const counted = followed.map(({ counter }) => counter);
  show(0);
  let known = firstPoint(counted, upAt(0));
  for (let k = 1; k < points; k += 1) {
    show(k);
    [known] = nextPoint(counted, upAt(k), known);
    for (const [target, series] of byTarget) {
      for (const [process, pair] of pairsOf(series, columns)) {
        const pods = minutes.get(process) ?? new Map<string, ArmCounts[]>();
        minutes.set(process, pods);
        const pod = pods.get(target) ?? Array.from({ length: points - 1 }, () => nothing);
        pods.set(target, pod);
        pod[k - 1] = pair[arm];
      }
    }
  }
  return new Map([...minutes].map(([process, pods]) => [process, [...pods.values()].filter(hasRequests)]));
}

const hasRequests = (minutes: PodMinutes): boolean => minutes.some(({ n }) => n > 0);

/** All programs as one: a caller's proxy spreads what one pod does over all callers, so they must not be held against one another. */
export function asOne(history: History): History {
  return new Map(
    [...history].map(([process, pods]) => {
      const length = Math.max(0, ...pods.map((pod) => pod.length));
      const sum = (k: number) =>
        pods.reduce((total, pod) => ({ n: total.n + (pod[k]?.n ?? 0), x: total.x + (pod[k]?.x ?? 0) }), nothing);
      return [process, length === 0 ? [] : [Array.from({ length }, (_, k) => sum(k))]];
    }),
  );
}

export function totalOf(pods: readonly PodMinutes[] | undefined): ArmCounts {
  return (pods ?? []).flat().reduce((total, { n, x }) => ({ n: total.n + n, x: total.x + x }), nothing);
}

/** The bucket edges of a version. */
export function edgesOf({ counters }: PhaseCounters, arm: ArmName): ReadonlySet<Millis> {
  return new Set(counters.flatMap((row) => (row.kind === "bucket" && row.arm === arm ? [row.edgeMs] : [])));
}

function seriesOf(
  followed: readonly { row: CounterRow; counter: CounterReading }[],
): readonly { target: string; series: CounterTrack }[] {
  const found: { target: string; series: CounterTrack }[] = [];
  const histograms = new Map<string, Map<Millis, CounterReading>>();
  for (const { row, counter } of followed) {
    const { target } = row;
    if (row.kind === "count") {
      found.push({ target, series: { kind: "count", process: row.process, adds: row.adds, counter } });
      continue;
    }
    const key = JSON.stringify([target, row.histogram]);
    const edges = histograms.get(key) ?? new Map<Millis, CounterReading>();
    if (edges.size === 0) found.push({ target, series: { kind: "histogram", arm: row.arm, edges } });
    histograms.set(key, edges.set(row.edgeMs, counter));
  }
  return found;
}
