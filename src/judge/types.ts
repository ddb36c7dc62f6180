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
  readonly latest?: number;
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
