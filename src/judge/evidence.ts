import { addLook, logEvidence, lowerBound, type Mixture, openMixture, type Start } from "./mixture.ts";
import { settled } from "./numbers.ts";
import type { JudgePlan, Process } from "./plan.ts";
import { addSafeLook, logSafe, openSafety, type Safety, upperBound } from "./promotion.ts";
import type { Arm, Frozen, Look, Millis, Pair, ProcessEvidence } from "./types.ts";

type Sums = { n: number; x: number };

/**
 * Looks without requests in one of the arms wait here and are added to the next ones. The rule looks at traffic only;
 * what remains assumed is that the rates hold still over the few looks that are merged.
 */
type Merging = { phase: number; from: Millis; canary: Sums; stable: Sums } | undefined;

/** All that is added up for one process, look by look. */
export type Account = {
  readonly process: Process;
  /** Its share of alpha over all comparisons. */
  readonly weight: number;
  readonly phi: number;
  readonly mixture: Mixture;
  readonly safety: Safety;
  merging: Merging;
  safeMerging: Merging;
  readonly canary: Sums;
  readonly stable: Sums;
  logE: number;
  peakLogE: number;
  peakAt: Millis | null;
};

export function openAccount(
  plan: JudgePlan,
  frozen: Frozen,
  process: Process,
  weight: number,
  starts: readonly Start[],
): Account {
  return {
    process,
    weight,
    phi: phiOf(plan, frozen, process.name),
    mixture: openMixture(plan.constants, process.tolerance, starts),
    safety: openSafety(plan.constants, process.limit),
    merging: undefined,
    safeMerging: undefined,
    canary: { n: 0, x: 0 },
    stable: { n: 0, x: 0 },
    logE: 0,
    peakLogE: 0,
    peakAt: null,
  };
}

export function phiOf(plan: JudgePlan, frozen: Frozen, process: string): number {
  return plan.dispersion === "auto" ? (frozen.phi[process] ?? plan.constants.defaultPhi) : plan.dispersion;
}

/** Adds what one look holds for this process. */
export function account(account: Account, look: Look, pair: Pair): void {
  addTo(account.canary, pair.canary);
  addTo(account.stable, pair.stable);
  const { phi, mixture, safety, process } = account;
  if (!(look.settling && process.skipsSettling)) {
    const merged = mergedWith(account.merging, look, pair);
    account.merging = isFull(merged) ? undefined : merged;
    if (isFull(merged)) {
      addLook(mixture, merged.from, inClusters(merged, phi));
      account.logE = settled(logEvidence(mixture));
    }
  }
  if (!look.settling) {
    const merged = mergedWith(account.safeMerging, look, pair);
    account.safeMerging = isFull(merged) ? undefined : merged;
    if (isFull(merged)) addSafeLook(safety, inClusters(merged, phi));
  }
  if (account.logE > account.peakLogE) {
    account.peakLogE = account.logE;
    account.peakAt = look.to;
  }
}

/** The share of bad requests; of none at all it is 0. */
export function rateOf({ n, x }: Arm): number {
  return x / Math.max(1, n);
}

/** What is known of the process now. The lower bound exceeds the tolerance exactly when this process alone forces a rollback. */
export function evidenceOf(account: Account, alpha: number, beta: number): ProcessEvidence {
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

function mergedWith(waiting: Merging, look: Look, pair: Pair): NonNullable<Merging> {
  // What is left over at the end of a phase is dropped.
  const merging =
    waiting?.phase === look.phase
      ? waiting
      : { phase: look.phase, from: look.from, canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 } };
  addTo(merging.canary, pair.canary);
  addTo(merging.stable, pair.stable);
  return merging;
}

function isFull(merging: NonNullable<Merging>): boolean {
  return merging.canary.n >= 1 && merging.stable.n >= 1;
}

function addTo(sums: Sums, arm: Readonly<Sums>): void {
  sums.n += arm.n;
  sums.x += arm.x;
}

/** Requests that fail together count as one. */
function inClusters({ canary, stable }: Pair, phi: number): Pair {
  return { canary: { n: canary.n / phi, x: canary.x / phi }, stable: { n: stable.n / phi, x: stable.x / phi } };
}
