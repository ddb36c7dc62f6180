import type { Millis } from "../base/units.ts";
import { commit, type Decision, follow, wait } from "./decision.ts";
import { revertedWithinMs, sincePatch } from "./drift.ts";
import { behind, namesOf, namesRoute } from "./followers.ts";
import type { Observation } from "./observation.ts";
import { unmetCriterion } from "./pass-criteria.ts";
import type { Plan } from "./plan.ts";
import { cut, reasonLimit } from "./record/encode.ts";
import { rollBack } from "./roll-back.ts";
import { rollbackReason } from "./rollback-reasons.ts";
import type { PromotionBasis, State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";
import { advanced, countedFrom, paused, phaseOf, watchOf } from "./transitions.ts";

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

/** The phase has passed: on to the next one, to a pause that was asked for, or to the promotion. */
export function advanceOrFinish(
  plan: Plan,
  asked: RunRequest,
  state: State,
  grounds: PromotionBasis,
  now: Millis,
): Decision {
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
  asked: RunRequest,
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
    return rollBack(asked, state, seen, reason(end));
  }
  if (onInconclusive === "promote" && why.lacking === "traffic" && unmetCriterion(seen) === undefined) {
    const because = `promoted without proof: ${told} (on-inconclusive: promote)`;
    return advanceOrFinish(plan, asked, state, { phase: state.phase, kind: "waiver", because }, now);
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

/** One turn of a rollout in progress that this run drives. */
export function decideInProgress(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  const back = rollbackReason(state, seen);
  if (back !== undefined) return rollBack(asked, state, seen, back);
  const { now, verdict } = seen;
  if (verdict?.kind === "fail") return rollBack(asked, state, seen, verdict.because);
  if (now === undefined) return wait(paceMs(plan), "the API server named no time, so nothing is raised");
  const phase = phaseOf(plan, state);
  if (phase === undefined)
    return rollBack(asked, state, seen, `the record stands in phase ${state.phase}, which the plan does not have`);
  const watch = watchOf(plan, state);
  const mostMs = lookPaceMs(plan, state, seen);
  const end = countedFrom(plan, state) + phase.maxHoldMs;
  const late = now < end ? catchUp(plan, state, seen) : undefined;
  if (late !== undefined) return late;
  if (now < watch) return wait(untilDue(mostMs, watch - now), `waiting until ${state.weight}% has settled`);
  if (now < watch + phase.holdMs)
    return wait(untilDue(mostMs, watch + phase.holdMs - now), verdict?.because ?? `watching ${state.weight}%`);
  const blocked = unmetCriterion(seen);
  if (verdict?.kind === "pass" && blocked === undefined) {
    return advanceOrFinish(plan, asked, state, { phase: state.phase, kind: "pass", because: verdict.because }, now);
  }
  const because = blocked ?? verdict?.because ?? "nothing is known of this phase yet";
  if (now < end) return wait(untilDue(mostMs, end - now), because);
  const lacking = blocked === undefined && verdict?.kind === "undecided" ? verdict.lacking : "data";
  return inconclusive(plan, asked, state, seen, now, { because, lacking });
}
