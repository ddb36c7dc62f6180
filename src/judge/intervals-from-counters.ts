import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import {
  type ArmName,
  type CounterReading,
  type CounterTrack,
  columnsOf,
  firstPoint,
  isStableSeen,
  knownOf,
  newCounter,
  nextPoint,
  pairsOf,
} from "./counter-increments.ts";
import type { JudgePlan } from "./judge-plan.ts";
import { gridsOf, type PhaseGrid } from "./phase-grid.ts";
import type { Interval, JudgeRecord } from "./types.ts";

type Row = {
  readonly arm: ArmName;
  readonly target: string;
  /** One for each point of the phase's grid, null where the source had none. */
  readonly values: readonly (number | null)[];
};

/** One counter over one phase. A histogram is all buckets that share their labels but `le`; edges in milliseconds. */
export type CounterRow = Row &
  (
    | { readonly kind: "count"; readonly process: string; readonly adds: "total" | "bad" | "both" }
    | { readonly kind: "bucket"; readonly histogram: string; readonly edgeMs: Millis }
  );

/** What was read of one phase. `up`: 1 where the scrape of a target succeeded. */
export type PhaseCounters = {
  readonly counters: readonly CounterRow[];
  readonly up: readonly { readonly target: string; readonly values: readonly (number | null)[] }[];
};

export type Looks =
  | { readonly kind: "looks"; readonly looks: readonly Interval[] }
  /** The answer is not made of counters: all of it is thrown away. */
  | { readonly kind: "error"; readonly reason: Reason };

/** All complete looks, from raw counters on the grids of `gridsOf`. One entry of `phases` a phase entered. */
export function looksOf(plan: JudgePlan, record: JudgeRecord, phases: readonly PhaseCounters[], now: Millis): Looks {
  for (const { counters } of phases) {
    const impossible = noCounter(counters);
    if (impossible !== undefined) return { kind: "error", reason: impossible };
  }
  const looks = gridsOf(plan, record, now).flatMap((grid, i) => {
    const { counters, up } = phases[i] ?? { counters: [], up: [] };
    const followed = counters.map((row) => ({ row, counter: newCounter(row.arm, row.target) }));
    return looksBetween(plan, record.frozen.boundariesMs, grid, { followed, series: seriesOf(followed), up, first: 0 });
  });
  return { kind: "looks", looks };
}

/** Why these rows are not made of counters, if they are not. */
export function noCounter(rows: readonly CounterRow[]): Reason | undefined {
  for (const { arm, target, values } of rows) {
    const wrong = values.find((value) => value !== null && !isCount(value));
    if (wrong !== undefined) return reason("counter-impossible", { version: arm, target, value: String(wrong) });
  }
  return undefined;
}

/** A counter of a phase with what it shows on the points that are looked at. */
export type SeriesCourse = { readonly row: CounterRow; readonly counter: CounterReading };

/** Points of a phase's grid that follow one another. */
type IntervalSeries = {
  readonly followed: readonly SeriesCourse[];
  /** The same counters, as `seriesOf` puts them together. */
  readonly series: readonly CounterTrack[];
  readonly up: PhaseCounters["up"];
  /** Which point of the grid the first one is: 0 where the phase begins, else the one up to which the counters were followed. */
  readonly first: number;
};

/** The looks between the first of these points and the end of the grid. */
export function looksBetween(
  plan: JudgePlan,
  boundariesMs: readonly Millis[],
  grid: PhaseGrid,
  { followed, series, up, first }: IntervalSeries,
): readonly Interval[] {
  const counters = followed.map(({ counter }) => counter);
  const columns = columnsOf(processesOf(plan), boundariesMs);
  const upAt = (k: number) => up.filter(({ values }) => values[k] === 1).map(({ target }) => target);
  const show = (k: number) => {
    for (const { row, counter } of followed) counter.value = row.values[k] ?? undefined;
  };
  show(0);
  let known = first === 0 ? firstPoint(counters, upAt(0)) : knownOf(counters, upAt(0));
  return Array.from({ length: Math.max(0, grid.points - 1 - first) }, (_, i) => {
    show(i + 1);
    const [now, resets] = nextPoint(counters, upAt(i + 1), known);
    known = now;
    const pairs = pairsOf(series, columns);
    const to = grid.from + (first + i + 1) * plan.lookMs;
    return lookAt(plan, grid, to, { pairs, resets, seen: isStableSeen(counters) });
  });
}

/** The look of a phase's grid that ends at this point. */
export function lookAt(
  { lookMs }: JudgePlan,
  grid: Pick<PhaseGrid, "phase" | "weight" | "watchFrom" | "evidenceFrom">,
  to: Millis,
  counted: Pick<Interval, "pairs" | "seen" | "resets">,
): Interval {
  const from = to - lookMs;
  const { phase, weight, watchFrom, evidenceFrom } = grid;
  const index = (to - evidenceFrom) / lookMs;
  return { phase, index, from, to, weight, settling: from < watchFrom, ...counted };
}

/** The processes that counters count, beside those of the boundaries. */
export function processesOf(plan: JudgePlan): readonly string[] {
  return ["errors", ...plan.metrics.map((metric) => metric.name)];
}

/** The buckets of a histogram belong together, every other counter stands by itself. */
export function seriesOf(followed: readonly SeriesCourse[]): readonly CounterTrack[] {
  const counts: CounterTrack[] = [];
  const histograms = new Map<string, { arm: ArmName; edges: Map<Millis, CounterReading> }>();
  for (const { row, counter } of followed) {
    if (row.kind === "count") {
      counts.push({ kind: "count", process: row.process, adds: row.adds, counter });
      continue;
    }
    const key = JSON.stringify([row.arm, row.target, row.histogram]);
    const histogram = histograms.get(key) ?? { arm: row.arm, edges: new Map() };
    histogram.edges.set(row.edgeMs, counter);
    histograms.set(key, histogram);
  }
  return [...counts, ...[...histograms.values()].map((one) => ({ kind: "histogram" as const, ...one }))];
}

/** Counters show whole numbers that are not negative. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}
