import { outlooksOf, type PhaseForecast } from "../judge/forecast.ts";
import type { JudgePlan } from "../judge/judge-plan.ts";
import type { Calibration } from "../judge/types.ts";
import { about, count, percent, span } from "../text/rounded-numbers.ts";

/** What each phase can prove at the traffic of the past, said before anything is moved. */
export function outlookLines(plan: JudgePlan, frozen: Calibration, perSecond: number | null): readonly string[] {
  if (perSecond === null) {
    return ["no requests in the last hour: what a phase can show is not known before it begins"];
  }
  return outlooksOf(plan, frozen, perSecond).map((outlook) => {
    const weight = plan.phases[outlook.phase - 1]?.weight ?? 100;
    return `phase ${outlook.phase}, ${weight}%: ${sentence(plan, outlook)}`;
  });
}

/** The same for one phase, when it begins. */
export function outlookLine(
  plan: JudgePlan,
  frozen: Calibration,
  perSecond: number | null,
  phase: number,
): string | undefined {
  if (perSecond === null) return undefined;
  const outlook = outlooksOf(plan, frozen, perSecond).find((one) => one.phase === phase);
  return outlook === undefined ? undefined : `${plan.phases[phase - 1]?.weight}% begins: ${sentence(plan, outlook)}`;
}

function sentence(plan: JudgePlan, { phase, requests, need, detectable }: PhaseForecast): string {
  const limit = `+${Number((plan.errors.limit.difference * 100).toPrecision(6))} points`;
  const time = span(plan.phases[phase - 1]?.maxHoldMs ?? 0);
  const noticed =
    detectable === undefined ? "no harm would be noticed" : `a jump to about ${percent(detectable)} would be noticed`;
  if (need === undefined) return `no number of requests can show ${limit}; ${noticed}`;
  if (requests >= need) {
    return `about ${about(need, 2)} canary requests show ${limit}, about ${about(requests, 2)} can come in ${time}; ${noticed}`;
  }
  const only = detectable === undefined ? noticed : `only ${noticed}`;
  return `this phase cannot show ${limit}: about ${count(requests)} of ${about(need, 2)} requests in ${time}; ${only}`;
}
