import { defaultPlan, type JudgePlan } from "../../src/judge/judge-plan.ts";
import { MINUTE, type World } from "./world.ts";

export const HOLD = 5 * MINUTE;

/** The shipped defaults, with a course's own phases and metrics. */
export function planOf({ phases, metrics }: World): JudgePlan {
  return {
    ...defaultPlan,
    phases: phases.map(({ weight, minutes }) => ({ weight, maxHoldMs: minutes * MINUTE })),
    metrics: Array.from({ length: metrics?.count ?? 0 }, (_, i) => {
      return { ...defaultPlan.errors, name: `metric-${i}`, gate: false };
    }),
  };
}
