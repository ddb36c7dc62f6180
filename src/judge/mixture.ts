import type { Constants } from "./constants.ts";
import { type Line, lastReaching, logSumExp } from "./numbers.ts";
import type { Millis, Pair, Tolerance } from "./types.ts";

/** A moment at which the evidence begins anew beside the older one, and its share of the bet. Infinity: not known yet. */
export type Start = { at: Millis; readonly share: number };

/** One bet: that the canary fails `ratio` times as often as is tolerated. Sums over all looks so far. */
type Bet = {
  readonly ratio: number;
  readonly logShare: number;
  /** The logarithm of the bet's worth at no difference d, and what each unit of d takes from it. */
  worth: number;
  cost: number;
  /** What the reached starts take off the sums above, folded into one term at the tolerated difference. */
  folded: number;
  readonly starts: { readonly logShare: number; readonly worth: number; readonly cost: number }[];
};

/** Evidence that the canary does worse than `tolerance` allows, mixed over ratios and starts. */
export type Mixture = {
  readonly tolerance: Tolerance;
  readonly bets: readonly Bet[];
  waiting: readonly Start[];
};

export function openMixture(constants: Constants, tolerance: Tolerance, starts: readonly Start[]): Mixture {
  const logShare = -Math.log(constants.ratios.length);
  const bets = constants.ratios.map((ratio) => ({
    ratio,
    logShare,
    worth: 0,
    cost: 0,
    folded: Number.NEGATIVE_INFINITY,
    starts: [],
  }));
  return { tolerance, bets, waiting: starts };
}

/**
 * Adds one look that has requests in both arms, counted in clusters (divided by phi). `from`: when it began.
 * With independent requests the mean of (1+g)^x is at most exp(g*n*p); g and u are chosen so that both arms cancel
 * at the tolerated ratio, and the bet cannot grow on average while the canary stays within tolerance.
 */
export function addLook(mixture: Mixture, from: Millis, { canary, stable }: Pair): void {
  reachStarts(mixture, from);
  const { ratio: rho } = mixture.tolerance;
  for (const bet of mixture.bets) {
    const weight = (bet.ratio - 1) / (rho * bet.ratio * canary.n + stable.n);
    const gain = weight * stable.n;
    if (canary.x > 0) bet.worth += canary.x * Math.log1p(gain);
    if (stable.x > 0) bet.worth += stable.x * Math.log1p(-weight * rho * canary.n);
    bet.cost += gain * canary.n;
  }
}

/** ln M at the tolerated difference. */
export function logEvidence(mixture: Mixture): number {
  const d = mixture.tolerance.difference;
  const terms = mixture.bets.map((bet) => bet.logShare + bet.worth - d * bet.cost + bet.folded);
  terms.push(logUnreached(mixture));
  return logSumExp(terms);
}

/** The largest d such that "worse by at least d" stands with evidence 1/alpha, whenever one looks. */
export function lowerBound(mixture: Mixture, alpha: number): number {
  return lastReaching(linesOf(mixture), -Math.log(alpha));
}

/** ln M at another difference than the tolerated one. */
export function logEvidenceAt(mixture: Mixture, d: number): number {
  return logSumExp(linesOf(mixture).map((line) => line.at0 - d * line.slope));
}

function linesOf(mixture: Mixture): readonly Line[] {
  const lines: Line[] = [{ at0: logUnreached(mixture), slope: 0 }];
  for (const bet of mixture.bets) {
    for (const start of bet.starts) {
      const at0 = bet.logShare + start.logShare + bet.worth - start.worth;
      lines.push({ at0, slope: bet.cost - start.cost });
    }
  }
  return lines;
}

/** A start that has not come yet holds its share unchanged. */
function logUnreached(mixture: Mixture): number {
  let share = 0;
  for (const start of mixture.waiting) share += start.share;
  return Math.log(share);
}

function reachStarts(mixture: Mixture, from: Millis): void {
  const reached = mixture.waiting.filter((start) => start.at <= from);
  if (reached.length === 0) return;
  mixture.waiting = mixture.waiting.filter((start) => start.at > from);
  const d = mixture.tolerance.difference;
  for (const bet of mixture.bets) {
    for (const { share } of reached) bet.starts.push({ logShare: Math.log(share), worth: bet.worth, cost: bet.cost });
    bet.folded = logSumExp(bet.starts.map((start) => start.logShare - start.worth + d * start.cost));
  }
}
