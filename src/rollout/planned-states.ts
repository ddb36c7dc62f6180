import { reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { isFinal } from "./begin-or-supersede.ts";
import type { Observation, Selection } from "./observation.ts";
import type { Plan } from "./plan.ts";
import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";
import { advanced, begun, homeShare, rolledBack } from "./transitions.ts";

/** Every record that lies ahead, the way back last: preflight asks the cluster about each before the first is written. */
export function plannedStates(
  plan: Plan,
  asked: RunRequest,
  uid: string,
  selection: Selection,
  present: State | undefined,
  now: Millis,
): readonly State[] {
  const seen: Observation = {
    now,
    uid,
    selection,
    findings: [],
    health: { stable: "unchecked", canary: "unchecked", canaryEmptyMs: 0, reasons: [] },
    abort: false,
    driverHasEnded: false,
    run: { sawOwnRecord: false, wroteItself: false },
  };
  const unfinished = present !== undefined && !isFinal(present);
  const own = unfinished && present.planDigest === plan.digest;
  const first = own ? present : begun({ plan, asked, seen, selection, now }, present, unfinished);
  const states: State[] = own ? [] : [first];
  let state = first;
  for (const phase of plan.phases.slice(state.phase)) {
    state = advanced(
      plan,
      asked,
      state,
      { phase: state.phase, kind: "pass", reason: reason("planned-step", { weight: phase.weight }) },
      now,
      true,
    );
    states.push(state);
  }
  return [...states, rolledBack(asked, first, reason("planned-step", { weight: homeShare(first) }), now)];
}
