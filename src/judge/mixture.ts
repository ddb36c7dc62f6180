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
  readonly starts: Reached[];
};

/** A start that has been reached: what the bet's sums were then, and the evidence since as a line in d. */
type Reached = {
  readonly logShare: number;
  readonly worth: number;
  readonly cost: number;
  readonly line: { at0: number; slope: number };
};

/** Evidence that the canary does worse than `tolerance` allows, mixed over ratios and starts. */
export type Mixture = {
  readonly tolerance: Tolerance;
  readonly bets: readonly Bet[];
  waiting: readonly Start[];
  /** The lines of all bets and starts, and the share of the starts to come: made once, set anew for each bound. */
  readonly lines: { at0: number; slope: number }[];
  readonly unreached: { at0: number; slope: number };
};

export function openMixture(constants: Constants, tolerance: Tolerance, starts: readonly Start[]): Mixture {
  const bets = constants.ratios.map(({ times, share }) => {
    return { ratio: times, logShare: Math.log(share), worth: 0, cost: 0, folded: Number.NEGATIVE_INFINITY, starts: [] };
  });
  const unreached = { at0: 0, slope: 0 };
  return { tolerance, bets, waiting: starts, lines: [unreached], unreached };
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

/** ln M at the tolerated difference. Once a look and process: it makes no arrays. */
export function logEvidence(mixture: Mixture): number {
  const d = mixture.tolerance.difference;
  const unreached = logUnreached(mixture);
  let top = unreached;
  for (const bet of mixture.bets) top = Math.max(top, bet.logShare + bet.worth - d * bet.cost + bet.folded);
  let sum = Math.exp(unreached - top);
  for (const bet of mixture.bets) sum += Math.exp(bet.logShare + bet.worth - d * bet.cost + bet.folded - top);
  return top + Math.log(sum);
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
  mixture.unreached.at0 = logUnreached(mixture);
  for (const bet of mixture.bets) {
    for (const { line, logShare, worth, cost } of bet.starts) {
      line.at0 = bet.logShare + logShare + bet.worth - worth;
      line.slope = bet.cost - cost;
    }
  }
  return mixture.lines;
}

/** A start that has not come yet holds its share unchanged. */
function logUnreached(mixture: Mixture): number {
  let share = 0;
  for (const start of mixture.waiting) share += start.share;
  return Math.log(share);
}

function reachStarts(mixture: Mixture, from: Millis): void {
  if (mixture.waiting.every((start) => start.at > from)) return;
  const reached = mixture.waiting.filter((start) => start.at <= from);
  mixture.waiting = mixture.waiting.filter((start) => start.at > from);
  const d = mixture.tolerance.difference;
  for (const bet of mixture.bets) {
    for (const { share } of reached) {
      const line = { at0: 0, slope: 0 };
      bet.starts.push({ logShare: Math.log(share), worth: bet.worth, cost: bet.cost, line });
      mixture.lines.push(line);
    }
    bet.folded = logSumExp(bet.starts.map((start) => start.logShare - start.worth + d * start.cost));
  }
}
