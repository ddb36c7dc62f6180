import { commit, type Decision, finish, follow, wait } from "./decision.ts";
import { leftOut, namesOf } from "./followers.ts";
import type { Observation } from "./observation.ts";
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
      because: `Nothing was written: stable has no ready endpoint (${seen.health.because}), and somebody has moved the weights. Start stable, then run \`rollback\` again.`,
    },
    state,
  );

/** Takes the traffic back, or, where stable is known to have no ready endpoint, holds it where it still works. */
export function rollBack(asked: RunRequest, state: State, seen: Observation, because: string): Decision {
  if (seen.health.stable !== "empty") return commit(rolledBack(asked, state, because, seen.now));
  const moved = seen.followers?.some(({ standing }) => standing.kind === "differs") === true;
  if (moved || seen.standing?.kind === "differs" || seen.standing?.kind === "rule-gone") return cannotHold(state, seen);
  return commit(
    rollbackBlocked(asked, state, `${because} (held: stable has no ready endpoint, so nothing moves)`, seen.now),
  );
}

/** Why a rollout goes back that could not while stable was down. */
export const stableRecovered = (state: State): string => `${state.because}; stable is ready again`;

/** Whoever drives a rollout that failed while stable was down: a turn every few seconds until stable is back or the deadline passes. */
export function waitForStable(asked: RunRequest, state: State, seen: Observation): Decision {
  if (seen.health.stable !== "empty" && seen.health.stable !== "unknown")
    return rollBack(asked, state, seen, stableRecovered(state));
  if (seen.now !== undefined && seen.now > state.deadline) {
    return finish(
      { name: "held", exitCode: 1, because: `${state.because}; stable did not come back before the deadline` },
      state,
    );
  }
  return wait(heldPaceMs, `held until stable is ready again: ${seen.health.because}`);
}

/** How long the run that took the others home goes on with those. Less than a command may take. */
const leftOutMs = 4 * 60_000;

/** And how long anybody else does who comes upon it: the post step does, right after a cancel. */
const foundOutMs = 60_000;

/** The rollout has gone home, and not every route with it: those are taken home now, and told of where they cannot be. */
export function restoreStranded(state: State, seen: Observation, forced: boolean): Decision | undefined {
  const { astray, unknown } = leftOut(state, seen, forced);
  const names = namesOf([...astray, ...unknown]);
  if (names === "") return undefined;
  const isDown = seen.health.stable === "empty";
  if (astray.length > 0 && !isDown) return follow(state, `${namesOf(astray)} goes home too`);
  const why = isDown
    ? seen.health.because
    : unknown.map(({ standing }) => ("because" in standing ? standing.because : "")).join("; ");
  const endedAt = state.status === "rolled-back" ? state.endedAt : 0;
  const limitMs = seen.run.wroteItself ? leftOutMs : foundOutMs;
  if (!seen.abort && seen.now !== undefined && seen.now - endedAt < limitMs)
    return wait(heldPaceMs, `${names} is not home yet: ${why}`);
  return finish(
    {
      name: "rolled-back",
      exitCode: 1,
      because: `${state.because}. Whether ${names} is home is not known (${why}): look there`,
    },
    state,
  );
}
