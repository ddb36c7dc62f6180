import type { SamplePoint } from "./value.ts";

/** Which Prometheus is spoken: 3 leaves the left edge of a range out, 2 keeps it. */
export type Dialect = 2 | 3;
export type RateWindow = { readonly from: number; readonly to: number; readonly dialect: Dialect };

/**
 * `rate`, `increase` and `delta` as Prometheus computes them: what was seen between the first and the last sample,
 * stretched to the edges of the window where the samples come close to them, else by half a sample distance.
 */
export function extrapolated(
  points: readonly SamplePoint[],
  window: RateWindow,
  counter: boolean,
  perSecond: boolean,
): number | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  const change = last[1] - first[1] + (counter ? lostInResets(points) : 0);
  const sampled = (last[0] - first[0]) / 1000;
  const distance = sampled / (points.length - 1);
  const threshold = distance * 1.1;
  let toStart = (first[0] - window.from) / 1000;
  let toEnd = (window.to - last[0]) / 1000;
  if (window.dialect === 3 && toStart >= threshold) toStart = distance / 2;
  // A counter cannot have been negative: it is stretched back at most to where it would have been zero.
  if (counter && change > 0 && first[1] >= 0) toStart = Math.min(toStart, sampled * (first[1] / change));
  if (toStart >= threshold) toStart = distance / 2;
  if (toEnd >= threshold) toEnd = distance / 2;
  const stretched = change * ((sampled + toStart + toEnd) / sampled);
  return perSecond ? stretched / ((window.to - window.from) / 1000) : stretched;
}

function lostInResets(points: readonly SamplePoint[]): number {
  let lost = 0;
  let previous = 0;
  for (const [, value] of points) {
    if (value < previous) lost += previous;
    previous = value;
  }
  return lost;
}

/** From the last two samples alone. */
export function instantaneous(points: readonly SamplePoint[], counter: boolean): number | undefined {
  const last = points.at(-1);
  const before = points.at(-2);
  if (last === undefined || before === undefined) return undefined;
  const change = counter && last[1] < before[1] ? last[1] : last[1] - before[1];
  const seconds = (last[0] - before[0]) / 1000;
  if (!counter) return change;
  return seconds === 0 ? undefined : change / seconds;
}
