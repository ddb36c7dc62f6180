import type { Code } from "../base/reasons/codes.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { RuleWeights } from "../base/reasons/route-shapes.ts";
import { isFinal } from "./begin-or-supersede.ts";
import type { Outcome } from "./outcome.ts";
import { isReached, pausedOutcome } from "./pause-outcome.ts";
import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";

/** How a run ends when it is not the record that ends it. */

const ending = (name: Outcome["name"], exitCode: 0 | 1 | 2, why: Reason, code?: Code): Outcome => ({
  name,
  exitCode,
  reason: why,
  ...(code === undefined ? {} : { code }),
});

/** The last turn's outcome is read from the record that it committed. */
export function afterLastTurn(asked: RunRequest, state: State): Outcome {
  const where = { weight: state.weight, phase: state.phase };
  switch (state.status) {
    case "progressing":
      return { ...ending("in-progress", 0, state.reason), ...where };
    case "promoted":
      return { ...ending("promoted", 0, state.reason), ...where };
    case "rolled-back":
      return {
        ...ending("rolled-back", asked.command === "rollback" || asked.command === "sweep" ? 0 : 1, state.reason),
        ...where,
      };
    case "held":
      return { ...ending("held", 1, state.reason), ...where };
    case "paused":
      if (isReached(asked, state)) return { ...ending("reached", 0, state.reason), ...where };
      return { ...pausedOutcome(state), ...(asked.command === "pause" ? { exitCode: 0 as const } : {}), ...where };
  }
}

/** The rollout has its original weights, but for routes that could not be taken along. */
export const notAllHome = (outcome: Outcome, says: readonly Reason[]): Outcome => ({
  ...outcome,
  exitCode: 1,
  reason: reason("not-all-restored", { rolledBack: outcome.reason, says }),
});

/** The record is gone, and the turns are used up before it could be put back with the weights from before. */
export const notPutBack = (says: Reason): Outcome =>
  ending("drifted", 1, reason("record-not-restored", { says }), "record-missing");

/** The turns are used up while the rollout goes on, or before it could begin. */
export function turnsUsedUp(own: State | undefined, says: Reason): Outcome {
  if (own === undefined || isFinal(own))
    return ending("failed", 1, reason("max-reconciles", { says }), "cluster-unreachable");
  return { ...ending("in-progress", 0, says), weight: own.weight, phase: own.phase };
}

/** A dry run of a rollout that would only wait now. */
export const nothingToWrite = (says: Reason): Outcome => ending("ready", 0, reason("dry-run-waits", { says }));

/** `served`: the versions of its kind that the cluster has, as far as they were asked for. */
export function notFound(known: boolean, title: string, served: string, says: Reason): Outcome {
  return known
    ? ending("failed", 1, reason("route-gone", { says }), "route-gone")
    : ending("refused", 2, reason("route-absent", { title, served }), "object-not-found");
}

export const goingAway = (route: string): Outcome =>
  ending("failed", 1, reason("route-deleting", { route }), "route-gone");

/** A record that cannot be read. Before anything was written by this run it is a refusal, afterwards a failure. */
export function corruptRecord(
  asked: RunRequest,
  wrote: boolean,
  route: string,
  says: Reason,
  weights: readonly RuleWeights[],
): Outcome {
  const why = reason("record-unreadable", { route, says, weights });
  const begins = asked.command === "run" || asked.command === "preflight";
  return begins && !wrote ? ending("refused", 2, why, "corrupt-record") : ending("failed", 1, why, "corrupt-record");
}

/** The API server never answered: nothing was written. */
export function unreachable(says: Reason, denied: boolean): Outcome {
  const code = denied ? "permission-missing" : "cluster-unreachable";
  return ending("refused", 2, reason("route-unread", { why: denied ? "denied" : "no-answer", says }), code);
}

/** The API server answered once and does so no longer: the present weights are not known. */
export const unknownState = (says: Reason): Outcome =>
  ending("failed", 1, reason("state-unknown", { says }), "cluster-unreachable");

/** Cancelled before the API server said anything at all. */
export const cancelledUnseen = (says: Reason): Outcome => ending("cancelled", 1, reason("cancelled-unseen", { says }));

type Rejected = { readonly weight?: number; readonly triedMs?: number };
export const rejectedForGood = (says: Reason, more: Rejected = {}): Outcome =>
  ending("failed", 1, reason("write-rejected", { says, ...more }), "write-rejected");

export const altered = (says: Reason): Outcome =>
  ending("failed", 1, reason("step-altered", { says }), "write-altered");

export const cannotWrite = (code: Code, why: Reason): Outcome => ending("failed", 1, why, code);
