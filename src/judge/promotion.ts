import type { Constants } from "./constants.ts";
import { lastHolding, lastReaching, logSumExp } from "./numbers.ts";
import type { Pair, Tolerance } from "./types.ts";

/** One bet: that the canary's rate lies by this part below the limit. */
type Bet = { readonly by: number; readonly logShare: number; readonly logKept: number; worth: number; gain: number };

/** Evidence against "the canary is worse than the limit in every look". One process over the whole rollout. */
export type Safety = { readonly limit: Tolerance; readonly bets: readonly Bet[] };

export function openSafety(constants: Constants, limit: Tolerance): Safety {
  const bets = constants.reductions.map(({ by, share }) => {
    return { by, logShare: Math.log(share), logKept: Math.log1p(-by), worth: 0, gain: 0 };
  });
  return { limit, bets };
}

/** Adds one look that has requests in both arms, counted in clusters (divided by phi). */
export function addSafeLook(safety: Safety, { canary, stable }: Pair): void {
  for (const bet of safety.bets) {
    bet.worth += canary.x * bet.logKept;
    if (stable.x > 0) bet.worth += stable.x * Math.log1p((safety.limit.ratio * bet.by * canary.n) / stable.n);
    bet.gain += bet.by * canary.n;
  }
}

/** ln M' at the limit: large when the canary is shown to be below it. */
export function logSafe(safety: Safety, difference: number = safety.limit.difference): number {
  return logSumExp(safety.bets.map((bet) => bet.logShare + bet.worth + difference * bet.gain));
}

/** The smallest d such that "worse by at most d" stands with evidence 1/beta, whenever one looks. */
export function upperBound(safety: Safety, beta: number): number {
  const lines = safety.bets.map((bet) => ({ at0: bet.logShare + bet.worth, slope: bet.gain }));
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
  const missed = (x: number) =>
    !constants.ratios.some(({ times }) => {
      const weight = (times - 1) / (tolerance.ratio * times * canary + stable);
      const gain = weight * stable;
      const a = Math.log1p(gain);
      const b = Math.log1p(-weight * tolerance.ratio * canary);
      const mean = canary * x * a + stable * rate * b - tolerance.difference * gain * canary;
      return mean - constants.powerDeviations * Math.sqrt(canary * x * a * a + stable * rate * b * b) >= wanted;
    });
  const lowest = Math.min(tolerance.ratio * rate + tolerance.difference, 1);
  return missed(1) ? undefined : lastHolding(lowest, 1, missed);
}
