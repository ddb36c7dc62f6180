import { parseFinite } from "../../base/decimal.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import type { CounterRow } from "../../judge/intervals-from-counters.ts";
import type { CounterSeries, CountQuestion } from "../../ports/metric-source.ts";
import type { LabelledSeries } from "../../ports/range-queries.ts";
import type { ComparedMetric } from "../../rollout/plan.ts";
import { nameOf } from "../version-name.ts";
import type { DataPlaneMetrics } from "./data-planes/data-plane-metrics.ts";
import { familiesOf, selectorsOf } from "./data-planes/index.ts";
import { promDuration, quoted, render } from "./placeholders.ts";
import { series } from "./presets.ts";
import { oncePerProgram, spellingOf, targetOf } from "./scrape-target-identity.ts";
import { type SelectorsFound, spellingsOf } from "./version-selectors.ts";

/** What a series is the values of, if it belongs to a version. */
type Read = (labels: LabelledSeries["labels"]) => Known | undefined;
type Known = Pick<CounterRow, "arm" | "target"> & Kind;
type Kind =
  | { readonly kind: "count"; readonly process: string; readonly adds: "total" | "bad" | "both" }
  | { readonly kind: "bucket"; readonly histogram: string; readonly edgeMs: Millis };
/** One query, and how its answer is read. */
type CounterQuery = { readonly query: string; readonly read: Read };

/** The series of an answer to the query with this number, each program once. A source may hand out the same labels in every turn. */
export function readerOf(
  { read }: CounterQuery,
  number: number,
): (series: readonly LabelledSeries[]) => CounterSeries[] {
  const known = new WeakMap<LabelledSeries["labels"], Omit<CounterSeries, "values"> | "neither">();
  const of = (labels: LabelledSeries["labels"]) => {
    const row = read(labels);
    const { whole, counter } = spellingOf(labels);
    const named = row === undefined ? "neither" : { ...row, id: `${number} ${whole}`, counter: `${number} ${counter}` };
    known.set(labels, named);
    return named;
  };
  return (series) =>
    oncePerProgram(series).flatMap(({ labels, values }) => {
      const named = known.get(labels) ?? of(labels);
      return named === "neither" ? [] : [{ ...named, values } as CounterSeries];
    });
}

/** All queries of a question, or why there are none. */
export function counterQueries(counting: CountQuestion): readonly CounterQuery[] | Reason<MetricCode> {
  const { requests, boundariesMs, metrics, arms } = counting;
  const asked: CounterQuery[] = [];
  if (requests || boundariesMs.length > 0) {
    const selectors = selectorsOf(arms);
    if (selectors.kind === "refused") return reason("versions-not-separable", { cause: selectors.reason });
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
    if ("code" in own) return own;
    asked.push(...own);
  }
  return asked;
}

/** Why failures would not all be counted. */
function unseenIn(plane: DataPlaneMetrics, { arms }: CountQuestion, isTcp: boolean): Reason<MetricCode> | undefined {
  if (!isTcp) return plane.requests(arms).unseen;
  return plane.connections === undefined ? reason("metric-connections-unseen", { counter: plane.title }) : undefined;
}

const latest = ({ staleAfterMs }: CountQuestion, selector: string) =>
  `last_over_time(${selector}[${promDuration(staleAfterMs)}])`;

/** The newest values of a metric. Where a scrape may have renamed labels both spellings are asked for: one of them has none. */
function newest(
  counting: CountQuestion,
  selectors: SelectorsFound,
  metric: string,
  ...further: readonly string[]
): string {
  const spellings = spellingsOf(selectors, counting.of);
  return spellings.map((by) => latest(counting, series(metric, by, ...further))).join(" or ");
}

/** What a series of a version is, by its labels. */
const rowsBy =
  (selectors: SelectorsFound, make: (labels: LabelledSeries["labels"]) => Kind | undefined): Read =>
  (labels) => {
    const arm = selectors.versionOf(labels);
    const kind = arm === undefined ? undefined : make(labels);
    return arm === undefined || kind === undefined ? undefined : { arm, target: targetOf(labels), ...kind };
  };

function httpRequests(counting: CountQuestion, selectors: SelectorsFound, plane: DataPlaneMetrics): CounterQuery {
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
  counting: CountQuestion,
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

function durations(counting: CountQuestion, selectors: SelectorsFound, plane: DataPlaneMetrics): CounterQuery {
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
function ownCounters(
  counting: CountQuestion,
  metric: ComparedMetric,
): readonly CounterQuery[] | Reason<"metric-query-invalid"> {
  const { canary, stable, namespace } = counting.arms;
  const asked: CounterQuery[] = [];
  for (const arm of counting.of === "both" ? (["canary", "stable"] as const) : (["stable"] as const)) {
    const [own, other] = arm === "canary" ? [canary, stable] : [stable, canary];
    for (const adds of ["total", "bad"] as const) {
      // A selector has no window.
      const names = { canary: nameOf(own), stable: nameOf(other), namespace, windowMs: 0 };
      const selector = render(metric[adds], names);
      if (selector.kind === "refused") {
        return reason("metric-query-invalid", { metric: metric.name, part: adds, ...selector.why });
      }
      const read: Read = (labels) => ({ arm, target: targetOf(labels), kind: "count", process: metric.name, adds });
      asked.push({ query: latest(counting, selector.query.trim()), read });
    }
  }
  return asked;
}
