import type { Millis } from "../../base/units.ts";
import type { ComparisonAccount } from "../comparison-account.ts";
import { lowerBound } from "../e-process.ts";
import { type GroupAccount, type Ledger, leading } from "../evidence-ledger.ts";
import { logSafe, upperBound } from "../non-inferiority.ts";
import { settled } from "../numerics.ts";
import type { ArmCounts } from "../types.ts";

/** What a line of a recording tells of one comparison. */
type ComparisonFigures = {
  readonly logE: number;
  readonly lower: number;
  readonly upper: number;
  readonly logSafe: number;
  readonly canary: ArmCounts;
  readonly stable: ArmCounts;
};

/** Of the comparisons under one name; of latency the figures of the leading boundary, with the evidence of all. */
export type GroupFigures = ComparisonFigures & {
  readonly weight: number;
  readonly peakLogE: number;
  readonly peakAt: Millis | null;
  readonly phi: number;
  readonly boundaries?: Readonly<Record<string, ComparisonFigures>>;
};

/**
 * The evidence of every group by its name, as a line of a recording holds it. There may be a hundred thousand lines of
 * sixteen comparisons each: what follows from the plan is not said again for every boundary, and a billionth is exact enough.
 */
export function figuresOf(ledger: Ledger): Readonly<Record<string, GroupFigures>> {
  const figures: Record<string, GroupFigures> = {};
  for (const group of ledger.groups) figures[group.group.name] = groupFigures(ledger, group);
  return figures;
}

function groupFigures({ plan: { alpha, beta } }: Ledger, one: GroupAccount): GroupFigures {
  const { group, logE, peakLogE, peakAt, accounts } = one;
  const head = leading(one);
  const figures = figuresIn(head, alpha, beta);
  const { weight, phi } = head;
  if (head.process.boundaryMs === 0) {
    return { ...figures, weight, peakLogE: head.peakLogE, peakAt: head.peakAt, phi };
  }
  const boundaries: Record<string, ComparisonFigures> = {};
  // From the highest edge down: an object whose keys are numbers is laid out as a long, empty array when they rise.
  for (let i = accounts.length - 1; i >= 0; i -= 1) {
    const account = accounts[i];
    if (account === undefined) continue;
    boundaries[account.process.boundaryMs] = account === head ? figures : figuresIn(account, alpha, beta);
  }
  return { ...figures, logE, weight: group.weight, peakLogE, peakAt, phi, boundaries };
}

function figuresIn(
  { logE, mixture, safety, weight, canary, stable }: ComparisonAccount,
  alpha: number,
  beta: number,
): ComparisonFigures {
  return {
    logE,
    lower: settled(lowerBound(mixture, alpha * weight)),
    upper: settled(upperBound(safety, beta)),
    logSafe: settled(logSafe(safety)),
    canary: { ...canary },
    stable: { ...stable },
  };
}
