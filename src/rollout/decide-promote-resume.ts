import { isFinal } from "./begin-or-supersede.ts";
import type { Command } from "./command-names.ts";
import { catchUp } from "./decide-in-progress.ts";
import { blindPaceMs, cannot, foreign, nothingThere, standsInTheWay, whoAsks } from "./decide-pause-rollback-sweep.ts";
import { commit, type Decision, finish, wait } from "./decision.ts";
import { followerLost, notTogether } from "./followers.ts";
import type { Observation } from "./observation.ts";
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
  return cannot(
    `The rollout on the route was begun with another plan. \`${asked.command}\` needs the same route, phases, checks and policies.`,
    state,
  );
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
    const because = isReplaced(asked, state)
      ? `rollout ${state.rollout} has taken the route over`
      : `rollout ${state.rollout} has ended and was begun anew since`;
    return finish({ name: "superseded", exitCode: 1, because }, state);
  }
  if (drivesOn(asked, state)) return driveOn(state);
  if (state.status === "promoted") return finish({ name: "promoted", exitCode: 0, because: state.because }, state);
  if (state.status === "rolled-back")
    return finish({ name: "rolled-back", exitCode: 1, because: state.because }, state);
  return finish(
    { name: "in-progress", exitCode: 0, because: `${asked.command} is done; the run that drives the rollout goes on` },
    state,
  );
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
  if (seen.abort)
    return finish({ name: "cancelled", exitCode: 1, because: "cancelled before anything was written" }, state);
  const late = overdue(state, seen);
  return late === undefined
    ? undefined
    : rollBack(asked, state, seen, `${late}; ${whoAsks(asked)} came after it, so the traffic goes back`);
}

export function decidePromote(
  plan: Plan,
  asked: RunRequest,
  state: State | undefined,
  seen: Observation,
  driveOn: DriveOn,
): Decision {
  if (state === undefined)
    return nothingThere(asked, seen, "There is no rollout on the route to promote. Start one with `run`.");
  const stands = before(plan, asked, state, seen, driveOn);
  if (stands !== undefined) return stands;
  if (state.status === "promoted") return finish({ name: "promoted", exitCode: 0, because: "already promoted" }, state);
  if (state.status === "rolled-back" || state.status === "held") {
    return cannot(
      `The rollout has failed: ${state.because}. It cannot be promoted; start it again with \`run\`.`,
      state,
    );
  }
  return notNow(asked, state, seen) ?? promoteNow(plan, asked, state, seen);
}

function promoteNow(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  if (seen.now === undefined) return wait(blindPaceMs, "the API server named no time, so nothing is raised");
  if (seen.health.canary === "empty")
    return cannot(`The canary has no ready endpoint: ${seen.health.because}. Start it before promoting.`, state);
  if (seen.health.canary === "unknown")
    return wait(blindPaceMs, `the canary is not known to be ready: ${seen.health.because}`);
  const lost = followerLost(seen);
  if (lost !== undefined) return cannot(`The rollout cannot go on: ${lost}. Take it back with \`rollback\`.`, state);
  const apart = notTogether(seen);
  if (apart !== undefined) return catchUp(plan, state, seen) ?? wait(blindPaceMs, apart);
  if (seen.now < watchOf(plan, state)) {
    return cannot(
      `Phase ${state.phase} (${state.weight}%) was entered only just now. Look at it first, then promote again.`,
      state,
    );
  }
  return commit(promotedByPerson(plan, asked, state, seen.now));
}

function promotedByPerson(plan: Plan, asked: RunRequest, state: State, now: number): State {
  const grounds = {
    phase: state.phase,
    kind: "person" as const,
    because: `promoted from ${state.weight}% by ${whoAsks(asked)}`,
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
  if (state === undefined)
    return nothingThere(asked, seen, "There is no rollout on the route to resume. Start one with `run`.");
  const stands = before(plan, asked, state, seen, driveOn);
  if (stands !== undefined) return stands;
  if (state.status === "progressing")
    return finish({ name: "in-progress", exitCode: 0, because: "the rollout is in progress already" }, state);
  if (state.status !== "paused")
    return cannot(`Only a paused rollout can be resumed; this one is ${state.status}.`, state);
  const answered = state.cause === "schedule" || (state.cause === "until" && state.grounds?.phase === state.phase);
  const late = notNow(asked, state, seen);
  if (late !== undefined) return late;
  if (answered) return promoteNow(plan, asked, state, seen);
  if (seen.now === undefined) return wait(blindPaceMs, "the API server named no time, so nothing goes on");
  return commit(resumed(plan, asked, state, `resumed at ${state.weight}% by ${whoAsks(asked)}`, seen.now));
}
