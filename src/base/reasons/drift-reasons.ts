import { cause, figure, list, name, number, oneOf, optional, record } from "./reason-shape.ts";
import { destinationWeights, ruleWeights } from "./route-shapes.ts";

/** What is not as the record says: weights, stamps of followers, and the record itself. */
const foundByCore = {
  "rollout-drifted": { found: cause },
  "weights-reverted": { found: cause, tools: list(name), afterMs: figure },
  "record-came-back": { rollout: name },
  "first-write-unsure": { rollout: optional(name), status: optional(name) },
  "record-removed": { weight: number, decided: optional(cause) },
  "record-not-restored": { says: cause },
  "record-vanished": { shows: oneOf("unknown", "original", "other"), tools: optional(list(name)) },
  "follower-gone": { follower: name, says: cause },
  "follower-recreated": { follower: name },
  "follower-taken": { follower: name, holder: record({ route: name, rollout: name }) },
  "follower-in-other-phase": { follower: name, phase: number, recordPhase: number },
  "follower-unstamped": { follower: name },
} as const;

/** Differences between a route and its record, or between a route and what was just written. */
const foundOnRoute = {
  "route-changed": { object: name, managers: list(name), differences: list(cause), keptBy: list(name) },
  "written-differently": { object: name, differences: list(cause) },
  "rules-gone": { object: name, rules: list(name) },
  "rule-weights-differ": { rule: name, wanted: destinationWeights, shown: destinationWeights },
  "rule-destinations-changed": { rule: name, gone: list(name), gained: list(name), unreadable: optional(number) },
  "canary-not-added": { rule: name, canary: name },
  "annotation-altered": { annotation: name, found: oneOf("nothing", "another") },
  /** Sluice alone wrote these weights, they split traffic, and no record says for how long. */
  "record-missing": { object: name, writtenAt: number, rules: ruleWeights },
} as const;

export const driftReasons = { ...foundByCore, ...foundOnRoute } as const;
