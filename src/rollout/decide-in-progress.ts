import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { commit, type Decision, follow, wait } from "./decision.ts";
import { revertedWithinMs, sincePatch } from "./drift.ts";
import { behind, namesRoute, titlesOf } from "./followers.ts";
import type { Observation } from "./observation.ts";
import { unmetCriterion } from "./pass-criteria.ts";
import type { Plan } from "./plan.ts";
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
    const why = reason("paused-until", { weight: state.weight, passed: grounds.reason });
    return commit(paused(asked, state, "until", why, now, grounds));
  }
  if (!last && phaseOf(plan, state)?.thenPause === true) {
    const why = reason("paused-schedule", { weight: state.weight, passed: grounds.reason });
    return commit(paused(asked, state, "schedule", why, now, grounds));
  }
  return commit(advanced(plan, asked, state, grounds, now, true));
}

function inconclusive(
  plan: Plan,
  asked: RunRequest,
  state: State,
  seen: Observation,
  now: Millis,
  verdict: Reason,
  lacking: "traffic" | "data",
): Decision {
  const { onInconclusive: policy } = plan.policy;
  const { weight, phase } = state;
  if (policy === "rollback") return rollBack(asked, state, seen, reason("inconclusive", { weight, policy, verdict }));
  if (policy === "promote" && lacking === "traffic" && unmetCriterion(seen) === undefined) {
    const why = reason("promoted-unproven", { weight, verdict });
    return advanceOrFinish(plan, asked, state, { phase, kind: "waiver", reason: why }, now);
  }
  const why = reason("paused-inconclusive", { weight, policy, verdict });
  return commit(paused(asked, state, "evidence", why, now, null));
}

/** A step up that has not reached every route is finished first. The canary has to be there for it, as for any raise. */
export function catchUp(plan: Plan, state: State, seen: Observation): Decision | undefined {
  const late = behind(seen).filter(({ title }) => namesRoute(plan, title));
  if (late.length === 0 || seen.now === undefined) return undefined;
  if (seen.health.canary === "empty" || seen.health.canary === "unknown") return undefined;
  return follow(state, reason("follower-catching-up", { followers: titlesOf(late), weight: state.weight }));
}

/**
 * The metrics that roll back: a fail, and at max-hold traffic that still does not follow the weight, since nothing that was
 * measured at it says anything of the canary.
 */
export function failedByMetrics(plan: Plan, state: State, seen: Observation): Reason | undefined {
  const { now, verdict } = seen;
  if (verdict?.kind === "fail") return verdict.reason;
  const phase = phaseOf(plan, state);
  if (verdict?.reason.code !== "sample-ratio-mismatch" || now === undefined || phase === undefined) return undefined;
  return now < countedFrom(plan, state, seen.agreedAt) + phase.maxHoldMs ? undefined : verdict.reason;
}

/** What is told of a phase that has to be held for longer, whatever the metrics say. */
function holding({ weight }: State, leftMs: Millis, { verdict }: Observation): Reason {
  if (verdict === undefined) return reason("holding", { weight });
  return verdict.kind === "pass" ? reason("holding", { weight, leftMs, passed: verdict.reason }) : verdict.reason;
}

/** One turn of a rollout in progress that this run drives. */
export function decideInProgress(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  const back = rollbackReason(state, seen);
  if (back !== undefined) return rollBack(asked, state, seen, back);
  const { now, verdict } = seen;
  const failed = failedByMetrics(plan, state, seen);
  if (failed !== undefined) return rollBack(asked, state, seen, failed);
  if (now === undefined) return wait(paceMs(plan), reason("no-server-time", {}));
  const phase = phaseOf(plan, state);
  if (phase === undefined) return rollBack(asked, state, seen, reason("phase-not-in-plan", { phase: state.phase }));
  const watch = watchOf(plan, state, seen.agreedAt);
  const mostMs = lookPaceMs(plan, state, seen);
  const end = countedFrom(plan, state, seen.agreedAt) + phase.maxHoldMs;
  const late = now < end ? catchUp(plan, state, seen) : undefined;
  if (late !== undefined) return late;
  const { weight } = state;
  if (now < watch) return wait(untilDue(mostMs, watch - now), reason("settling", { weight }));
  const leftMs = watch + phase.holdMs - now;
  if (leftMs > 0) return wait(untilDue(mostMs, leftMs), holding(state, leftMs, seen));
  const blocked = unmetCriterion(seen);
  if (verdict?.kind === "pass" && blocked === undefined)
    return advanceOrFinish(plan, asked, state, { phase: state.phase, kind: "pass", reason: verdict.reason }, now);
  const why = blocked ?? verdict?.reason ?? reason("no-verdict", { phase: state.phase });
  if (now < end) return wait(untilDue(mostMs, end - now), why);
  const lacking = blocked === undefined && verdict?.kind === "inconclusive" ? verdict.lacking : "data";
  return inconclusive(plan, asked, state, seen, now, why, lacking);
}
