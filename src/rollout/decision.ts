import type { Code } from "../base/reasons/codes.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { Outcome, OutcomeName } from "./outcome.ts";
import type { State } from "./rollout-state.ts";

/** One decision a turn, as a value that executes nothing and says why. `commit` carries no weights: they follow from the record. */
export type Decision = { readonly reason: Reason } & (
  | { readonly kind: "commit"; readonly state: State }
  /** The record stays as it is: its followers are brought to the weights that `state` says. */
  | { readonly kind: "follow"; readonly state: State }
  | { readonly kind: "wait"; readonly ms: Millis }
  | { readonly kind: "finish"; readonly outcome: Outcome }
);

export const commit = (state: State): Decision => ({ kind: "commit", state, reason: state.reason });
export const follow = (state: State, reason: Reason): Decision => ({ kind: "follow", state, reason });
export const wait = (ms: Millis, reason: Reason): Decision => ({ kind: "wait", ms, reason });

type Ending = {
  readonly name: OutcomeName;
  readonly exitCode: 0 | 1 | 2;
  readonly reason: Reason;
  readonly code?: Code;
};

export function finish(ending: Ending, state?: State): Decision {
  const where = state === undefined ? {} : { weight: state.weight, phase: state.phase };
  return { kind: "finish", reason: ending.reason, outcome: { ...ending, ...where } };
}

/** Refused before anything was written. */
export const refuse = (code: Code, reason: Reason, state?: State): Decision =>
  finish({ name: "refused", exitCode: 2, code, reason }, state);
