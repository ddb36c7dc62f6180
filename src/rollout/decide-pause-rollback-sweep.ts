import { type Reason, reason } from "../base/reasons/index.ts";
import { isFinal } from "./begin-or-supersede.ts";
import { rejectedForGood } from "./build-outcomes.ts";
import { commit, type Decision, finish, refuse, wait } from "./decision.ts";
import { driftOf, foreignRecord, otherRollout } from "./drift.ts";
import { wayBackBegun } from "./followers.ts";
import { healthReason, type Observation } from "./observation.ts";
import { recordMissing, vanished } from "./record-gone.ts";
import { failureOf, restoreStranded, rollBack, stableRecovered, waitForStable } from "./roll-back.ts";
import { overdue, rejection } from "./rollback-reasons.ts";
import type { State } from "./rollout-state.ts";
import { isReplaced, type RunRequest } from "./run-request.ts";
import { paused } from "./transitions.ts";

/** What a person or a sweeper asks for. Each is the next turn of somebody's rollout: it reads, decides by the record, writes at most one step. */

export const blindPaceMs = 2_000;

export const cannot = (why: Reason, state: State): Decision => refuse("command-refused", why, state);
/** Nothing is written on another object than the record's, whatever was asked for. */
export const foreign = (state: State): Decision =>
  finish({ name: "failed", exitCode: 1, code: "foreign-record", reason: foreignRecord }, state);

/** By what a record names who gave a command. */
export const whoAsks = ({ command, me }: RunRequest) => ({ command, run: me.id });

const noRollout = reason("no-rollout", {});

export function decideStatus(state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return recordMissing(seen) ?? finish({ name: "none", exitCode: 0, reason: noRollout });
  const names = {
    progressing: "in-progress",
    paused: "paused",
    held: "held",
    promoted: "promoted",
    "rolled-back": "rolled-back",
  } as const;
  return finish({ name: names[state.status], exitCode: 0, reason: state.reason }, state);
}

/** There is no record. Where this command has seen one before, somebody has taken it away meanwhile. */
export const nothingThere = (asked: RunRequest, seen: Observation): Decision =>
  asked.first === undefined
    ? refuse("command-refused", reason("no-rollout-for", { command: asked.command }))
    : vanished(seen);

/** The same for what ends well where there is nothing to do. */
const nothingToDo = (asked: RunRequest, seen: Observation, why: Reason): Decision =>
  asked.first === undefined
    ? (recordMissing(seen) ?? finish({ name: "none", exitCode: 0, reason: why }))
    : vanished(seen);

/** What speaks against a command before anybody looks at the status: another object, another rollout, foreign weights. */
export function standsInTheWay(asked: RunRequest, state: State, seen: Observation): Decision | undefined {
  if (state.uid !== seen.uid) return foreign(state);
  if (asked.rollout !== undefined && asked.rollout !== state.rollout) {
    return cannot(otherRollout(asked.rollout, state), state);
  }
  if (isFinal(state)) return undefined;
  const refused = rejection(seen);
  if (refused === undefined) return driftOf(state, seen);
  return driftOf(state, seen) ?? finish(rejectedForGood(refused, { weight: state.weight }), state);
}

/** Done is done: a pause that somebody has ended since is not written a second time. */
const pauseIsOver = (state: State) => ({
  name: state.status === "progressing" ? ("in-progress" as const) : state.status,
  exitCode: 0 as const,
  reason: reason("pause-ended-since", { stands: state.reason }),
});

export function decidePause(asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return nothingThere(asked, seen);
  if (isReplaced(asked, state)) return replaced(asked, state);
  const stands = standsInTheWay(asked, state, seen);
  if (stands !== undefined) return stands;
  if (state.status === "paused") return finish({ name: "paused", exitCode: 0, reason: state.reason }, state);
  if (seen.run.wroteItself) return finish(pauseIsOver(state), state);
  if (state.status !== "progressing")
    return cannot(reason("wrong-status", { command: asked.command, status: state.status }), state);
  if (asked.first !== undefined && asked.first.phase !== state.phase) {
    const { phase } = asked.first;
    return cannot(reason("phase-passed-before-pause", { phase, weight: state.weight }), state);
  }
  if (seen.abort) return cancelledFirst(state);
  if (seen.now === undefined) return wait(blindPaceMs, reason("no-server-time", {}));
  const why = reason("paused-person", { weight: state.weight, ...whoAsks(asked) });
  return commit(paused(asked, state, "person", why, seen.now, null));
}

/** A command that is cancelled before its step. */
export const cancelledFirst = (state: State): Decision =>
  finish({ name: "cancelled", exitCode: 1, reason: reason("cancelled", { while: "nothing-written" }) }, state);

/** The rollout that the command was meant for is on the route no more. */
const replaced = (asked: RunRequest, state: State): Decision =>
  finish(
    {
      name: "superseded",
      exitCode: 1,
      reason: reason("replaced-meanwhile", { rollout: state.rollout, command: asked.command }),
    },
    state,
  );

/** A job that takes back its own rollout never takes back a newer one: only a person means whatever is there. */
function isMeant(asked: RunRequest, state: State): boolean {
  if (asked.rollout !== undefined) return asked.rollout === state.rollout;
  return asked.byHand || asked.revision === state.revision;
}

export function decideRollback(asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return nothingToDo(asked, seen, reason("nothing-to-roll-back", {}));
  if (!isMeant(asked, state)) {
    const { rollout, revision } = state;
    return finish({ name: "none", exitCode: 0, reason: reason("nothing-to-roll-back", { rollout, revision }) }, state);
  }
  if (isReplaced(asked, state)) return replaced(asked, state);
  if (state.status === "rolled-back") {
    const left = state.uid === seen.uid ? restoreStranded(state, seen, true) : undefined;
    return left ?? finish({ name: "rolled-back", exitCode: 0, reason: state.reason }, state);
  }
  if (state.uid !== seen.uid) return foreign(state);
  if (state.status === "held") return waitForStable(asked, state, seen);
  const others = seen.followers?.map(({ standing }) => standing) ?? [];
  const moved = [seen.standing, ...others].flatMap((one) => (one?.kind === "differs" ? one.weights : []));
  const found = moved.length === 0 ? {} : { found: moved };
  return rollBack(asked, state, seen, reason("rollback-requested", { ...whoAsks(asked), ...found }));
}

/** Finishes nothing and raises nothing: what nobody watches any more goes back. */
export function decideSweep(asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  if (state === undefined) return nothingToDo(asked, seen, noRollout);
  if (asked.rollout !== undefined && asked.rollout !== state.rollout) {
    return finish({ name: "none", exitCode: 0, reason: otherRollout(asked.rollout, state) }, state);
  }
  const left = state.uid === seen.uid ? restoreStranded(state, seen, false) : undefined;
  if (left !== undefined) return left;
  if (isFinal(state)) return finish({ name: state.status, exitCode: 0, reason: state.reason }, state);
  if (state.uid !== seen.uid) return foreign(state);
  const drift = driftOf(state, seen);
  if (drift !== undefined) return drift;
  if (state.status === "held") return sweepHeld(asked, state, seen);
  const late = overdue(state, seen);
  const abandoned = state.status === "progressing" && state.onCancel === "rollback" && seen.driverHasEnded;
  const back = late ?? wayBackBegun(seen) ?? (abandoned ? ownerGone(state) : undefined);
  if (back !== undefined) return rollBack(asked, state, seen, back);
  if (state.status === "progressing" && seen.driverHasEnded)
    return finish({ name: "in-progress", exitCode: 0, reason: reason("no-owner", { weight: state.weight }) }, state);
  const name = state.status === "paused" ? "paused" : "in-progress";
  return finish({ name, exitCode: 0, reason: reason("nothing-to-sweep", { stands: state.reason }) }, state);
}

const ownerGone = ({ by }: State): Reason => reason("owner-gone", by === null ? {} : { run: by.id });

function sweepHeld(asked: RunRequest, state: State, seen: Observation): Decision {
  if (seen.health.stable === "ready" || seen.health.stable === "unchecked")
    return rollBack(asked, state, seen, stableRecovered(state));
  const why = reason("stable-still-down", { failed: failureOf(state), says: healthReason(seen.health) });
  return finish({ name: "held", exitCode: 1, reason: why }, state);
}
