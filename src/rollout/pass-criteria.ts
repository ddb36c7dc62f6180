import { notTogether } from "./followers.ts";
import type { Observation } from "./observation.ts";

/** What stands in the way of a raise besides the evidence. Doubt never raises the canary. */
export function unmetCriterion(seen: Observation): string | undefined {
  if (seen.now === undefined) return "the API server named no time";
  if (seen.health.canary === "empty" || seen.health.canary === "unknown")
    return `the canary is not known to be ready: ${seen.health.because}`;
  const finding = seen.findings[0];
  return finding === undefined ? notTogether(seen) : `${finding.code}: ${finding.message}`;
}
