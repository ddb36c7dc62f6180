import { type Clock, systemClock } from "../base/clock.ts";
import { defaultSkewMs, skewOf } from "../base/clock-skew.ts";
import { foreign } from "../base/foreign.ts";
import type { Sample } from "../base/judging-types.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { ask, type CheckQuery, momentStepMs, wholeSecond } from "../metrics/prometheus/check-queries.ts";
import type { Measurement, MetricSource, Question, VersionTargets } from "../ports/metric-source.ts";
import type { Check } from "../rollout/plan.ts";

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
  checks: readonly Check[],
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
      read.set(check.name, await readCheck(reader, ask(check, arms), points, before));
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
  check: Check,
  arms: VersionTargets,
  { now, lagMs }: Pick<CheckWindow, "now" | "lagMs">,
  options: MeasureOptions = {},
): Promise<Sample> {
  const at = wholeSecond(now - lagMs);
  const asked = ask(check, arms);
  const read = readerOf(source, { watchFrom: at - check.everyMs, now, lagMs }, options);
  const { samples } = await readCheck(read, asked.kind === "asked" ? atOneMoment(asked) : asked, [at], undefined);
  return samples[0] ?? { at, kind: "missing", reason: reason("point-missing", {}) };
}

/** A source that rounds to the step must not move it. */
function atOneMoment({ value, minimum, ...asked }: Extract<CheckQuery, { kind: "asked" }>): CheckQuery {
  const one = (question: Question): Question => ({ ...question, stepMs: momentStepMs });
  const counted = minimum === undefined ? {} : { minimum: { ...minimum, count: one(minimum.count) } };
  return { ...asked, value: one(value), ...counted };
}

type Reading = { readonly samples: readonly Sample[]; readonly failedFrom?: Millis };
type Reader = (question: Question, points: readonly Millis[]) => Promise<readonly Sample[] | Unanswered>;
type Unanswered = { readonly kind: "unanswered"; readonly reason: Reason };

const unanswered = (why: Reason): Unanswered => ({ kind: "unanswered", reason: why });
const told = (because: string): Reason => reason("metric-failed", { says: foreign(because, 400) });

async function readCheck(
  read: Reader,
  asked: CheckQuery,
  points: readonly Millis[],
  failedBefore: Millis | undefined,
): Promise<Reading> {
  const newest = points.at(-1);
  // Nothing is complete yet: there is nothing to ask for, and nothing new about a failure.
  if (newest === undefined) return { samples: [], ...(failedBefore === undefined ? {} : { failedFrom: failedBefore }) };
  // Without an answer the points before the failure are unknown in this turn, and those since it began are errors.
  const failure = (why: Reason): Reading => {
    const failedFrom = failedBefore ?? newest;
    const missed = points.filter((at) => at >= failedFrom);
    return { samples: missed.map((at): Sample => ({ at, kind: "error", reason: why })), failedFrom };
  };
  if (asked.kind === "refused") return failure(told(asked.problem.message));
  const { value, minimum } = asked;
  const [values, counts] = await Promise.all([
    read(value, points),
    minimum === undefined ? undefined : read(minimum.count, points),
  ]);
  if ("kind" in values) return failure(values.reason);
  if (minimum === undefined || counts === undefined) return { samples: values };
  if ("kind" in counts) return failure(reason("request-count-unknown", { cause: counts.reason }));
  return { samples: values.map((sample, index) => withMinimum(sample, counts[index], minimum.requests)) };
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
  return async (question, points) => {
    const [first, last] = [points[0] ?? watch.now, points.at(-1) ?? watch.now];
    const sent = serverNow();
    const measured: Measurement = await source.measure(question, first, last, signal);
    if (measured.kind === "error") return unanswered(told(measured.because));
    if (measured.kind === "series") return unanswered(reason("answer-not-numbers", {}));
    const offMs = skewOf(measured.date, sent, serverNow(), clockSkewMs);
    if (offMs !== undefined) {
      return points.map((at): Sample => ({ at, kind: "missing", reason: reason("clock-skewed", { offMs }) }));
    }
    const found = new Map(measured.samples.map((sample) => [sample.at, sample]));
    return points.map((at) => found.get(at) ?? { at, kind: "missing", reason: reason("point-missing", {}) });
  };
}
