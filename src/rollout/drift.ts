import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { type Decision, finish } from "./decision.ts";
import type { Observation } from "./observation.ts";
import type { State } from "./rollout-state.ts";

/** So long after a patch a tool that keeps the route as Git has it is expected to undo it, if it is going to. */
export const revertedWithinMs = 3 * 60_000;

/** Weights that are not the record's were moved by somebody else: stop, say both ways out, never fight. */
export function driftOf(state: State, seen: Observation): Decision | undefined {
  if (seen.standing !== undefined && seen.standing.kind !== "as-recorded")
    return drifted(state, revertedOr(state, seen, seen.standing.reason));
  const moved = seen.followers?.find(({ standing }) => standing.kind === "differs");
  return moved?.standing.kind === "differs" ? drifted(state, moved.standing.reason) : undefined;
}

/** What it looks like when weights go back soon after a patch on a route that some tool keeps. */
function revertedOr(state: State, seen: Observation, found: Reason): Reason {
  const tools = seen.standing?.kind === "differs" ? (seen.standing.revertedBy ?? []) : [];
  const sinceMs = sincePatch(state, seen);
  if (tools.length === 0 || sinceMs === undefined || sinceMs > revertedWithinMs || "endedAt" in state) return found;
  return reason("weights-reverted", { found, tools, afterMs: sinceMs });
}

/** How long ago this phase was written. */
export const sincePatch = (state: State, { now }: Observation): Millis | undefined =>
  now === undefined ? undefined : now - (state.entered.at(-1) ?? state.startedAt);

/** A record that was copied to another object, or outlived its own. */
export const foreignRecord = reason("record-of-another-object", {});

/** A command that names a rollout means no other. */
export const otherRollout = (wanted: string, found: State | undefined): Reason =>
  reason("other-rollout-found", { wanted, ...(found === undefined ? {} : { found: found.rollout }) });

/** Begun twice would be worse than not begun: the first beginning may have been taken back meanwhile. */
export function unsure(state?: State): Decision {
  const there = state === undefined ? {} : { rollout: state.rollout, status: state.status };
  return finish({ name: "drifted", exitCode: 1, code: "drifted", reason: reason("first-write-unsure", there) }, state);
}

export const drifted = (state: State | undefined, found: Reason): Decision =>
  finish({ name: "drifted", exitCode: 1, code: "drifted", reason: reason("rollout-drifted", { found }) }, state);
