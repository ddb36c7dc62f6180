import { cause, figure, list, name, number, oneOf, optional, record } from "./reason-shape.ts";

/** What is not as the record says: weights, stamps of followers, and the record itself. */
export const driftReasons = {
  drifted: { found: cause },
  "weights-reverted": { found: cause, tools: list(name), afterMs: figure },
  "record-came-back": { rollout: name },
  "first-write-unsure": { rollout: optional(name), status: optional(name) },
  "record-missing": { found: cause },
  "record-removed": { weight: number, decided: optional(cause) },
  "record-not-restored": { says: cause },
  "record-vanished": { shows: oneOf("unknown", "original", "other"), tools: optional(list(name)) },
  "follower-gone": { follower: name, says: cause },
  "follower-recreated": { follower: name },
  "follower-taken": { follower: name, holder: record({ route: name, rollout: name }) },
  "follower-in-other-phase": { follower: name, phase: number, recordPhase: number },
  "follower-unstamped": { follower: name },
} as const;
