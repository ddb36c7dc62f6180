import type { Code } from "../base/reasons/codes.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";

/**
 * The refusals that a person may override, because the weights can be written all the same and only their meaning is in
 * doubt. Missing rights, broken objects and records, other owners and refusals of the cluster are no matter of opinion.
 */
export const forcible = [
  "ambiguous-scope",
  "inconsistent-weights",
  "unreachable-rule",
  "fault-injected",
  "multiple-virtualservices",
  "destination-not-found",
  "destination-port-missing",
  "subset-missing",
  "subset-empty",
  "subset-overlap",
  "backend-empty",
  "parent-not-accepted",
  "reference-not-granted",
  "reference-not-resolved",
  "no-l7-dataplane",
  "mixed-route-apis",
  "route-ignored",
  "metric-labels-missing",
  "credentials-expire",
] as const satisfies readonly Code[];

export type Forcible = (typeof forcible)[number];

/** Whether a notice tells of a refusal that a person has overridden: all who are told of the rollout have to read it. */
export const isOverride = ({ reason }: Notice): boolean => reason.code === "overridden";

/** What is left of findings when some of their codes are overridden, and a notice for each one that was. */
export function withoutForced(
  findings: readonly Finding[],
  force: readonly Forcible[] = [],
): { readonly left: readonly Finding[]; readonly notices: readonly Notice[] } {
  const isForced = ({ reason }: Finding) => force.some((one) => one === reason.code);
  return {
    left: findings.filter((one) => !isForced(one)),
    notices: findings.filter(isForced).map(({ reason, route }) => ({
      ...notice("overridden", { finding: reason }),
      ...(route === undefined ? {} : { route }),
    })),
  };
}
