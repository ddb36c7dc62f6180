import type { Millis } from "../base/units.ts";
import { isFinal } from "./begin-or-supersede.ts";
import type { Phase, Plan } from "./plan.ts";
import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";

/** How long a run is going to drive: at the planned pace, and at most, if every phase waits as long as it may. */
export type ExpectedDuration = { readonly plannedMs: Millis; readonly longestMs: Millis };

const moment: ExpectedDuration = { plannedMs: 0, longestMs: 0 };

/** From the present phase to the end, to `until`, or to a pause that asks a person: whoever goes on from there has credentials of his own. */
export function stretchOf(plan: Plan, asked: RunRequest, present: State | undefined): ExpectedDuration {
  const own = present !== undefined && !isFinal(present) && present.planDigest === plan.digest ? present : undefined;
  if (asked.turns !== undefined) return moment;
  if (asked.command !== "run" && asked.command !== "preflight" && own?.status === "progressing") return moment;
  const left = own === undefined ? plan.phases : plan.phases.slice(own.status === "paused" ? own.phase : own.phase - 1);
  const stop = left.findIndex((phase) => phase.thenPause || phase.weight >= (asked.until ?? Number.POSITIVE_INFINITY));
  const driven = stop < 0 ? left : left.slice(0, stop + 1);
  const { allowanceMs, settleMs } = plan.policy;
  const sum = (lasts: (phase: Phase) => Millis) =>
    driven.reduce((total, phase) => total + allowanceMs + settleMs + lasts(phase), 0);
  return { plannedMs: sum((phase) => phase.holdMs), longestMs: sum((phase) => phase.maxHoldMs) };
}
