import { type Reason, reason } from "../base/reasons/index.ts";
import { commit, type Decision, finish, follow, wait } from "./decision.ts";
import { leftOut, titlesOf } from "./followers.ts";
import { healthReason, type Observation } from "./observation.ts";
import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";
import { rollbackBlocked, rolledBack } from "./transitions.ts";

const heldPaceMs = 5_000;

/** A record that holds stands beside its own weights: writing it over foreign ones would move traffic, perhaps to the canary. */
const cannotHold = (state: State, seen: Observation): Decision =>
  finish(
    {
      name: "failed",
      exitCode: 1,
      code: "backend-empty",
      reason: reason("rollback-blocked-drifted", { says: healthReason(seen.health) }),
    },
    state,
  );

/** Takes the traffic back, or, where stable is known to have no ready endpoint, holds it where it still works. */
export function rollBack(asked: RunRequest, state: State, seen: Observation, why: Reason): Decision {
  const failed = unblocked(why);
  if (seen.health.stable !== "empty") return commit(rolledBack(asked, state, failed, seen.now));
  const moved = seen.followers?.some(({ standing }) => standing.kind === "differs") === true;
  if (moved || seen.standing?.kind === "differs" || seen.standing?.kind === "rule-gone") return cannotHold(state, seen);
  const blocked = reason("rollback-blocked", { weight: state.weight, failed });
  return commit(rollbackBlocked(asked, state, blocked, seen.now));
}

/** What failed, without that it could not be rolled back at first. */
const unblocked = (why: Reason): Reason => (why.code === "rollback-blocked" ? why.data.failed : why);
export const failureOf = (state: State): Reason => unblocked(state.reason);

/** Why a rollout goes back that could not while stable was down. */
export const stableRecovered = (state: State): Reason => reason("stable-recovered", { failed: failureOf(state) });

/** Whoever drives a rollout that failed while stable was down: a turn every few seconds until stable is back or the deadline passes. */
export function waitForStable(asked: RunRequest, state: State, seen: Observation): Decision {
  if (seen.health.stable !== "empty" && seen.health.stable !== "unknown")
    return rollBack(asked, state, seen, stableRecovered(state));
  if (seen.now !== undefined && seen.now > state.deadline) {
    const why = reason("stable-down-past-deadline", { failed: failureOf(state) });
    return finish({ name: "held", exitCode: 1, reason: why }, state);
  }
  return wait(heldPaceMs, reason("waiting-for-stable", { says: healthReason(seen.health) }));
}

/** How long the run that took the others home goes on with those. Less than a command may take. */
const leftOutMs = 4 * 60_000;

/** And how long anybody else does who comes upon it: the post step does, right after a cancel. */
const foundOutMs = 60_000;

/** The rollout has gone home, and not every route with it: those are taken home now, and told of where they cannot be. */
export function restoreStranded(state: State, seen: Observation, forced: boolean): Decision | undefined {
  const { astray, unknown } = leftOut(state, seen, forced);
  const followers = titlesOf([...astray, ...unknown]);
  if (followers.length === 0) return undefined;
  const isDown = seen.health.stable === "empty";
  if (astray.length > 0 && !isDown) return follow(state, reason("follower-restoring", { followers: titlesOf(astray) }));
  const says = isDown
    ? [healthReason(seen.health)]
    : unknown.flatMap(({ standing }) => ("reason" in standing ? [standing.reason] : []));
  const endedAt = state.status === "rolled-back" ? state.endedAt : 0;
  const limitMs = seen.run.wroteItself ? leftOutMs : foundOutMs;
  if (!seen.abort && seen.now !== undefined && seen.now - endedAt < limitMs)
    return wait(heldPaceMs, reason("follower-not-restored", { followers, says }));
  const why = reason("not-all-restored", { rolledBack: state.reason, followers, says });
  return finish({ name: "rolled-back", exitCode: 1, reason: why }, state);
}
