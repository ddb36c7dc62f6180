import type { Millis } from "../../../src/base/units.ts";
import { actOn } from "../../../src/cli/act-on-verdict.ts";
import { freeze } from "../../../src/judge/calibrate.ts";
import { addToLedger, enterPhase, type Ledger, openLedger, unsafeGates } from "../../../src/judge/evidence-ledger.ts";
import type { JudgePlan } from "../../../src/judge/judge-plan.ts";
import { logSafe } from "../../../src/judge/non-inferiority.ts";
import { settled } from "../../../src/judge/numerics.ts";
import { watchFromOf } from "../../../src/judge/phase-grid.ts";
import { logSplit } from "../../../src/judge/sample-ratio-mismatch.ts";
import type { JudgeVerdict } from "../../../src/judge/types.ts";
import { verdictOf } from "../../../src/judge/verdict.ts";
import { HOLD, planOf } from "../plan.ts";
import { bucketEdges } from "../world.ts";
import type { Answer, Contestant, Course, Observer, Said } from "./judge.ts";

/** Changes to the shipped judge that are tried. `standing`: every crossing counts only where the next look still stands above it. */
export type Variant = { readonly plan?: Partial<JudgePlan> | undefined; readonly standing?: boolean };

export function sluice(name: string, variant: Variant = {}): Contestant {
  return { name, open: (course) => observer(course, variant) };
}

/** Feeds the real judge look by look. Its verdict is asked for whenever it could be anything but to wait. */
function observer({ cell, history, source }: Course, { plan: over, standing = false }: Variant): Observer {
  const plan = { ...planOf(cell.world), ...over };
  const frozen = freeze(plan, history, cell.world.latency === undefined ? [] : bucketEdges);
  const ledger = openLedger(plan, frozen);
  const said: Said = {};
  let entered = 0;
  let crossed = false;
  let promoted = false;
  return {
    said,
    observe(snapshot, atMs, weight) {
      const look = source.at(snapshot, atMs, weight);
      if (look !== undefined) addToLedger(ledger, look);
      const answer = look === undefined ? "continue" : answerAt(atMs, look.phase);
      const phase = source.phases.at(-1);
      if (phase !== undefined && source.phases.length > entered) {
        entered = source.phases.length;
        enterPhase(ledger, { phase: entered, weight: phase.weight, evidenceFrom: phase.enteredAt });
      }
      return answer;
    },
  };

  function answerAt(atMs: Millis, phase: number): Answer {
    if (cell.aim === "split" && said.alarmMs === undefined && isAlarm(plan, ledger)) said.alarmMs = atMs;
    const isBeyond = (standing ? ledger.logE : ledger.peakLogE) >= settled(-Math.log(plan.alpha));
    if (isBeyond && (!standing || crossed)) {
      const verdict = ask(atMs, phase);
      said.culprit = verdict.kind === "fail" ? verdict.culprit : null;
      return "rollback";
    }
    crossed = isBeyond;
    const watchedMs = atMs + plan.lagMs - watchFromOf(plan, source.phases[phase - 1]?.enteredAt ?? 0);
    if (promoted || watchedMs < HOLD || unsafeGates(ledger).length > 0) return "continue";
    const maxHoldMs = plan.phases[phase - 1]?.maxHoldMs ?? 0;
    const act = actOn(ask(atMs, phase), { watchedMs, countedMs: watchedMs }, { holdMs: HOLD, maxHoldMs }, "pause");
    if (act !== "promote") return act === "pause" ? "inconclusive" : act === "wait" ? "continue" : act;
    promoted = true;
    said.unproven = isUnproven(plan, ledger);
    return "promote";
  }

  function ask(atMs: Millis, phase: number): JudgeVerdict {
    const record = { rollout: "", phases: source.phases.slice(0, phase), frozen };
    return verdictOf({ plan, record, ledger, samples: new Map(), now: atMs + plan.lagMs });
  }
}

function isAlarm({ split }: JudgePlan, { split: sums }: Ledger): boolean {
  return split !== "off" && sums !== undefined && settled(logSplit(sums)) >= settled(-Math.log(split.falseAlarm));
}

/** Whether a promotion breaks what was promised, computed once more from the sums themselves. */
function isUnproven({ beta, requests }: JudgePlan, { groups, requests: sums, unseenInRow }: Ledger): boolean {
  const errors = groups.find(({ group }) => group.name === "errors")?.accounts[0];
  const half = sums[Math.ceil(sums.length / 2) - 1] ?? 0;
  const isProven = errors !== undefined && logSafe(errors.safety) >= -Math.log(beta) - 1e-9;
  return !(isProven && half >= requests && (sums.at(-1) ?? 0) - half >= requests && unseenInRow === 0);
}
