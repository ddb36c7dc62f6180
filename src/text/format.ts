import type { Unit } from "../base/judging-types.ts";
import { padTo, widthOf } from "../base/text-width.ts";
import type { Millis } from "../base/units.ts";

/** Numbers and times in words a person uses. All times are the cluster's, in UTC. */

export const percent = (weight: number): string => `${Number(weight.toFixed(1))}%`;

const two = (part: number): string => String(part).padStart(2, "0");

/** A time outside what a date can hold, as a hostile record may name one, is no time. */
function dateOf(at: Millis | undefined | null): Date | undefined {
  if (at === undefined || at === null || !Number.isFinite(at)) return undefined;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** As `14:02:15`. */
export function clockTime(at: Millis | undefined): string {
  const date = dateOf(at);
  if (date === undefined) return "--:--:--";
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As `21 Nov, 14:02`. */
export function dayTime(at: Millis | undefined | null): string {
  const date = dateOf(at);
  if (date === undefined) return "at an unknown time";
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}, ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** As `2026-11-21T14:02:15Z`, for what has to be compared with another clock. */
export function instant(at: Millis): string {
  const date = dateOf(at);
  return date === undefined ? "an unknown time" : `${date.toISOString().slice(0, 19)}Z`;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** As `45 s`, `10 min`, `1 h 30 min`, `2 d 3 h`: two units at most, what is left over is dropped. */
export function duration(ms: Millis): string {
  if (!Number.isFinite(ms)) return "an unknown time";
  const whole = Math.max(0, Math.floor(ms / secondMs)) * secondMs;
  if (whole < minuteMs) return `${whole / secondMs} s`;
  if (whole < hourMs) {
    const seconds = (whole % minuteMs) / secondMs;
    return `${Math.floor(whole / minuteMs)} min${seconds > 0 && whole < 5 * minuteMs ? ` ${seconds} s` : ""}`;
  }
  const [big, bigMs, small, smallMs] =
    whole < dayMs ? (["h", hourMs, "min", minuteMs] as const) : (["d", dayMs, "h", hourMs] as const);
  const rest = Math.floor((whole % bigMs) / smallMs);
  return `${Math.floor(whole / bigMs)} ${big}${rest > 0 ? ` ${rest} ${small}` : ""}`;
}

/** A limit exactly as it was set, as `4 s`, `1.5 s`, `80 ms`. */
export const timeLimit = (ms: Millis): string => (ms >= secondMs ? `${ms / secondMs} s` : `${Math.round(ms)} ms`);

/** As `8 MiB`, `64 KiB`, `1000 bytes`. */
export function byteSize(bytes: number): string {
  const units = [
    ["MiB", 1_048_576],
    ["KiB", 1_024],
  ] as const;
  const [unit, size] = units.find(([, of]) => bytes >= of && bytes % of === 0) ?? (["bytes", 1] as const);
  return `${bytes / size} ${unit}`;
}

/** How much of a hold has gone by, as `4 of 10 min`. */
export function ofHold(heldMs: Millis, holdMs: Millis): string {
  if (heldMs >= holdMs) return `${duration(heldMs)}, at least ${duration(holdMs)}`;
  const unitMs = holdMs % minuteMs === 0 ? minuteMs : secondMs;
  const unit = unitMs === minuteMs ? "min" : "s";
  return `${Math.floor(heldMs / unitMs)} of ${holdMs / unitMs} ${unit}`;
}

/** A measured number, short: four digits at most, in its unit, and never a minus zero. */
export function measured(value: number | undefined, unit?: Unit): string {
  if (value === undefined) return "–";
  if (!Number.isFinite(value)) return "not a number";
  const short = Number((unit === "share" ? 100 * value : value).toPrecision(4));
  return `${short === 0 ? 0 : short}${unit === "share" ? "%" : unit === "ms" ? " ms" : ""}`;
}

/** A bar of `width` cells. Any share above 0 shows, and only 100% fills it. */
export function bar(weight: number | undefined, width = 40): string {
  if (weight === undefined || !Number.isFinite(weight)) return "?".repeat(width);
  const share = Math.min(100, Math.max(0, weight)) / 100;
  const cells = Math.round(share * width);
  const full = share <= 0 ? 0 : share >= 1 ? width : Math.min(width - 1, Math.max(1, cells));
  return "█".repeat(full) + "░".repeat(width - full);
}

/** Text beside text, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ""))));
  const padded = (cell: string, at: number) => padTo(cell, widths[at] ?? 0);
  return rows.map((row) => row.map(padded).join("  ").trimEnd());
}
