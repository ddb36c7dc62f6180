import type { Code } from "./reasons/codes.ts";
import type { Millis } from "./units.ts";

/** What is tolerated, or the limit: canary rate = ratio * stable rate + difference (a share: 0.0005 is 0.05 points). */
export type Tolerance = { readonly ratio: number; readonly difference: number };

/** One point of a check: a value, no value and why, or no answer and why. */
export type Sample = { readonly at: Millis } & (
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "missing"; readonly because: string; readonly tooFewRequests?: boolean }
  | { readonly kind: "error"; readonly because: string }
);

/** How a value is written for people: a share as percent. */
export type Unit = "share" | "ms";

/** What the metrics say of the present phase. Only a pass moves up; an undecided phase waits until max-hold. */
export type Verdict = { readonly because: string } & (
  | { readonly kind: "pass" }
  | { readonly kind: "fail"; readonly code?: Code }
  | { readonly kind: "undecided"; readonly lacking: "traffic" | "data" }
);
