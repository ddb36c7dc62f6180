import { standingsOf } from "./check-status.ts";
import type { CheckStanding, Millis, Sample, Threshold, Verdict } from "./types.ts";

export type ThresholdQuestion = {
  readonly checks: readonly Threshold[];
  /** By name of the check; a check without an entry has no point yet. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** When the write took effect and the traffic settled: `holdMs` counts from here. */
  readonly watchFrom: Millis;
  readonly holdMs: Millis;
  readonly maxHoldMs: Millis;
  readonly now: Millis;
  /** When a pause was left: points up to it do not count, and `maxHoldMs` starts again. */
  readonly countedFrom?: Millis;
};

/** The verdict on a phase that is judged by absolute limits alone. */
export function judgeThresholds(question: ThresholdQuestion): Verdict {
  const { watchFrom, countedFrom = watchFrom, holdMs, maxHoldMs, now } = question;
  const from = Math.max(watchFrom, countedFrom);
  const checks = standingsOf(question.checks, question.samples, from, now);
  const failing = checks.find((check) => check.kind === "failing");
  if (failing !== undefined) {
    return { kind: "rollback", culprit: failing.name, because: told(checks, "failing"), checks };
  }
  const doubtful = checks.filter((check) => check.kind !== "passing");
  if (doubtful.length === 0) {
    const because = checks.length === 0 ? "not judged" : told(checks, "passing");
    if (now - watchFrom >= holdMs) {
      return { kind: "promote", because: checks.length === 0 ? "promoted by time, not judged" : because, checks };
    }
    const left = Math.ceil((watchFrom + holdMs - now) / 1000);
    return { kind: "continue", because: `${because}; ${left} s of the hold left`, checks };
  }
  const because = told(checks, "silent", "waiting");
  if (now - from >= maxHoldMs) return { kind: "not-enough-traffic", lacking: lackingOf(doubtful), because, checks };
  if (doubtful.some(isBlind)) return { kind: "continue", blockedBy: "data", because, checks };
  return { kind: "continue", because, checks };
}

/** A check that cannot speak: it fell silent, or its query failed this turn. */
export function isBlind(check: CheckStanding): boolean {
  return check.kind === "silent" || check.newest === "error";
}

/** "traffic" only where more requests would mend everything that is lacking. */
export function lackingOf(doubtful: readonly CheckStanding[]): "traffic" | "data" {
  return doubtful.every((check) => check.lacks === "traffic") ? "traffic" : "data";
}

/** What is to be said of the checks of these standings. */
export function told(checks: readonly CheckStanding[], ...kinds: readonly CheckStanding["kind"][]): string {
  return checks
    .filter((check) => kinds.includes(check.kind))
    .map((check) => check.because)
    .join("; ");
}
