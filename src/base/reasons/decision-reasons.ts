import { cause, figure, list, name, number, oneOf, optional } from "./reason-shape.ts";

/** Why the core decided what it did: steps of a rollout, and why it waits or ends. */
export const decisionReasons = {
  "rollout-started": { canary: optional(name), addedTo: optional(list(name)) },
  "taken-over": { rollout: name, weight: number, canary: optional(name), addedTo: optional(list(name)) },
  "deadline-passed": { phase: number, weight: number },
  "pause-expired": { weight: number, limitMs: figure },
  "paused-inconclusive": { weight: number, policy: oneOf("pause", "rollback", "promote"), verdict: cause },
  /** Written by a version that knows reasons which this one does not. */
  "newer-reason": { reasonCode: name },
} as const;
