import type { Millis } from "../base/units.ts";
import type { JudgePlan } from "./judge-plan.ts";
import type { Interval, JudgeRecord } from "./types.ts";

/** Where the first look begins that lies wholly after this moment. */
export function evidenceFromOf({ lookMs }: Pick<JudgePlan, "lookMs">, at: Millis): Millis {
  return lookMs * Math.ceil(at / lookMs);
}

/** Whether a look counts: none of the phase's entry lies in it. */
export function isWhole({ index }: Pick<Interval, "index">): boolean {
  return index > 0;
}

/**
 * The points of one phase's grid: `points` of them from `from` to `to`, a look apart. All are multiples of the look since the
 * epoch: a source that rounds what it is asked for to the step moves none of them, and all runners compute the same ones.
 */
export type PhaseGrid = {
  readonly phase: number;
  readonly weight: number;
  readonly watchFrom: Millis;
  /** Where the first look begins that lies wholly in the phase. One before it holds the entry: it is shown and counts for nothing. */
  readonly evidenceFrom: Millis;
  readonly from: Millis;
  readonly to: Millis;
  readonly points: number;
};

/** A phase of more looks than these, 60 hours of the usual ones, is more than a metric source can be asked for in every turn. */
const MOST_LOOKS = 14_400;

/** The grid of each phase entered so far, up to the newest point for which all data must have arrived. */
export function gridsOf(plan: JudgePlan, record: JudgeRecord, now: Millis): readonly PhaseGrid[] {
  return record.phases.map(({ weight, enteredAt }, i) => {
    const { lookMs } = plan;
    const isPresent = i === record.phases.length - 1;
    const begun = begunAt(plan, enteredAt, isPresent ? record.watchedFrom : undefined);
    const from = lookMs * Math.floor(begun / lookMs);
    // The look that the phase ends in holds the next entry, and is the next phase's.
    const end = Math.min(now - plan.lagMs, record.phases[i + 1]?.enteredAt ?? Number.POSITIVE_INFINITY);
    const steps = Math.min(2 * MOST_LOOKS, Math.max(0, Math.floor((end - from) / lookMs)));
    const [watchFrom, evidenceFrom] = [watchFromOf(plan, enteredAt), evidenceFromOf(plan, begun)];
    return { phase: i + 1, weight, watchFrom, evidenceFrom, from, to: from + steps * lookMs, points: steps + 1 };
  });
}

/**
 * What the looks of a phase begin after: its entry, or, where a pause of days lies between, the end of the pause.
 * Evidence may always begin anew at a moment that is on record; what is left out proves nothing, neither harm nor its absence.
 */
function begunAt(plan: JudgePlan, enteredAt: Millis, watchedFrom = enteredAt): Millis {
  const before = (evidenceFromOf(plan, watchedFrom) - evidenceFromOf(plan, enteredAt)) / plan.lookMs;
  return before > MOST_LOOKS ? watchedFrom : enteredAt;
}

/** How long a look is where phases may last for days: none has more of them than can be asked for. */
export function lookFor({ lookMs, phases }: Pick<JudgePlan, "lookMs" | "phases">): Millis {
  const longest = Math.max(0, ...phases.map(({ maxHoldMs }) => maxHoldMs));
  return lookMs * Math.max(1, Math.ceil(longest / (MOST_LOOKS * lookMs)));
}

/** When the write of a phase has taken effect and traffic has settled. */
export function watchFromOf(plan: JudgePlan, enteredAt: Millis): Millis {
  return enteredAt + plan.allowanceMs + plan.settleMs;
}
