import { reason } from "../base/reasons/index.ts";
import {
  findingReason,
  findingsReason,
  isFinal,
  isSettling,
  startsElsewhere,
  unexpectedStart,
} from "./begin-or-supersede.ts";
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
  if (drift !== undefined) return refuse("drifted", drift.reason, state);
  const [finding] = seen.findings;
  if (finding !== undefined && seen.findings.every((one) => isSettling(one, asked, seen))) {
    return wait(settlingPaceMs, findingReason(finding));
  }
  if (finding !== undefined) return refuse(finding.reason.code, findingsReason(seen.findings), state);
  const share = seen.selection?.share;
  const stands = state?.status === "promoted" && state.rollout === plan.rollout && driftOf(state, seen) === undefined;
  if (!unfinished && !stands && share !== undefined && share !== plan.target.startWeight) {
    return state !== undefined && state.uid !== seen.uid
      ? refuse("foreign-record", foreignRecord, state)
      : refuse("unexpected-start-weight", unexpectedStart(plan, share, { follows: seen.selection?.follows }), state);
  }
  const elsewhere = unfinished || stands ? undefined : startsElsewhere(plan, seen, state);
  if (elsewhere !== undefined) return refuse("unexpected-start-weight", elsewhere, state);
  return finish(
    { name: "ready", exitCode: 0, reason: readiness(seen.selection, unfinished ? state : undefined) },
    state,
  );
}

function readiness(selection: Selection | undefined, unfinished: State | undefined) {
  const now = unfinished === undefined ? {} : { rollout: unfinished.rollout, weight: unfinished.weight };
  if (selection === undefined) return reason("ready", now);
  const { canary, stable, rules, followers = [] } = selection;
  return reason("ready", {
    ...now,
    canary,
    stable,
    rules: rules.map((rule) => `${rule.list}/${rule.name ?? rule.index}`),
    followers: followers.map(({ title, follower }) => ({
      title,
      canary: follower.canary,
      stable: follower.stable,
    })),
  });
}
