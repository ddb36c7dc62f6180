import { type Reason, reason } from "../base/reasons/index.ts";
import { outlooksOf } from "../judge/forecast.ts";
import type { JudgePlan } from "../judge/judge-plan.ts";
import type { Calibration } from "../judge/types.ts";

/** What each phase can prove at the traffic of the past, said before anything is moved. */
export function outlookNotices(
  plan: JudgePlan,
  frozen: Calibration,
  perSecond: number | null,
): readonly Reason<"phase-forecast" | "traffic-unknown">[] {
  return perSecond === null ? [reason("traffic-unknown", {})] : forecasts(plan, frozen, perSecond);
}

/** The same for one phase, when it begins. */
export function outlookNotice(
  plan: JudgePlan,
  frozen: Calibration,
  perSecond: number | null,
  phase: number,
): Reason<"phase-forecast"> | undefined {
  if (perSecond === null) return undefined;
  return forecasts(plan, frozen, perSecond).find(({ data }) => data.phase === phase);
}

function forecasts(plan: JudgePlan, frozen: Calibration, perSecond: number): readonly Reason<"phase-forecast">[] {
  return outlooksOf(plan, frozen, perSecond).map(({ phase, requests, need, detectable }) => {
    const { weight = 100, maxHoldMs = 0 } = plan.phases[phase - 1] ?? {};
    return reason("phase-forecast", {
      phase,
      weight,
      requests,
      withinMs: maxHoldMs,
      difference: plan.errors.limit.difference,
      ...(need === undefined ? {} : { need }),
      ...(detectable === undefined ? {} : { detectable }),
    });
  });
}
