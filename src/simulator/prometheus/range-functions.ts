import type { RangeFunction } from "./function-signatures.ts";
import { extrapolated, instantaneous, type RateWindow } from "./rate.ts";
import type { SamplePoint } from "./value.ts";

type OverTime = (points: readonly SamplePoint[], window: RateWindow) => number | undefined;

/** What each function makes of the samples of one window, or undefined where it has too few of them. */
export const overTime: Readonly<Record<RangeFunction, OverTime>> = {
  rate: (points, window) => extrapolated(points, window, true, true),
  increase: (points, window) => extrapolated(points, window, true, false),
  delta: (points, window) => extrapolated(points, window, false, false),
  irate: (points) => instantaneous(points, true),
  idelta: (points) => instantaneous(points, false),
  last_over_time: (points) => points.at(-1)?.[1],
  avg_over_time: (points) => mean(points),
  max_over_time: (points) => extreme(points, (value, best) => value > best),
  min_over_time: (points) => extreme(points, (value, best) => value < best),
  sum_over_time: (points) => sum(points),
  count_over_time: (points) => points.length,
  stddev_over_time: (points) => Math.sqrt(variance(points)),
  stdvar_over_time: (points) => variance(points),
  present_over_time: () => 1,
  changes: (points) =>
    countOf(points, (value, before) => value !== before && !(Number.isNaN(value) && Number.isNaN(before))),
  resets: (points) => countOf(points, (value, before) => value < before),
};

function sum(points: readonly SamplePoint[]): number {
  let total = 0;
  for (const [, value] of points) total += value;
  return total;
}

function mean(points: readonly SamplePoint[]): number {
  return sum(points) / points.length;
}

function variance(points: readonly SamplePoint[]): number {
  const centre = mean(points);
  return points.reduce((total, [, value]) => total + (value - centre) ** 2, 0) / points.length;
}

/** NaN stands only where there is nothing else. */
function extreme(points: readonly SamplePoint[], better: (value: number, best: number) => boolean): number {
  let best = Number.NaN;
  for (const [, value] of points) if (Number.isNaN(best) || better(value, best)) best = value;
  return best;
}

function countOf(points: readonly SamplePoint[], counts: (value: number, before: number) => boolean): number {
  let found = 0;
  for (let i = 1; i < points.length; i += 1) {
    const value = points[i];
    const before = points[i - 1];
    if (value !== undefined && before !== undefined && counts(value[1], before[1])) found += 1;
  }
  return found;
}

/** The quantile of plain values, interpolated between neighbours. */
export function quantileOf(share: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(share)) return Number.NaN;
  if (share < 0) return Number.NEGATIVE_INFINITY;
  if (share > 1) return Number.POSITIVE_INFINITY;
  const sorted = values.toSorted(nanFirst);
  const rank = share * (sorted.length - 1);
  const below = Math.max(0, Math.floor(rank));
  const above = Math.min(sorted.length - 1, below + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[below] ?? Number.NaN) * (1 - weight) + (sorted[above] ?? Number.NaN) * weight;
}

export function nanFirst(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  return Number.isNaN(b) ? 1 : a - b;
}
