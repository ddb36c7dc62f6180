import { commit, type Decision, finish, follow, wait } from "./decision.ts";
import { revertedWithinMs, sincePatch } from "./drift.ts";
import { behind, followerLost, leftOut, namesOf, namesRoute, notTogether } from "./followers.ts";
import type { Observation } from "./observation.ts";
import type { Millis, Plan } from "./plan.ts";
import { cut, reasonLimit } from "./record/encode.ts";
import type { Grounds, State } from "./rollout-state.ts";
import type { Asked } from "./run-request.ts";
import { advanced, countedFrom, held, paused, phaseOf, rolledBack, watchOf } from "./transitions.ts";

/** How long the canary may be empty in every turn before that alone takes the traffic back. */
export const emptyLimitMs = 60_000;
const heldPaceMs = 5_000;
const slowestPaceMs = 15_000;
const quickestPaceMs = 1_000;

/** How often a run looks when nothing is due: as often as there can be something new. */
export const paceMs = (plan: Plan): Millis =>
  Math.min(slowestPaceMs, Math.max(quickestPaceMs, plan.metrics?.scrapeIntervalMs ?? slowestPaceMs));

/** A tool that undoes weights does so soon or at its next round: for the first minutes after a patch a run looks more often. */
const revertPaceMs = 10_000;

function lookPaceMs(plan: Plan, state: State, seen: Observation): Millis {
  const isWatched = (seen.keepers ?? []).length > 0 && (sincePatch(state, seen) ?? 0) <= revertedWithinMs;
  return isWatched ? Math.min(revertPaceMs, paceMs(plan)) : paceMs(plan);
}

/**
 * How long to wait for something that is due. Never less than a second: the server's date has whole seconds, so what is
 * due within this one would be asked for again and again.
 */
const untilDue = (mostMs: Millis, dueInMs: Millis): Millis => Math.max(quickestPaceMs, Math.min(mostMs, dueInMs));

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
export function takeBack(asked: Asked, state: State, seen: Observation, because: string): Decision {
  if (seen.health.stable !== "empty") return commit(rolledBack(asked, state, because, seen.now));
  const moved = seen.followers?.some(({ standing }) => standing.kind === "differs") === true;
  if (moved || seen.standing?.kind === "differs" || seen.standing?.kind === "rule-gone") return cannotHold(state, seen);
  return commit(held(asked, state, `${because} (held: stable has no ready endpoint, so nothing moves)`, seen.now));
}

/** Why a rollout goes back that could not while stable was down. */
export const healed = (state: State): string => `${state.because}; stable is ready again`;

/** Whoever drives a rollout that failed while stable was down: a turn every few seconds until stable is back or the deadline passes. */
export function driveHeld(asked: Asked, state: State, seen: Observation): Decision {
  if (seen.health.stable !== "empty" && seen.health.stable !== "unknown")
    return takeBack(asked, state, seen, healed(state));
  if (seen.now !== undefined && seen.now > state.deadline) {
    return finish(
      { name: "held", exitCode: 1, because: `${state.because}; stable did not come back before the deadline` },
      state,
    );
  }
  return wait(heldPaceMs, `held until stable is ready again: ${seen.health.because}`);
}

/** Nobody has settled the phase, or ended the pause, in the time there was for it. */
export function overdue(state: State, seen: Observation): string | undefined {
  if (seen.now === undefined || seen.now <= state.deadline) return undefined;
  return state.status === "paused"
    ? `nobody ended the pause at ${state.weight}% within 30 days`
    : `the deadline of phase ${state.phase} has passed`;
}

/** Reasons to take the traffic back that need no metrics: they are looked at before any of them is asked. */
export function mustGoBack(state: State, seen: Observation): string | undefined {
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

/** What stands in the way of a raise besides the evidence. Doubt never raises the canary. */
export function raiseBlockedBy(seen: Observation): string | undefined {
  if (seen.now === undefined) return "the API server named no time";
  if (seen.health.canary === "empty" || seen.health.canary === "unknown")
    return `the canary is not known to be ready: ${seen.health.because}`;
  const finding = seen.findings[0];
  return finding === undefined ? notTogether(seen) : `${finding.code}: ${finding.message}`;
}

/** The phase has passed: on to the next one, to a pause that was asked for, or to the promotion. */
export function passOn(plan: Plan, asked: Asked, state: State, grounds: Grounds, now: Millis): Decision {
  const last = state.phase >= plan.phases.length;
  if (!last && asked.until !== undefined && state.weight >= asked.until) {
    return commit(paused(asked, state, "until", `reached ${state.weight}%: ${grounds.because}`, now, grounds));
  }
  if (!last && phaseOf(plan, state)?.thenPause === true) {
    return commit(
      paused(
        asked,
        state,
        "schedule",
        `the schedule asks a person after ${state.weight}%: ${grounds.because}`,
        now,
        grounds,
      ),
    );
  }
  return commit(advanced(plan, asked, state, grounds, now, true));
}

function inconclusive(
  plan: Plan,
  asked: Asked,
  state: State,
  seen: Observation,
  now: Millis,
  why: { because: string; lacking: "traffic" | "data" },
): Decision {
  const { onInconclusive } = plan.policy;
  // The judge foretells what becomes of it; here it is done, and said in one place.
  const told = why.because.replace(/ -> (paused at|rolled back|promoted without proof)[^>]*$/, "");
  const compared = told !== why.because;
  // What became of it stands last, and has to survive where the record keeps only so much of a reason.
  const reason = (end: string) => `${cut(told, reasonLimit - end.length)}${end}`;
  if (onInconclusive === "rollback") {
    const end = compared ? " -> rolled back (on-inconclusive: rollback)" : " (on-inconclusive: rollback)";
    return takeBack(asked, state, seen, reason(end));
  }
  if (onInconclusive === "promote" && why.lacking === "traffic" && raiseBlockedBy(seen) === undefined) {
    const because = `promoted without proof: ${told} (on-inconclusive: promote)`;
    return passOn(plan, asked, state, { phase: state.phase, kind: "waiver", because }, now);
  }
  const because = reason(
    `${compared ? " -> " : "; "}paused at ${state.weight}%, nobody is watching (on-inconclusive: ${onInconclusive})`,
  );
  return commit(paused(asked, state, "evidence", because, now, null));
}

/** A step up that has not reached every route is finished first. The canary has to be there for it, as for any raise. */
export function catchUp(plan: Plan, state: State, seen: Observation): Decision | undefined {
  const late = behind(seen).filter(({ title }) => namesRoute(plan, title));
  if (late.length === 0 || seen.now === undefined) return undefined;
  if (seen.health.canary === "empty" || seen.health.canary === "unknown") return undefined;
  return follow(state, `${namesOf(late)} follows to ${state.weight}%`);
}

/** How long the run that took the others home goes on with those. Less than a command may take. */
const leftOutMs = 4 * 60_000;
/** And how long anybody else does who comes upon it: the post step does, right after a cancel. */
const foundOutMs = 60_000;

/** The rollout has gone home, and not every route with it: those are taken home now, and told of where they cannot be. */
export function takeLeftOut(state: State, seen: Observation, forced: boolean): Decision | undefined {
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

/** One turn of a rollout in progress that this run drives. */
export function drive(plan: Plan, asked: Asked, state: State, seen: Observation): Decision {
  const back = mustGoBack(state, seen);
  if (back !== undefined) return takeBack(asked, state, seen, back);
  const { now, verdict } = seen;
  if (verdict?.kind === "fail") return takeBack(asked, state, seen, verdict.because);
  if (now === undefined) return wait(paceMs(plan), "the API server named no time, so nothing is raised");
  const phase = phaseOf(plan, state);
  if (phase === undefined)
    return takeBack(asked, state, seen, `the record stands in phase ${state.phase}, which the plan does not have`);
  const watch = watchOf(plan, state);
  const mostMs = lookPaceMs(plan, state, seen);
  const end = countedFrom(plan, state) + phase.maxHoldMs;
  const late = now < end ? catchUp(plan, state, seen) : undefined;
  if (late !== undefined) return late;
  if (now < watch) return wait(untilDue(mostMs, watch - now), `waiting until ${state.weight}% has settled`);
  if (now < watch + phase.holdMs)
    return wait(untilDue(mostMs, watch + phase.holdMs - now), verdict?.because ?? `watching ${state.weight}%`);
  const blocked = raiseBlockedBy(seen);
  if (verdict?.kind === "pass" && blocked === undefined) {
    return passOn(plan, asked, state, { phase: state.phase, kind: "pass", because: verdict.because }, now);
  }
  const because = blocked ?? verdict?.because ?? "nothing is known of this phase yet";
  if (now < end) return wait(untilDue(mostMs, end - now), because);
  const lacking = blocked === undefined && verdict?.kind === "undecided" ? verdict.lacking : "data";
  return inconclusive(plan, asked, state, seen, now, { because, lacking });
}
