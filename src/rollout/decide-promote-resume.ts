import { reason } from "../base/reasons/index.ts";
import { isFinal } from "./begin-or-supersede.ts";
import type { Command } from "./command-names.ts";
import { catchUp } from "./decide-in-progress.ts";
import {
  blindPaceMs,
  cancelledFirst,
  cannot,
  foreign,
  nothingThere,
  standsInTheWay,
  whoAsks,
} from "./decide-pause-rollback-sweep.ts";
import { commit, type Decision, finish, wait } from "./decision.ts";
import { followerLost, notTogether } from "./followers.ts";
import { healthReason, type Observation } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { rollBack } from "./roll-back.ts";
import { overdue } from "./rollback-reasons.ts";
import type { State } from "./rollout-state.ts";
import { type FirstRead, isReplaced, type RunRequest, sameRun } from "./run-request.ts";
import { advanced, resumed, watchOf } from "./transitions.ts";

/** What to do once the command has been carried out: the driving turn of the rollout. */
type DriveOn = (state: State) => Decision;

/** `promote` and `resume` act on the plan that the record was made from, under the record's own revision. */
function needsPlan(plan: Plan, asked: RunRequest, state: State): Decision | undefined {
  if (state.planDigest === plan.digest) return undefined;
  return cannot(reason("plan-differs", { command: asked.command }), state);
}

/** The rollout that the command was meant for is over: another one is there, or the same was begun anew. */
const isOver = (first: FirstRead, state: State): boolean =>
  state.rollout !== first.rollout || state.startedAt !== first.startedAt;

const isPast = (command: Command, first: FirstRead, state: State): boolean =>
  first.done ||
  isOver(first, state) ||
  state.phase > first.phase ||
  (state.status !== first.status && isFinal(state)) ||
  (command === "resume" && first.status === "paused" && state.status !== "paused");

/** The command's one remembered fact: what a later read shows to have passed is done, also where its answer was lost. */
export function sinceFirst(command: Command, first: FirstRead, state: State): FirstRead {
  const commands: readonly Command[] = ["promote", "resume"];
  return commands.includes(command) && isPast(command, first, state) ? { ...first, done: true } : first;
}

/** Whether this run drives the record's rollout: a command does once it has ended a pause. */
export function drivesOn(asked: RunRequest, state: State): boolean {
  if (asked.command === "run") return true;
  const { first } = asked;
  if (first === undefined || isOver(first, state) || !isPast(asked.command, first, state)) return false;
  return first.status === "paused" || (state.by !== null && sameRun(state.by, asked.me));
}

function afterwards(asked: RunRequest, state: State, driveOn: DriveOn): Decision {
  if (asked.first !== undefined && isOver(asked.first, state)) {
    const code = isReplaced(asked, state) ? "superseded" : "rollout-restarted";
    return finish({ name: "superseded", exitCode: 1, reason: reason(code, { rollout: state.rollout }) }, state);
  }
  if (drivesOn(asked, state)) return driveOn(state);
  if (state.status === "promoted") return finish({ name: "promoted", exitCode: 0, reason: state.reason }, state);
  if (state.status === "rolled-back") return finish({ name: "rolled-back", exitCode: 1, reason: state.reason }, state);
  const done = reason("command-done", { command: asked.command });
  return finish({ name: "in-progress", exitCode: 0, reason: done }, state);
}

/** What both commands ask before they look at the status. */
function before(
  plan: Plan,
  asked: RunRequest,
  state: State,
  seen: Observation,
  driveOn: DriveOn,
): Decision | undefined {
  if (state.uid !== seen.uid) return foreign(state);
  if (asked.first !== undefined && isPast(asked.command, asked.first, state)) return afterwards(asked, state, driveOn);
  return standsInTheWay(asked, state, seen) ?? needsPlan(plan, asked, state);
}

/** What speaks against going on with a rollout that is neither finished nor held. */
function notNow(asked: RunRequest, state: State, seen: Observation): Decision | undefined {
  if (seen.abort) return cancelledFirst(state);
  const late = overdue(state, seen);
  return late === undefined
    ? undefined
    : rollBack(asked, state, seen, reason("command-too-late", { ...whoAsks(asked), late }));
}

export function decidePromote(
  plan: Plan,
  asked: RunRequest,
  state: State | undefined,
  seen: Observation,
  driveOn: DriveOn,
): Decision {
  if (state === undefined) return nothingThere(asked, seen);
  const stands = before(plan, asked, state, seen, driveOn);
  if (stands !== undefined) return stands;
  if (state.status === "promoted")
    return finish({ name: "promoted", exitCode: 0, reason: reason("already-promoted", {}) }, state);
  if (state.status === "rolled-back" || state.status === "held")
    return cannot(reason("failed-before", { failed: state.reason }), state);
  return notNow(asked, state, seen) ?? promoteNow(plan, asked, state, seen);
}

function promoteNow(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  if (seen.now === undefined) return wait(blindPaceMs, reason("no-server-time", {}));
  if (seen.health.canary === "empty")
    return cannot(reason("version-not-ready", { side: "canary", says: healthReason(seen.health) }), state);
  if (seen.health.canary === "unknown")
    return wait(blindPaceMs, reason("canary-not-ready", { says: healthReason(seen.health) }));
  const lost = followerLost(seen);
  if (lost !== undefined) return cannot(reason("cannot-go-on", { lost }), state);
  const apart = notTogether(seen);
  if (apart !== undefined) return catchUp(plan, state, seen) ?? wait(blindPaceMs, apart);
  if (seen.now < watchOf(plan, state, seen.agreedAt))
    return cannot(reason("phase-just-entered", { phase: state.phase, weight: state.weight }), state);
  return commit(promotedByPerson(plan, asked, state, seen.now));
}

function promotedByPerson(plan: Plan, asked: RunRequest, state: State, now: number): State {
  const grounds = {
    phase: state.phase,
    kind: "person" as const,
    reason: reason("approved", { weight: state.weight, ...whoAsks(asked) }),
  };
  return advanced(plan, asked, state, grounds, now, state.status === "paused");
}

export function decideResume(
  plan: Plan,
  asked: RunRequest,
  state: State | undefined,
  seen: Observation,
  driveOn: DriveOn,
): Decision {
  if (state === undefined) return nothingThere(asked, seen);
  const stands = before(plan, asked, state, seen, driveOn);
  if (stands !== undefined) return stands;
  if (state.status === "progressing")
    return finish({ name: "in-progress", exitCode: 0, reason: reason("already-progressing", {}) }, state);
  if (state.status !== "paused")
    return cannot(reason("wrong-status", { command: asked.command, status: state.status }), state);
  const answered = state.cause === "schedule" || (state.cause === "until" && state.grounds?.phase === state.phase);
  const late = notNow(asked, state, seen);
  if (late !== undefined) return late;
  if (answered) return promoteNow(plan, asked, state, seen);
  if (seen.now === undefined) return wait(blindPaceMs, reason("no-server-time", {}));
  return commit(resumed(plan, asked, state, reason("resumed", { weight: state.weight, ...whoAsks(asked) }), seen.now));
}
