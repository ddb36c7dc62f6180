import type { Sample } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import { caveatsOf } from "./caveats.ts";
import { isBlind, lackingOf, standingsOf, told } from "./check-status.ts";
import { addToLedger, enterPhase, openLedger, provenGroup, unsafeGates } from "./evidence-ledger.ts";
import type { JudgePlan } from "./judge-plan.ts";
import { settled } from "./numerics.ts";
import { gridsOf, watchFromOf } from "./phase-grid.ts";
import { logSplit } from "./sample-ratio-mismatch.ts";
import type { Interval, JudgeRecord, JudgeVerdict, Threshold } from "./types.ts";
import type { PhaseInput, VerdictExtras, VerdictInput } from "./verdict-input.ts";
import * as say from "./verdict-reasons.ts";

/** Is the canary worse than stable by more than is tolerated? It may be asked at any moment, as often as one likes. */
export function judge(
  plan: JudgePlan,
  record: JudgeRecord,
  looks: readonly Interval[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  now: Millis,
  also: VerdictExtras = {},
): JudgeVerdict {
  return verdictOf(caseOf(plan, record, looks, samples, now, also));
}

/** All evidence, recomputed from the start of the rollout. Looks that are not complete yet are left out. */
export function caseOf(
  plan: JudgePlan,
  record: JudgeRecord,
  looks: readonly Interval[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  now: Millis,
  also: VerdictExtras,
): VerdictInput {
  const ledger = openLedger(plan, record.frozen);
  for (const grid of gridsOf(plan, record, now)) {
    enterPhase(ledger, grid);
    if (also.trouble !== undefined) continue;
    for (const look of looks) {
      if (look.phase === grid.phase && look.to <= grid.to) addToLedger(ledger, look);
    }
  }
  return { ...also, plan, record, ledger, samples, now };
}

/** The first line that applies. Conditions are written for passing: whatever is not known to hold blocks. */
export function verdictOf(one: VerdictInput): JudgeVerdict {
  const { plan, ledger, now } = one;
  const present = presentOf(one);
  const { checks } = present;
  const caveats = caveatsOf(one);
  const common = { checks, ...(caveats.length === 0 ? {} : { caveats }) };

  const failing = checks.find((check) => check.kind === "failing");
  if (failing !== undefined) {
    return { kind: "rollback", culprit: failing.name, because: told(checks, "failing"), ...common };
  }
  if (ledger.peakLogE >= settled(-Math.log(plan.alpha))) {
    const proven = provenGroup(ledger);
    if (proven === undefined) return { kind: "rollback", culprit: null, because: say.combinedEvidence(one), ...common };
    return { kind: "rollback", culprit: proven.group.name, because: say.worse(one, proven), ...common };
  }
  const doubts = doubtsOf(one, present);
  if (doubts.length === 0) return { kind: "promote", because: say.promoted(one, present), ...common };

  const alarm = isSplitAlarm(one);
  const blinded = isBlinded(one, present);
  if (now - present.countedFrom >= present.maxHoldMs) {
    if (alarm) return { kind: "rollback", culprit: "split", because: say.split(one, present, true), ...common };
    const lacking = blinded ? "data" : lackingOf(checks.filter((check) => check.kind !== "passing"));
    return { kind: "not-enough-traffic", lacking, because: say.notEnough(one, present, lacking, doubts), ...common };
  }
  if (alarm) return { kind: "continue", blockedBy: "split", because: say.split(one, present, false), ...common };
  const blocked = blinded || checks.some(isBlind);
  const because = say.continuing(one, present, doubts, blocked);
  return { kind: "continue", ...(blocked ? { blockedBy: "data" as const } : {}), because, ...common };
}

function presentOf({ plan, record, ledger, samples, now }: VerdictInput): PhaseInput {
  const phase = record.phases.length;
  const entered = record.phases[phase - 1];
  const planned = plan.phases[phase - 1];
  if (entered === undefined || planned === undefined) throw new Error(`The plan has no phase ${phase}.`);
  const watchFrom = watchFromOf(plan, entered.enteredAt);
  const countedFrom = Math.max(watchFrom, record.watchedFrom ?? watchFrom);
  const { holdMs, maxHoldMs } = planned;
  const { weight } = entered;
  const comparing = ledger.groups.length > 0 && weight < 100;
  const checks = standingsOf(plan.checks, samples, countedFrom, now);
  return { phase, weight, watchFrom, countedFrom, holdMs, maxHoldMs, comparing, checks };
}

/** Why the phase does not pass, each reason in words. None: it passes. */
function doubtsOf(one: VerdictInput, present: PhaseInput): readonly string[] {
  const { ledger, plan, now } = one;
  const { watchFrom, holdMs, checks, comparing } = present;
  const doubts: string[] = [];
  if (isBlinded(one, present)) doubts.push(say.noData(one));
  if (comparing) {
    for (const gate of unsafeGates(ledger)) doubts.push(say.needed(one, present, gate));
    const [first, second] = halvesOf(ledger.requests);
    if (!(first >= plan.requests && second >= plan.requests)) doubts.push(say.halves(plan.requests, first, second));
    if (!(ledger.looks > 0 && ledger.unseenInRow === 0)) doubts.push("the last look saw nothing of stable");
    if (isSplitAlarm(one)) doubts.push("traffic does not follow the weight");
    // A rollback was not forced: the evidence is new, and doubted.
    if (ledger.logE >= settled(-Math.log(plan.alpha))) doubts.push(say.doubted);
  }
  // Time alone is no judge: where there is nothing to compare with, something else has to speak for the canary.
  if (!comparing && ledger.groups.length > 0 && checks.length === 0) doubts.push(say.unjudged(present));
  for (const check of checks) if (check.kind !== "passing") doubts.push(check.because);
  if (!(now - watchFrom >= holdMs)) doubts.push(say.holding(watchFrom + holdMs - now));
  return doubts;
}

/** Requests of the canary in each half of the phase: traffic that stopped must not pass. */
function halvesOf(requests: readonly number[]): readonly [number, number] {
  const first = requests[Math.ceil(requests.length / 2) - 1] ?? 0;
  return [first, (requests.at(-1) ?? 0) - first];
}

function isSplitAlarm({ plan: { split }, ledger }: VerdictInput): boolean {
  if (split === "off" || ledger.split === undefined) return false;
  return settled(logSplit(ledger.split)) >= settled(-Math.log(split.falseAlarm));
}

/** The comparison got no answer, or saw nothing of stable in its last three looks. */
function isBlinded({ ledger, trouble }: VerdictInput, { comparing }: PhaseInput): boolean {
  return ledger.groups.length > 0 && (trouble !== undefined || (comparing && ledger.unseenInRow >= 3));
}

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
export function judgeThresholds(question: ThresholdQuestion): JudgeVerdict {
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
