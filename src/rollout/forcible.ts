import type { Code } from "../base/reasons/codes.ts";

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
