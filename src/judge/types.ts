export type Millis = number;

/** One point of a check: a value, no value and why, or no answer and why. */
export type Sample = { readonly at: Millis } & (
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "missing"; readonly because: string; readonly tooFewRequests?: boolean }
  | { readonly kind: "error"; readonly because: string }
);

export type Limits = { readonly consecutive: number; readonly total: number };

/** What the threshold judge needs to know of a check. */
export type Threshold = {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly failAfter: Limits;
  readonly silentAfter: Limits;
  readonly onSilent: "wait" | "rollback";
};

/** The standing of one check in the present phase. */
export type CheckStanding = {
  readonly name: string;
  readonly kind: "failing" | "silent" | "passing" | "waiting";
  readonly because: string;
  /** The newest value of the phase, inside or outside the limits. */
  readonly latest?: number;
  /** What its newest point is; absent before the first one. */
  readonly newest?: Sample["kind"];
  /** What it lacks where it neither passes nor fails: requests behind its points, or anything else. */
  readonly lacks?: "traffic" | "data";
  readonly values: number;
  readonly failures: number;
  readonly missing: number;
};

export type Verdict = { readonly because: string; readonly checks: readonly CheckStanding[] } & (
  | { readonly kind: "rollback"; readonly culprit: string | null }
  | { readonly kind: "promote" }
  | { readonly kind: "continue"; readonly blockedBy?: "split" | "data" }
  | { readonly kind: "not-enough-traffic"; readonly lacking: "traffic" | "data" }
);
