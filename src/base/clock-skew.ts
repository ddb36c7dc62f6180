import type { Millis } from "./units.ts";

/** A source that lives in another time shows the data of another phase. */
export const defaultSkewMs: Millis = 30_000;

/**
 * By how much a source's clock is wrong, where that is more than `mostMs`. `sent` and `received` are server times between which
 * the answer was made; its `date` may be missing.
 */
export function skewOf(date: Millis | undefined, sent: Millis, received: Millis, mostMs: Millis): Millis | undefined {
  const off = date === undefined ? 0 : Math.max(sent - date, date - received);
  return off > mostMs ? off : undefined;
}
