import { SluiceError } from "../../base/problem.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import type { ArmCounts } from "../../judge/types.ts";
import type {
  CountQuestion,
  Grid,
  Increment,
  Increments,
  MetricError,
  MetricSource,
  PointValue,
  PointValues,
  SourceFacts,
  Trial,
  ValueQuestion,
  VersionTargets,
} from "../../ports/metric-source.ts";
import type { MetricsPlan } from "../../rollout/plan.ts";
import { prepare } from "../http/auth-headers.ts";
import { metricsHttp } from "../http/http-client.ts";
import { checkUrl } from "../http/url-policy.ts";
import type { Provider } from "../provider.ts";
import { nameOf } from "../version-name.ts";
import { format, type Intervals, readIntervals } from "./read-intervals.ts";

/** So many intervals of a hundred bytes or so are far below the limit of an answer. */
const mostIntervals = 2000;
/** More parts than these are a mistake. */
const mostParts = 60;
/** In so many intervals before the first write both versions have to turn up. */
const triedIntervals = 5;
const name = "The endpoint of counts";

type Read = {
  readonly kind: "read";
  readonly intervals: Intervals;
  readonly until: Millis;
  readonly dates: readonly Millis[];
};
type Wiring = Parameters<Provider["open"]>[1];
type Failure = Extract<MetricError, { readonly kind: "error" }>;

/** Asks the endpoint for intervals of one length, and adds them up to whatever is looked at. */
export function countsSource(plan: MetricsPlan, { headers, agents, clock }: Wiring): MetricSource {
  const { url, hosts, allowHttp, lagMs, bucketMs = plan.scrapeIntervalMs } = plan;
  const prepared = prepare({ headers });
  if (prepared.kind === "refused") throw refusal(prepared.because);
  const { secrets } = prepared;
  const checked = checkUrl(url, { hosts, allowHttp, credentials: Object.keys(headers).length > 0 });
  if (checked.kind === "refused") throw refusal(checked.because);
  const base = checked.url;
  const http = metricsHttp({ name, base, hosts, allowHttp, headers, secrets, agents, clock });

  async function read(
    versions: VersionTargets,
    from: Millis,
    to: Millis,
    signal?: AbortSignal,
  ): Promise<Read | Failure> {
    const parts = Math.ceil((to - from) / (mostIntervals * bucketMs));
    if (parts > mostParts) return failed(reason("metric-range-too-long", { steps: (to - from) / bucketMs }));
    const intervals = new Map<Millis, Increment>();
    const dates: Millis[] = [];
    let until = to;
    for (let part = 0; part < parts; part += 1) {
      const begins = from + part * mostIntervals * bucketMs;
      const grid = { from: begins, to: Math.min(to, begins + mostIntervals * bucketMs), stepMs: bucketMs };
      const reply = await http.ask({ url: base.href, json: questionOf(versions, grid), signal });
      if (reply.kind === "failed") return failed(reply.reason);
      const found = readIntervals(reply.value, grid, name, http.words);
      if ("code" in found) return { ...failed(found), ...(isAnswer(found) ? { unusable: true as const } : {}) };
      for (const [at, one] of found.intervals) intervals.set(at, one);
      until = Math.min(until, found.until);
      if (reply.date !== undefined) dates.push(reply.date);
    }
    return { kind: "read", intervals, until, dates };
  }

  async function increments(
    question: CountQuestion,
    grid: Grid,
    signal?: AbortSignal,
  ): Promise<Increments | MetricError> {
    if (!question.requests) return notOffered(question.metrics[0]?.name ?? "latency");
    const answer = await read(question.arms, grid.from, grid.to, signal);
    if (answer.kind === "error") return answer;
    const found: Increment[] = [];
    for (let at = grid.from + grid.stepMs; at <= grid.to; at += grid.stepMs) {
      const sum = (arm: "canary" | "stable") => summed(answer.intervals, at - grid.stepMs, at, bucketMs, arm);
      const [canary, stable] = [sum("canary"), sum("stable")];
      if (canary !== undefined || stable !== undefined)
        found.push({ at, ...(canary && { canary }), ...(stable && { stable }) });
    }
    return { kind: "increments", increments: found, dates: answer.dates };
  }

  async function values(question: ValueQuestion, grid: Grid, signal?: AbortSignal): Promise<PointValues | MetricError> {
    const { ask, versions, windowMs } = question;
    const isRate = "preset" in ask && ask.preset === "success-rate";
    const isCount = "requestsOf" in ask && ask.requestsOf.preset === "success-rate";
    if (!isRate && !isCount) return notOffered("preset" in ask ? ask.preset : question.name);
    const whole = (at: Millis) => bucketMs * Math.floor(at / bucketMs);
    const answer = await read(versions, whole(grid.from - windowMs), whole(grid.to), signal);
    if (answer.kind === "error") return answer;
    const samples: PointValue[] = [];
    for (let at = grid.from; at <= grid.to; at += grid.stepMs) {
      const counted = summed(answer.intervals, whole(at - windowMs), whole(at), bucketMs, "canary");
      if (counted === undefined) samples.push({ at, kind: "missing", reason: missing(answer.intervals, whole(at)) });
      else if (isCount) samples.push({ at, kind: "value", value: counted.n });
      else if (counted.n === 0) samples.push({ at, kind: "missing", reason: reason("metric-nan", {}) });
      else samples.push({ at, kind: "value", value: 1 - counted.x / counted.n });
    }
    return { kind: "values", samples, dates: answer.dates };
  }

  async function probe(
    trials: readonly Trial[],
    at: Millis,
    signal?: AbortSignal,
  ): Promise<readonly Reason<MetricCode>[]> {
    const [first] = trials;
    if (first === undefined) return [];
    const to = bucketMs * Math.floor((at - lagMs) / bucketMs);
    const from = to - triedIntervals * bucketMs;
    const answer = await read(first.value.versions, from, to, signal);
    if (answer.kind === "error") {
      return trials.map(({ value }) => reason("query-failed", { check: value.name, cause: answer.reason }));
    }
    if (answer.until < from + bucketMs) return [reason("metric-source-behind", { until: answer.until, asked: to })];
    const found = [...answer.intervals.values()];
    const lacking = (["stable", "canary"] as const).filter((arm) => found.every((one) => one[arm] === undefined));
    return lacking.map((version) => reason("metric-version-absent", { version, at: to }));
  }

  return { lagMs, bucketMs, facts: () => facts, values, increments, probe, close: () => http.close() };
}

const facts: SourceFacts = { reporters: ["source"], requests: "requests", hasConnections: false, hasUnrouted: false };

function questionOf({ canary, stable, namespace }: VersionTargets, { from, to, stepMs }: Grid) {
  const [begin, end] = [from, to].map((at) => new Date(at).toISOString().replace(".000Z", "Z"));
  const names = { canary: nameOf(canary), stable: nameOf(stable), namespace };
  return { format, from: begin, to: end, bucket: stepMs / 1000, ...names, counts: ["errors"] };
}

/** All intervals between two moments, if each of them is known of this version. */
function summed(
  intervals: Intervals,
  from: Millis,
  to: Millis,
  bucketMs: Millis,
  arm: "canary" | "stable",
): ArmCounts | undefined {
  let [n, x] = [0, 0];
  for (let at = from + bucketMs; at <= to; at += bucketMs) {
    const counted = intervals.get(at)?.[arm];
    if (counted === undefined) return undefined;
    n += counted.n;
    x += counted.x;
  }
  return { n, x };
}

/** Why a point has no number: its last interval says nothing of the version, or is not there. */
const missing = (intervals: Intervals, at: Millis): Reason<MetricCode> =>
  intervals.has(at) && intervals.get(at)?.canary === undefined
    ? reason("metric-version-absent", { version: "canary", at })
    : reason("point-missing", {});

const failed = (why: Reason<MetricCode>): Failure => ({ kind: "error", reason: why });
const notOffered = (metric: string): MetricError => ({
  kind: "impossible",
  reason: reason("metric-not-offered", { metric }),
});
const unusable: ReadonlySet<MetricCode> = new Set<MetricCode>([
  "metric-count-impossible",
  "metric-interval-unasked",
  "metric-interval-twice",
  "metric-interval-unordered",
]);
/** Whether the endpoint answered, but not what was asked for. */
const isAnswer = ({ code }: Reason<MetricCode>): boolean => unusable.has(code);

const refusal = (because: string): SluiceError =>
  new SluiceError([{ code: "input", message: because, place: { path: "counts" } }]);
