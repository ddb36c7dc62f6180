import type { Millis } from "../base/units.ts";

/** Two digits, to the nearest: `2.1`, `0.30`, `16`. */
export function nearest(value: number): string {
  return twoDigits(Number(value.toPrecision(2)));
}

/** Two digits, rounded down: a bound must not claim more than it holds. */
export function lowered(value: number): string {
  return value < 0 ? `-${outward(-value, Math.ceil)}` : outward(value, Math.floor);
}

/** Two digits, rounded up. */
export function raised(value: number): string {
  return value < 0 ? `-${outward(-value, Math.floor)}` : outward(value, Math.ceil);
}

function outward(value: number, round: (steps: number) => number): string {
  if (value === 0) return twoDigits(0);
  const step = 10 ** (exponentOf(value) - 1);
  // The division is off by a last bit now and then, which must not push a whole figure to the next one.
  return twoDigits(round(Number((value / step).toPrecision(12))) * step);
}

function twoDigits(value: number): string {
  return value === 0 ? "0.0" : value.toFixed(Math.max(0, 1 - exponentOf(value)));
}

function exponentOf(value: number): number {
  return Math.floor(Math.log10(Math.abs(Number(value.toPrecision(12)))));
}

/** A share as percent, two digits. */
export function percent(share: number): string {
  return `${nearest(share * 100)}%`;
}

/** A count in full: `38,000`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number that is an estimate anyway, to so many digits: `2,900`. */
export function about(value: number, digits: number): string {
  return count(Number(value.toPrecision(digits)));
}

/** `12 min`, or `45 s` below two minutes. */
export function span(ms: Millis): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** The time of day in UTC: `14:20`. */
export function minuteOf(at: Millis): string {
  const minutes = Math.floor(at / 60_000) % 1440;
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The time of day in UTC: `14:02:15`. */
export function secondOf(at: Millis): string {
  return `${minuteOf(at)}:${two(Math.floor(at / 1000) % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
