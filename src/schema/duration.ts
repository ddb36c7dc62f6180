import { parseFinite } from "../base/decimal.ts";
import type { Millis } from "../base/units.ts";

const units = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/** Larger units first, each at most once. Written without look-ahead, so that every reader of the JSON Schema takes it. */
export const durationPattern =
  "(?:\\d+h(?:\\d+m)?(?:\\d+s)?(?:\\d+ms)?|\\d+m(?:\\d+s)?(?:\\d+ms)?|\\d+s(?:\\d+ms)?|\\d+ms)";
const whole = new RegExp(`^${durationPattern}$`);

/** A pause may last 30 days, and nothing that Sluice waits for lasts longer. */
export const longestMs: Millis = 720 * 3_600_000;

type ParsedDuration = { readonly ms: Millis } | { readonly because: string };

/** Reads `500ms`, `15s`, `5m`, `1h30m`. The reason of a refusal goes on after "… is VALUE". */
export function parseDuration(text: string): ParsedDuration {
  if (parseFinite(text) !== undefined) {
    const number = text.replace(/^\+/, "");
    if (!/^\d{1,9}$/.test(number)) return { because: `, which has no unit. ${remedy}` };
    return { because: `, which has no unit. Write ${number}s, ${number}m or ${number}ms, whichever is meant.` };
  }
  if (!whole.test(text)) return { because: `, which is not a duration. ${remedy}` };
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[hms])/g)) {
    ms += Number(count) * (units.find(([name]) => name === unit)?.[1] ?? Number.NaN);
  }
  return ms <= longestMs ? { ms } : { because: ", which is longer than 30 days. The longest duration is 720h." };
}

const remedy = "Write it as 500ms, 15s, 5m or 1h30m.";

/** The shortest spelling that `parseDuration` reads back to the same number. */
export function formatDuration(ms: Millis): string {
  let rest = Math.round(ms);
  let text = "";
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === "" ? "0s" : text;
}
