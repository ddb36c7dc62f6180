import type { Clock } from "../base/clock.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { Ledger } from "../judge/evidence-ledger.ts";
import { looksOf } from "../judge/intervals-from-counters.ts";
import type { JudgePlan } from "../judge/judge-plan.ts";
import { gridsOf, lookFor } from "../judge/phase-grid.ts";
import type { Interval, JudgeRecord } from "../judge/types.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { State } from "../rollout/rollout-state.ts";
import { frozenOf, type RecordedCalibration } from "./calibration-record.ts";
import { type Counting, countAll } from "./count-requests.ts";
import { hasOneShare, judgePlanOf, neverEmpty, rememberedOf } from "./derive-judge-plan.ts";
import type { ComparingPlan } from "./history-queries.ts";

/** What is compared in one turn: everything but the answers. */
export type ComparisonInput = {
  readonly source: MetricSource;
  readonly judged: JudgePlan;
  readonly record: JudgeRecord;
  readonly counting: Counting;
  readonly options: { readonly now: Millis; readonly signal: AbortSignal; readonly clock?: Clock };
};

export type Comparison = {
  /** Complete looks since the rollout began. */
  readonly looks: () => readonly Interval[];
  readonly trouble?: Reason;
  /** Holds these looks already, where they were added up as they came. */
  readonly ledger?: Ledger;
};

export function comparedOf(
  source: MetricSource,
  plan: ComparingPlan,
  state: State,
  arms: VersionTargets,
  baseline: RecordedCalibration | undefined,
  options: ComparisonInput["options"],
): ComparisonInput {
  const frozen = frozenOf(baseline);
  const planned = neverEmpty(judgePlanOf(plan, plan.compare, plan.metrics), frozen);
  const whole: JudgePlan = { ...planned, lookMs: lookFor(planned) };
  const judged: JudgePlan = hasOneShare(state) ? whole : { ...whole, split: "off" };
  const counting = {
    arms,
    of: "both",
    requests: true,
    boundariesMs: frozen.boundariesMs,
    metrics: plan.compare.metrics,
    stepMs: judged.lookMs,
    staleAfterMs: judged.staleAfterMs,
  } as const;
  return { source, judged, record: rememberedOf(plan, state, baseline), counting, options };
}

/**
 * All looks since the rollout began, from raw counters that are asked for anew. Phases that are over are asked for too: what
 * comes late corrects them.
 */
export async function askedAnew({ source, judged, record, counting, options }: ComparisonInput): Promise<Comparison> {
  const none = (trouble: Reason): Comparison => ({ looks: () => [], trouble });
  const counted = await countAll(source, counting, gridsOf(judged, record, options.now), options);
  if (counted.kind !== "counted") return none(counted.reason);
  const found = looksOf(judged, record, counted.phases, options.now);
  if (found.kind === "error") return none(found.reason);
  return { looks: () => found.looks };
}
