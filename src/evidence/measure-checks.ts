import { type Clock, systemClock } from "../base/clock.ts";
import { defaultSkewMs, skewOf } from "../base/clock-skew.ts";
import type { Sample } from "../base/judging-types.ts";
import { momentStepMs, wholeSecond } from "../base/moment.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { MetricSource, Trial, ValueQuestion, VersionTargets } from "../ports/metric-source.ts";
import type { Check } from "../rollout/plan.ts";

/** A check of the plan, or one that Sluice makes of what the plan has no word for. */
export type AnyCheck = Omit<Check, "ask"> & { readonly ask: Check["ask"] | { readonly preset: "unrouted" } };

/**
 * A point of a preset with fewer requests behind it is missing: below 20 a single failed request moves the success rate
 * by more than five points, and a p99 is merely the slowest request.
 */
const presetRequests = 20;

/** What is asked for one check: a value, and the number of requests behind it where a point needs some to count. */
export function trialOf({ name, ask, everyMs: windowMs, count }: AnyCheck, versions: VersionTargets): Trial {
  const value: ValueQuestion = { name, versions, windowMs, ask };
  if ("query" in ask) return count === undefined ? { value } : { value, count: { ...value, ask: { count } } };
  return ask.preset === "unrouted" ? { value } : { value, count: { ...value, ask: { requestsOf: ask } } };
}

/** From when to when a phase's checks are read, by server time. `lagMs`: how late a scrape may become visible. */
type CheckWindow = { readonly watchFrom: Millis; readonly now: Millis; readonly lagMs: Millis };

export type MeasureOptions = {
  /** What the turn before handed out; empty at the start of a run. */
  readonly failedFrom?: ReadonlyMap<string, Millis>;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** How far the source's clock may be from the API server's. */
  readonly clockSkewMs?: Millis;
};

export type Measured = {
  /** By the name of the check. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Per check without an answer, the newest point that this run's first failed question asked for. */
  readonly failedFrom: ReadonlyMap<string, Millis>;
};

/** With more at once the last ones would wait in a queue, here or in the source, until their time is up. */
const atOnce = 4;

/**
 * The points of a check that are complete: their last scrape is visible by now, so they will not change any more. They are
 * multiples of the step since the epoch, which a source that rounds to the step moves nowhere; the first is the one whose
 * whole window lies behind the watch.
 */
export function gridOf(everyMs: Millis, watch: CheckWindow): readonly Millis[] {
  const origin = everyMs * Math.ceil(watch.watchFrom / everyMs);
  const complete = Math.floor((watch.now - watch.lagMs - origin) / everyMs);
  return Array.from({ length: Math.max(0, complete) }, (_, index) => origin + (index + 1) * everyMs);
}

/**
 * All points of all checks in the present phase, asked for anew: nothing but the start of a failure is kept from one turn
 * to the next, so that every run computes the same from the same recorded times.
 */
export async function measureChecks(
  source: MetricSource,
  checks: readonly AnyCheck[],
  arms: VersionTargets,
  watch: CheckWindow,
  options: MeasureOptions = {},
): Promise<Measured> {
  const read = new Map<string, Reading>();
  const waiting = [...checks];
  const reader = readerOf(source, watch, options);
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const points = gridOf(check.everyMs, watch);
      const before = options.failedFrom?.get(check.name);
      read.set(check.name, await readCheck(reader, check, arms, { points, stepMs: check.everyMs }, before));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, checks.length) }, work));
  const readings = checks.map((check) => [check.name, read.get(check.name) ?? { samples: [] }] as const);
  const failing = readings.flatMap(([name, { failedFrom }]) =>
    failedFrom === undefined ? [] : [[name, failedFrom] as const],
  );
  return { samples: new Map(readings.map(([name, { samples }]) => [name, samples])), failedFrom: new Map(failing) };
}

/** The newest complete value of a check, over one step of it, wherever that ends between the check's own points. */
export async function measureNewest(
  source: MetricSource,
  check: AnyCheck,
  arms: VersionTargets,
  { now, lagMs }: Pick<CheckWindow, "now" | "lagMs">,
  options: MeasureOptions = {},
): Promise<Sample> {
  const at = wholeSecond(now - lagMs);
  const read = readerOf(source, { watchFrom: at - check.everyMs, now, lagMs }, options);
  // A source that rounds to the step must not move it.
  const { samples } = await readCheck(read, check, arms, { points: [at], stepMs: momentStepMs }, undefined);
  return samples[0] ?? { at, kind: "missing", reason: reason("point-missing", {}) };
}

type Reading = { readonly samples: readonly Sample[]; readonly failedFrom?: Millis };
type Asked = { readonly points: readonly Millis[]; readonly stepMs: Millis };
type Reader = (question: ValueQuestion, asked: Asked) => Promise<readonly Sample[] | Unanswered>;
type Unanswered = { readonly kind: "unanswered"; readonly reason: Reason };

async function readCheck(
  read: Reader,
  check: AnyCheck,
  arms: VersionTargets,
  asked: Asked,
  failedBefore: Millis | undefined,
): Promise<Reading> {
  const { points } = asked;
  const newest = points.at(-1);
  // Nothing is complete yet: there is nothing to ask for, and nothing new about a failure.
  if (newest === undefined) return { samples: [], ...(failedBefore === undefined ? {} : { failedFrom: failedBefore }) };
  // Without an answer the points before the failure are unknown in this turn, and those since it began are errors.
  const failure = (why: Reason): Reading => {
    const failedFrom = failedBefore ?? newest;
    const missed = points.filter((at) => at >= failedFrom);
    return { samples: missed.map((at): Sample => ({ at, kind: "error", reason: why })), failedFrom };
  };
  const { value, count } = trialOf(check, arms);
  const { requests = "preset" in check.ask ? presetRequests : undefined } = check;
  const [values, counts] = await Promise.all([
    read(value, asked),
    count === undefined || requests === undefined ? undefined : read(count, asked),
  ]);
  if ("kind" in values) return failure(values.reason);
  if (requests === undefined || counts === undefined) return { samples: values };
  if ("kind" in counts) return failure(reason("request-count-unknown", { cause: counts.reason }));
  return { samples: values.map((sample, index) => withMinimum(sample, counts[index], requests)) };
}

/** A point with too few requests behind it says nothing, whatever its value; one whose requests are unknown neither. */
function withMinimum(sample: Sample, count: Sample | undefined, requests: number): Sample {
  const { at } = sample;
  if (count?.kind !== "value") {
    const cause = count?.reason ?? reason("point-missing", {});
    return { at, kind: "missing", reason: reason("request-count-unknown", { cause }) };
  }
  if (count.value < 0) return { at, kind: "missing", reason: reason("request-count-negative", {}) };
  if (count.value >= requests) return sample;
  return { at, kind: "missing", reason: reason("point-too-few-requests", { requests: count.value, need: requests }) };
}

/** Asks one question for all points, and compares clocks: a source that lives in another time shows data of another phase. */
function readerOf(source: MetricSource, watch: CheckWindow, options: MeasureOptions): Reader {
  const { clock = systemClock, clockSkewMs = defaultSkewMs, signal } = options;
  const began = clock.now();
  const serverNow = () => watch.now + (clock.now() - began);
  return async (question, { points, stepMs }) => {
    const [from, to] = [points[0] ?? watch.now, points.at(-1) ?? watch.now];
    const sent = serverNow();
    const answer = await source.values(question, { from, to, stepMs }, signal);
    if (answer.kind !== "values") return { kind: "unanswered", reason: answer.reason };
    const received = serverNow();
    const offMs = answer.dates
      .map((date) => skewOf(date, sent, received, clockSkewMs))
      .find((off) => off !== undefined);
    if (offMs !== undefined) {
      return points.map((at): Sample => ({ at, kind: "missing", reason: reason("clock-skewed", { offMs }) }));
    }
    const found = new Map(answer.samples.map((sample) => [sample.at, sample]));
    return points.map((at): Sample => found.get(at) ?? { at, kind: "missing", reason: reason("point-missing", {}) });
  };
}
