/** Every reason for which Sluice refuses to start or stops, each with one meaning. The list is closed: a new reason is a new word here. */
export const codes = [
  // bad input
  "input",
  "event-refused",
  // finding the route and its rules
  "object-not-found",
  "object-malformed",
  "route-not-found",
  "duplicate-route-name",
  "canary-destination-missing",
  "stable-destination-missing",
  "canary-ambiguous",
  "ambiguous-scope",
  "inconsistent-weights",
  "rule-not-weighted",
  "unreachable-rule",
  "fault-injected",
  "delegated",
  "multiple-virtualservices",
  "weights-do-not-fit",
  "zero-total-weight",
  "fractional-weight",
  "unexpected-start-weight",
  "owned-by-controller",
  // what stands behind it
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
  // metrics
  "metric-not-separable",
  "metric-labels-missing",
  "metric-protocol-mismatch",
  "metric-window-invalid",
  "metric-query-failed",
  // rights
  "permission-missing",
  "credentials-expire",
  "cluster-unreachable",
  // writing
  "dry-run-rejected",
  "write-rejected",
  "write-altered",
  "drifted",
  "route-gone",
  "traffic-did-not-move",
  "corrupt-record",
  "foreign-record",
  "rollback-target-changed",
  // commands
  "command-refused",
  "internal",
] as const;

export type Code = (typeof codes)[number];
