import { followerLost } from "./followers.ts";
import type { Observation } from "./observation.ts";
import type { State } from "./rollout-state.ts";

/** How long the canary may be empty in every turn before that alone takes the traffic back. */
const emptyLimitMs = 60_000;

/** Nobody has settled the phase, or ended the pause, in the time there was for it. */
export function overdue(state: State, seen: Observation): string | undefined {
  if (seen.now === undefined || seen.now <= state.deadline) return undefined;
  return state.status === "paused"
    ? `nobody ended the pause at ${state.weight}% within 30 days`
    : `the deadline of phase ${state.phase} has passed`;
}

/** Reasons to take the traffic back that need no metrics: they are looked at before any of them is asked. */
export function rollbackReason(state: State, seen: Observation): string | undefined {
  const late = overdue(state, seen) ?? seen.run.takesBack;
  if (late !== undefined) return late;
  const rejected = rejection(seen);
  if (rejected !== undefined) return `the cluster refused the next step: ${rejected}`;
  const lost = followerLost(seen);
  if (lost !== undefined) return lost;
  if (state.weight > 0 && seen.health.canary === "empty" && seen.health.canaryEmptyMs >= emptyLimitMs) {
    return `the canary has had no ready endpoint for ${emptyLimitMs / 1000} s: ${seen.health.because}`;
  }
  return undefined;
}

/** The server's words, where it refused a patch twice at one version and so meant it. */
export function rejection({ run }: Observation): string | undefined {
  return run.rejected !== undefined && run.rejected.times >= 2 ? run.rejected.because : undefined;
}
