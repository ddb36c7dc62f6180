import type { Command } from "./command-names.ts";
import { type Decision, finish } from "./decision.ts";
import { driftOf } from "./drift.ts";
import type { Observation } from "./observation.ts";
import { rollBack } from "./roll-back.ts";
import type { RunRequest } from "./run-request.ts";

/** The record is gone from the route. What a run remembers of it leads home or nowhere: nothing here raises the canary. */

const drifted = (code: "drifted" | "record-missing", because: string): Decision =>
  finish({ name: "drifted", exitCode: 1, code, because });

const never: readonly Command[] = ["status", "preflight", "pause"];

/** A run that drives, or has decided to go back, takes the weights home that it remembers, where they are still the recorded ones. */
export function fromMemory(asked: RunRequest, seen: Observation): Decision | undefined {
  const { remembered } = seen;
  const { takesBack } = seen.run;
  if (remembered === undefined || never.includes(asked.command)) return undefined;
  if (!remembered.isDriven && takesBack === undefined) return undefined;
  const { state, standing } = remembered;
  const now = { ...seen, standing };
  if (driftOf(state, now) !== undefined) return undefined;
  const removed = `the record was removed from the route at ${state.weight}%, and this run still knows the weights from before the rollout`;
  if (takesBack === undefined) return rollBack(asked, state, now, removed);
  return rollBack(asked, state, now, takesBack.includes(removed) ? takesBack : `${takesBack}; ${removed}`);
}

/** Sluice alone wrote the weights that the route shows, they split traffic, and no record says for how long. */
export function recordMissing({ unrecorded }: Observation): Decision | undefined {
  return unrecorded === undefined ? undefined : drifted("record-missing", unrecorded.because);
}

/** A record that this run has seen is gone, and there is nothing that it may do about it. */
export function vanished(seen: Observation): Decision {
  const missing = recordMissing(seen);
  if (missing !== undefined) return missing;
  const { remembered } = seen;
  if (remembered === undefined)
    return drifted(
      "drifted",
      "The record has vanished from the route, so Sluice does not know what its weights were before. It stops and does not fight: check the weights, and set them by hand if need be.",
    );
  if (remembered.isHome) {
    const tools = remembered.standing.kind === "differs" ? (remembered.standing.revertedBy ?? []) : [];
    const by =
      tools.length === 0 ? "" : `: ${tools.join(" and ")} ${tools.length > 1 ? "put" : "puts"} back what Git holds`;
    return drifted(
      "drifted",
      `The record has vanished from the route, which shows the weights from before the rollout${by}. There is nothing left to roll back, and nothing was written.`,
    );
  }
  return drifted(
    "drifted",
    "The record has vanished from the route, and its weights are not the recorded ones, so Sluice does not know whose they are. It stops and does not fight: check the weights, and set them by hand if need be.",
  );
}
