import { foreign } from "../base/foreign.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { MetricCode } from "../base/reasons/metric-reasons.ts";
import type { Millis } from "../base/units.ts";
import type { PointValue } from "../ports/metric-source.ts";
import type { LabelledSeries, Measurement, RangeQueries, RangeQuery } from "../ports/range-queries.ts";
import { labelRecord } from "./prometheus/label-set.ts";
import { type FullRow, rememberedQueries } from "./prometheus/memoized-range-query.ts";
import type { SimulatedTraffic } from "./traffic/index.ts";

type RehearsedMetrics = {
  readonly world: SimulatedTraffic;
  /** The rehearsal's server time: the world is scraped up to here before a question is answered. */
  readonly now: () => Millis;
};

/** The store of a rehearsal: the user's own queries over the world's scrapes, with what is wrong with the store. */
export function rehearsedMetrics({ world, now }: RehearsedMetrics): RangeQueries {
  const rangeQuery = rememberedQueries(world.samples);
  const measure = (question: RangeQuery, from: Millis, to: Millis, signal?: AbortSignal): Measurement => {
    if (signal?.aborted === true) return failed(reason("metric-cancelled", { source }));
    if (!(question.stepMs > 0) || !(to >= from)) return failed(reason("metric-range-empty", {}));
    const asked = now();
    world.advanceTo(asked);
    const fault = world.metricsFault(asked);
    if (fault !== undefined && Object.hasOwn(silence, fault)) {
      return failed(silence[fault as keyof typeof silence]);
    }
    const answer = rangeQuery(question.query, { from, to, stepMs: question.stepMs }, asked);
    if (answer.kind === "failed") {
      return failed(reason("metric-source-error", { source, says: foreign(`${answer.type}: ${answer.because}`) }));
    }
    const rows = distorted(answer.rows, fault);
    const times: Millis[] = [];
    for (let at = from; at <= to; at += question.stepMs) times.push(at);
    const date = Math.floor(asked / 1000) * 1000;
    const result = question.kind === "number" ? numbers(rows, times) : counters(rows);
    return result.kind === "error" ? result : { ...result, date };
  };
  return {
    measure: (question, from, to, signal) => Promise.resolve(measure(question, from, to, signal)),
    close: () => {},
  };
}

const source = "Prometheus";
const failed = (why: Reason<MetricCode>): Measurement => ({ kind: "error", reason: why });

const refused: Reason = reason("network-refused", { errno: "ECONNREFUSED" });

/** Faults that leave no answer at all. */
const silence = {
  down: reason("metric-unreachable", { source, cause: refused }),
  slow: reason("metric-no-answer", { source, withinMs: 10_000 }),
  html: reason("metric-web-page", { source }),
  "server-error": reason("metric-status", { source, status: 500 }),
} as const;

/** Faults that leave an answer, but not this one. */
function distorted(rows: readonly FullRow[], fault: ReturnType<SimulatedTraffic["metricsFault"]>): readonly FullRow[] {
  switch (fault) {
    case "empty":
      return [];
    case "nan":
      return rows.map((row) => ({ ...row, values: row.values.map((value) => (value === null ? null : Number.NaN)) }));
    case "two-series":
      return [...rows, ...rows];
    default:
      return rows;
  }
}

/** One sample for each time. Nothing but exactly one series with one finite number is a value. */
function numbers(rows: readonly FullRow[], times: readonly Millis[]): Measurement {
  let unfit: Reason<MetricCode> | undefined;
  const samples = times.map((at, index): PointValue => {
    let [present, value]: [number, number | undefined] = [0, undefined];
    for (const { values } of rows) {
      const shown = values[index] ?? undefined;
      if (shown === undefined) continue;
      present += 1;
      value ??= shown;
    }
    if (present === 1 && value !== undefined && Number.isFinite(value)) return { at, kind: "value", value: value + 0 };
    if (present > 1) {
      const several = reason("metric-several-series", { count: present, labels: [] });
      unfit ??= several;
      return { at, kind: "missing", reason: several };
    }
    if (value !== undefined) return { at, kind: "missing", reason: notFinite(value) };
    return { at, kind: "missing", reason: reason(rows.length === 0 ? "metric-no-series" : "point-missing", {}) };
  });
  return { kind: "samples", samples, seriesCount: rows.length, ...(unfit === undefined ? {} : { unfit }) };
}

function notFinite(value: number): Reason<MetricCode> {
  return Number.isNaN(value) ? reason("metric-nan", {}) : reason("metric-infinite", { sign: value > 0 ? "+" : "-" });
}

/** A series keeps its labels, so that they are made once and not in every turn. */
const records = new WeakMap<FullRow["labels"], LabelledSeries["labels"]>();

function recordOf(labels: FullRow["labels"]): LabelledSeries["labels"] {
  const record = records.get(labels) ?? labelRecord(labels);
  records.set(labels, record);
  return record;
}

function counters(rows: readonly FullRow[]): Measurement {
  if (new Set(rows.map((row) => row.labels.key)).size < rows.length) {
    return failed(reason("metric-series-twice", {}));
  }
  const series: LabelledSeries[] = [];
  for (const { labels, values } of rows) {
    const bad = values.find((value) => value !== null && !Number.isFinite(value));
    if (bad !== undefined && bad !== null) {
      return failed(reason("metric-counter-not-a-number", { cause: notFinite(bad) }));
    }
    if (values.some((value) => value !== null && value < 0)) return failed(reason("metric-counter-negative", {}));
    series.push({ labels: recordOf(labels), values });
  }
  return { kind: "series", series };
}
