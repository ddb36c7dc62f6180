import { account, type ComparisonAccount, openAccount } from "./comparison-account.ts";
import { lastHolding } from "./numerics.ts";
import type { Interval } from "./types.ts";
import type { VerdictInput } from "./verdict-input.ts";

const [LOWEST, HIGHEST] = [1e-3, 1e4];

/**
 * The largest ratio such that "the canary fails at least so many times as often as stable" stands with the account's share
 * of alpha, whenever one looks; undefined: none does. The bets depend on the ratio, so that all looks are added up anew
 * for each one tried. Only without a difference does the evidence fall as the ratio rises.
 */
export function ratioBound(
  { plan, record, ledger }: VerdictInput,
  of: ComparisonAccount,
  looks: readonly Interval[],
): number | undefined {
  const level = -Math.log(plan.alpha * of.weight);
  const evidenceAt = (ratio: number) => {
    const process = { ...of.process, tolerance: { ratio, difference: 0 } };
    const anew = openAccount(plan, record.frozen, process, of.weight, ledger.starts);
    for (const look of looks) {
      const pair = look.pairs.get(process.name);
      if (pair !== undefined) account(anew, look, pair, plan.constants);
    }
    return anew.logE;
  };
  if (!(evidenceAt(LOWEST) >= level)) return undefined;
  return Math.exp(lastHolding(Math.log(LOWEST), Math.log(HIGHEST), (log) => evidenceAt(Math.exp(log)) >= level));
}
