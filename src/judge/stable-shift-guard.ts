import type { Constants } from "./constants.ts";
import type { ArmCounts } from "./types.ts";

/**
 * What of the evidence may force a rollback. Programs are scraped at moments of their own: when an incident hits both
 * versions, one of them may show it a part of a look earlier than the other, and for that look it seems to be worse.
 * Then stable's own rate moves as well, and evidence that is found in such a look has to stand until its last scrape is in.
 * Only ever less is counted than is found, so that what is promised of the evidence holds of what counts.
 */
export type StableShiftGuard = { readonly recent: number[]; calmLooks: number };

export function openShiftGuard(): StableShiftGuard {
  return { recent: [], calmLooks: Number.POSITIVE_INFINITY };
}

/** What counts of the evidence at the end of a look. Doubt outlasts the move: it takes looks without it to outweigh what it brought. */
export function counted(
  standing: StableShiftGuard,
  logE: number,
  isStirred: boolean,
  { stirLooks }: Constants,
): number {
  const { recent } = standing;
  standing.calmLooks = isStirred ? 0 : standing.calmLooks + 1;
  recent.push(logE);
  if (recent.length > stirLooks) recent.shift();
  if (standing.calmLooks > stirLooks - 2) return logE;
  // Before the first look there is no evidence, which is 0.
  return Math.min(recent.length < stirLooks ? 0 : logE, ...recent);
}

/** Whether the rate of stable has moved from one look to the next by more than chance does. */
export function isStirred(before: ArmCounts, now: ArmCounts, phi: number, { stirDeviations }: Constants): boolean {
  if (stirDeviations === 0 || before.n === 0 || now.n === 0) return false;
  const pooled = (before.x + now.x) / (before.n + now.n);
  const variance = phi * pooled * (1 - pooled) * (1 / before.n + 1 / now.n);
  return (before.x / before.n - now.x / now.n) ** 2 > stirDeviations ** 2 * variance;
}
