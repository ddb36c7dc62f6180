import type { Millis } from "../base/units.ts";
import type { Constants } from "./constants.ts";
import { lastReaching } from "./numerics.ts";
import type { ArmCounts } from "./types.ts";

/** How many requests of an arm were slower than each boundary, in rising order of the boundaries. */
type Exceedance = readonly { readonly boundaryMs: Millis; readonly arm: ArmCounts }[];

/** The bucket that holds a quantile: never a number read between two edges, which nobody measured. */
export function quantileBucket(arms: Exceedance, quantile: number): { readonly above: Millis; readonly upTo: Millis } {
  const upTo = arms.find(({ arm }) => arm.x <= (1 - quantile) * arm.n)?.boundaryMs ?? Number.POSITIVE_INFINITY;
  const above = arms.findLast(({ boundaryMs }) => boundaryMs < upTo)?.boundaryMs ?? 0;
  return { above, upTo };
}

/** The rate that an arm's own exceedance lies above with evidence 1/alpha, whenever one looks; no other arm is involved. */
export function ownLowerBound(constants: Constants, arm: ArmCounts, phi: number, alpha: number): number {
  const at0 = Float64Array.from(
    constants.ratios,
    ({ times, share }) => Math.log(share) + (arm.x / phi) * Math.log(times),
  );
  const slope = Float64Array.from(constants.ratios, ({ times }) => (times - 1) * (arm.n / phi));
  return lastReaching({ at0, slope }, -Math.log(alpha));
}

/** Half the width of a band that holds the whole distribution at all times at once; for graphs, much too wide to judge a tail. */
export function bandHalfWidth(requests: number, alpha: 0.05 | 0.01): number | undefined {
  if (!(requests >= 100)) return undefined;
  const wider = alpha === 0.05 ? 8.12 : 9.28;
  return 0.85 * Math.sqrt((Math.log(1 + Math.log(requests / 100)) + wider) / requests);
}
