import { type Reason, reason } from "../base/reasons/index.ts";
import type { Command } from "./command-names.ts";
import { type Decision, finish } from "./decision.ts";
import { driftOf } from "./drift.ts";
import type { Observation } from "./observation.ts";
import { rollBack } from "./roll-back.ts";
import type { RunRequest } from "./run-request.ts";

/** The record is gone from the route. What a run remembers of it leads home or nowhere: nothing here raises the canary. */

const drifted = (code: "drifted" | "record-missing", why: Reason): Decision =>
  finish({ name: "drifted", exitCode: 1, code, reason: why });

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
  if (takesBack?.code === "record-removed") return rollBack(asked, state, now, takesBack);
  const decided = takesBack === undefined ? {} : { decided: takesBack };
  return rollBack(asked, state, now, reason("record-removed", { weight: state.weight, ...decided }));
}

/** Sluice alone wrote the weights that the route shows, they split traffic, and no record says for how long. */
export function recordMissing({ unrecorded }: Observation): Decision | undefined {
  return unrecorded === undefined ? undefined : drifted("record-missing", unrecorded.reason);
}

/** A record that this run has seen is gone, and there is nothing that it may do about it. */
export function vanished(seen: Observation): Decision {
  const missing = recordMissing(seen);
  if (missing !== undefined) return missing;
  return drifted("drifted", reason("record-vanished", whatShows(seen.remembered)));
}

function whatShows(remembered: Observation["remembered"]): Reason<"record-vanished">["data"] {
  if (remembered === undefined) return { shows: "unknown" };
  if (!remembered.isHome) return { shows: "other" };
  const { standing } = remembered;
  return { shows: "original", tools: standing.kind === "differs" ? (standing.revertedBy ?? []) : [] };
}
