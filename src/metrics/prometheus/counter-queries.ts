import { type Clock, systemClock } from "../../base/clock.ts";
import { defaultSkewMs, skewOf } from "../../base/clock-skew.ts";
import { parseFinite } from "../../base/decimal.ts";
import type { Millis } from "../../base/units.ts";
import type { CounterRow, PhaseCounters } from "../../judge/intervals-from-counters.ts";
import type { PhaseGrid } from "../../judge/phase-grid.ts";
import type { CounterSeries, MetricSource, VersionTargets } from "../../ports/metric-source.ts";
import type { ComparedMetric } from "../../rollout/plan.ts";
import type { DataPlaneMetrics } from "./data-planes/data-plane-metrics.ts";
import { familiesOf, selectorsOf } from "./data-planes/index.ts";
import { promDuration, quoted, render } from "./placeholders.ts";
import { series } from "./presets.ts";
import { oncePerProgram, targetOf, up } from "./scrape-target-identity.ts";
import { nameOf, type SelectorsFound, spellingsOf } from "./version-selectors.ts";

/** What is counted, on which points. A grid has `points` points from `from` to `to`. */
export type CountRequest = {
  readonly arms: VersionTargets;
  /** History is counted of stable alone: a bad canary would hide itself. */
  readonly of: "both" | "stable";
  readonly requests: boolean;
  /** Only these buckets are asked for; none: latency is not counted. `all`: whichever there are. */
  readonly boundariesMs: readonly Millis[] | "all";
  readonly metrics: readonly ComparedMetric[];
  readonly stepMs: Millis;
  /** A value older than this does not stand for the present. */
  readonly staleAfterMs: Millis;
};
export type Points = Pick<PhaseGrid, "from" | "to" | "points">;

type CountOptions = {
  /** Server time now. */
  readonly now: Millis;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
};

type CountError = {
  readonly kind: "error";
  readonly because: string;
  /** There was an answer, but not one of counters. */
  readonly unusable?: true;
};

export type Counted =
  | { readonly kind: "counted"; readonly phases: readonly PhaseCounters[] }
  /** Some question got no answer: this turn knows nothing. */
  | CountError
  /** There is no such question: the labels do not tell the versions apart, or a selector cannot be made. */
  | { readonly kind: "impossible"; readonly because: string };

/** With more at once the last ones would wait in a queue until their time is up. */
const atOnce = 4;

/** The row that a series makes, if it belongs to a version. */
type Read = (series: CounterSeries) => CounterRow | undefined;
/** One question, and how its answer is read. */
export type CounterQuery = { readonly query: string; readonly read: Read };

/** All raw counters on the points of each grid, every series by itself: one question a grid and selector. */
export async function countAll(
  source: MetricSource,
  counting: CountRequest,
  grids: readonly Points[],
  options: CountOptions,
): Promise<Counted> {
  const asked = questionsOf(counting);
  if (typeof asked === "string") return { kind: "impossible", because: asked };
  const ask = askerOf(source, counting, options);
  const work = grids.flatMap((grid, phase) => asked.map((one) => ({ grid, phase, one })));
  const rows: CounterRow[][][] = grids.map(() => asked.map(() => []));
  const failure = await inTurns(work, async ({ grid, phase, one }) => {
    if (grid.points < 2) return undefined;
    const series = await ask(one.query, grid);
    if ("kind" in series) return series;
    rows[phase]?.splice(asked.indexOf(one), 1, rowsOf(one, series));
    return undefined;
  });
  if (failure !== undefined) return failure;
  const phases: PhaseCounters[] = [];
  for (const [phase, grid] of grids.entries()) {
    const counters = (rows[phase] ?? []).flat();
    const known = await up(counters, (query) => ask(query, grid), counting.staleAfterMs);
    if ("kind" in known) return known;
    phases.push({ counters, up: known });
  }
  return { kind: "counted", phases };
}

function rowsOf({ read }: CounterQuery, series: readonly CounterSeries[]): CounterRow[] {
  return oncePerProgram(series)
    .map(read)
    .filter((row) => row !== undefined);
}

/** Several at once; the first failure ends it. */
async function inTurns<T>(
  items: readonly T[],
  act: (item: T) => Promise<CountError | undefined>,
): Promise<CountError | undefined> {
  const waiting = [...items];
  let failure: CountError | undefined;
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined && failure === undefined; item = waiting.shift()) {
      failure = (await act(item)) ?? failure;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return failure;
}

export type AskCounters = (
  query: string,
  grid: Omit<Points, "points">,
) => Promise<readonly CounterSeries[] | CountError>;

/** How one question is asked. */
export function askerOf(source: MetricSource, { stepMs }: CountRequest, options: CountOptions): AskCounters {
  const { now, clock = systemClock, signal } = options;
  const began = clock.now();
  const serverNow = () => now + (clock.now() - began);
  return async (query, { from, to }) => {
    const sent = serverNow();
    const measured = await source.measure({ kind: "counters", query, stepMs }, from, to, signal);
    if (measured.kind === "error") return measured;
    const offMs = skewOf(measured.date, sent, serverNow(), defaultSkewMs);
    const because =
      measured.kind === "samples"
        ? "the source answered with numbers where counters were asked for"
        : offMs === undefined
          ? undefined
          : `the source's clock is ${Math.round(offMs / 1000)} s off the API server's`;
    return measured.kind === "samples" || because !== undefined
      ? { kind: "error", because: because ?? "" }
      : measured.series;
  };
}

/** All questions, or why they cannot be asked. */
export function questionsOf(counting: CountRequest): readonly CounterQuery[] | string {
  const { requests, boundariesMs, metrics, arms } = counting;
  const asked: CounterQuery[] = [];
  if (requests || boundariesMs.length > 0) {
    const selectors = selectorsOf(arms);
    if (selectors.kind === "refused") return `the metrics cannot tell canary from stable: ${selectors.because}`;
    const isTcp = arms.protocol === "tcp" || arms.protocol === "tls";
    const plane = familiesOf(arms);
    const unseen = unseenIn(plane, counting, isTcp);
    if (requests && unseen !== undefined) return unseen;
    if (requests) {
      asked.push(...(isTcp ? connections(counting, selectors, plane) : [httpRequests(counting, selectors, plane)]));
    }
    if (boundariesMs.length > 0 && !isTcp) asked.push(durations(counting, selectors, plane));
  }
  for (const metric of metrics) {
    const own = ownCounters(counting, metric);
    if (typeof own === "string") return own;
    asked.push(...own);
  }
  return asked;
}

/** Why failures would not all be counted. */
function unseenIn(plane: DataPlaneMetrics, { arms }: CountRequest, isTcp: boolean): string | undefined {
  if (!isTcp) return plane.requests(arms).unseen;
  return plane.connections === undefined ? `${plane.title} does not count connections by version` : undefined;
}

const latest = ({ staleAfterMs }: CountRequest, selector: string) =>
  `last_over_time(${selector}[${promDuration(staleAfterMs)}])`;

/** The newest values of a metric. Where a scrape may have renamed labels both spellings are asked for: one of them has none. */
function newest(
  counting: CountRequest,
  selectors: SelectorsFound,
  metric: string,
  ...further: readonly string[]
): string {
  const spellings = spellingsOf(selectors, counting.of);
  return spellings.map((by) => latest(counting, series(metric, by, ...further))).join(" or ");
}

/** A series that belongs to a version; what `make` says of its labels stands beside. */
const rowsBy =
  (selectors: SelectorsFound, make: (labels: CounterSeries["labels"]) => Kind | undefined): Read =>
  ({ labels, values }) => {
    const arm = selectors.versionOf(labels);
    const kind = arm === undefined ? undefined : make(labels);
    return arm === undefined || kind === undefined ? undefined : { arm, target: targetOf(labels), values, ...kind };
  };
type Kind =
  | { readonly kind: "count"; readonly process: string; readonly adds: "total" | "bad" | "both" }
  | { readonly kind: "bucket"; readonly histogram: string; readonly edgeMs: Millis };

function httpRequests(counting: CountRequest, selectors: SelectorsFound, plane: DataPlaneMetrics): CounterQuery {
  const { metric, blameless, hasFailed } = plane.requests(counting.arms);
  const read = rowsBy(selectors, (labels) => ({
    kind: "count",
    process: "errors",
    adds: hasFailed(labels) ? "both" : "total",
  }));
  return { query: newest(counting, selectors, metric, blameless), read };
}

/** A connection has no status: that it was cut off is all that tells a failure. */
function connections(
  counting: CountRequest,
  selectors: SelectorsFound,
  { connections: names }: DataPlaneMetrics,
): readonly CounterQuery[] {
  if (names === undefined) return [];
  const { opened, closed, cut, blameless } = names;
  const count = (adds: "total" | "bad"): Read => rowsBy(selectors, () => ({ kind: "count", process: "errors", adds }));
  return [
    { query: newest(counting, selectors, opened), read: count("total") },
    { query: newest(counting, selectors, closed, cut, blameless), read: count("bad") },
  ];
}

function durations(counting: CountRequest, selectors: SelectorsFound, plane: DataPlaneMetrics): CounterQuery {
  const { boundariesMs } = counting;
  const { metric, blameless, unitMs } = plane.durations(counting.arms);
  // Sources differ in how they write a whole number.
  const spelled = (edge: number) =>
    `${String(edge).replaceAll(".", "\\.")}${Number.isInteger(edge) ? "(\\.0+)?" : "0*"}`;
  const edges = boundariesMs === "all" ? [] : boundariesMs.map((edge) => spelled(edge / unitMs));
  const only = boundariesMs === "all" ? "" : `le=~${quoted([...edges, "\\+Inf"].join("|"))}`;
  const read = rowsBy(selectors, (labels) => {
    const { le, ...others } = labels;
    const edgeMs = le === "+Inf" ? Number.POSITIVE_INFINITY : inMs(parseFinite(le), unitMs);
    const histogram = JSON.stringify(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)));
    return edgeMs === undefined ? undefined : { kind: "bucket", histogram, edgeMs };
  });
  return { query: newest(counting, selectors, metric, blameless, only), read };
}

/** Rounded, since a product of decimals may miss its number by the last bit. */
function inMs(edge: number | undefined, unitMs: number): number | undefined {
  return edge === undefined ? undefined : Number((edge * unitMs).toPrecision(12));
}

/** A selector is written for the canary: for stable the two names change places. */
function ownCounters(counting: CountRequest, metric: ComparedMetric): readonly CounterQuery[] | string {
  const { canary, stable, namespace } = counting.arms;
  const asked: CounterQuery[] = [];
  for (const arm of counting.of === "both" ? (["canary", "stable"] as const) : (["stable"] as const)) {
    const [own, other] = arm === "canary" ? [canary, stable] : [stable, canary];
    for (const adds of ["total", "bad"] as const) {
      const names = { canary: nameOf(own), stable: nameOf(other), namespace, windowMs: counting.stepMs };
      const selector = render(metric[adds], names);
      if (selector.kind === "refused") return `${metric.name}, ${adds}: ${selector.because}`;
      const read: Read = ({ labels, values }) => {
        return { arm, target: targetOf(labels), values, kind: "count", process: metric.name, adds };
      };
      asked.push({ query: latest(counting, selector.query.trim()), read });
    }
  }
  return asked;
}
