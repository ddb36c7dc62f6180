import type { Code } from "../base/reasons/codes.ts";
import { isFinal } from "./begin-or-supersede.ts";
import type { Outcome } from "./outcome.ts";
import { isReached, pausedOutcome } from "./pause-outcome.ts";
import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";

/** How a run ends when it is not the record that ends it. */

const ending = (name: Outcome["name"], exitCode: 0 | 1 | 2, because: string, code?: Code): Outcome => ({
  name,
  exitCode,
  because,
  ...(code === undefined ? {} : { code }),
});

/** The last turn's outcome is read from the record that it committed. */
export function afterLastTurn(asked: RunRequest, state: State): Outcome {
  const where = { weight: state.weight, phase: state.phase };
  switch (state.status) {
    case "progressing":
      return { ...ending("in-progress", 0, state.because), ...where };
    case "promoted":
      return { ...ending("promoted", 0, state.because), ...where };
    case "rolled-back":
      return {
        ...ending("rolled-back", asked.command === "rollback" || asked.command === "sweep" ? 0 : 1, state.because),
        ...where,
      };
    case "held":
      return { ...ending("held", 1, state.because), ...where };
    case "paused":
      if (isReached(asked, state)) return { ...ending("reached", 0, state.because), ...where };
      return { ...pausedOutcome(state), ...(asked.command === "pause" ? { exitCode: 0 as const } : {}), ...where };
  }
}

/** The rollout is home, but for routes that nobody could take along. */
export const notAllHome = (outcome: Outcome, why: string): Outcome => ({
  ...outcome,
  exitCode: 1,
  because: `${outcome.because}. Not every route is known to be home (${why}): look there, or run \`rollback\` again`,
});

/** The record is gone, and the turns are used up before it could be put back with the weights from before. */
export const notPutBack = (because: string): Outcome =>
  ending(
    "drifted",
    1,
    `The record was removed from the route, and could not be put back with the weights from before: ${because}. Run \`status\` to see what the route shows.`,
    "record-missing",
  );

/** The turns are used up while the rollout goes on, or before it could begin. */
export function turnsUsedUp(own: State | undefined, because: string): Outcome {
  if (own === undefined || isFinal(own))
    return ending(
      "failed",
      1,
      `The turns were used up before the rollout could begin: ${because}`,
      "cluster-unreachable",
    );
  return { ...ending("in-progress", 0, because), weight: own.weight, phase: own.phase };
}

/** A dry run of a rollout that would only wait now. */
export const nothingToWrite = (because: string): Outcome =>
  ending("ready", 0, `dry run: nothing would be written now: ${because}`);

/** `served`: the versions of its kind that the cluster has, as far as they were asked for. */
export function notFound(known: boolean, title: string, served: string, because: string): Outcome {
  return known
    ? ending("failed", 1, `The route is gone: ${because}`, "route-gone")
    : ending(
        "refused",
        2,
        `${title} was not found. Check name and namespace; the cluster serves: ${served}.`,
        "object-not-found",
      );
}

export const goingAway = (route: string): Outcome =>
  ending("failed", 1, `${route} is being deleted. Nothing was written.`, "route-gone");

/** A record that cannot be read. Before anything was written by this run it is a refusal, afterwards a failure. */
export function corruptRecord(asked: RunRequest, wrote: boolean, route: string, why: string, weights: string): Outcome {
  const because = `The record on ${route} cannot be read (${why}). Check the weights (${weights}), then remove the annotation \`sluice.dev/rollout\` by hand.`;
  const begins = asked.command === "run" || asked.command === "preflight";
  return begins && !wrote
    ? ending("refused", 2, because, "corrupt-record")
    : ending("failed", 1, because, "corrupt-record");
}

/** The API server never answered: nothing was written. */
export const unreachable = (because: string, denied: boolean): Outcome =>
  ending("refused", 2, because, denied ? "permission-missing" : "cluster-unreachable");

/** The API server answered once and does so no longer. Nobody here knows what the weights are now. */
export const unknownState = (because: string): Outcome =>
  ending(
    "failed",
    1,
    `The state of the route is unknown: ${because}. Run \`status\`, then \`rollback\` if need be.`,
    "cluster-unreachable",
  );

/** Cancelled before the API server said anything at all. */
export const cancelledUnseen = (because: string): Outcome =>
  ending("cancelled", 1, `Cancelled before the API server answered (${because}). This run wrote nothing.`);

export const rejectedForGood = (because: string): Outcome =>
  ending("failed", 1, `The cluster refused the step: ${because}. It was not applied.`, "write-rejected");

export const altered = (because: string): Outcome =>
  ending(
    "failed",
    1,
    `The cluster changed what was written: ${because}. An admission webhook may be in the way.`,
    "write-altered",
  );

export const cannotWrite = (code: Code, because: string): Outcome => ending("failed", 1, because, code);
