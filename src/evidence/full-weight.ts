import type { Sample } from "../base/judging-types.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { Threshold } from "../judge/types.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { Check, Compare, Phase, Plan } from "../rollout/plan.ts";
import type { RecordedCalibration, Shown } from "./calibration-record.ts";
import type { Survey } from "./history-queries.ts";
import { measureChecks, measureNewest } from "./measure-checks.ts";
import { pointMs } from "./unrouted-check.ts";

/**
 * At 100 % stable gets no request, and there is nothing to compare the canary with. Where the plan has no check of its own,
 * the canary is held against what stable showed in the hour before the first write. Stable was asked then in the very words
 * in which the canary is asked now. The limits are coarse, since the hour before is not the present one.
 */

type Preset = Shown["preset"];
type FullCheck = Check & Threshold;

const historyMs: Millis = 3_600_000;
const longestPointMs: Millis = 60_000;
const pointsInHold = 3;

const latencyQuantile = 0.99;
/** So many of stable's points keep to what counts as its p99. */
const usualShare = 0.9;
const leastLatencyMs: Millis = 1000;
const latencyTimes = 4;
/** Where nothing is known of stable. */
const unknown = { share: 0.9, latencyMs: 5000 };

/** How often stable may fail and the canary be called failing, or not be passed. */
const failing = { points: 0.05, times: 4, ofGood: 0.1 };
const passing = { points: 0.025, times: 2, ofGood: 0.5 };

const threeDigits = (share: number): number => Number(share.toPrecision(3));

/** Where stable itself fails often, some part of what it does well remains: a canary that fails everything never keeps it. */
function leastShare(failed: number, { points, times, ofGood }: typeof failing): number {
  return threeDigits(Math.max(1 - Math.max(failed + points, times * failed), (1 - failed) * ofGood));
}

function limitsFor({ preset, stable }: Shown): Pick<FullCheck, "min" | "max" | "passMin" | "unit"> {
  if (preset === "latency") {
    const max = stable === null ? unknown.latencyMs : Math.max(latencyTimes * stable, leastLatencyMs);
    return { max, unit: "ms" };
  }
  if (stable === null) return { min: unknown.share, unit: "share" };
  return { min: leastShare(stable, failing), passMin: leastShare(stable, passing), unit: "share" };
}

const askOf = (preset: Preset): Check["ask"] =>
  preset === "latency" ? { preset, quantile: latencyQuantile } : { preset };

const checkOf = (shown: Shown, everyMs: Millis): FullCheck => ({
  name: shown.preset,
  ask: askOf(shown.preset),
  ...limitsFor(shown),
  everyMs,
  failAfter: { consecutive: 3, total: 5 },
  silentAfter: { consecutive: 5, total: 10 },
  onSilent: "wait",
});

/** The checks of a phase at 100 %, a function of plan and record alone. A hold has room for the points that a pass needs. */
export function fullChecks(shown: readonly Shown[], { metrics }: Plan, phase: Phase | undefined): readonly FullCheck[] {
  if (metrics === undefined) return [];
  const room = ((phase?.holdMs ?? 0) - metrics.lagMs) / pointsInHold;
  // What a source has counted by itself is whole after one of its times; of a rate that takes several scrapes.
  const { bucketMs: unitMs = 1000 } = metrics;
  const quickestMs = metrics.bucketMs ?? pointMs(metrics.scrapeIntervalMs);
  const everyMs = Math.max(quickestMs, Math.min(longestPointMs, unitMs * Math.floor(room / unitMs)));
  return shown.map((one) => checkOf(one, everyMs));
}

/** What is looked at where no record says what stable showed. A user who leaves latency out of the comparison leaves it out here. */
export function unknownShown(
  { weights }: Compare,
  { protocol }: Pick<VersionTargets, "protocol">,
  baseline?: RecordedCalibration,
): readonly Shown[] {
  if (protocol === "tcp" || protocol === "tls") return [{ preset: "connections", stable: null }];
  const hasBuckets = baseline?.kind !== "compared" || baseline.frozen.boundariesMs.length > 0;
  const isSlowBad = weights.latency > 0 && hasBuckets;
  return [
    { preset: "success-rate", stable: null },
    ...(isSlowBad ? [{ preset: "latency", stable: null } as const] : []),
  ];
}

/** What the moved rules carry, as far as the source can tell it from HTTP. */
export const carried = (source: MetricSource, versions: VersionTargets): Pick<VersionTargets, "protocol"> =>
  source.facts(versions).hasConnections ? versions : {};

type StableHistory =
  | { readonly kind: "found"; readonly shown: readonly Shown[] }
  /** A question that fails before the first write would fail in every turn at 100 %. */
  | { readonly kind: "failed"; readonly reason: Reason<"stable-query-failed"> };

/** What stable showed in the last hour. `edging`: the bucket edges that it has. Questions that are given up tell nothing. */
export async function shownByStable(survey: Survey, edging: Promise<Iterable<Millis>>): Promise<StableHistory> {
  const { source, plan, arms, options } = survey;
  const looked = unknownShown(plan.compare, carried(source, arms));
  const checks = fullChecks(looked, plan, plan.phases.at(-1));
  const [points, edges] = await Promise.all([
    Promise.all(checks.map((check) => pointsOfStable(survey, check))),
    edging,
  ]);
  const edgesMs = [...edges].filter(Number.isFinite);
  const shown: Shown[] = [];
  for (const [index, { preset }] of looked.entries()) {
    const read = points[index] ?? [];
    const error = read.find((point) => point.kind === "error");
    if (error?.kind === "error" && !options.signal.aborted) {
      return { kind: "failed", reason: reason("stable-query-failed", { check: preset, cause: error.reason }) };
    }
    const values = read.flatMap((point) => (point.kind === "value" ? [point.value] : []));
    const stable = values.length === 0 ? null : preset === "latency" ? edgeAbove(values, edgesMs) : failedOf(values);
    // Requests were counted, and no bucket of theirs: the canary's would not be either.
    const hasNone = preset === "latency" && edgesMs.length === 0 && stable === null && shown.some(isKnown);
    if (!hasNone) shown.push({ preset, stable });
  }
  return { kind: "found", shown };
}

/** Failures are few: an hour of them makes one share. How long a p99 takes depends on how many requests it is made of. */
async function pointsOfStable(survey: Survey, check: FullCheck): Promise<readonly Sample[]> {
  const { source, plan, arms, options } = survey;
  const swapped = { ...arms, canary: arms.stable, stable: arms.canary };
  const { lagMs } = plan.metrics;
  const { now } = options;
  if (check.unit === "share")
    return [await measureNewest(source, { ...check, everyMs: historyMs }, swapped, { now, lagMs }, options)];
  const watch = { watchFrom: now - lagMs - historyMs, now, lagMs };
  const { samples } = await measureChecks(source, [check], swapped, watch, options);
  return samples.get(check.name) ?? [];
}

const isKnown = ({ stable }: Shown): boolean => stable !== null;

const failedOf = ([succeeded = 1]: readonly number[]): number => Math.min(1, Math.max(0, 1 - succeeded));

/** The upper edge of the bucket that stable's own p99 keeps to, but for a point here and there, as chance or an incident has it. */
function edgeAbove(values: readonly number[], edgesMs: readonly Millis[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const mostly = sorted[Math.ceil(usualShare * sorted.length) - 1] ?? 0;
  // A quantile that lies on an edge may miss it by the last bit.
  const above = edgesMs.filter((edge) => edge >= mostly * (1 - 1e-9));
  return above.length === 0 ? mostly : Math.min(...above);
}

/** By what a phase at 100 % is judged, for people. */
export function fullNotice(
  checks: readonly FullCheck[],
  shown: readonly Shown[],
  { phase, weight }: { readonly phase: number; readonly weight: number },
): Reason<"judged-by-stable"> {
  const limits = checks.map(({ name, min, max, unit }, i) => {
    const stable = shown[i]?.stable ?? null;
    return {
      check: name,
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(unit === undefined ? {} : { unit }),
      // A share is held against what succeeded.
      ...(stable === null ? {} : { stable: unit === "share" ? 1 - stable : stable }),
    };
  });
  return reason("judged-by-stable", { phase, weight, checks: limits });
}
