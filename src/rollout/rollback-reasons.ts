import { type Reason, reason } from "../base/reasons/index.ts";
import { followerLost } from "./followers.ts";
import { healthReason, type Observation } from "./observation.ts";
import type { State } from "./rollout-state.ts";
import { pauseLimitMs } from "./transitions.ts";

/** How long the canary may be empty in every turn before that alone takes the traffic back. */
const emptyLimitMs = 60_000;

/** The phase was not decided, or the pause not ended, in the time there was for it. */
export function overdue(state: State, seen: Observation): Reason | undefined {
  if (seen.now === undefined || seen.now <= state.deadline) return undefined;
  return state.status === "paused"
    ? reason("pause-expired", { weight: state.weight, limitMs: pauseLimitMs })
    : reason("deadline-passed", { phase: state.phase, weight: state.weight });
}

/** Reasons to take the traffic back that need no metrics: they are looked at before any of them is asked. */
export function rollbackReason(state: State, seen: Observation): Reason | undefined {
  const late = overdue(state, seen) ?? seen.run.takesBack;
  if (late !== undefined) return late;
  const rejected = rejection(seen);
  if (rejected !== undefined) return reason("step-rejected", { says: rejected });
  const lost = followerLost(seen);
  if (lost !== undefined) return lost;
  if (state.weight > 0 && seen.health.canary === "empty" && seen.health.canaryEmptyMs >= emptyLimitMs) {
    return reason("canary-unready", { forMs: emptyLimitMs, says: healthReason(seen.health) });
  }
  return undefined;
}

/** Why the server refused a patch twice at one version, and so meant it. */
export function rejection({ run }: Observation): Reason | undefined {
  return run.rejected !== undefined && run.rejected.times >= 2 ? run.rejected.reason : undefined;
}
