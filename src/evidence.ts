import type { Clock } from "./clock.ts";
import type { CallOptions } from "./cluster/cluster.ts";
import { type Baseline, reporterOf, unpackBaseline } from "./evidence/baseline.ts";
import { measureBaseline, notCompared } from "./evidence/freeze.ts";
import { judgePlanOf, neverEmpty, rememberedOf } from "./evidence/judge-plan.ts";
import { outlookLine } from "./evidence/outlook.ts";
import type { ComparingPlan } from "./evidence/survey.ts";
import { gridsOf, looksOf } from "./judge/looks.ts";
import type { JudgePlan } from "./judge/plan.ts";
import { judgeWithNumbers } from "./judge/replay.ts";
import { judgeThresholds } from "./judge/thresholds.ts";
import type { Look, Remembered } from "./judge/types.ts";
import type { Arms } from "./metrics/arms.ts";
import { measureChecks } from "./metrics/checks.ts";
import { countAll } from "./metrics/counters.ts";
import type { MetricSource } from "./metrics/provider.ts";
import type { Evidence, Freeze, Outlook, Versions } from "./ports.ts";
import type { Millis, Plan } from "./rollout/plan.ts";
import type { State } from "./rollout/state.ts";
import { countedFrom, phaseOf, watchOf } from "./rollout/steps.ts";

/** Finds out how metric queries name the two versions. */
export type FindArms = (versions: Versions, options: CallOptions) => Promise<Arms>;

const armsDeadlineMs = 8_000;

/** The metrics of the present phase, asked for anew and judged: nothing but the start of a failing query is kept between turns. */
export function evidenceFrom(source: MetricSource | undefined, findArms: FindArms, clock?: Clock): Evidence {
  let failedFrom: ReadonlyMap<string, Millis> = new Map();
  return async (plan, state, now, signal) => {
    const { metrics } = plan;
    if (source === undefined || metrics === undefined || (plan.checks.length === 0 && plan.compare === "off")) {
      const checks = source === undefined ? plan.checks : [];
      return judgeThresholds({ ...timesOf(plan, state, now), checks, samples: new Map() });
    }
    const baseline = unpackBaseline(state.frozen);
    const arms = { ...(await findArms(state, { signal, deadlineMs: armsDeadlineMs })), reporter: reporterOf(baseline) };
    const watch = { watchFrom: watchOf(plan, state), now, lagMs: metrics.lagMs };
    const options = { now, signal, ...(clock === undefined ? {} : { clock }) };
    const [measured, compared] = await Promise.all([
      measureChecks(source, plan.checks, arms, watch, { failedFrom, ...options }),
      isCompared(plan, baseline) ? compare(source, plan, state, arms, baseline, options) : undefined,
    ]);
    failedFrom = measured.failedFrom;
    if (compared === undefined) {
      const judged = judgeThresholds({ ...timesOf(plan, state, now), checks: plan.checks, samples: measured.samples });
      return baseline?.kind === "not-compared" ? { ...judged, caveats: [notCompared(baseline.because)] } : judged;
    }
    const { judged, record, looks, trouble } = compared;
    const pods = arms.canary.pods;
    const also = {
      ...(trouble === undefined ? {} : { trouble }),
      ...(pods === undefined ? {} : { canaryPods: pods }),
    };
    const { verdict, numbers } = judgeWithNumbers(judged, record, looks, measured.samples, now, also);
    return { ...verdict, numbers };
  };
}

function timesOf(plan: Plan, state: State, now: Millis) {
  const phase = phaseOf(plan, state);
  return {
    watchFrom: watchOf(plan, state),
    countedFrom: countedFrom(plan, state),
    holdMs: phase?.holdMs ?? 0,
    maxHoldMs: phase?.maxHoldMs ?? 0,
    now,
  };
}

function isCompared(plan: Plan, baseline: Baseline | undefined): plan is ComparingPlan {
  return plan.compare !== "off" && plan.metrics !== undefined && baseline?.kind !== "not-compared";
}

type Comparison = {
  readonly judged: JudgePlan;
  readonly record: Remembered;
  readonly looks: readonly Look[];
  readonly trouble?: string;
};

/** All looks since the rollout began, from raw counters that are asked for anew. */
async function compare(
  source: MetricSource,
  plan: ComparingPlan,
  state: State,
  arms: Arms,
  baseline: Baseline | undefined,
  options: { readonly now: Millis; readonly signal: AbortSignal; readonly clock?: Clock },
): Promise<Comparison> {
  const record = rememberedOf(plan, state, baseline);
  const judged = neverEmpty(judgePlanOf(plan, plan.compare, plan.metrics), record.frozen);
  const counting = {
    arms,
    of: "both",
    requests: true,
    boundariesMs: record.frozen.boundariesMs,
    metrics: plan.compare.metrics,
    stepMs: judged.lookMs,
    staleAfterMs: judged.staleAfterMs,
  } as const;
  const counted = await countAll(source, counting, gridsOf(judged, record, options.now), options);
  if (counted.kind !== "counted") return { judged, record, looks: [], trouble: counted.because.replace(/\.$/, "") };
  const found = looksOf(judged, record, counted.phases, options.now);
  if (found.kind === "error") return { judged, record, looks: [], trouble: found.because };
  return { judged, record, looks: found.looks };
}

/** What is measured once, before a rollout's first write. Nothing where nothing is compared. */
export function freezeFrom(source: MetricSource | undefined, findArms: FindArms, clock: Clock): Freeze {
  return async (plan, versions, now, { signal = new AbortController().signal }) => {
    if (source === undefined || !isCompared(plan, undefined)) return undefined;
    const arms = await findArms(versions, { signal, deadlineMs: armsDeadlineMs });
    return measureBaseline(source, plan, arms, { now, clock, signal });
  };
}

/** What the phase that begins can show at the traffic of the past. */
export const outlook: Outlook = (plan, state) => {
  const baseline = unpackBaseline(state.frozen);
  if (!isCompared(plan, baseline) || baseline === undefined || baseline.kind !== "compared") return undefined;
  const judged = neverEmpty(judgePlanOf(plan, plan.compare, plan.metrics), baseline.frozen);
  return outlookLine(judged, baseline.frozen, baseline.perSecond, state.phase);
};
