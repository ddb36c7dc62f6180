import type { Millis } from "../base/units.ts";
import { constants } from "../judge/constants.ts";
import { groupsOf, type JudgePlan } from "../judge/judge-plan.ts";
import type { Calibration, JudgeRecord } from "../judge/types.ts";
import type { Compare, Phase, Plan } from "../rollout/plan.ts";
import type { State } from "../rollout/rollout-state.ts";
import { weightsOf } from "../rollout/weights.ts";
import { frozenOf, type RecordedCalibration } from "./calibration-record.ts";

type IntervalPace = { readonly scrapeIntervalMs: Millis; readonly lagMs: Millis };

type Judged = Pick<Plan, "phases" | "checks" | "policy">;

/** The plan as the judge reads it. Whatever it says is a function of the plan alone, so that everybody judges alike. */
export function judgePlanOf(plan: Judged, compare: Compare, pace: IntervalPace): JudgePlan {
  const { falseRollback, falsePromotion, errors, latency, metrics } = compare;
  return {
    alpha: falseRollback,
    beta: falsePromotion,
    weights: compare.weights,
    errors: { ...errors, gate: true },
    latency,
    metrics: metrics.map(({ name, gate, tolerance, limit }) => ({ name, gate, tolerance, limit })),
    restartEveryMs: compare.restartEveryMs,
    dispersion: compare.dispersion,
    split: compare.split,
    requests: compare.requests,
    lookMs: compare.lookMs,
    lagMs: pace.lagMs,
    staleAfterMs: 2 * pace.scrapeIntervalMs + 15_000,
    settleMs: plan.policy.settleMs,
    allowanceMs: plan.policy.allowanceMs,
    phases: plan.phases.map(({ weight, maxHoldMs }: Phase) => ({ weight, maxHoldMs })),
    checks: plan.checks,
    constants,
  };
}

/** Where only latency was to be compared and no bucket was found, errors are: a canary is never promoted for want of buckets. */
export function neverEmpty(judged: JudgePlan, frozen: Calibration): JudgePlan {
  if (groupsOf(judged, frozen.boundariesMs).length > 0) return judged;
  return { ...judged, weights: { ...judged.weights, errors: 1 } };
}

/** The judge's part of the record. */
export function rememberedOf(plan: Plan, state: State, baseline: RecordedCalibration | undefined): JudgeRecord {
  const phases = state.entered.map((enteredAt, index) => {
    const weight = plan.phases[index]?.weight ?? 100;
    return { weight: shareOfBoth(state, weight), enteredAt };
  });
  return {
    rollout: state.rollout,
    phases,
    ...(state.watchedFrom === null ? {} : { watchedFrom: state.watchedFrom }),
    frozen: frozenOf(baseline),
  };
}

/** The canary's percent of what both versions get together: a third destination takes its part of neither. */
function shareOfBoth(state: State, weight: number): number {
  const [first, ...others] = sharesOfBoth(state, weight);
  // Rules that share out differently have no share in common; what was asked for is the nearest to one.
  return first !== undefined && others.every((share) => share === first) ? first : weight;
}

/** Whether both versions share alike in every rule: only then can traffic be said not to follow the weight. */
export function hasOneShare(state: State): boolean {
  return new Set(sharesOfBoth(state, state.weight)).size <= 1;
}

function sharesOfBoth(state: State, weight: number): readonly number[] {
  const weights = weightsOf({ ...state, status: "progressing", weight });
  return state.rules.flatMap((rule, index) => {
    const of = (id: string) => weights[index]?.[rule.destinations.indexOf(id)] ?? 0;
    const [canary, stable] = [of(state.canary), of(state.stable)];
    return rule.atHome || canary + stable === 0 ? [] : [(100 * canary) / (canary + stable)];
  });
}
