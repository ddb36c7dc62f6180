import type { Reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import type {
  Counters,
  CountQuestion,
  Grid,
  MetricError,
  MetricSource,
  PointValues,
  Scraped,
  SourceFacts,
  ValueQuestion,
  VersionTargets,
} from "../../ports/metric-source.ts";
import type { LabelledSeries, RangeQueries } from "../../ports/range-queries.ts";
import { valueQuery } from "./check-queries.ts";
import { counterQueries, readerOf } from "./counter-queries.ts";
import { familiesOf, planes } from "./data-planes/index.ts";
import { counterName, probeQueries } from "./probe-queries.ts";
import { upQueries } from "./scrape-target-identity.ts";
import { atMost } from "./turnstile.ts";
import { hasUnrouted } from "./unrouted-query.ts";

/** With more at once the last ones would wait in a queue until their time is up. */
const atOnce = 4;

type CountReading =
  | { readonly kind: "impossible"; readonly reason: Reason<MetricCode> }
  | {
      readonly kind: "queries";
      readonly queries: readonly { readonly query: string; readonly read: ReturnType<typeof readerOf> }[];
    };

type Asked = { readonly series: readonly LabelledSeries[]; readonly date?: Millis };

/** What is asked of versions, put into PromQL, of whatever answers that: a server, or a world that is played. */
export function sourceOver(queries: RangeQueries, pace: { readonly lagMs: Millis }): MetricSource {
  const turnstile = atMost(atOnce);
  const readings = new WeakMap<CountQuestion, CountReading>();

  async function values(question: ValueQuestion, grid: Grid, signal?: AbortSignal): Promise<PointValues | MetricError> {
    const asked = valueQuery(question);
    if (asked.kind === "refused") return { kind: "impossible", reason: asked.reason };
    const { from, to, stepMs } = grid;
    const answer = await queries.measure({ kind: "number", query: asked.query, stepMs }, from, to, signal);
    if (answer.kind === "error") return answer;
    return { kind: "values", samples: answer.kind === "samples" ? answer.samples : [], dates: datesOf(answer) };
  }

  async function ask(query: string, { from, to, stepMs }: Grid, signal?: AbortSignal): Promise<Asked | MetricError> {
    const answer = await queries.measure({ kind: "counters", query, stepMs }, from, to, signal);
    if (answer.kind === "error") return answer;
    return { series: answer.kind === "series" ? answer.series : [], ...dateOf(answer) };
  }

  /** Several queries as one answer, or the first failure. */
  async function askAll(
    all: readonly string[],
    grid: Grid,
    signal?: AbortSignal,
  ): Promise<readonly Asked[] | MetricError> {
    let failure: MetricError | undefined;
    const askNext = async (query: string): Promise<Asked | MetricError> => {
      // A source that has just failed is not asked for the rest.
      const answer = failure ?? (await ask(query, grid, signal));
      if ("kind" in answer) failure ??= answer;
      return answer;
    };
    const answers = await Promise.all(all.map((query) => turnstile(() => askNext(query))));
    return failure ?? (answers as readonly Asked[]);
  }

  /** The queries of a question, made once for as long as it is asked. */
  function readingOf(question: CountQuestion): CountReading {
    const known = readings.get(question);
    if (known !== undefined) return known;
    const asked = counterQueries(question);
    const made: CountReading =
      "code" in asked
        ? { kind: "impossible", reason: asked }
        : { kind: "queries", queries: asked.map((one, at) => ({ query: one.query, read: readerOf(one, at) })) };
    readings.set(question, made);
    return made;
  }

  async function counters(question: CountQuestion, grid: Grid, signal?: AbortSignal): Promise<Counters | MetricError> {
    const reading = readingOf(question);
    if (reading.kind === "impossible") return reading;
    const answers = await askAll(
      reading.queries.map(({ query }) => query),
      grid,
      signal,
    );
    if ("kind" in answers) return answers;
    const series = reading.queries.flatMap(({ read }, at) => read(answers[at]?.series ?? []));
    return { kind: "counters", series, dates: answers.flatMap(datesOf) };
  }

  async function scraped(
    programs: readonly string[],
    { staleAfterMs }: CountQuestion,
    grid: Grid,
    signal?: AbortSignal,
  ): Promise<Scraped | MetricError> {
    const asked = upQueries(programs, staleAfterMs);
    const answers = await askAll(
      asked.map(({ query }) => query),
      grid,
      signal,
    );
    if ("kind" in answers) return answers;
    const up = asked.flatMap(({ label }, at) =>
      (answers[at]?.series ?? []).flatMap(({ labels, values }) => {
        const value = labels[label];
        return value === undefined ? [] : [{ target: `${label}=${value}`, values }];
      }),
    );
    return { kind: "scraped", up, dates: answers.flatMap(datesOf) };
  }

  return {
    lagMs: pace.lagMs,
    bucketMs: 1,
    facts,
    values,
    counters,
    scraped,
    probe: (trials, at, signal) => probeQueries(queries, trials, at, signal),
    close: () => queries.close(),
  };
}

const dateOf = ({ date }: { readonly date?: Millis }) => (date === undefined ? {} : { date });
const datesOf = ({ date }: { readonly date?: Millis }): readonly Millis[] => (date === undefined ? [] : [date]);

function facts(versions: VersionTargets): SourceFacts {
  const plane = familiesOf(versions);
  return {
    reporters: plane.reporters,
    // No other data plane counts at the pods what it counts at the callers.
    ...(plane === planes.istio ? { perPod: "destination" as const } : {}),
    requests: counterName(versions),
    durations: plane.durations(versions).metric,
    hasConnections: true,
    hasUnrouted: hasUnrouted(versions),
  };
}
