import type { Constants } from "./constants.ts";
import { logSumExp } from "./numerics.ts";

type Side = { readonly factor: number; readonly base: number; sum: number };

/** Evidence that the canary's share of the requests does not follow the weight, within the present phase. */
export type SampleRatioEvidence = { readonly sides: readonly Side[] };

export function openSplit(constants: Constants, tolerance: number): SampleRatioEvidence {
  const sides = constants.splitSteps.flatMap((step) => [
    { base: tolerance, factor: tolerance * step, sum: 0 },
    { base: 1 / tolerance, factor: 1 / (tolerance * step), sum: 0 },
  ]);
  return { sides };
}

/** Adds the requests of one look, none at all included: a canary without requests is what it looks for. */
export function addShares(split: SampleRatioEvidence, canary: number, stable: number, weightPercent: number): void {
  const odds = weightPercent / (100 - weightPercent);
  for (const side of split.sides) {
    const near = odds * side.base;
    const far = odds * side.factor;
    side.sum += canary * Math.log((far * (1 + near)) / (near * (1 + far))) + stable * Math.log((1 + near) / (1 + far));
  }
}

/** ln M of the split, a mean over all steps on both sides. */
export function logSplit(split: SampleRatioEvidence): number {
  return logSumExp(split.sides.map((side) => side.sum)) - Math.log(split.sides.length);
}
