import { type Reason, reason } from "../base/reasons/index.ts";
import { findingReason } from "./begin-or-supersede.ts";
import { notTogether } from "./followers.ts";
import { healthReason, type Observation } from "./observation.ts";

/** What stands in the way of a raise besides the evidence. Doubt never raises the canary. */
export function unmetCriterion(seen: Observation): Reason | undefined {
  if (seen.now === undefined) return reason("no-server-time", {});
  if (seen.health.canary === "empty" || seen.health.canary === "unknown")
    return reason("canary-not-ready", { says: healthReason(seen.health) });
  const finding = seen.findings[0];
  if (finding === undefined) return notTogether(seen);
  return reason("finding", { refusal: finding.reason.code, says: findingReason(finding) });
}
