declare const finite: unique symbol;
/** A number that was checked to be one: every comparison with NaN is false, whichever way it is written. */
export type Finite = number & { readonly [finite]: true };

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** The number that a text spells in decimal, or undefined: no NaN, no infinity, no hexadecimal, no empty text read as 0. */
export function finiteOf(text: unknown): Finite | undefined {
  if (typeof text !== "string" || !decimal.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? (value as Finite) : undefined;
}

/** The upper edge of a bucket: a decimal, however it is spelled, or `+Inf`. */
export function edgeOf(text: string): number | undefined {
  return text === "+Inf" ? Number.POSITIVE_INFINITY : finiteOf(text);
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

/** A straight line in d: `at0 - d * slope`, with slope >= 0. */
export type Line = { readonly at0: number; readonly slope: number };

/**
 * The largest d in [-1, 1] at which the log-sum-exp of falling lines still reaches `level`; an end where none or all of it does.
 * The sum is convex and falls, so Newton's steps from the left approach the crossing from the left and never pass it,
 * and the best crossing of a single line is a start that cannot lie right of it.
 */
export function lastReaching(lines: readonly Line[], level: number): number {
  let d = -1;
  for (const { at0, slope } of lines) if (slope > 0) d = Math.max(d, (at0 - level) / slope);
  for (let step = 0; step < 60 && d < 1; step += 1) {
    const { height, slope } = heightAt(lines, d);
    const next = d + (height - level) / slope;
    if (!(next > d)) return d;
    // Steps shrink quadratically: behind one this small nothing is left that a double could show.
    const isLast = next - d < 1e-9;
    d = next;
    if (isLast) break;
  }
  return Math.min(d, 1);
}

function heightAt(lines: readonly Line[], d: number): { height: number; slope: number } {
  let top = Number.NEGATIVE_INFINITY;
  for (const line of lines) top = Math.max(top, line.at0 - d * line.slope);
  let sum = 0;
  let fall = 0;
  for (const line of lines) {
    const share = Math.exp(line.at0 - d * line.slope - top);
    sum += share;
    fall += share * line.slope;
  }
  return { height: top + Math.log(sum), slope: fall / sum };
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
