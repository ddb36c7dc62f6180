import type { CallOptions } from "./cluster/cluster.ts";
import { judgeThresholds } from "./judge/thresholds.ts";
import type { Arms } from "./metrics/arms.ts";
import { measureChecks } from "./metrics/checks.ts";
import type { MetricSource } from "./metrics/provider.ts";
import type { Evidence, Versions } from "./ports.ts";
import type { Millis } from "./rollout/plan.ts";
import { countedFrom, phaseOf, watchOf } from "./rollout/steps.ts";

/** Finds out how metric queries name the two versions. */
export type FindArms = (versions: Versions, options: CallOptions) => Promise<Arms>;

const armsDeadlineMs = 8_000;

/** The metrics of the present phase, asked for anew and judged: nothing but the start of a failing query is kept between turns. */
export function evidenceFrom(source: MetricSource | undefined, findArms: FindArms): Evidence {
  let failedFrom: ReadonlyMap<string, Millis> = new Map();
  return async (plan, state, now, signal) => {
    const phase = phaseOf(plan, state);
    const question = {
      checks: plan.checks,
      watchFrom: watchOf(plan, state),
      countedFrom: countedFrom(plan, state),
      holdMs: phase?.holdMs ?? 0,
      maxHoldMs: phase?.maxHoldMs ?? 0,
      now,
    };
    if (source === undefined || plan.metrics === undefined || plan.checks.length === 0) {
      return judgeThresholds({ ...question, checks: source === undefined ? plan.checks : [], samples: new Map() });
    }
    const arms = await findArms(state, { signal, deadlineMs: armsDeadlineMs });
    const watch = { watchFrom: question.watchFrom, now, lagMs: plan.metrics.lagMs };
    const measured = await measureChecks(source, plan.checks, arms, watch, { failedFrom, signal });
    failedFrom = measured.failedFrom;
    return judgeThresholds({ ...question, samples: measured.samples });
  };
}
