import {
  type ArmName,
  type Counter,
  columnsOf,
  firstPoint,
  isStableSeen,
  knownOf,
  newCounter,
  nextPoint,
  pairsOf,
  type Series,
} from "./counter-increments.ts";
import type { JudgePlan } from "./judge-plan.ts";
import type { Look, Millis, Remembered } from "./types.ts";

/**
 * The points of one phase's grid: `points` of them from `from` to `to`, a look apart. All are multiples of the look since the
 * epoch: a source that rounds what it is asked for to the step moves none of them, and all runners compute the same ones.
 */
export type Grid = {
  readonly phase: number;
  readonly weight: number;
  readonly watchFrom: Millis;
  /** Where the first look begins that lies wholly in the phase. One before it holds the entry: it is shown and counts for nothing. */
  readonly evidenceFrom: Millis;
  readonly from: Millis;
  readonly to: Millis;
  readonly points: number;
};

/** A phase of more looks than these, 60 hours of the usual ones, is more than a metric source can be asked for in every turn. */
const MOST_LOOKS = 14_400;

/** The grid of each phase entered so far, up to the newest point for which all data must have arrived. */
export function gridsOf(plan: JudgePlan, record: Remembered, now: Millis): readonly Grid[] {
  return record.phases.map(({ weight, enteredAt }, i) => {
    const { lookMs } = plan;
    const isPresent = i === record.phases.length - 1;
    const begun = begunAt(plan, enteredAt, isPresent ? record.watchedFrom : undefined);
    const from = lookMs * Math.floor(begun / lookMs);
    // The look that the phase ends in holds the next entry, and is the next phase's.
    const end = Math.min(now - plan.lagMs, record.phases[i + 1]?.enteredAt ?? Number.POSITIVE_INFINITY);
    const steps = Math.min(2 * MOST_LOOKS, Math.max(0, Math.floor((end - from) / lookMs)));
    const [watchFrom, evidenceFrom] = [watchFromOf(plan, enteredAt), evidenceFromOf(plan, begun)];
    return { phase: i + 1, weight, watchFrom, evidenceFrom, from, to: from + steps * lookMs, points: steps + 1 };
  });
}

/**
 * What the looks of a phase begin after: its entry, or, where a pause of days lies between, the end of the pause.
 * Evidence may always begin anew at a moment that is on record; what is left out proves nothing, neither harm nor its absence.
 */
function begunAt(plan: JudgePlan, enteredAt: Millis, watchedFrom = enteredAt): Millis {
  const before = (evidenceFromOf(plan, watchedFrom) - evidenceFromOf(plan, enteredAt)) / plan.lookMs;
  return before > MOST_LOOKS ? watchedFrom : enteredAt;
}

/** How long a look is where phases may last for days: none has more of them than can be asked for. */
export function lookFor({ lookMs, phases }: Pick<JudgePlan, "lookMs" | "phases">): Millis {
  const longest = Math.max(0, ...phases.map(({ maxHoldMs }) => maxHoldMs));
  return lookMs * Math.max(1, Math.ceil(longest / (MOST_LOOKS * lookMs)));
}

/** Where the first look begins that lies wholly after this moment. */
export function evidenceFromOf({ lookMs }: Pick<JudgePlan, "lookMs">, at: Millis): Millis {
  return lookMs * Math.ceil(at / lookMs);
}

/** Whether a look counts: none of the phase's entry lies in it. */
export function isWhole({ index }: Pick<Look, "index">): boolean {
  return index > 0;
}

/** When the write of a phase has taken effect and traffic has settled. */
export function watchFromOf(plan: JudgePlan, enteredAt: Millis): Millis {
  return enteredAt + plan.allowanceMs + plan.settleMs;
}

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
  | { readonly kind: "looks"; readonly looks: readonly Look[] }
  /** The answer is not made of counters: all of it is thrown away. */
  | { readonly kind: "error"; readonly because: string };

/** All complete looks, from raw counters on the grids of `gridsOf`. One entry of `phases` a phase entered. */
export function looksOf(plan: JudgePlan, record: Remembered, phases: readonly PhaseCounters[], now: Millis): Looks {
  for (const { counters } of phases) {
    const because = noCounter(counters);
    if (because !== undefined) return { kind: "error", because };
  }
  const looks = gridsOf(plan, record, now).flatMap((grid, i) => {
    const { counters, up } = phases[i] ?? { counters: [], up: [] };
    const followed = counters.map((row) => ({ row, counter: newCounter(row.arm, row.target) }));
    return looksBetween(plan, record.frozen.boundariesMs, grid, { followed, series: seriesOf(followed), up, first: 0 });
  });
  return { kind: "looks", looks };
}

/** Why these rows are not made of counters, if they are not. */
export function noCounter(rows: readonly CounterRow[]): string | undefined {
  for (const { arm, target, values } of rows) {
    const wrong = values.find((value) => value !== null && !isCount(value));
    if (wrong !== undefined) return `a counter of ${arm} on ${target} shows ${wrong}, which no counter can`;
  }
  return undefined;
}

/** A counter of a phase with what it shows on the points that are looked at. */
export type Followed = { readonly row: CounterRow; readonly counter: Counter };

/** Points of a phase's grid that follow one another. */
export type Course = {
  readonly followed: readonly Followed[];
  /** The same counters, as `seriesOf` puts them together. */
  readonly series: readonly Series[];
  readonly up: PhaseCounters["up"];
  /** Which point of the grid the first one is: 0 where the phase begins, else the one up to which the counters were followed. */
  readonly first: number;
};

/** The looks between the first of these points and the end of the grid. */
export function looksBetween(
  plan: JudgePlan,
  boundariesMs: readonly Millis[],
  grid: Grid,
  { followed, series, up, first }: Course,
): readonly Look[] {
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
  grid: Pick<Grid, "phase" | "weight" | "watchFrom" | "evidenceFrom">,
  to: Millis,
  counted: Pick<Look, "pairs" | "seen" | "resets">,
): Look {
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
export function seriesOf(followed: readonly Followed[]): readonly Series[] {
  const counts: Series[] = [];
  const histograms = new Map<string, { arm: ArmName; edges: Map<Millis, Counter> }>();
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
