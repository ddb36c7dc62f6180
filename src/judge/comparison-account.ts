import type { Millis } from "../base/units.ts";
import type { Constants } from "./constants.ts";
import {
  addLook,
  type LikelihoodTable,
  logEvidence,
  lowerBound,
  type Mixture,
  openMixture,
  type Start,
} from "./e-process.ts";
import type { JudgePlan, Process } from "./judge-plan.ts";
import { addSafeLook, logSafe, openSafety, type SafeOdds, type Safety, upperBound } from "./non-inferiority.ts";
import { settled } from "./numerics.ts";
import { isStirred } from "./stable-shift-guard.ts";
import type { ArmCounts, ArmPair, Calibration, Interval, ProcessEvidence } from "./types.ts";

type Sums = { n: number; x: number };

/**
 * Looks without requests in one of the arms wait here and are added to the next ones. The rule looks at traffic only;
 * what remains assumed is that the rates hold still over the few looks that are merged, so that they must be few: the
 * stable requests of long ago are no match for those of a canary that is seldom asked, if all fail together today.
 */
type Merging = { phase: number; looks: readonly Waiting[] };
type Waiting = { readonly from: Millis; readonly pair: ArmPair };

/** All that is added up for one process, look by look. */
export type ComparisonAccount = {
  readonly process: Process;
  /** Its share of alpha over all comparisons. */
  readonly weight: number;
  /** The logarithm of its share of its group's evidence. */
  readonly logShare: number;
  readonly phi: number;
  readonly mixture: Mixture;
  readonly safety: Safety;
  readonly merging: Merging;
  readonly safeMerging: Merging;
  readonly canary: Sums;
  readonly stable: Sums;
  /** Of stable, in the last look that had any of its requests. */
  before: ArmCounts;
  isStirred: boolean;
  logE: number;
  peakLogE: number;
  peakAt: Millis | null;
};

/** What comparisons of equal requests and equal tolerance share. */
type SharedOdds = { readonly odds: LikelihoodTable; readonly safeOdds: SafeOdds };

export function openAccount(
  plan: JudgePlan,
  frozen: Calibration,
  process: Process,
  weight: number,
  starts: readonly Start[],
  shared?: SharedOdds,
): ComparisonAccount {
  return {
    process,
    weight,
    logShare: Math.log(process.share),
    phi: phiOf(plan, frozen, process.name),
    mixture: openMixture(plan.constants, process.tolerance, starts, shared?.odds),
    safety: openSafety(plan.constants, process.limit, shared?.safeOdds),
    merging: { phase: 0, looks: [] },
    safeMerging: { phase: 0, looks: [] },
    canary: { n: 0, x: 0 },
    stable: { n: 0, x: 0 },
    before: { n: 0, x: 0 },
    isStirred: false,
    logE: 0,
    peakLogE: 0,
    peakAt: null,
  };
}

export function phiOf(plan: JudgePlan, frozen: Calibration, process: string): number {
  return plan.dispersion === "auto" ? (frozen.phi[process] ?? plan.constants.defaultPhi) : plan.dispersion;
}

/** Adds what one look holds for this process. */
export function account(account: ComparisonAccount, look: Interval, pair: ArmPair, constants: Constants): void {
  account.isStirred = isStirred(account.before, pair.stable, account.phi, constants);
  if (pair.stable.n > 0) account.before = pair.stable;
  addTo(account.canary, pair.canary);
  addTo(account.stable, pair.stable);
  const { phi, mixture, safety, process } = account;
  if (!(look.settling && process.skipsSettling)) {
    const merged = merge(account.merging, look, pair, constants);
    if (merged !== undefined) {
      addLook(mixture, merged.from, merged.pair, phi);
      account.logE = settled(logEvidence(mixture));
    }
  }
  if (!look.settling) {
    const merged = merge(account.safeMerging, look, pair, constants);
    if (merged !== undefined) addSafeLook(safety, merged.pair, phi);
  }
  if (account.logE > account.peakLogE) {
    account.peakLogE = account.logE;
    account.peakAt = look.to;
  }
}

/** The share of bad requests; of none at all it is 0. */
export function rateOf({ n, x }: ArmCounts): number {
  return x / Math.max(1, n);
}

/** What is known of the process now. The lower bound exceeds the tolerance exactly when this process alone forces a rollback. */
export function evidenceOf(account: ComparisonAccount, alpha: number, beta: number): ProcessEvidence {
  const { process, weight, phi, mixture, safety, logE, peakLogE, peakAt, canary, stable } = account;
  return {
    process: process.name,
    weight,
    logE,
    peakLogE,
    peakAt,
    lower: lowerBound(mixture, alpha * weight),
    logSafe: settled(logSafe(safety)),
    upper: upperBound(safety, beta),
    canary: { ...canary },
    stable: { ...stable },
    phi,
  };
}

/** The sum of what waits and this look, once it has requests in both arms. What is left over at the end of a phase is dropped, and what has waited for too long. */
function merge(merging: Merging, look: Interval, pair: ArmPair, { mergedLooks }: Constants): Waiting | undefined {
  const waiting = merging.phase === look.phase ? merging.looks : [];
  merging.phase = look.phase;
  merging.looks = [];
  if (waiting.length === 0 && isFull(pair)) return { from: look.from, pair };
  const looks = [...waiting, { from: look.from, pair }].slice(-mergedLooks);
  const sum = { canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 } };
  for (const one of looks) {
    addTo(sum.canary, one.pair.canary);
    addTo(sum.stable, one.pair.stable);
  }
  if (isFull(sum)) return { from: looks[0]?.from ?? look.from, pair: sum };
  merging.looks = looks;
  return undefined;
}

function isFull({ canary, stable }: ArmPair): boolean {
  return canary.n >= 1 && stable.n >= 1;
}

function addTo(sums: Sums, arm: Readonly<Sums>): void {
  sums.n += arm.n;
  sums.x += arm.x;
}
