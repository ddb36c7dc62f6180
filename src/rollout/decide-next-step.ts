import { type Reason, reason } from "../base/reasons/index.ts";
import {
  begin,
  findingReason,
  isFinal,
  meetAnother,
  meetOwnEnd,
  recordedOutcome,
  supersededBy,
} from "./begin-or-supersede.ts";
import { advanceOrFinish, decideInProgress, failedByMetrics, paceMs } from "./decide-in-progress.ts";
import { decidePause, decideRollback, decideStatus, decideSweep } from "./decide-pause-rollback-sweep.ts";
import { decidePreflight } from "./decide-preflight.ts";
import { decidePromote, decideResume } from "./decide-promote-resume.ts";
import { commit, type Decision, finish, refuse, wait } from "./decision.ts";
import { driftOf, foreignRecord, otherRollout, unsure } from "./drift.ts";
import type { Observation } from "./observation.ts";
import { unmetCriterion } from "./pass-criteria.ts";
import { isReached, type PausedState, pausedOutcome } from "./pause-outcome.ts";
import type { Plan } from "./plan.ts";
import { fromMemory, recordMissing, vanished } from "./record-gone.ts";
import { restoreStranded, rollBack, stableRecovered, waitForStable } from "./roll-back.ts";
import { overdue, rollbackReason } from "./rollback-reasons.ts";
import type { State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";
import { sameRun } from "./run-request.ts";
import { joined, paused, resumed } from "./transitions.ts";

/** What this turn does, and why: a pure function of what was asked and what is there. */
export function decide(
  plan: Plan | undefined,
  asked: RunRequest,
  state: State | undefined,
  seen: Observation,
): Decision {
  const home = state === undefined ? fromMemory(asked, seen) : undefined;
  if (home !== undefined) return home;
  switch (asked.command) {
    case "status":
      return decideStatus(state, seen);
    case "rollback":
      return decideRollback(asked, state, seen);
    case "pause":
      return decidePause(asked, state, seen);
    case "sweep":
      return decideSweep(asked, state, seen);
    case "promote":
    case "resume":
    case "run":
    case "preflight":
      break;
  }
  if (plan === undefined) return refuse("input", reason("plan-needed", { command: asked.command }), state);
  if (asked.command === "preflight") return decidePreflight(plan, asked, state, seen);
  if (asked.command === "run") return decideRun(plan, asked, state, seen);
  const step = asked.command === "promote" ? decidePromote : decideResume;
  return step(plan, asked, state, seen, (own) =>
    decideOwn({ ...plan, rollout: own.rollout, revision: own.revision }, asked, own, seen),
  );
}

function decideRun(plan: Plan, asked: RunRequest, state: State | undefined, seen: Observation): Decision {
  if (asked.rollout !== undefined && asked.rollout !== state?.rollout) {
    return finish({ name: "superseded", exitCode: 1, reason: otherRollout(asked.rollout, state) }, state);
  }
  if (state === undefined) {
    if (seen.run.sawOwnRecord || seen.run.wroteItself) return vanished(seen);
    if (seen.abort) return cancelledWithoutWriting({ while: "not-begun" });
    if (seen.run.mayHaveWritten === true) return recordMissing(seen) ?? unsure();
    return begin(plan, asked, seen, undefined);
  }
  const own = ownPlan(plan, asked, state);
  if (state.uid !== seen.uid) return meetForeign(plan, asked, state, seen);
  const superseded = supersededBy(asked, state, own === undefined);
  if (superseded !== undefined) return superseded;
  if (own === undefined) {
    if (seen.abort) return cancelledWithoutWriting({ while: "another-rollout", rollout: state.rollout }, state);
    const drift = isFinal(state) ? undefined : driftOf(state, seen);
    return drift ?? meetAnother(plan, asked, state, seen);
  }
  return decideOwn(own, asked, state, seen);
}

/**
 * The plan under the record's own revision, if this is the record's rollout. A scheduled run has the newest commit, not
 * the one that is being rolled out: it goes on with the record's when the plan is the same.
 */
export function ownPlan(plan: Plan, asked: RunRequest, state: State): Plan | undefined {
  if (state.rollout === plan.rollout) return plan;
  const continues = asked.onlyContinues && !asked.revisionGiven && state.planDigest === plan.digest;
  return continues ? { ...plan, rollout: state.rollout, revision: state.revision } : undefined;
}

/** A record that was copied to another object, or outlived it: nothing goes on there, and only another rollout may begin. */
function meetForeign(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  const code = "foreign-record";
  const foreign = seen.run.wroteItself
    ? finish({ name: "failed", exitCode: 1, code, reason: foreignRecord }, state)
    : refuse(code, foreignRecord, state);
  if (seen.abort || state.rollout === plan.rollout || asked.onlyContinues || seen.run.sawOwnRecord) return foreign;
  const atRest = seen.selection !== undefined && seen.selection.share === plan.target.startWeight;
  return atRest ? begin(plan, asked, seen, undefined) : foreign;
}

/** The record is this rollout's. */
function decideOwn(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  const left = restoreStranded(state, seen, false);
  if (left !== undefined) return left;
  if (isFinal(state)) return seen.abort ? recordedOutcome(asked, state) : meetOwnEnd(plan, asked, state, seen);
  const drift = driftOf(state, seen);
  if (drift !== undefined) return drift;
  if (seen.abort) return cancelled(asked, state, seen);
  const noRight = seen.findings.find((finding) => finding.reason.code === "permission-missing");
  if (noRight !== undefined && !seen.run.wroteItself) return refuse(noRight.reason.code, findingReason(noRight), state);
  if (state.status === "paused") return decidePaused(plan, asked, state, seen);
  // What must go back goes back at once; that patch is a signature too.
  const fails = rollbackReason(state, seen) !== undefined || failedByMetrics(plan, state, seen) !== undefined;
  if (!fails && mustSign(asked, state, seen))
    return { ...commit(joined(asked, state)), reason: reason("drives-on", { weight: state.weight }) };
  if (state.status === "held") return waitForStable(asked, state, seen);
  return fails ? decideInProgress(plan, asked, state, seen) : driveUntil(plan, asked, state, seen);
}

/** Once a run has signed, it leaves another's signature alone: two that drive together would else sign in turns for ever. */
function mustSign(asked: RunRequest, state: State, seen: Observation): boolean {
  if (asked.turns !== undefined) return false;
  if (state.by === null) return true;
  return !sameRun(state.by, asked.me) && !seen.run.wroteItself;
}

/** `until` behind the present weight: the rollout has already been further than this run was asked to go, so it stops here. */
function driveUntil(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  if (asked.until === undefined || state.weight <= asked.until || seen.now === undefined)
    return decideInProgress(plan, asked, state, seen);
  const why = reason("beyond-until", { weight: state.weight, until: asked.until });
  return commit(paused(asked, state, "until", why, seen.now, null));
}

/** A `run` goes on where `until` stopped, and nowhere else: every other pause belongs to a person. */
function decidePaused(plan: Plan, asked: RunRequest, state: PausedState, seen: Observation): Decision {
  const late = overdue(state, seen);
  if (late !== undefined) return rollBack(asked, state, seen, late);
  if (isReached(asked, state)) return finish({ name: "reached", exitCode: 0, reason: state.reason }, state);
  if (state.cause !== "until") return finish(pausedOutcome(state), state);
  const back = rollbackReason(state, seen) ?? failedByMetrics(plan, state, seen);
  if (back !== undefined) return rollBack(asked, state, seen, back);
  if (seen.now === undefined) return wait(paceMs(plan), reason("no-server-time", {}));
  const passed = state.grounds !== null && state.grounds.phase === state.phase;
  if (state.grounds !== null && passed && unmetCriterion(seen) === undefined)
    return advanceOrFinish(plan, asked, state, state.grounds, seen.now);
  return commit(resumed(plan, asked, state, reason("resumed-watching", { weight: state.weight }), seen.now));
}

const cancelledWithoutWriting = (why: Reason<"cancelled">["data"], state?: State): Decision =>
  finish({ name: "cancelled", exitCode: 1, reason: reason("cancelled", why) }, state);

/** The job is being cancelled while this run's rollout is unfinished. */
function cancelled(asked: RunRequest, state: State, seen: Observation): Decision {
  if (state.status === "paused" && isReached(asked, state))
    return finish({ name: "reached", exitCode: 0, reason: state.reason }, state);
  if (state.status === "paused") return cancelledWithoutWriting({ while: "paused" }, state);
  const mine = asked.command === "run" || seen.run.wroteItself || (state.by !== null && sameRun(state.by, asked.me));
  if (!mine) return cancelledWithoutWriting({ while: "not-owner" }, state);
  if (state.onCancel === "leave") {
    return finish({ name: "in-progress", exitCode: 0, reason: reason("left-on-cancel", {}) }, state);
  }
  if (state.status === "held" && seen.health.stable === "empty") {
    return finish({ name: "held", exitCode: 1, reason: reason("cancelled-blocked", { failed: state.reason }) }, state);
  }
  const why = state.status === "held" ? stableRecovered(state) : reason("job-cancelled", {});
  return rollBack(asked, state, seen, why);
}
