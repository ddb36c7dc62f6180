import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";

export type PausedState = Extract<State, { status: "paused" }>;

/** The weight that this run was asked to go to has passed. */
export const isReached = (asked: RunRequest, state: PausedState): boolean =>
  state.cause === "until" && asked.until !== undefined && state.weight >= asked.until;

/** How a run ends at a pause: well where the schedule asked for it, else not, since the new version is not live. */
export function pausedOutcome(state: PausedState) {
  const exitCode = state.cause === "schedule" || state.cause === "until" ? (0 as const) : (1 as const);
  return { name: "paused" as const, exitCode, reason: state.reason };
}
