import { parseFinite } from "../base/decimal.ts";

/** The upper edge of a bucket: a decimal, however it is spelled, or `+Inf`. */
export function edgeOf(text: string): number | undefined {
  return text === "+Inf" ? Number.POSITIVE_INFINITY : parseFinite(text);
}

/** ln of a sum of exponentials. The sum of nothing is 0, and its logarithm -Infinity. */
export function logSumExp(terms: readonly number[]): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const term of terms) if (term > top) top = term;
  if (top === Number.NEGATIVE_INFINITY) return top;
  let sum = 0;
  for (const term of terms) sum += Math.exp(term - top);
  return top + Math.log(sum);
}

/** Rounded so that the last bit of a logarithm cannot split two runners. */
export function settled(logarithm: number): number {
  return Math.round(logarithm * 1e9) / 1e9;
}

/** Straight lines in d: `at0 - d * slope`, with slopes of 0 or more. */
export type Lines = { readonly at0: Float64Array; readonly slope: Float64Array };

export function linesFor(count: number): Lines {
  return { at0: new Float64Array(count), slope: new Float64Array(count) };
}

/**
 * The largest d in [-1, 1] at which the log-sum-exp of falling lines still reaches `level`; an end where none or all of it does.
 * The sum is convex and falls, so Newton's steps from the left approach the crossing from the left and never pass it,
 * and the best crossing of a single line is a start that cannot lie right of it.
 */
export function lastReaching(lines: Lines, level: number): number {
  const { at0, slope } = lines;
  let d = -1;
  for (let i = 0; i < at0.length; i += 1) {
    const fall = slope[i] ?? 0;
    if (fall > 0) d = Math.max(d, ((at0[i] ?? 0) - level) / fall);
  }
  for (let step = 0; step < 60 && d < 1; step += 1) {
    const next = newtonFrom(lines, level, d);
    if (!(next > d)) return d;
    // Steps shrink quadratically: behind one this small nothing is left that a double could show.
    const isLast = next - d < 1e-9;
    d = next;
    if (isLast) break;
  }
  return Math.min(d, 1);
}

/** So far below the highest a term adds less than the last bit of a sum of exponentials. */
export const NEGLIGIBLE = -40;

/** Where the tangent at d crosses the level. */
function newtonFrom({ at0, slope }: Lines, level: number, d: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < at0.length; i += 1) top = Math.max(top, (at0[i] ?? 0) - d * (slope[i] ?? 0));
  let sum = 0;
  let fall = 0;
  for (let i = 0; i < at0.length; i += 1) {
    const below = (at0[i] ?? 0) - d * (slope[i] ?? 0) - top;
    if (below < NEGLIGIBLE) continue;
    const share = Math.exp(below);
    sum += share;
    fall += share * (slope[i] ?? 0);
  }
  return d + ((top + Math.log(sum) - level) * sum) / fall;
}

/** The largest x in [low, high] for which a condition holds that, once broken, stays broken; `low` if it never holds. */
export function lastHolding(low: number, high: number, holds: (x: number) => boolean): number {
  if (holds(high)) return high;
  if (!holds(low)) return low;
  let inside = low;
  let outside = high;
  for (let halving = 0; halving < 60; halving += 1) {
    const middle = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
