import type { Millis } from "./units.ts";

/**
 * The step of a question for a single moment, which is a whole second: a source that rounds to the step moves it nowhere,
 * as it would to a multiple of a longer one.
 */
export const momentStepMs: Millis = 1000;

/** The whole second that a moment lies in. */
export const wholeSecond = (at: Millis): Millis => momentStepMs * Math.floor(at / momentStepMs);
