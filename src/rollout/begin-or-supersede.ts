import { routeTitle } from "../base/kube-object.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { commit, type Decision, finish, follow, refuse, wait } from "./decision.ts";
import { drifted, driftOf, unsure } from "./drift.ts";
import { atHome, titlesOf, toBringHome } from "./followers.ts";
import { healthReason, type Observation } from "./observation.ts";
import type { Plan } from "./plan.ts";
import type { RunId, State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";
import { sameRun } from "./run-request.ts";
import { begun } from "./transitions.ts";

/** The order of rollouts on one route: who begins, who takes over, who is too late. */

const blindPaceMs = 2_000;
const secondMs = 1_000;

type Final = Extract<State, { readonly endedAt: Millis }>;
export const isFinal = (state: State): state is Final => state.status === "promoted" || state.status === "rolled-back";

/** Whether the step to this record moves traffic away from the canary, or would if stable were there to take it. */
export const isLowering = ({ status }: Pick<State, "status">): boolean => status === "rolled-back" || status === "held";

/** A run that a newer one has replaced never comes back, however late its process begins; a re-run may. */
function isSuperseded(asked: RunRequest, state: State, otherRollout: boolean): boolean {
  if (state.superseded.some((run) => sameRun(run, asked.me))) return true;
  const { workflow, number, attempt } = asked.me;
  const newer = (run: RunId) =>
    run.workflow === workflow && run.number !== undefined && number !== undefined && run.number > number;
  const known = [...state.tookPart, ...state.superseded];
  return otherRollout && attempt === 1 && workflow !== undefined && known.some(newer);
}

export function supersededBy(asked: RunRequest, state: State, otherRollout: boolean): Decision | undefined {
  if (!isSuperseded(asked, state, otherRollout)) return undefined;
  return superseded(reason("superseded", { rollout: state.rollout }), state);
}

const superseded = (why: Reason, state: State | undefined): Decision =>
  finish({ name: "superseded", exitCode: 1, reason: why }, state);

/** A command ends a pause and drives on. What has ended meanwhile stays so: only `run` begins, its own rollout too. */
function notBegun(asked: RunRequest, before: State | undefined): Decision {
  if (before !== undefined && isFinal(before)) return recordedOutcome(asked, before);
  return superseded(reason("begins-nothing", { command: asked.command }), before);
}

/** The first patch of a rollout, unless something speaks against it. A takeover is not asked for the start weight: the older record explains it. */
export function begin(plan: Plan, asked: RunRequest, seen: Observation, before: State | undefined): Decision {
  if (asked.command !== "run") return notBegun(asked, before);
  const takeOver = before !== undefined && !isFinal(before);
  const [finding] = seen.findings;
  if (finding !== undefined && seen.findings.every((one) => isPassing(one) || isSettling(one, asked, seen)))
    return wait(blindPaceMs, findingReason(finding));
  if (finding !== undefined) return refuse(finding.reason.code, findingsReason(seen.findings), before);
  if (seen.selection === undefined) return wait(blindPaceMs, reason("selection-unknown", {}));
  const { share, follows } = seen.selection;
  if (!takeOver && share !== plan.target.startWeight)
    return refuse("unexpected-start-weight", unexpectedStart(plan, share, { follows }), before);
  const elsewhere = startsElsewhere(plan, seen, before);
  if (elsewhere !== undefined) return refuse("unexpected-start-weight", elsewhere, before);
  if (seen.run.rejected !== undefined && seen.run.rejected.times >= 2) {
    const why = reason("first-phase-rejected", { says: seen.run.rejected.reason });
    return finish({ name: "failed", exitCode: 1, code: "write-rejected", reason: why }, before);
  }
  if (seen.now === undefined || asked.startedAt === undefined) return wait(blindPaceMs, reason("no-server-time", {}));
  for (const side of ["canary", "stable"] as const) {
    if (seen.health[side] !== "empty") continue;
    return refuse("backend-empty", reason("version-not-ready", { side, says: healthReason(seen.health) }), before);
  }
  if (seen.health.canary === "unknown")
    return wait(blindPaceMs, reason("canary-not-ready", { says: healthReason(seen.health) }));
  return (
    followersFirst(before, seen) ??
    commit(begun({ plan, asked, seen, selection: seen.selection, now: seen.now }, before, takeOver))
  );
}

/** A route that only the older record moved would stay where that left it: it goes home before the record changes hands. */
function followersFirst(before: State | undefined, seen: Observation): Decision | undefined {
  if (before === undefined || seen.followers === undefined) return undefined;
  const { due, unknown } = toBringHome(before, seen);
  if (unknown.length > 0) {
    const why = reason("follower-unknown", { rollout: before.rollout, followers: titlesOf(unknown) });
    return wait(blindPaceMs, why);
  }
  if (due.length === 0) return undefined;
  return follow(atHome(before), reason("follower-restoring", { followers: titlesOf(due) }));
}

/** A route that follows starts where the first one does; what an older record moved there is going home. */
export function startsElsewhere(plan: Plan, seen: Observation, before: State | undefined): Reason | undefined {
  const due = before === undefined ? [] : toBringHome(before, seen).due.map(({ title }) => title);
  const wrong = seen.selection?.followers?.find(
    ({ follower, share }) => share !== plan.target.startWeight && !due.includes(routeTitle(follower)),
  );
  return wrong === undefined ? undefined : unexpectedStart(plan, wrong.share, { follower: wrong.title });
}

const settlingMs = 30_000;

/** What a controller has not said yet it may say in a moment; what it has not said after half a minute it will not. */
export const isSettling = (finding: Finding, asked: RunRequest, seen: Observation): boolean =>
  finding.mayPass === true &&
  seen.now !== undefined &&
  asked.startedAt !== undefined &&
  seen.now - asked.startedAt < settlingMs;

/** A question that the API server did not answer is asked again; it says nothing about the route. */
export const isPassing = (finding: Finding): boolean => finding.reason.code === "cluster-unreachable";

type Where = { readonly follows?: string | undefined; readonly follower?: string };
export function unexpectedStart(plan: Plan, share: number, { follows, follower }: Where): Reason {
  return reason("unexpected-start-weight", {
    share,
    expected: plan.target.startWeight,
    first: plan.phases[0]?.weight ?? 100,
    ...(follows === undefined ? {} : { follows }),
    ...(follower === undefined ? {} : { follower }),
  });
}

/** A finding says which route it is about, where that is not the first. */
export const findingReason = ({ reason: why, route }: Finding): Reason =>
  route === undefined ? why : reason("on-follower", { follower: routeTitle(route), says: why });

/** All of them at once: each has a remedy of its own. */
export function findingsReason(findings: readonly Finding[]): Reason {
  const [only, second] = findings;
  if (only !== undefined && second === undefined) return findingReason(only);
  return reason("preflight-findings", { findings: findings.map(findingReason) });
}

const laterThan = (startedAt: Millis, plan: Plan, state: State): boolean =>
  startedAt > state.startedAt || (startedAt === state.startedAt && plan.rollout > state.rollout);

/** After a run's own record has stood there, an earlier one is like none: somebody put it back, and nothing starts again. */
const cameBack = (state: State): Decision => drifted(state, reason("record-came-back", { rollout: state.rollout }));

/** What keeps a run from beginning a second time: it has begun before, or may have without an answer. */
function once(state: State, { run }: Pick<Observation, "run">): Decision | undefined {
  if (run.sawOwnRecord || run.wroteItself) return cameBack(state);
  return run.mayHaveWritten === true ? unsure(state) : undefined;
}

/** The route carries another rollout: the later start wins, and a finished one gives way to a run that started after its end. */
export function meetAnother(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  const notAllowed = asked.onlyContinues && (!asked.revisionGiven || state.revisions.includes(asked.revision));
  if (isFinal(state)) {
    if (notAllowed) return recordedOutcome(asked, state, reason("nothing-left", { stands: state.reason }));
    if (asked.startedAt === undefined) return wait(blindPaceMs, reason("no-server-time", {}));
    // The server's clock has whole seconds: a run that started in the second of the end is a later one here.
    const ended = Math.floor(state.endedAt / secondMs) * secondMs;
    if (asked.startedAt >= ended) return once(state, seen) ?? begin(plan, asked, seen, state);
    return superseded(reason("newer-rollout-ended", { rollout: state.rollout }), state);
  }
  if (notAllowed) return superseded(reason("other-rollout-active", { rollout: state.rollout }), state);
  if (asked.startedAt === undefined) return wait(blindPaceMs, reason("no-server-time", {}));
  if (laterThan(asked.startedAt, plan, state)) return once(state, seen) ?? begin(plan, asked, seen, state);
  return superseded(reason("newer-rollout-active", { rollout: state.rollout }), state);
}

/** What a final record says to a run that took part in it, or that may not begin anew. */
export function recordedOutcome(asked: RunRequest, state: Final, why: Reason = state.reason): Decision {
  if (state.status === "promoted") return finish({ name: "promoted", exitCode: 0, reason: why }, state);
  const { by } = state;
  const own = by !== null && sameRun(by, asked.me);
  const told = own ? why : reason("rolled-back-by", { ...(by === null ? {} : { run: by.id }), rollback: why });
  return finish({ name: "rolled-back", exitCode: 1, reason: told }, state);
}

/** A `run` finds its own rollout finished. Whoever took part takes the outcome; a promotion that still stands needs nothing. */
export function meetOwnEnd(plan: Plan, asked: RunRequest, state: Final, seen: Observation): Decision {
  if (state.tookPart.some((run) => sameRun(run, asked.me))) return recordedOutcome(asked, state);
  const moved = state.status === "promoted" ? driftOf(state, seen) : undefined;
  if (state.status === "promoted" && moved === undefined) return recordedOutcome(asked, state);
  const started = asked.startedAt;
  const mayBegin = !asked.onlyContinues && started !== undefined && started > state.endedAt;
  if (mayBegin) return once(state, { run: { ...seen.run, sawOwnRecord: false } }) ?? begin(plan, asked, seen, state);
  return moved ?? recordedOutcome(asked, state);
}
