import type { Millis } from "../base/units.ts";
import { evidenceOf } from "./comparison-account.ts";
import { addToLedger, enterPhase, openLedger } from "./evidence-ledger.ts";
import { gridsOf } from "./phase-grid.ts";
import { lookOf, type Numbers } from "./verdict-with-numbers.ts";

/** One comparison, look by look: its evidence, and by how much the canary is worse. Latency as a whole has no one bound. */
type Leg = {
  readonly logE: readonly number[];
  /** Null at looks that were passed over: of a long course more of them would show nothing more. */
  readonly lower?: readonly (number | null)[];
  readonly upper?: readonly (number | null)[];
};

/** How the evidence came about: what the ledger held at the end of each look. */
export type EvidenceByInterval = {
  readonly at: readonly Millis[];
  /** Of all comparisons together: what is held against the limit. */
  readonly logE: readonly number[];
  readonly legs: Readonly<Record<string, Leg>>;
};

const mostBounds = 360;

/** A bound is shown with so many digits that nothing can be seen of the rest. */
const short = (value: number): number => Number(value.toPrecision(4));

/** The ledger once more, from the numbers that a verdict was made of. Its last entry is what these numbers say. */
export function courseOf(numbers: Numbers): EvidenceByInterval {
  const { plan, record } = numbers;
  const ledger = openLedger(plan, record.frozen);
  const at: Millis[] = [];
  const logE: number[] = [];
  const legs: Record<string, { logE: number[]; lower?: (number | null)[]; upper?: (number | null)[] }> = {};
  const stride = Math.ceil(numbers.looks.length / mostBounds);
  const last = numbers.looks.at(-1)?.to;
  for (const grid of gridsOf(plan, record, numbers.now)) {
    enterPhase(ledger, grid);
    for (const row of numbers.looks) {
      if (row.phase !== grid.phase || row.to > grid.to) continue;
      addToLedger(ledger, lookOf(row));
      at.push(row.to);
      logE.push(short(ledger.logE));
      for (const { group, accounts, logE: own } of ledger.groups) {
        legs[group.name] ??= accounts.length === 1 ? { logE: [], lower: [], upper: [] } : { logE: [] };
        const leg = legs[group.name];
        const [only] = accounts;
        leg?.logE.push(short(own));
        if (only === undefined || leg?.lower === undefined) continue;
        const isBounded = at.length % stride === 0 || row.to === last;
        const bounds = isBounded ? evidenceOf(only, plan.alpha, plan.beta) : undefined;
        leg.lower.push(bounds === undefined ? null : short(bounds.lower));
        leg.upper?.push(bounds === undefined ? null : short(bounds.upper));
      }
    }
  }
  return { at, logE, legs };
}
