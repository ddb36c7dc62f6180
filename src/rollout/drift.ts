import type { Millis } from "../base/units.ts";
import { type Decision, finish } from "./decision.ts";
import type { Observation } from "./observation.ts";
import type { State } from "./rollout-state.ts";

/** So long after a patch a tool that keeps the route as Git has it is expected to undo it, if it is going to. */
export const revertedWithinMs = 3 * 60_000;

/** Weights that are not the record's were moved by somebody else: stop, say both ways out, never fight. */
export function driftOf(state: State, seen: Observation): Decision | undefined {
  if (seen.standing !== undefined && seen.standing.kind !== "as-recorded")
    return drifted(state, `${seen.standing.because}${revertOf(state, seen)}`);
  const moved = seen.followers?.find(({ standing }) => standing.kind === "differs");
  return moved?.standing.kind === "differs" ? drifted(state, moved.standing.because) : undefined;
}

/** What it looks like when weights go back soon after a patch on a route that some tool keeps. */
function revertOf(state: State, seen: Observation): string {
  const tools = seen.standing?.kind === "differs" ? (seen.standing.revertedBy ?? []) : [];
  const sinceMs = sincePatch(state, seen);
  if (tools.length === 0 || sinceMs === undefined || sinceMs > revertedWithinMs || "endedAt" in state) return "";
  const seconds = Math.round(sinceMs / 1000);
  return `. That was within ${seconds} s of the last patch of Sluice: so ${tools.join(" and ")} ${tools.length > 1 ? "put" : "puts"} back what Git holds`;
}

/** How long ago this phase was written. */
export const sincePatch = (state: State, { now }: Observation): Millis | undefined =>
  now === undefined ? undefined : now - (state.entered.at(-1) ?? state.startedAt);

/** A record that was copied to another object, or outlived its own. */
export const foreignRecord =
  "The record on the route belongs to an object that was deleted. Check the weights, then remove the annotation `sluice.dev/rollout`.";

/** Begun twice would be worse than not begun: the first beginning may have been taken back meanwhile. */
export function unsure(state?: State): Decision {
  const there = state === undefined ? "no record" : `the record of rollout ${state.rollout}, which is ${state.status}`;
  const because = `The answer to this run's first write was lost, and the route has changed since and carries ${there}: it is not known whether that write landed. Nothing is begun a second time: check the weights, and start the rollout again.`;
  return finish({ name: "drifted", exitCode: 1, code: "drifted", because }, state);
}

export function drifted(state: State | undefined, because: string): Decision {
  const out =
    "Sluice stops and does not fight. To go back run `rollback`; to keep these weights remove the annotation `sluice.dev/rollout`.";
  return finish({ name: "drifted", exitCode: 1, code: "drifted", because: `${because}. ${out}` }, state);
}
