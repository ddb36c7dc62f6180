import type { Sample, Unit, Verdict } from "../base/judging-types.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { CaveatCode, CheckCode } from "../base/reasons/verdict-reasons.ts";
import type { Millis } from "../base/units.ts";

type Count = number;

/** The requests of one version and how many of them were bad. */
export type ArmCounts = { readonly n: Count; readonly x: Count };
export type ArmPair = { readonly canary: ArmCounts; readonly stable: ArmCounts };

type FailureLimits = { readonly consecutive: number; readonly total: number };

/** What the threshold judge needs to know of a check. */
export type Threshold = {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  /** Between `min` and this a value is no failure and no pass either. A pass then takes three values in a row from here on. */
  readonly passMin?: number;
  /** None: the number as it is. */
  readonly unit?: Unit;
  readonly failAfter: FailureLimits;
  readonly silentAfter: FailureLimits;
  readonly onSilent: "wait" | "rollback";
};

/** The standing of one check in the present phase. */
export type CheckStatus = {
  readonly name: string;
  readonly kind: "failing" | "silent" | "passing" | "waiting";
  readonly reason: Reason<CheckCode>;
  /** The newest value of the phase, inside or outside the limits. */
  readonly latest?: number;
  readonly unit?: Unit;
  /** What its newest point is; absent before the first one. */
  readonly newest?: Sample["kind"];
  /** What it lacks where it neither passes nor fails: requests behind its points, or anything else. */
  readonly lacks?: "traffic" | "data";
  readonly values: number;
  readonly failures: number;
  readonly missing: number;
};

/** One step of the time grid. `phase` counts from 1, `weight` is the canary's percent of both versions. */
export type Interval = {
  readonly phase: number;
  /** From 1; 0 is the look that holds the entry of the phase, which is shown and counts for nothing. */
  readonly index: number;
  readonly from: Millis;
  readonly to: Millis;
  readonly weight: number;
  /** It began before the write took effect and traffic settled. */
  readonly settling: boolean;
  /** Some series of the stable version had a value at its end. */
  readonly seen: boolean;
  /** The targets whose counters began anew in it. */
  readonly resets: readonly string[];
  /** By name of the process: `errors`, `latency>250`, a user's own. */
  readonly pairs: ReadonlyMap<string, ArmPair>;
};

/** What is measured once, before the first look, and kept in the record. */
export type Calibration = {
  readonly phi: Readonly<Record<string, number>>;
  readonly rate: Readonly<Record<string, number>>;
  readonly phiFrom: "history" | "default";
  readonly boundariesMs: readonly number[];
};

/** The judge's part of the record on the route. */
export type JudgeRecord = {
  readonly rollout: string;
  readonly phases: readonly { readonly weight: number; readonly enteredAt: Millis }[];
  /** When a pause was left: `max-hold` and the counts of checks run from the later of it and the watch. */
  readonly watchedFrom?: Millis;
  readonly frozen: Calibration;
};

/** What is known of one comparison. Evidence is M out of 1/alpha, kept as its logarithm; never a p-value. */
export type ProcessEvidence = {
  readonly process: string;
  /** Its share of alpha. */
  readonly weight: number;
  readonly logE: number;
  readonly peakLogE: number;
  readonly peakAt: Millis | null;
  /** The canary is worse than the tolerated ratio by at least `lower` (errs with its share of alpha), by at most `upper` (beta). */
  readonly lower: number;
  readonly logSafe: number;
  readonly upper: number;
  readonly canary: ArmCounts;
  readonly stable: ArmCounts;
  readonly phi: number;
  /** Latency only: each boundary in milliseconds is a process of its own. */
  readonly boundaries?: Readonly<Record<string, ProcessEvidence>>;
};

type Of<Kind extends Verdict["kind"]> = Extract<Verdict, { kind: Kind }>;

/** A verdict with what it was made of. The judge knows neither hold nor policy: what happens next is the core's to say. */
export type JudgeVerdict = {
  readonly checks: readonly CheckStatus[];
  /** What is worth knowing beside the verdict, where the canary was compared. */
  readonly caveats?: readonly Reason<CaveatCode>[];
} & (
  | Of<"pass">
  | Of<"inconclusive">
  /** `culprit`: the check or comparison that forced it; null where only all together did. */
  | (Of<"fail"> & { readonly culprit: string | null })
);
