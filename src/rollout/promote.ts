import { type Asked, type FirstSight, firstSight, sameRun } from "./asked.ts";
import { blindPaceMs, cannot, standsInTheWay, whoAsks } from "./commands.ts";
import { commit, type Decision, finish, refuse, wait } from "./decision.ts";
import type { Observation } from "./observation.ts";
import { isFinal } from "./order.ts";
import type { Plan } from "./plan.ts";
import type { State } from "./state.ts";
import { advanced, resumed } from "./steps.ts";

/** What to do once the command has been carried out: the driving turn of the rollout. */
type DriveOn = (state: State) => Decision;

/** `promote` and `resume` act on the plan that the record was made from, under the record's own revision. */
function needsPlan(plan: Plan, asked: Asked, state: State): Decision | undefined {
  if (state.planDigest === plan.digest) return undefined;
  return cannot(
    `The rollout on the route was begun with another plan. \`${asked.command}\` needs the same route, phases, checks and policies.`,
    state,
  );
}

function tooSoon(plan: Plan, state: State, now: number): boolean {
  const entered = state.entered.at(-1) ?? state.startedAt;
  return now < entered + plan.policy.allowanceMs + plan.policy.settleMs;
}

/** The command's one remembered fact: a phase that has passed since was not this command's to promote again. */
const isPast = (first: FirstSight, state: State): boolean =>
  state.rollout !== first.rollout || state.phase > first.phase || (state.status !== first.status && isFinal(state));

function afterwards(asked: Asked, first: FirstSight, state: State, driveOn: DriveOn): Decision {
  if (state.rollout !== first.rollout) {
    return finish(
      { name: "superseded", exitCode: 1, because: `rollout ${state.rollout} has taken the route over` },
      state,
    );
  }
  const drives = first.status === "paused" || (state.by !== null && sameRun(state.by, asked.me));
  if (drives) return driveOn(state);
  if (state.status === "promoted") return finish({ name: "promoted", exitCode: 0, because: state.because }, state);
  if (state.status === "rolled-back")
    return finish({ name: "rolled-back", exitCode: 1, because: state.because }, state);
  return finish(
    { name: "in-progress", exitCode: 0, because: `${asked.command} is done; the run that drives the rollout goes on` },
    state,
  );
}

export function decidePromote(
  plan: Plan,
  asked: Asked,
  state: State | undefined,
  seen: Observation,
  driveOn: DriveOn,
): Decision {
  if (state === undefined)
    return refuse("command-refused", "There is no rollout on the route to promote. Start one with `run`.");
  const first = asked.first ?? firstSight(state);
  const leftPause = first.status === "paused" && state.status !== "paused";
  if (isPast(first, state) || leftPause) return afterwards(asked, first, state, driveOn);
  const stands = standsInTheWay(asked, state, seen) ?? needsPlan(plan, asked, state);
  if (stands !== undefined) return stands;
  if (state.status === "promoted") return finish({ name: "promoted", exitCode: 0, because: "already promoted" }, state);
  if (state.status === "rolled-back" || state.status === "held") {
    return cannot(
      `The rollout has failed: ${state.because}. It cannot be promoted; start it again with \`run\`.`,
      state,
    );
  }
  if (seen.abort)
    return finish({ name: "cancelled", exitCode: 1, because: "cancelled before anything was written" }, state);
  if (seen.now === undefined) return wait(blindPaceMs, "the API server named no time, so nothing is raised");
  if (seen.health.canary === "empty")
    return cannot(`The canary has no ready endpoint: ${seen.health.because}. Start it before promoting.`, state);
  if (seen.health.canary === "unknown")
    return wait(blindPaceMs, `the canary is not known to be ready: ${seen.health.because}`);
  if (tooSoon(plan, state, seen.now)) {
    return cannot(
      `Phase ${state.phase} (${state.weight}%) was entered only just now. Look at it first, then promote again.`,
      state,
    );
  }
  return commit(promotedByPerson(plan, asked, state, seen.now));
}

function promotedByPerson(plan: Plan, asked: Asked, state: State, now: number): State {
  const grounds = {
    phase: state.phase,
    kind: "person" as const,
    because: `promoted from ${state.weight}% by ${whoAsks(asked)}`,
  };
  return advanced(plan, asked, state, grounds, now, state.status === "paused");
}

export function decideResume(
  plan: Plan,
  asked: Asked,
  state: State | undefined,
  seen: Observation,
  driveOn: DriveOn,
): Decision {
  if (state === undefined)
    return refuse("command-refused", "There is no rollout on the route to resume. Start one with `run`.");
  const first = asked.first ?? firstSight(state);
  const leftPause = first.status === "paused" && state.status !== "paused";
  if (isPast(first, state) || leftPause) return afterwards(asked, first, state, driveOn);
  const stands = standsInTheWay(asked, state, seen) ?? needsPlan(plan, asked, state);
  if (stands !== undefined) return stands;
  if (state.status === "progressing")
    return finish({ name: "in-progress", exitCode: 0, because: "the rollout is in progress already" }, state);
  if (state.status !== "paused")
    return cannot(`Only a paused rollout can be resumed; this one is ${state.status}.`, state);
  const answered = state.cause === "schedule" || (state.cause === "until" && state.grounds?.phase === state.phase);
  if (answered) return decidePromote(plan, asked, state, seen, driveOn);
  if (seen.abort)
    return finish({ name: "cancelled", exitCode: 1, because: "cancelled before anything was written" }, state);
  if (seen.now === undefined) return wait(blindPaceMs, "the API server named no time, so nothing goes on");
  return commit(resumed(plan, asked, state, `resumed at ${state.weight}% by ${whoAsks(asked)}`, seen.now));
}
