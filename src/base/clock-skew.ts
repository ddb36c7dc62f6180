import type { Millis } from "./units.ts";

/** A source that lives in another time shows the data of another phase. */
export const defaultSkewMs: Millis = 30_000;

/**
 * What is wrong with a source's clock, if anything. `sent` and `received` are server times between which the answer was
 * made; its `date` may be missing.
 */
export function skewOf(date: Millis | undefined, sent: Millis, received: Millis, mostMs: Millis): string | undefined {
  const off = date === undefined ? 0 : Math.max(sent - date, date - received);
  return off > mostMs ? `the source's clock is ${Math.round(off / 1000)} s off the API server's` : undefined;
}
