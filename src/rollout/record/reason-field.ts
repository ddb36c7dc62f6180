import { packReason, type Reason, readReason, reason } from "../../base/reasons/index.ts";

/** A reason as the record holds it, `[code, data]`. */

/** The most bytes of one reason in a record. */
const reasonLimitBytes = 400;

/** How much is kept of another program's words where a reason has to become shorter, in bytes. */
const shorterAndShorter = [340, 240, 120, 30] as const;

/** How much of a reason is kept: all of it, what has to be there, or its code alone. */
export type ReasonKeep = "all" | "needed" | "code";

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** Optional parts go first, then words are cut, and the code always stays. */
export function reasonField(one: Reason, keep: ReasonKeep): readonly unknown[] {
  if (keep === "code") return [one.code];
  const whole = packReason(one);
  if (keep === "all" && bytesOf(whole) <= reasonLimitBytes) return whole;
  for (const wordsBytes of shorterAndShorter) {
    const shorter = packReason(one, { optional: false, wordsBytes });
    if (bytesOf(shorter) <= reasonLimitBytes) return shorter;
  }
  return [one.code];
}

/** Undefined where it is no reason. A code that is not known, and data that do not fit it, are no reason to refuse a record. */
export function readReasonField(raw: unknown): Reason | undefined {
  if (!Array.isArray(raw) || typeof raw[0] !== "string") return undefined;
  const [code] = raw;
  return readReason(raw) ?? readReason([code, {}]) ?? reason("details-dropped", { reasonCode: code.slice(0, 60) });
}
