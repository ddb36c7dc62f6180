import { foreign } from "../base/foreign.ts";
import type { Sample } from "../base/judging-types.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { CounterSeries, Measurement, MetricSource, Question } from "../ports/metric-source.ts";
import { labelRecord } from "./prometheus/label-set.ts";
import { type FullRow, rememberedQueries } from "./prometheus/memoized-range-query.ts";
import type { SimulatedTraffic } from "./traffic/index.ts";

type RehearsedMetrics = {
  readonly world: SimulatedTraffic;
  /** The rehearsal's server time: the world is scraped up to here before a question is answered. */
  readonly now: () => Millis;
};

/** The metric source of a rehearsal: the user's own queries over the world's scrapes, with what is wrong with Prometheus. */
export function rehearsedMetrics({ world, now }: RehearsedMetrics): MetricSource {
  const rangeQuery = rememberedQueries(world.samples);
  const measure = (question: Question, from: Millis, to: Millis, signal?: AbortSignal): Measurement => {
    if (signal?.aborted === true) return { kind: "error", because: "The question was given up." };
    if (!(question.stepMs > 0) || !(to >= from)) return { kind: "error", because: "The range to measure is empty." };
    const asked = now();
    world.advanceTo(asked);
    const fault = world.metricsFault(asked);
    if (fault !== undefined && Object.hasOwn(silence, fault)) {
      return { kind: "error", because: silence[fault as keyof typeof silence] };
    }
    const answer = rangeQuery(question.query, { from, to, stepMs: question.stepMs }, asked);
    if (answer.kind === "failed") {
      return { kind: "error", because: `Prometheus answered with an error: ${answer.type}: ${answer.because}` };
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

/** Faults that leave no answer at all. */
const silence = {
  down: "Prometheus cannot be reached: the connection was refused.",
  slow: "Prometheus did not answer within 10 s.",
  html: "Prometheus answered with a web page (text/html) instead of JSON.",
  "server-error": "Prometheus answered with HTTP 500.",
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
  let unfit: string | undefined;
  const samples = times.map((at, index): Sample => {
    let [present, value]: [number, number | undefined] = [0, undefined];
    for (const { values } of rows) {
      const shown = values[index] ?? undefined;
      if (shown === undefined) continue;
      present += 1;
      value ??= shown;
    }
    if (present === 1 && value !== undefined && Number.isFinite(value)) return { at, kind: "value", value: value + 0 };
    if (present > 1) {
      const because = `${present} series, where one is needed: aggregate them, as with sum(…)`;
      unfit ??= because;
      return { at, kind: "missing", reason: told(because) };
    }
    if (value !== undefined) return { at, kind: "missing", reason: told(notFinite(value)) };
    const none = rows.length === 0 ? "no series: nothing matches the query" : "no point at this time";
    return { at, kind: "missing", reason: told(none) };
  });
  return { kind: "samples", samples, seriesCount: rows.length, ...(unfit === undefined ? {} : { unfit }) };
}

const told = (because: string): Reason => reason("metric-failed", { says: foreign(because) });

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN, as when nothing is divided by nothing";
  return value > 0 ? "+Inf" : "-Inf";
}

/** A series keeps its labels, so that nobody has to make them anew in every turn. */
const records = new WeakMap<FullRow["labels"], CounterSeries["labels"]>();

function recordOf(labels: FullRow["labels"]): CounterSeries["labels"] {
  const record = records.get(labels) ?? labelRecord(labels);
  records.set(labels, record);
  return record;
}

function counters(rows: readonly FullRow[]): Measurement {
  const unusable = (because: string): Measurement => ({
    kind: "error",
    because: `The counters cannot be used: ${because}.`,
  });
  if (new Set(rows.map((row) => row.labels.key)).size < rows.length) {
    return unusable("the same series stands in the answer twice");
  }
  const series: CounterSeries[] = [];
  for (const { labels, values } of rows) {
    if (values.some((value) => value !== null && !Number.isFinite(value))) return unusable("a counter has no number");
    if (values.some((value) => value !== null && value < 0)) return unusable("a counter is negative");
    series.push({ labels: recordOf(labels), values });
  }
  return { kind: "series", series };
}
