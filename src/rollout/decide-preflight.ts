import { isFinal, isSettling, startsElsewhere, unexpectedStart } from "./begin-or-supersede.ts";
import { type Decision, finish, refuse, wait } from "./decision.ts";
import { driftOf, foreignRecord } from "./drift.ts";
import type { Observation, Selection } from "./observation.ts";
import type { Plan } from "./plan.ts";
import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";

const settlingPaceMs = 2_000;

/** Whether a rollout of this plan could begin, or go on, as things stand. */
export function decidePreflight(plan: Plan, asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  const unfinished = state !== undefined && !isFinal(state) && state.uid === seen.uid;
  if (state !== undefined && state.uid !== seen.uid && state.rollout === plan.rollout)
    return refuse("foreign-record", foreignRecord, state);
  const drift = unfinished ? driftOf(state, seen) : undefined;
  if (drift !== undefined) return refuse("drifted", drift.because, state);
  const [finding] = seen.findings;
  if (finding !== undefined && seen.findings.every((one) => isSettling(one, asked, seen))) {
    return wait(settlingPaceMs, finding.message);
  }
  if (finding !== undefined) return refuse(finding.code, seen.findings.map((one) => one.message).join("\n"), state);
  const share = seen.selection?.share;
  const stands = state?.status === "promoted" && state.rollout === plan.rollout && driftOf(state, seen) === undefined;
  if (!unfinished && !stands && share !== undefined && share !== plan.target.startWeight) {
    return state !== undefined && state.uid !== seen.uid
      ? refuse("foreign-record", foreignRecord, state)
      : refuse("unexpected-start-weight", unexpectedStart(plan, share, seen.selection?.follows), state);
  }
  const elsewhere = unfinished || stands ? undefined : startsElsewhere(plan, seen, state);
  if (elsewhere !== undefined) return refuse("unexpected-start-weight", elsewhere, state);
  return finish({ name: "ready", exitCode: 0, because: readyBecause(seen, unfinished ? state : undefined) }, state);
}

const along = ({ followers = [] }: Selection): string =>
  followers
    .map(({ title, follower }) => `; ${title} moves along from ${follower.stable} to ${follower.canary}`)
    .join("");

function readyBecause(seen: Observation, unfinished: State | undefined): string {
  const { selection } = seen;
  const rules = selection?.rules.map((rule) => `${rule.list}/${rule.name ?? rule.index}`).join(", ") ?? "";
  const what =
    selection === undefined
      ? "nothing stands in the way"
      : `${selection.canary} can take over from ${selection.stable} in ${rules}${along(selection)}`;
  return unfinished === undefined
    ? `Ready: ${what}.`
    : `Ready: ${what}; rollout ${unfinished.rollout} is at ${unfinished.weight}% now.`;
}
