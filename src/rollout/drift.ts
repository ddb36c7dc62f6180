import { type Decision, finish } from "./decision.ts";
import type { Observation } from "./observation.ts";
import type { State } from "./state.ts";

/** Weights that are not the record's were moved by somebody else: stop, say both ways out, never fight. */
export function driftOf(state: State, seen: Observation): Decision | undefined {
  if (seen.standing === undefined || seen.standing.kind === "as-recorded") return undefined;
  return drifted(state, seen.standing.because);
}

/** A record that was copied to another object, or outlived its own. */
export const foreignRecord =
  "The record on the route belongs to an object that was deleted. Check the weights, then remove the annotation `sluice.dev/rollout`.";

/** Without the record nobody knows the home weights any more, so there is nothing left to decide. */
export function vanished(): Decision {
  const because =
    "The record has vanished from the route, so Sluice does not know what its weights were before. It stops and does not fight: check the weights, and set them by hand if need be.";
  return finish({ name: "drifted", exitCode: 1, code: "drifted", because });
}

export function drifted(state: State | undefined, because: string): Decision {
  const out =
    "Sluice stops and does not fight. To go back run `rollback`; to keep these weights remove the annotation `sluice.dev/rollout`.";
  return finish({ name: "drifted", exitCode: 1, code: "drifted", because: `${because}. ${out}` }, state);
}
