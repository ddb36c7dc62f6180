import type { Millis } from "../base/units.ts";
import { account, type ComparisonAccount, evidenceOf, openAccount } from "./comparison-account.ts";
import { noteStarts, openOdds, type Start } from "./e-process.ts";
import { type Group, groupsOf, type JudgePlan, startsOf } from "./judge-plan.ts";
import { logSafe, openNonInferiority } from "./non-inferiority.ts";
import { logSumExp, settled } from "./numerics.ts";
import { isWhole, type PhaseGrid } from "./phase-grid.ts";
import { addShares, openSplit, type SampleRatioEvidence } from "./sample-ratio-mismatch.ts";
import { counted, openShiftGuard, type StableShiftGuard } from "./stable-shift-guard.ts";
import type { Calibration, Interval, ProcessEvidence } from "./types.ts";

/** The comparisons under one name, and the moment at which they alone forced a rollback, if ever. */
export type GroupAccount = {
  readonly group: Group;
  readonly accounts: readonly ComparisonAccount[];
  logE: number;
  peakLogE: number;
  peakAt: Millis | null;
  proof: Proof | undefined;
  readonly standing: StableShiftGuard;
};

/** The evidence by which a group alone forced a rollback, taken at its highest peak: later looks may weaken the bounds. */
export type Proof = { readonly evidence: ProcessEvidence; readonly boundaryMs: Millis };

/** Everything that complete looks have told so far. It is a function of plan, frozen values, entry times and looks alone. */
export type Ledger = {
  readonly plan: JudgePlan;
  readonly groups: readonly GroupAccount[];
  readonly starts: readonly (Start & { readonly phase: number; readonly offsetMs: Millis })[];
  logE: number;
  peakLogE: number;
  peakAt: Millis | null;
  readonly standing: StableShiftGuard;
  /** Of the present phase. */
  phase: number;
  split: SampleRatioEvidence | undefined;
  shares: { canary: number; stable: number };
  /** Canary requests up to each look of the phase that is not settling. */
  requests: number[];
  looks: number;
  lastSeenAt: Millis | null;
  unseenInRow: number;
  readonly resets: Set<string>;
};

export function openLedger(plan: JudgePlan, frozen: Calibration): Ledger {
  const starts = startsOf(plan).map((start) => ({ ...start, at: Number.POSITIVE_INFINITY }));
  const groups = groupsOf(plan, frozen.boundariesMs).map((group) => ({
    group,
    accounts: openAccounts(plan, frozen, group, starts),
    logE: 0,
    peakLogE: 0,
    peakAt: null,
    proof: undefined,
    standing: openShiftGuard(),
  }));
  return {
    plan,
    groups,
    starts,
    logE: 0,
    peakLogE: 0,
    peakAt: null,
    standing: openShiftGuard(),
    phase: 0,
    split: undefined,
    shares: { canary: 0, stable: 0 },
    requests: [],
    looks: 0,
    lastSeenAt: null,
    unseenInRow: 0,
    resets: new Set(),
  };
}

/** The boundaries of one histogram count the same requests, with one tolerance. */
function openAccounts(
  plan: JudgePlan,
  frozen: Calibration,
  { weight, processes }: Group,
  starts: readonly Start[],
): readonly ComparisonAccount[] {
  const [first] = processes;
  if (first === undefined) return [];
  const shared = {
    odds: openOdds(plan.constants, first.tolerance.ratio),
    safeOdds: openNonInferiority(plan.constants, first.limit.ratio),
  };
  return processes.map((process) => openAccount(plan, frozen, process, weight * process.share, starts, shared));
}

/** A phase is entered: its starts become known, and what is counted within a phase begins anew. */
export function enterPhase(
  ledger: Ledger,
  { phase, weight, evidenceFrom }: Pick<PhaseGrid, "phase" | "weight" | "evidenceFrom">,
): void {
  for (const start of ledger.starts) {
    if (start.phase === phase) start.at = evidenceFrom + start.offsetMs;
  }
  for (const { accounts } of ledger.groups) for (const { mixture } of accounts) noteStarts(mixture);
  const { split } = ledger.plan;
  ledger.phase = phase;
  ledger.split =
    split === "off" || weight <= 0 || weight >= 100 ? undefined : openSplit(ledger.plan.constants, split.tolerance);
  ledger.shares = { canary: 0, stable: 0 };
  ledger.requests = [];
}

/** Adds the next complete look. Looks of a phase follow its entry, in the order of time. */
export function addToLedger(ledger: Ledger, look: Interval): void {
  // Part of its requests came at the weight before.
  if (!isWhole(look)) return;
  ledger.looks += 1;
  ledger.unseenInRow = look.seen ? 0 : ledger.unseenInRow + 1;
  if (look.seen) ledger.lastSeenAt = look.to;
  for (const target of look.resets) ledger.resets.add(target);
  if (!look.settling) addTraffic(ledger, look);
  for (const group of ledger.groups) addToGroup(group, look, ledger.plan);
  if (ledger.groups.length === 0) return;
  const { constants } = ledger.plan;
  const isStirred = ledger.groups.some(({ accounts }) => accounts.some((one) => one.isStirred));
  for (const group of ledger.groups) raisePeak(group, look, ledger.plan, isStirred);
  ledger.logE = settled(logSumExp(ledger.groups.map(({ group, logE }) => Math.log(group.weight) + logE)));
  const counts = counted(ledger.standing, ledger.logE, isStirred, constants);
  if (counts > ledger.peakLogE) {
    ledger.peakLogE = counts;
    ledger.peakAt = look.to;
  }
}

function addTraffic(ledger: Ledger, look: Interval): void {
  const requests = look.pairs.get("errors");
  const canary = requests?.canary.n ?? 0;
  const stable = requests?.stable.n ?? 0;
  ledger.requests.push((ledger.requests.at(-1) ?? 0) + canary);
  ledger.shares.canary += canary;
  ledger.shares.stable += stable;
  if (ledger.split !== undefined) addShares(ledger.split, canary, stable, look.weight);
}

function addToGroup(group: GroupAccount, look: Interval, plan: JudgePlan): void {
  for (const one of group.accounts) {
    const pair = look.pairs.get(one.process.name);
    if (pair !== undefined) account(one, look, pair, plan.constants);
  }
  // No independence across the boundaries is needed: a mean of e-processes is one.
  group.logE = settled(logSumExp(group.accounts.map(weighed)));
}

function raisePeak(group: GroupAccount, look: Interval, plan: JudgePlan, isStirred: boolean): void {
  const counts = counted(group.standing, group.logE, isStirred, plan.constants);
  if (counts <= group.peakLogE) return;
  group.peakLogE = counts;
  group.peakAt = look.to;
  // Naming it errs with probability alpha over all groups.
  const alone = settled(peakWeight(group)) >= settled(-Math.log(plan.alpha));
  if (!alone) return;
  const most = leading(group);
  group.proof = { evidence: evidenceOf(most, plan.alpha, plan.beta), boundaryMs: most.process.boundaryMs };
}

/** The comparison that forced the rollback by itself; of several the one with the most evidence; none: only all together did. */
export function provenGroup(ledger: Ledger): (GroupAccount & { readonly proof: Proof }) | undefined {
  const proven = ledger.groups.flatMap((one) => (one.proof === undefined ? [] : [{ ...one, proof: one.proof }]));
  return proven.toSorted((a, b) => peakWeight(b) - peakWeight(a))[0];
}

/** The comparison in which most of the evidence lies. */
export function mostly({ groups }: Ledger): string | undefined {
  return groups.toSorted((a, b) => peakWeight(b) - peakWeight(a))[0]?.group.name;
}

function peakWeight({ group, peakLogE }: GroupAccount): number {
  return Math.log(group.weight) + peakLogE;
}

/** The comparisons that gate the promotion and have not shown the canary to be within the limit yet. */
export function unsafeGates({ groups, plan }: Ledger): readonly ComparisonAccount[] {
  const gates = groups.flatMap(({ accounts }) => accounts.filter(({ process }) => process.gate));
  return gates.filter(({ safety }) => !(settled(logSafe(safety)) >= settled(-Math.log(plan.beta))));
}

/** The comparison of a group in which most of its evidence lies. */
export function leading(group: GroupAccount): ComparisonAccount {
  return group.accounts.reduce((best, one) => (weighed(one) > weighed(best) ? one : best));
}

function weighed(one: ComparisonAccount): number {
  return one.logShare + one.logE;
}

/** The evidence of every group by its name. Of latency: the figures of the leading boundary, with the evidence of all. */
export function evidencesOf({ groups, plan }: Ledger): Readonly<Record<string, ProcessEvidence>> {
  const evidences: Record<string, ProcessEvidence> = {};
  for (const one of groups) {
    const { group, logE, peakLogE, peakAt } = one;
    const head = leading(one);
    const boundaries: Record<string, ProcessEvidence> = {};
    // From the highest edge down: an object whose keys are numbers is laid out as a long, empty array when they rise.
    for (const each of one.accounts.toReversed()) {
      const evidence = evidenceOf(each, plan.alpha, plan.beta);
      const { boundaryMs } = each.process;
      if (boundaryMs > 0) boundaries[boundaryMs] = evidence;
      if (each !== head) continue;
      const whole = { process: group.name, weight: group.weight, logE, peakLogE, peakAt, boundaries };
      evidences[group.name] = boundaryMs > 0 ? { ...evidence, ...whole } : evidence;
    }
  }
  return evidences;
}

/** A list names at most this many user metrics one by one without being corrected for their number. */
const FEW_METRICS = 20;

/** Where there are many user metrics: those that look worse, of which on average at most a share alpha is named wrongly. */
export function suspectsOf({ groups, plan }: Ledger): readonly string[] {
  const metrics = groups.filter(({ group }) => plan.metrics.some(({ name }) => name === group.name));
  if (metrics.length <= FEW_METRICS) return [];
  const sorted = metrics.toSorted((a, b) => b.logE - a.logE);
  const last = sorted.findLastIndex(
    ({ logE }, i) => logE >= settled(Math.log(metrics.length / ((i + 1) * plan.alpha))),
  );
  return sorted.slice(0, last + 1).map(({ group }) => group.name);
}
