import { isFinal } from "./begin-or-supersede.ts";
import { rejectedForGood } from "./build-outcomes.ts";
import { commit, type Decision, finish, refuse, wait } from "./decision.ts";
import { driftOf, foreignRecord } from "./drift.ts";
import { wayBackBegun } from "./followers.ts";
import type { Observation } from "./observation.ts";
import { recordMissing, vanished } from "./record-gone.ts";
import { restoreStranded, rollBack, stableRecovered, waitForStable } from "./roll-back.ts";
import { overdue, rejection } from "./rollback-reasons.ts";
import type { State } from "./rollout-state.ts";
import { isReplaced, type RunRequest } from "./run-request.ts";
import { paused } from "./transitions.ts";

/** What a person or a sweeper asks for. Each is the next turn of somebody's rollout: it reads, decides by the record, writes at most one step. */

export const blindPaceMs = 2_000;

export const cannot = (because: string, state: State): Decision => refuse("command-refused", because, state);
/** Nothing is written on another object than the record's, whatever was asked for. */
export const foreign = (state: State): Decision =>
  finish({ name: "failed", exitCode: 1, code: "foreign-record", because: foreignRecord }, state);

/** The words by which a record names who gave a command. */
export const whoAsks = (asked: RunRequest): string => `\`${asked.command}\` in run ${asked.me.id}`;

const noRollout = "The route carries no rollout.";

export function decideStatus(state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return recordMissing(seen) ?? finish({ name: "none", exitCode: 0, because: noRollout });
  const names = {
    progressing: "in-progress",
    paused: "paused",
    held: "held",
    promoted: "promoted",
    "rolled-back": "rolled-back",
  } as const;
  return finish({ name: names[state.status], exitCode: 0, because: state.because }, state);
}

/** There is no record. Where this command has seen one before, somebody has taken it away meanwhile. */
export const nothingThere = (asked: RunRequest, seen: Observation, because: string): Decision =>
  asked.first === undefined ? refuse("command-refused", because) : vanished(seen);

/** The same for what ends well where there is nothing to do. */
const nothingToDo = (asked: RunRequest, seen: Observation, because: string): Decision =>
  asked.first === undefined ? (recordMissing(seen) ?? finish({ name: "none", exitCode: 0, because })) : vanished(seen);

/** What speaks against a command before anybody looks at the status: another object, another rollout, foreign weights. */
export function standsInTheWay(asked: RunRequest, state: State, seen: Observation): Decision | undefined {
  if (state.uid !== seen.uid) return foreign(state);
  if (asked.rollout !== undefined && asked.rollout !== state.rollout) {
    return cannot(`The route carries rollout ${state.rollout}, not ${asked.rollout}.`, state);
  }
  if (isFinal(state)) return undefined;
  const refused = rejection(seen);
  if (refused === undefined) return driftOf(state, seen);
  return driftOf(state, seen) ?? finish(rejectedForGood(`${refused}. The canary stays at ${state.weight}%`), state);
}

/** Done is done: a pause that somebody has ended since is not written a second time. */
const pauseIsOver = (state: State) => ({
  name: state.status === "progressing" ? ("in-progress" as const) : state.status,
  exitCode: 0 as const,
  because: `the pause was written, and has been ended since: ${state.because}`,
});

export function decidePause(asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return nothingThere(asked, seen, "There is no rollout on the route to pause.");
  if (isReplaced(asked, state)) return replaced(asked, state);
  const stands = standsInTheWay(asked, state, seen);
  if (stands !== undefined) return stands;
  if (state.status === "paused") return finish({ name: "paused", exitCode: 0, because: state.because }, state);
  if (seen.run.wroteItself) return finish(pauseIsOver(state), state);
  if (state.status !== "progressing")
    return cannot(`Only a rollout in progress can be paused; this one is ${state.status}.`, state);
  if (asked.first !== undefined && asked.first.phase !== state.phase) {
    return cannot(
      `Phase ${asked.first.phase} had passed before the pause could be written; the rollout is at ${state.weight}%. Run \`pause\` again.`,
      state,
    );
  }
  if (seen.abort)
    return finish({ name: "cancelled", exitCode: 1, because: "cancelled before anything was written" }, state);
  if (seen.now === undefined) return wait(blindPaceMs, "the API server named no time, so nothing is written");
  return commit(
    paused(
      asked,
      state,
      "person",
      `paused at ${state.weight}% by ${whoAsks(asked)}; nobody is watching`,
      seen.now,
      null,
    ),
  );
}

/** The rollout that the command was meant for is on the route no more. */
const replaced = (asked: RunRequest, state: State): Decision =>
  finish(
    {
      name: "superseded",
      exitCode: 1,
      because: `Rollout ${state.rollout} has taken the route over since. Run \`${asked.command}\` again if it is meant.`,
    },
    state,
  );

/** A job that takes back its own rollout never takes back a newer one: only a person means whatever is there. */
function isMeant(asked: RunRequest, state: State): boolean {
  if (asked.rollout !== undefined) return asked.rollout === state.rollout;
  return asked.byHand || asked.revision === state.revision;
}

export function decideRollback(asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return nothingToDo(asked, seen, "Nothing to take back: the route carries no rollout.");
  if (!isMeant(asked, state)) {
    return finish(
      {
        name: "none",
        exitCode: 0,
        because: `Nothing to take back: the route carries rollout ${state.rollout} of revision ${state.revision}.`,
      },
      state,
    );
  }
  if (isReplaced(asked, state)) return replaced(asked, state);
  if (state.status === "rolled-back") {
    const left = state.uid === seen.uid ? restoreStranded(state, seen, true) : undefined;
    return left ?? finish({ name: "rolled-back", exitCode: 0, because: state.because }, state);
  }
  if (state.uid !== seen.uid) return foreign(state);
  if (state.status === "held") return waitForStable(asked, state, seen);
  const others = seen.followers?.map(({ standing }) => standing) ?? [];
  const moved = [seen.standing, ...others].flatMap((one) => (one?.kind === "differs" ? one.weights : []));
  const found = moved.length === 0 ? "" : `; the weights found were ${moved.join("; ")}`;
  return rollBack(asked, state, seen, `taken back by ${whoAsks(asked)}${found}`);
}

/** Finishes nothing and raises nothing: what nobody watches any more goes back. */
export function decideSweep(asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return nothingToDo(asked, seen, noRollout);
  if (asked.rollout !== undefined && asked.rollout !== state.rollout) {
    return finish(
      { name: "none", exitCode: 0, because: `The route carries rollout ${state.rollout}, not ${asked.rollout}.` },
      state,
    );
  }
  const left = state.uid === seen.uid ? restoreStranded(state, seen, false) : undefined;
  if (left !== undefined) return left;
  if (isFinal(state)) return finish({ name: state.status, exitCode: 0, because: state.because }, state);
  if (state.uid !== seen.uid) return foreign(state);
  const drift = driftOf(state, seen);
  if (drift !== undefined) return drift;
  if (state.status === "held") return sweepHeld(asked, state, seen);
  const late = overdue(state, seen);
  const abandoned = state.status === "progressing" && state.onCancel === "rollback" && seen.driverHasEnded;
  if (late !== undefined) return rollBack(asked, state, seen, `swept: ${late}`);
  if (wayBackBegun(seen)) return rollBack(asked, state, seen, "swept: somebody had begun to take the rollout back");
  if (abandoned)
    return rollBack(asked, state, seen, `swept: run ${state.by?.id ?? ""}, which drove the rollout, has ended`);
  if (state.status === "progressing" && seen.driverHasEnded) {
    const because = `no run drives the rollout now; it is left at ${state.weight}% until a later run goes on (on-cancel: leave)`;
    return finish({ name: "in-progress", exitCode: 0, because }, state);
  }
  const name = state.status === "paused" ? "paused" : "in-progress";
  return finish({ name, exitCode: 0, because: `nothing to sweep: ${state.because}` }, state);
}

function sweepHeld(asked: RunRequest, state: State, seen: Observation): Decision {
  if (seen.health.stable === "ready" || seen.health.stable === "unchecked")
    return rollBack(asked, state, seen, `swept: ${stableRecovered(state)}`);
  return finish(
    { name: "held", exitCode: 1, because: `${state.because}; stable is still not ready: ${seen.health.because}` },
    state,
  );
}
