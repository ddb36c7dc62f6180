import type { Code } from "../base/reasons/codes.ts";
import { reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import { said } from "../base/reasons/said.ts";

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

type Told = { readonly code: Code; readonly message: string };

/** What is left of problems when some of their codes are overridden, and a notice of each that was: all who are told of the rollout read it. */
export function withoutForced<T extends Told>(
  problems: readonly T[],
  force: readonly Forcible[] = [],
): { readonly left: readonly T[]; readonly overridden: readonly Notice[] } {
  const isForced = ({ code }: T) => force.some((one) => one === code);
  return {
    left: problems.filter((problem) => !isForced(problem)),
    overridden: problems
      .filter(isForced)
      .map(({ code, message }) => ({ reason: reason("overridden", { refusal: code, finding: said(message) }) })),
  };
}
