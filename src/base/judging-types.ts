import type { Reason } from "./reasons/index.ts";
import type { VerdictCode } from "./reasons/verdict-reasons.ts";
import type { Millis } from "./units.ts";

/** What is tolerated, or the limit: canary rate = ratio * stable rate + difference (a share: 0.0005 is 0.05 points). */
export type Tolerance = { readonly ratio: number; readonly difference: number };

/** One point of a check: a value, no value and why, or no answer and why. */
export type Sample = { readonly at: Millis } & (
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "missing" | "error"; readonly reason: Reason }
);

/** How a value is written for people: a share as percent. */
export type Unit = "share" | "ms";

/** What the metrics say of the present phase. Only a pass moves up; what becomes of an inconclusive phase is not theirs to say. */
export type Verdict = { readonly reason: Reason<VerdictCode> } & (
  | { readonly kind: "pass" }
  | { readonly kind: "fail" }
  | {
      readonly kind: "inconclusive";
      /** What the evidence wants: more requests would settle it, or something else has to be mended. */
      readonly lacking: "traffic" | "data";
    }
);
