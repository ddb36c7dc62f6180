import { type Clock, systemClock } from "../base/clock.ts";
import { defaultSkewMs, skewOf } from "../base/clock-skew.ts";
import { reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { CounterRow, PhaseCounters } from "../judge/intervals-from-counters.ts";
import type { PhaseGrid } from "../judge/phase-grid.ts";
import type { Counters, CountQuestion, Grid, MetricError, MetricSource } from "../ports/metric-source.ts";
import { rowsOfIncrements } from "./rows-of-increments.ts";

/** What is counted, and how far apart the points of its grids are. */
export type Counting = CountQuestion & { readonly stepMs: Millis };
/** A grid has `points` points from `from` to `to`. */
export type Points = Pick<PhaseGrid, "from" | "to" | "points">;

type CountOptions = {
  /** Server time now. */
  readonly now: Millis;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
};

/** Where some question has no answer this turn knows nothing. */
export type Counted = { readonly kind: "counted"; readonly phases: readonly PhaseCounters[] } | MetricError;

/** With more at once the last ones would wait in a queue until their time is up. */
const atOnce = 4;

/** All counters on the points of each grid, every one by itself. */
export async function countAll(
  source: MetricSource,
  counting: Counting,
  grids: readonly Points[],
  options: CountOptions,
): Promise<Counted> {
  const ask = askerOf(source, options);
  const phases: PhaseCounters[] = grids.map(() => ({ counters: [], up: [] }));
  const waiting = [...grids.entries()];
  let failure: MetricError | undefined;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && failure === undefined; next = waiting.shift()) {
      const [phase, { from, to, points }] = next;
      if (points < 2) continue;
      const counted = await ask.phase(counting, { from, to, stepMs: counting.stepMs });
      if ("kind" in counted) failure ??= counted;
      else phases[phase] = counted;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, grids.length) }, work));
  return failure ?? { kind: "counted", phases };
}

type CountAsker = {
  readonly counters: (question: CountQuestion, grid: Grid) => Promise<Counters | MetricError>;
  /** Whether programs were scraped where that alone tells whether a counter that shows up counts in full. */
  readonly up: (
    rows: readonly CounterRow[],
    question: CountQuestion,
    grid: Grid,
  ) => Promise<PhaseCounters["up"] | MetricError>;
  /** All of one phase. */
  readonly phase: (question: CountQuestion, grid: Grid) => Promise<PhaseCounters | MetricError>;
};

/** How a source is asked: it is not believed where it lives in another time. */
export function askerOf(source: MetricSource, { now, clock = systemClock, signal }: CountOptions): CountAsker {
  const began = clock.now();
  const serverNow = () => now + (clock.now() - began);
  const believed = async <T extends { readonly dates: readonly Millis[] }>(
    answering: Promise<T | MetricError> | undefined,
  ): Promise<T | MetricError> => {
    const sent = serverNow();
    const answer = await answering;
    if (answer === undefined)
      return { kind: "impossible", reason: reason("metric-not-offered", { metric: "counters" }) };
    if (!("dates" in answer)) return answer;
    const received = serverNow();
    for (const date of answer.dates) {
      const offMs = skewOf(date, sent, received, defaultSkewMs);
      if (offMs !== undefined) return { kind: "error", reason: reason("clock-skewed", { offMs }) };
    }
    return answer;
  };
  const counters: CountAsker["counters"] = (question, grid) => believed(source.counters?.(question, grid, signal));
  const up: CountAsker["up"] = async (rows, question, grid) => {
    const programs = newcomers(rows).slice(0, mostPrograms);
    if (programs.length === 0 || source.scraped === undefined) return [];
    const answer = await believed(source.scraped(programs, question, grid, signal));
    return answer.kind === "scraped" ? answer.up : answer;
  };
  return {
    counters,
    up,
    async phase(question, grid) {
      if (source.increments !== undefined) {
        const counted = await believed(source.increments(question, grid, signal));
        if (counted.kind !== "increments") return counted;
        const rows = rowsOfIncrements(counted.increments, question, grid);
        return "code" in rows ? { kind: "error", reason: rows, unusable: true } : rows;
      }
      const counted = await counters(question, grid);
      if (counted.kind !== "counters") return counted;
      const known = await up(counted.series, question, grid);
      return "kind" in known ? known : { counters: counted.series, up: known };
    },
  };
}

/** So many programs are asked for at once; a query for more would be refused for its length. */
const mostPrograms = 500;

/** Programs of which a counter shows up at a point before which nothing else of theirs was seen: a program with another counter is known anyway. */
function newcomers(counters: readonly CounterRow[]): readonly string[] {
  if (counters.every(({ values }) => values[0] !== null)) return [];
  const seen = new Map<string, boolean[]>();
  for (const { target, values } of counters) {
    const points = seen.get(target) ?? [];
    for (const [index, value] of values.entries()) if (value !== null) points[index] = true;
    seen.set(target, points);
  }
  const unknown = counters.filter(({ target, values }) => {
    const first = values.findIndex((value) => value !== null);
    return first > 0 && seen.get(target)?.[first - 1] !== true;
  });
  return [...new Set(unknown.map(({ target }) => target))].sort();
}
