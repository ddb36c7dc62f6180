import type { Sample } from "../base/judging-types.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { CheckCode, VerdictCode } from "../base/reasons/verdict-reasons.ts";
import type { Millis } from "../base/units.ts";
import { caveatsOf } from "./caveats.ts";
import { doubtfulOf, isBlind, isShort, lackingOf, standingsOf } from "./check-status.ts";
import { addToLedger, enterPhase, openLedger, provenGroup, unsafeGates } from "./evidence-ledger.ts";
import type { JudgePlan } from "./judge-plan.ts";
import { settled } from "./numerics.ts";
import { gridsOf, watchFromOf } from "./phase-grid.ts";
import { logSplit } from "./sample-ratio-mismatch.ts";
import type { CheckStatus, Interval, JudgeRecord, JudgeVerdict, Threshold } from "./types.ts";
import * as figures from "./verdict-figures.ts";
import type { PhaseInput, VerdictExtras, VerdictInput } from "./verdict-input.ts";

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
  const { plan, ledger } = one;
  const present = presentOf(one);
  const { checks } = present;
  const caveats = caveatsOf(one);
  const common = { checks, ...(caveats.length === 0 ? {} : { caveats }) };

  const failing = failingOf(checks);
  if (failing !== undefined) return { ...failing, ...common };
  if (ledger.peakLogE >= settled(-Math.log(plan.alpha))) {
    const proven = provenGroup(ledger);
    if (proven === undefined) return { kind: "fail", culprit: null, reason: figures.combinedEvidence(one), ...common };
    return { kind: "fail", culprit: proven.group.name, reason: figures.worse(one, proven), ...common };
  }
  const blinded = isBlinded(one, present);
  const lacking = blinded ? "data" : lackingOf(doubtfulOf(checks));
  if (present.comparing && isSplitAlarm(one)) {
    return { kind: "inconclusive", lacking, reason: figures.mismatch(one, present), ...common };
  }
  const doubts = doubtsOf(one, present);
  const [first, ...others] = blinded || checks.some(isBlind) ? doubts : withHarm(one, present, doubts);
  if (first === undefined) return { kind: "pass", reason: figures.passed(one, present), ...common };
  return { kind: "inconclusive", lacking, reason: withOthers(first, others), ...common };
}

function presentOf({ plan, record, ledger, samples, now }: VerdictInput): PhaseInput {
  const phase = record.phases.length;
  const entered = record.phases[phase - 1];
  if (entered === undefined || plan.phases[phase - 1] === undefined) throw new Error(`The plan has no phase ${phase}.`);
  const watchFrom = watchFromOf(plan, entered.enteredAt);
  const countedFrom = Math.max(watchFrom, record.watchedFrom ?? watchFrom);
  const { weight } = entered;
  const comparing = ledger.groups.length > 0 && weight < 100;
  return { weight, watchFrom, comparing, checks: standingsOf(plan.checks, samples, countedFrom, now) };
}

/** The checks that have failed, the first of them as the culprit. */
function failingOf(checks: readonly CheckStatus[]) {
  const [first, ...others] = checks.filter((check) => check.kind === "failing");
  if (first === undefined) return undefined;
  return { kind: "fail", culprit: first.name, reason: withOthers(first.reason, others.map(reasonOf)) } as const;
}

/** Why the phase does not pass, what weighs most first: what is blind, then what lacks data, then what lacks requests. None: it passes. */
function doubtsOf(one: VerdictInput, present: PhaseInput): readonly Doubt[] {
  const { ledger, plan } = one;
  const { checks, comparing, weight } = present;
  const doubtful = doubtfulOf(checks);
  const [short, unknown] = [doubtful.filter(isShort), doubtful.filter((check) => !isShort(check))];
  const doubts: Doubt[] = [...(isBlinded(one, present) ? [figures.noData(one)] : []), ...unknown.map(reasonOf)];
  if (comparing) {
    // A rollback was not forced: the evidence is new, and doubted.
    if (ledger.logE >= settled(-Math.log(plan.alpha))) doubts.push(reason("stable-shift", evidenceIn(one)));
    for (const gate of unsafeGates(ledger)) doubts.push(figures.needed(one, present, gate));
    const [first, second] = halvesOf(ledger.requests);
    if (!(first >= plan.requests && second >= plan.requests))
      doubts.push(reason("too-little-per-half", { need: plan.requests, first, second }));
    if (!(ledger.looks > 0 && ledger.unseenInRow === 0)) doubts.push(reason("stable-unseen", {}));
  }
  // Time alone is no judge: where there is nothing to compare with, something else has to speak for the canary.
  if (!comparing && ledger.groups.length > 0 && checks.length === 0) doubts.push(reason("nothing-judges", { weight }));
  return [...doubts, ...short.map(reasonOf)];
}

const reasonOf = (check: CheckStatus): Reason<CheckCode> => check.reason;

const evidenceIn = ({ plan, ledger }: VerdictInput) => ({ logE: ledger.logE, alpha: plan.alpha });

/**
 * What is known of harm, beside doubts that say how much is known. A tenth of what rolls back is still far from it, and no
 * longer nothing: then it comes first.
 */
function withHarm(one: VerdictInput, { comparing }: PhaseInput, doubts: readonly Doubt[]): readonly Doubt[] {
  const [first, ...others] = doubts;
  if (!comparing || first === undefined) return doubts;
  if (one.ledger.logE < -Math.log(one.plan.alpha * 10)) {
    return [first, reason("no-sign-of-harm", evidenceIn(one)), ...others];
  }
  const shifted = doubts.filter(({ code }) => code === "stable-shift");
  if (shifted.length === 0) return [reason("sign-of-harm", evidenceIn(one)), ...doubts];
  return [...shifted, ...doubts.filter(({ code }) => code !== "stable-shift")];
}

type Doubt = Reason<VerdictCode>;

/** The first reason, the others within it. */
function withOthers<C extends VerdictCode>(first: Reason<C>, others: readonly Reason[]): Reason<C> {
  return others.length === 0 ? first : ({ ...first, data: { ...first.data, also: others } } as Reason<C>);
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
  readonly weight: number;
  /** When the write took effect and the traffic settled. */
  readonly watchFrom: Millis;
  readonly now: Millis;
  /** When a pause was left: points up to it do not count. */
  readonly countedFrom?: Millis;
};

/** The verdict on a phase that is judged by absolute limits alone. */
export function judgeThresholds(question: ThresholdQuestion): JudgeVerdict {
  const { watchFrom, countedFrom = watchFrom, now, weight } = question;
  const checks = standingsOf(question.checks, question.samples, Math.max(watchFrom, countedFrom), now);
  const failing = failingOf(checks);
  if (failing !== undefined) return { ...failing, checks };
  const doubtful = doubtfulOf(checks);
  const [first, ...others] = doubtful;
  if (first !== undefined) {
    const told = withOthers(first.reason, others.map(reasonOf));
    return { kind: "inconclusive", lacking: lackingOf(doubtful), reason: told, checks };
  }
  if (checks.length === 0) return { kind: "pass", reason: reason("passed-unmeasured", {}), checks };
  return { kind: "pass", reason: reason("passed-by-checks", { weight, checks: checks.map(reasonOf) }), checks };
}
