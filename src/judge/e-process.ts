import type { Tolerance } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import type { Constants } from "./constants.ts";
import { type Lines, lastReaching, linesFor, logSumExp, NEGLIGIBLE } from "./numerics.ts";
import type { ArmPair } from "./types.ts";

/** A moment at which the evidence begins anew beside the older one, and its share of the bet. Infinity: not known yet. */
export type Start = { at: Millis; readonly share: number };

/**
 * What each bet makes of a look, as far as it depends on the requests alone. A bet says that the canary fails `ratios[j]`
 * times as often as is tolerated. Logarithms are what a look costs most, and comparisons that count the same requests
 * share them: the bad requests come in as factors only, and so do clusters.
 */
export type LikelihoodTable = {
  readonly tolerated: number;
  readonly ratios: Float64Array;
  readonly logShares: Float64Array;
  canary: number;
  stable: number;
  /** What each request of the canary takes from the bet, for each unit of difference. */
  readonly gains: Float64Array;
  /** What a bad request of the canary, and one of stable, adds to its logarithm. */
  readonly won: Float64Array;
  readonly lost: Float64Array;
};

/** A start that has been reached: what the sums of all bets were then. */
type Reached = { readonly logShare: number; readonly worth: Float64Array; readonly cost: Float64Array };

/** Evidence that the canary does worse than `tolerance` allows, mixed over ratios and starts. */
export type Mixture = {
  readonly tolerance: Tolerance;
  readonly odds: LikelihoodTable;
  /** Of each bet, over all looks so far: the logarithm of its worth at no difference d, and what each unit of d takes from it. */
  readonly worth: Float64Array;
  readonly cost: Float64Array;
  /** Its share, and what the reached starts take off the sums above: folded into one term at the tolerated difference. */
  readonly folded: Float64Array;
  readonly reached: Reached[];
  waiting: readonly Start[];
  /** When the first of them comes, as far as is known: see `noteStarts`. */
  nextAt: Millis;
  /** The logarithm of the share of the starts to come, which they hold unchanged. */
  unreached: number;
  /** Room for the lines of all bets and starts, set anew for each bound. */
  lines: Lines;
};

export function openOdds(constants: Constants, tolerated: number): LikelihoodTable {
  const ratios = Float64Array.from(constants.ratios, ({ times }) => times);
  const zeros = () => new Float64Array(ratios.length);
  const logShares = Float64Array.from(constants.ratios, ({ share }) => Math.log(share));
  return { tolerated, ratios, logShares, canary: 0, stable: 0, gains: zeros(), won: zeros(), lost: zeros() };
}

export function openMixture(
  constants: Constants,
  tolerance: Tolerance,
  starts: readonly Start[],
  odds: LikelihoodTable = openOdds(constants, tolerance.ratio),
): Mixture {
  const zeros = () => new Float64Array(odds.ratios.length);
  const folded = zeros().fill(Number.NEGATIVE_INFINITY);
  const mixture = { tolerance, odds, worth: zeros(), cost: zeros(), folded, reached: [], waiting: starts };
  return { ...mixture, nextAt: firstOf(starts), unreached: logShareOf(starts), lines: linesFor(1) };
}

/** To be told when starts have become known. */
export function noteStarts(mixture: Mixture): void {
  mixture.nextAt = firstOf(mixture.waiting);
}

function firstOf(starts: readonly Start[]): Millis {
  return Math.min(...starts.map(({ at }) => at));
}

/**
 * Adds one look that has requests in both arms; `phi` of them fail together and count as one. `from`: when it began.
 * With independent requests the mean of (1+g)^x is at most exp(g*n*p); g and u are chosen so that both arms cancel
 * at the tolerated ratio, and the bet cannot grow on average while the canary stays within tolerance.
 */
export function addLook(mixture: Mixture, from: Millis, { canary, stable }: ArmPair, phi = 1): void {
  if (mixture.nextAt <= from) reachStarts(mixture, from);
  const { odds, worth, cost } = mixture;
  setOdds(odds, canary.n, stable.n);
  const { gains, won, lost } = odds;
  const requests = canary.n / phi;
  const bad = canary.x / phi;
  const stableBad = stable.x / phi;
  for (let j = 0; j < gains.length; j += 1) {
    worth[j] = (worth[j] ?? 0) + bad * (won[j] ?? 0) + stableBad * (lost[j] ?? 0);
    cost[j] = (cost[j] ?? 0) + requests * (gains[j] ?? 0);
  }
}

/** They depend on the share of the two versions only: clusters change nothing. */
function setOdds(odds: LikelihoodTable, canary: number, stable: number): void {
  if (odds.canary === canary && odds.stable === stable) return;
  const { tolerated, ratios, gains, won, lost } = odds;
  odds.canary = canary;
  odds.stable = stable;
  for (let j = 0; j < ratios.length; j += 1) {
    const ratio = ratios[j] ?? 1;
    const weight = (ratio - 1) / (tolerated * ratio * canary + stable);
    gains[j] = weight * stable;
    won[j] = Math.log1p(weight * stable);
    lost[j] = Math.log1p(-weight * tolerated * canary);
  }
}

/** ln M at the tolerated difference. Once a look and process: it makes no arrays. */
export function logEvidence({ tolerance: { difference }, worth, cost, folded, unreached }: Mixture): number {
  let top = unreached;
  for (let j = 0; j < worth.length; j += 1) {
    top = Math.max(top, (worth[j] ?? 0) - difference * (cost[j] ?? 0) + (folded[j] ?? 0));
  }
  let sum = Math.exp(unreached - top);
  for (let j = 0; j < worth.length; j += 1) {
    const below = (worth[j] ?? 0) - difference * (cost[j] ?? 0) + (folded[j] ?? 0) - top;
    if (below > NEGLIGIBLE) sum += Math.exp(below);
  }
  return top + Math.log(sum);
}

/** The largest d such that "worse by at least d" stands with evidence 1/alpha, whenever one looks. */
export function lowerBound(mixture: Mixture, alpha: number): number {
  return lastReaching(linesOf(mixture), -Math.log(alpha));
}

/** ln M at another difference than the tolerated one. */
export function logEvidenceAt(mixture: Mixture, d: number): number {
  const { at0, slope } = linesOf(mixture);
  return logSumExp([...at0].map((height, i) => height - d * (slope[i] ?? 0)));
}

/** One line a bet and reached start, and one for all starts to come. */
function linesOf(mixture: Mixture): Lines {
  const { odds, worth, cost, reached, unreached } = mixture;
  const { logShares } = odds;
  const count = 1 + reached.length * worth.length;
  if (mixture.lines.at0.length !== count) mixture.lines = linesFor(count);
  const { at0, slope } = mixture.lines;
  at0[0] = unreached;
  let i = 1;
  for (const { logShare, worth: worthThen, cost: costThen } of reached) {
    for (let j = 0; j < worth.length; j += 1) {
      at0[i] = (logShares[j] ?? 0) + logShare + (worth[j] ?? 0) - (worthThen[j] ?? 0);
      slope[i] = (cost[j] ?? 0) - (costThen[j] ?? 0);
      i += 1;
    }
  }
  return mixture.lines;
}

function logShareOf(starts: readonly Start[]): number {
  return Math.log(starts.reduce((sum, { share }) => sum + share, 0));
}

function reachStarts(mixture: Mixture, from: Millis): void {
  const { odds, worth, cost, folded, reached, tolerance, waiting } = mixture;
  for (const { at, share } of waiting) {
    if (at > from) continue;
    const logShare = Math.log(share);
    reached.push({ logShare, worth: worth.slice(), cost: cost.slice() });
    for (let j = 0; j < folded.length; j += 1) {
      const term = (odds.logShares[j] ?? 0) + logShare - (worth[j] ?? 0) + tolerance.difference * (cost[j] ?? 0);
      folded[j] = logSumExp([folded[j] ?? term, term]);
    }
  }
  mixture.waiting = waiting.filter(({ at }) => at > from);
  noteStarts(mixture);
  mixture.unreached = logShareOf(mixture.waiting);
}
