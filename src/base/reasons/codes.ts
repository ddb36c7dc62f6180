import { type FindingCode, findingReasons } from "./finding-reasons.ts";

/** Refusals and failures that are no finding of a route: bad input, and what the core ends a run with. */
const endings = [
  // bad input
  "input",
  "metric-window-invalid",
  "event-refused",
  // the route and its record
  "unexpected-start-weight",
  "record-missing",
  "route-gone",
  "traffic-did-not-move",
  // writing
  "write-rejected",
  // commands
  "command-refused",
  "internal",
] as const;

/** Every reason for which Sluice refuses to start or stops, each with one meaning: a finding, or one of these endings. */
export type Code = FindingCode | (typeof endings)[number];

/** The list is closed: a new finding is a new reason, and a new ending a new word above. */
export const codes: readonly Code[] = [...endings, ...(Object.keys(findingReasons) as FindingCode[])];
