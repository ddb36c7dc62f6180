import type { KubeObject } from "../base/kube-object.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import { isFinal } from "../rollout/begin-or-supersede.ts";
import { atHome } from "../rollout/followers.ts";
import type { Remembered } from "../rollout/observation.ts";
import { decidedBack, type RunMemory } from "./run-memory.ts";

export type Recalled = Omit<Remembered, "isDriven">;

/** What a recollection goes by. */
export type Recollection = Pick<RunMemory, "lastState" | "seenAt" | "turn" | "takesBack">;

/** Turns that a record may have been out of sight: after more of them others may have ended the rollout on purpose. */
const mostTurns = 2;

/** The record of an unfinished rollout on this very object, unless it is too old. A way back that was decided on it does not age. */
export function recall(memory: Recollection, object: KubeObject, driver: RouteAdapter): Recalled | undefined {
  const { lastState: state, seenAt, turn } = memory;
  if (state === undefined || isFinal(state) || state.uid !== object.metadata.uid) return undefined;
  if (turn - seenAt > mostTurns && decidedBack(memory, state) === undefined) return undefined;
  return {
    state,
    standing: driver.standing(object, state),
    isHome: driver.standing(object, atHome(state)).kind === "as-recorded",
  };
}
