import type { Sample } from "../judge/types.ts";
import type { CounterSeries, Measurement, MetricSource, Question } from "../metrics/provider.ts";
import type { Millis } from "../rollout/plan.ts";
import { labelRecord } from "./promql/labels.ts";
import { rememberedQueries } from "./promql/remembered.ts";
import type { Row } from "./promql/value.ts";
import type { World } from "./traffic.ts";

export type RehearsedMetrics = {
  readonly world: World;
  /** The rehearsal's server time: the world is scraped up to here before a question is answered. */
  readonly now: () => Millis;
};

type Points = { readonly labels: Row["labels"]; readonly values: ReadonlyMap<Millis, number> };

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
    const rows = distorted(
      answer.rows.map(({ labels, points }) => ({ labels, values: new Map(points) })),
      fault,
    );
    const times: Millis[] = [];
    for (let at = from; at <= to; at += question.stepMs) times.push(at);
    const date = Math.floor(asked / 1000) * 1000;
    const result = question.kind === "number" ? numbers(rows, times) : counters(rows, times);
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
function distorted(rows: readonly Points[], fault: ReturnType<World["metricsFault"]>): readonly Points[] {
  switch (fault) {
    case "empty":
      return [];
    case "nan":
      return rows.map((row) => ({ ...row, values: new Map([...row.values.keys()].map((at) => [at, Number.NaN])) }));
    case "two-series":
      return [...rows, ...rows];
    default:
      return rows;
  }
}

/** One sample for each time. Nothing but exactly one series with one finite number is a value. */
function numbers(rows: readonly Points[], times: readonly Millis[]): Measurement {
  let unfit: string | undefined;
  const samples = times.map((at): Sample => {
    const present = rows.filter((row) => row.values.has(at));
    const value = present[0]?.values.get(at);
    if (present.length === 1 && value !== undefined && Number.isFinite(value))
      return { at, kind: "value", value: value + 0 };
    if (present.length > 1) {
      const because = `${present.length} series, where one is needed: aggregate them, as with sum(…)`;
      unfit ??= because;
      return { at, kind: "missing", because };
    }
    if (value !== undefined) return { at, kind: "missing", because: notFinite(value) };
    return {
      at,
      kind: "missing",
      because: rows.length === 0 ? "no series: nothing matches the query" : "no point at this time",
    };
  });
  return { kind: "samples", samples, seriesCount: rows.length, ...(unfit === undefined ? {} : { unfit }) };
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN, as when nothing is divided by nothing";
  return value > 0 ? "+Inf" : "-Inf";
}

function counters(rows: readonly Points[], times: readonly Millis[]): Measurement {
  const unusable = (because: string): Measurement => ({
    kind: "error",
    because: `The counters cannot be used: ${because}.`,
  });
  if (new Set(rows.map((row) => row.labels.key)).size < rows.length) {
    return unusable("the same series stands in the answer twice");
  }
  const series: CounterSeries[] = [];
  for (const { labels, values } of rows) {
    const found = times.map((at) => values.get(at) ?? null);
    if (found.some((value) => value !== null && !Number.isFinite(value))) return unusable("a counter has no number");
    if (found.some((value) => value !== null && value < 0)) return unusable("a counter is negative");
    series.push({ labels: labelRecord(labels), values: found });
  }
  return { kind: "series", series };
}
