import type { Foreign } from "../foreign.ts";
import { cause, type Field, figure, list, name, number, oneOf, optional, record, words } from "./reason-shape.ts";
import { ruleWeights } from "./route-shapes.ts";

/** A whole sentence. */
const sentence: Field<Foreign> = {
  ...words,
  read: (raw) => (typeof raw === "string" ? (raw as unknown as Foreign) : undefined),
};

/** Why the core decided what it did: steps of a rollout, and why it waits or ends. */
export const decisionReasons = {
  // a rollout begins, changes hands or goes on
  "rollout-started": { canary: optional(name), addedTo: optional(list(name)) },
  "taken-over": { rollout: name, weight: number, canary: optional(name), addedTo: optional(list(name)) },
  "drives-on": { weight: number },
  "follower-catching-up": { followers: list(name), weight: number },
  "planned-step": { weight: number },

  // a rollback
  "rollback-requested": { command: name, run: name, found: optional(ruleWeights) },
  "job-cancelled": {},
  "stable-recovered": { failed: cause },
  "owner-gone": { run: optional(name) },
  "deadline-passed": { phase: number, weight: number },
  "pause-expired": { weight: number, limitMs: figure },
  "command-too-late": { command: name, run: name, late: cause },
  "step-rejected": { says: cause, follower: optional(name) },
  "canary-unready": { forMs: figure, says: cause },
  "follower-restored": { follower: name },
  "follower-lost": { follower: name, says: cause },
  "phase-not-in-plan": { phase: number },
  inconclusive: { weight: number, policy: oneOf("pause", "rollback", "promote"), verdict: cause },

  // a rollback that waits for stable, or for a route
  "rollback-blocked": { weight: number, failed: cause },
  "rollback-blocked-drifted": { says: cause },
  "waiting-for-stable": { says: cause },
  "stable-still-down": { failed: cause, says: cause },
  "stable-down-past-deadline": { failed: cause },
  "follower-restoring": { followers: list(name) },
  "follower-not-restored": { followers: list(name), says: list(cause) },
  "not-all-restored": { rolledBack: cause, followers: optional(list(name)), says: list(cause) },

  // a step up, or a pause
  approved: { weight: number, command: name, run: name },
  "promoted-unproven": { weight: number, verdict: cause },
  resumed: { weight: number, command: name, run: name },
  "resumed-watching": { weight: number },
  "paused-person": { weight: number, command: name, run: name },
  "paused-schedule": { weight: number, passed: cause },
  "paused-until": { weight: number, passed: cause },
  "beyond-until": { weight: number, until: number },
  "paused-inconclusive": { weight: number, policy: oneOf("pause", "rollback", "promote"), verdict: cause },

  // what is waited for
  "no-server-time": {},
  settling: { weight: number },
  /** `passed`: what has been shown already, before the hold is over. */
  holding: { weight: number, leftMs: optional(figure), passed: optional(cause) },
  "no-verdict": { phase: number },
  "canary-not-ready": { says: cause },
  finding: { refusal: name, says: cause },
  "selection-unknown": {},
  "not-looked-at": {},
  "follower-unread": { follower: name, says: cause },
  "follower-behind": { followers: list(name) },
  "follower-unknown": { rollout: name, followers: list(name) },

  // a rollout that does not begin
  "preflight-findings": { findings: list(cause) },
  "version-not-ready": { side: oneOf("canary", "stable"), says: cause },
  "unexpected-start-weight": {
    share: number,
    expected: number,
    first: number,
    follows: optional(name),
    follower: optional(name),
  },
  "first-phase-rejected": { says: cause },
  "plan-needed": { command: name },

  // another rollout
  superseded: { rollout: name },
  "replaced-meanwhile": { rollout: name, command: name },
  "rollout-restarted": { rollout: name },
  "newer-rollout-ended": { rollout: name },
  "newer-rollout-active": { rollout: name },
  "other-rollout-active": { rollout: name },
  "other-rollout-found": { found: optional(name), wanted: name },
  "begins-nothing": { command: name },
  "nothing-left": { stands: cause },
  "rolled-back-by": { run: optional(name), rollback: cause },
  "record-of-another-object": {},

  // a command
  "no-rollout": {},
  "no-rollout-for": { command: name },
  "nothing-to-roll-back": { rollout: optional(name), revision: optional(name) },
  "nothing-to-sweep": { stands: cause },
  "no-owner": { weight: number },
  "pause-ended-since": { stands: cause },
  "wrong-status": { command: name, status: name },
  "phase-passed-before-pause": { phase: number, weight: number },
  "phase-just-entered": { phase: number, weight: number },
  "plan-differs": { command: name },
  "command-done": { command: name },
  "already-promoted": {},
  "already-progressing": {},
  "failed-before": { failed: cause },
  "cannot-go-on": { lost: cause },

  // a cancel, a dry run, the last reconcile
  cancelled: {
    while: oneOf("not-begun", "another-rollout", "paused", "not-owner", "nothing-written"),
    rollout: optional(name),
  },
  "cancelled-blocked": { failed: cause },
  "left-on-cancel": {},
  "cancel-time-over": {},
  "cancelled-unseen": { says: cause },
  ready: {
    canary: optional(name),
    stable: optional(name),
    rules: optional(list(name)),
    followers: optional(list(record({ title: name, canary: name, stable: name }))),
    rollout: optional(name),
    weight: optional(number),
  },
  "dry-run-waits": { says: cause },
  "dry-run-accepted": { weight: number, step: cause },
  "dry-run-refused": { weight: number, says: cause },
  "max-reconciles": { says: cause },

  // the cluster
  "route-absent": { title: name, served: name },
  "route-gone": { says: cause },
  "route-deleting": { route: name },
  "route-unreachable": {},
  "route-unread": { why: oneOf("denied", "no-answer"), says: cause },
  "state-unknown": { says: cause },
  "stale-read": {},
  "routes-written-meanwhile": {},
  "write-rejected": { says: cause, weight: optional(number), triedMs: optional(figure) },
  "too-many-patches": { patches: figure, phase: optional(number), follower: optional(name), last: optional(cause) },
  "step-altered": { says: cause },
  "on-follower": { follower: name, says: cause },
  several: { reasons: list(cause) },

  // the record
  "record-unreadable": { route: name, says: cause, weights: ruleWeights },
  "record-malformed": { part: name },
  "record-oversized": { limitBytes: figure },
  "record-not-ours": { how: oneOf("not-json", "not-an-object", "forbidden-key", "rewritten") },
  "record-format": { found: name, format: number },
  "record-too-large": { limitBytes: figure },
  /** Written by a version that knows reasons which this one does not. */
  "newer-reason": { reasonCode: name },
  /** What it was about found no room in the record, or was changed there. */
  "details-dropped": { reasonCode: name },

  // what this rollout was allowed to do
  "canary-was-added": { canary: name, rules: list(name), rollout: oneOf("runs", "promoted", "rolled-back") },
  "others-kept": { destinations: list(name) },
  "flux-paused": { rollout: oneOf("runs", "promoted", "rolled-back") },
  "dry-run-patch": { follower: optional(name) },
  "restore-by-hand": {},

  /** What a parser of inputs says, whose sentences stand beside their rules, and what a rehearsal makes happen. */
  said: { text: sentence },
} as const;
