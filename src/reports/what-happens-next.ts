import type { Millis } from "../base/units.ts";
import type { Progress } from "../ports/reporter.ts";
import type { Plan } from "../rollout/plan.ts";
import type { State } from "../rollout/rollout-state.ts";
import { countedFrom, phaseOf, watchOf } from "../rollout/transitions.ts";
import { duration, percent } from "../text/format.ts";
import { isUnknown } from "./status-text.ts";

/** How much of the present phase is left: at least, and at most where the metrics stay undecided. */
type TimeLeft = { readonly leastMs: Millis; readonly mostMs: Millis };

/** Undefined where no phase is being watched, or where nobody knows the plan or the time. */
export function timeLeft({ plan, state }: Progress, now: Millis | undefined): TimeLeft | undefined {
  if (plan === undefined || state?.status !== "progressing" || now === undefined) return undefined;
  const phase = phaseOf(plan, state);
  if (phase === undefined) return undefined;
  const leastMs = watchOf(plan, state) + phase.holdMs - now;
  return { leastMs: Math.max(0, leastMs), mostMs: Math.max(0, countedFrom(plan, state) + phase.maxHoldMs - now) };
}

/** What follows where the metrics say yes. */
function onward(plan: Plan, state: State): string {
  const next = plan.phases[state.phase];
  if (next === undefined) return "the rollout is finished";
  return phaseOf(plan, state)?.thenPause === true ? "a person is asked" : percent(next.weight);
}

const undecided: Readonly<Record<Plan["policy"]["onInconclusive"], string>> = {
  pause: "the rollout pauses",
  rollback: "the traffic goes back",
  promote: "it goes on all the same",
};

/** What happens next if nobody does anything, in a sentence. Undefined where nothing does. */
export function nextWords(progress: Progress, now = progress.at): string | undefined {
  const { plan, state, outcome } = progress;
  if (isUnknown(progress)) {
    if (outcome !== undefined || progress.waitMs === undefined) return undefined;
    return `Sluice looks again in ${duration(progress.waitMs)}, and again until it sees the route.`;
  }
  const left = timeLeft(progress, now);
  if (plan === undefined || state === undefined || left === undefined || outcome !== undefined) return undefined;
  if (left.leastMs > 0) {
    return `${percent(state.weight)} is watched for ${duration(left.leastMs)} more; if the metrics pass, then ${onward(plan, state)}.`;
  }
  const then = undecided[plan.policy.onInconclusive];
  const late = left.mostMs > 0 ? `still undecided in ${duration(left.mostMs)}, ${then}` : `undecided, ${then}`;
  const word = onward(plan, state);
  return `${word.charAt(0).toUpperCase()}${word.slice(1)} as soon as the metrics pass; if ${late}.`;
}
