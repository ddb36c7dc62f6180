import type { Tolerance } from "../base/judging-types.ts";
import type { Constants } from "./constants.ts";
import { type Lines, lastHolding, lastReaching, linesFor } from "./numerics.ts";
import type { ArmPair } from "./types.ts";

/** What each bet makes of a bad request of stable, where so many requests came; see `Odds` of the mixture. */
export type SafeOdds = {
  readonly limited: number;
  /** By which part the canary's rate lies below the limit, the logarithm of what is left, and of the bet's share. */
  readonly reductions: Float64Array;
  readonly kept: Float64Array;
  readonly logShares: Float64Array;
  canary: number;
  stable: number;
  readonly won: Float64Array;
};

/** Evidence against "the canary is worse than the limit in every look". One process over the whole rollout. */
export type Safety = {
  readonly limit: Tolerance;
  readonly odds: SafeOdds;
  /** Of each bet, over all looks: the logarithm of its worth at a limit of no difference, and what each unit of difference adds. */
  readonly worth: Float64Array;
  readonly gain: Float64Array;
  /** Room for the lines of all bets, set anew for each bound. */
  readonly lines: Lines;
};

export function openNonInferiority(constants: Constants, limited: number): SafeOdds {
  const reductions = Float64Array.from(constants.reductions, ({ by }) => by);
  const logShares = Float64Array.from(constants.reductions, ({ share }) => Math.log(share));
  const kept = reductions.map((by) => Math.log1p(-by));
  return { limited, reductions, kept, logShares, canary: 0, stable: 0, won: new Float64Array(reductions.length) };
}

export function openSafety(
  constants: Constants,
  limit: Tolerance,
  odds: SafeOdds = openNonInferiority(constants, limit.ratio),
): Safety {
  const zeros = () => new Float64Array(odds.reductions.length);
  return { limit, odds, worth: zeros(), gain: zeros(), lines: linesFor(odds.reductions.length) };
}

/** Adds one look that has requests in both arms; `phi` of them fail together and count as one. */
export function addSafeLook({ odds, worth, gain }: Safety, { canary, stable }: ArmPair, phi = 1): void {
  setOdds(odds, canary.n, stable.n);
  const { reductions, kept, won } = odds;
  const requests = canary.n / phi;
  const bad = canary.x / phi;
  const stableBad = stable.x / phi;
  for (let j = 0; j < worth.length; j += 1) {
    worth[j] = (worth[j] ?? 0) + bad * (kept[j] ?? 0) + stableBad * (won[j] ?? 0);
    gain[j] = (gain[j] ?? 0) + requests * (reductions[j] ?? 0);
  }
}

function setOdds(odds: SafeOdds, canary: number, stable: number): void {
  if (odds.canary === canary && odds.stable === stable) return;
  const { limited, reductions, won } = odds;
  odds.canary = canary;
  odds.stable = stable;
  for (let j = 0; j < won.length; j += 1) {
    won[j] = Math.log1p((limited * (reductions[j] ?? 0) * canary) / stable);
  }
}

/** ln M' at the limit: large when the canary is shown to be below it. */
export function logSafe({ limit, odds, worth, gain }: Safety, difference: number = limit.difference): number {
  const { logShares } = odds;
  const at = (j: number) => (logShares[j] ?? 0) + (worth[j] ?? 0) + difference * (gain[j] ?? 0);
  let top = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < worth.length; j += 1) top = Math.max(top, at(j));
  let sum = 0;
  for (let j = 0; j < worth.length; j += 1) sum += Math.exp(at(j) - top);
  return top + Math.log(sum);
}

/** The smallest d such that "worse by at most d" stands with evidence 1/beta, whenever one looks. */
export function upperBound({ odds: { logShares }, worth, gain, lines }: Safety, beta: number): number {
  const { at0, slope } = lines;
  for (let j = 0; j < worth.length; j += 1) at0[j] = (logShares[j] ?? 0) + (worth[j] ?? 0);
  slope.set(gain);
  // The sum rises in d: turned round it falls, and the smallest d becomes the largest -d.
  return -lastReaching(lines, -Math.log(beta));
}

export type Expectation = {
  readonly constants: Constants;
  readonly alpha: number;
  readonly beta: number;
  readonly tolerance: Tolerance;
  readonly limit: Tolerance;
  readonly phi: number;
  /** The stable version's rate. */
  readonly rate: number;
};

/** About how many canary requests a promotion needs if the canary is as good as stable. Infinity: more never help. */
export function needOf({ constants, beta, limit, phi, rate }: Expectation, weightPercent: number): number {
  const odds = weightPercent / (100 - weightPercent);
  const needs = constants.reductions.map(({ by, share }) => {
    const growth = rate * Math.log1p(-by) + (rate / odds) * Math.log1p(limit.ratio * by * odds) + by * limit.difference;
    return growth > 0 ? (-Math.log(beta) - Math.log(share)) / growth : Number.POSITIVE_INFINITY;
  });
  return phi * Math.min(...needs);
}

/** Requests that must pass without one error before a canary can be called safe. */
export function cleanOf({ constants, beta, limit, phi }: Expectation): number {
  const needs = constants.reductions.map(
    ({ by, share }) => (-Math.log(beta) - Math.log(share)) / (by * limit.difference),
  );
  return phi * Math.min(...needs);
}

/** The smallest canary rate that these requests would betray four times in five; undefined: not even total failure. */
export function detectableOf(
  { constants, alpha, tolerance, phi, rate }: Expectation,
  requests: { readonly canary: number; readonly stable: number },
  share: number,
): number | undefined {
  const canary = requests.canary / phi;
  const stable = requests.stable / phi;
  const wanted = -Math.log(alpha) - Math.log(share) + constants.powerSlack;
  // What does not depend on the rate tried is reckoned once: this is asked for in every verdict.
  const bets = constants.ratios.map(({ times }) => {
    const weight = (times - 1) / (tolerance.ratio * times * canary + stable);
    const gain = weight * stable;
    const b = Math.log1p(-weight * tolerance.ratio * canary);
    const lost = stable * rate * b;
    return { a: Math.log1p(gain), lost, spread: lost * b, tolerated: tolerance.difference * gain * canary };
  });
  const missed = (x: number) =>
    !bets.some(({ a, lost, spread, tolerated }) => {
      const mean = canary * x * a + lost - tolerated;
      return mean - constants.powerDeviations * Math.sqrt(canary * x * a * a + spread) >= wanted;
    });
  const lowest = Math.min(tolerance.ratio * rate + tolerance.difference, 1);
  return missed(1) ? undefined : lastHolding(lowest, 1, missed);
}
