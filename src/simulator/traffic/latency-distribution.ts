import type { Millis } from "../../base/units.ts";
import type { Scenario, ScenarioArm } from "../scenario/scenario.ts";
import type { Calendar } from "../scenario/value-at-time.ts";
import { type Latency, latencyAt } from "./request-rates.ts";

/** The bounds of Istio's histogram in milliseconds; one more bucket holds everything above. */
export const bucketBounds = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000] as const;

/** How long requests take, bucket by bucket: the share of requests up to each bound, and the mean inside each bucket. */
export type Distribution = { readonly upTo: readonly number[]; readonly meanMs: readonly number[] };

const sigma = 0.8;

/** Lognormal around the median; `slowShare` of the requests take `slowByMs` longer. */
function latencyDistribution(medianMs: number, slowShare: number, slowByMs: number): Distribution {
  const upTo: number[] = [];
  const meanMs: number[] = [];
  let below = 0;
  let timeBelow = 0;
  for (const bound of [...bucketBounds, Number.POSITIVE_INFINITY]) {
    const quick = 1 - slowShare;
    const slowBound = bound - slowByMs;
    const probability = quick * shareBelow(bound, medianMs) + slowShare * shareBelow(slowBound, medianMs);
    const time =
      quick * timeSpentBelow(bound, medianMs) +
      slowShare * (timeSpentBelow(slowBound, medianMs) + slowByMs * shareBelow(slowBound, medianMs));
    const inside = probability - below;
    upTo.push(bound === Number.POSITIVE_INFINITY ? 1 : probability);
    meanMs.push(inside > 1e-12 ? (time - timeBelow) / inside : Math.min(bound, 120_000));
    below = probability;
    timeBelow = time;
  }
  return { upTo, meanMs };
}

/** A failure that took no time at all: nobody was there to answer. */
export const instantly: Distribution = {
  upTo: [...bucketBounds, 0].map(() => 1),
  meanMs: [...bucketBounds, 0].map(() => 0.2),
};

function shareBelow(bound: number, medianMs: number): number {
  return bound <= 0 ? 0 : normalBelow(Math.log(bound / medianMs) / sigma);
}

/** The part of the mean that stems from requests below the bound. */
function timeSpentBelow(bound: number, medianMs: number): number {
  if (bound <= 0) return 0;
  return medianMs * Math.exp((sigma * sigma) / 2) * normalBelow(Math.log(bound / medianMs) / sigma - sigma);
}

/** The normal distribution function, after Abramowitz and Stegun 7.1.26; off by at most 1.5e-7. */
function normalBelow(z: number): number {
  if (z === Number.POSITIVE_INFINITY) return 1;
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp(-x * x);
  return z < 0 ? tail / 2 : 1 - tail / 2;
}

export function cachedDistributions(
  scenario: Scenario,
  calendar: Calendar,
): (arm: ScenarioArm, at: Millis) => Distribution {
  type Known = { readonly latency: Latency | undefined; readonly key: string; readonly distribution: Distribution };
  const last: Partial<Record<ScenarioArm, Known>> = {};
  return (arm, at) => {
    const latency = latencyAt(scenario, arm, at, calendar);
    const { medianMs, slowShare, slowByMs } = latency;
    const before = last[arm];
    if (before?.latency !== undefined && isSameLatency(before.latency, latency)) return before.distribution;
    // A rising latency would need a table a second; a hundredth more or less is nothing that a bucket shows.
    const rounded = Math.exp(Math.round(Math.log(medianMs) * 100) / 100);
    const median = Math.abs(rounded - medianMs) < 1e-9 || before === undefined ? medianMs : rounded;
    const key = `${median} ${slowShare} ${slowByMs}`;
    const distribution = before?.key === key ? before.distribution : latencyDistribution(median, slowShare, slowByMs);
    // The first one is not rounded, so it stands for none of the later ones.
    last[arm] = { latency: before === undefined ? undefined : latency, key, distribution };
    return distribution;
  };
}

const isSameLatency = (one: Latency, other: Latency): boolean =>
  one.medianMs === other.medianMs && one.slowShare === other.slowShare && one.slowByMs === other.slowByMs;
