import type { Finding } from "../base/reasons/finding.ts";
import type { Millis } from "../base/units.ts";
import { commit, type Decision, finish, follow, refuse, wait } from "./decision.ts";
import { drifted, driftOf, unsure } from "./drift.ts";
import { atHome, namesOf, titleOf, toBringHome } from "./followers.ts";
import type { Observation } from "./observation.ts";
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
  return finish(
    { name: "superseded", exitCode: 1, because: `a newer run took the route over with rollout ${state.rollout}` },
    state,
  );
}

/** A command ends a pause and drives on. What has ended meanwhile stays so: only `run` begins, its own rollout too. */
function notBegun(asked: RunRequest, before: State | undefined): Decision {
  if (before !== undefined && isFinal(before)) return recordedOutcome(asked, before);
  const because = `another rollout is on the route, and \`${asked.command}\` begins none; only \`run\` does`;
  return finish({ name: "superseded", exitCode: 1, because }, before);
}

/** The first patch of a rollout, unless something speaks against it. A takeover is not asked for the start weight: the older record explains it. */
export function begin(plan: Plan, asked: RunRequest, seen: Observation, before: State | undefined): Decision {
  if (asked.command !== "run") return notBegun(asked, before);
  const takeOver = before !== undefined && !isFinal(before);
  const [finding] = seen.findings;
  if (finding !== undefined && seen.findings.every((one) => isPassing(one) || isSettling(one, asked, seen)))
    return wait(blindPaceMs, finding.message);
  if (finding !== undefined) return refuse(finding.code, seen.findings.map((one) => one.message).join("\n"), before);
  if (seen.selection === undefined) return wait(blindPaceMs, "nothing is known yet of what would be moved");
  const { share, follows } = seen.selection;
  if (!takeOver && share !== plan.target.startWeight)
    return refuse("unexpected-start-weight", unexpectedStart(plan, share, follows), before);
  const elsewhere = startsElsewhere(plan, seen, before);
  if (elsewhere !== undefined) return refuse("unexpected-start-weight", elsewhere, before);
  if (seen.run.rejected !== undefined && seen.run.rejected.times >= 2) {
    const because = `The cluster refused the first phase: ${seen.run.rejected.because}. This step was not applied.`;
    return finish({ name: "failed", exitCode: 1, code: "write-rejected", because }, before);
  }
  if (seen.now === undefined || asked.startedAt === undefined)
    return wait(blindPaceMs, "the API server named no time, so nothing begins");
  for (const side of ["canary", "stable"] as const) {
    if (seen.health[side] !== "empty") continue;
    const because = `The ${side} version has no ready endpoint: ${seen.health.because}. Start it before shifting traffic.`;
    return refuse("backend-empty", because, before);
  }
  if (seen.health.canary === "unknown")
    return wait(blindPaceMs, `the canary is not known to be ready: ${seen.health.because}`);
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
    const because = `rollout ${before.rollout} moved ${namesOf(unknown)} too, and nobody knows what it shows now`;
    return wait(blindPaceMs, because);
  }
  if (due.length === 0) return undefined;
  return follow(atHome(before), `${namesOf(due)} goes home before another rollout begins`);
}

/** A route that follows starts where the first one does; what an older record moved there is going home. */
export function startsElsewhere(plan: Plan, seen: Observation, before: State | undefined): string | undefined {
  const due = before === undefined ? [] : toBringHome(before, seen).due.map(({ title }) => title);
  const wrong = seen.selection?.followers?.find(
    ({ follower, share }) => share !== plan.target.startWeight && !due.includes(titleOf(follower)),
  );
  return wrong === undefined ? undefined : `${wrong.title}: ${unexpectedStart(plan, wrong.share)}`;
}

const settlingMs = 30_000;

/** What a controller has not said yet it may say in a moment; what it has not said after half a minute it will not. */
export const isSettling = (finding: Finding, asked: RunRequest, seen: Observation): boolean =>
  finding.mayPass === true &&
  seen.now !== undefined &&
  asked.startedAt !== undefined &&
  seen.now - asked.startedAt < settlingMs;

/** A question that the API server did not answer is asked again; it says nothing about the route. */
export const isPassing = (finding: Finding): boolean => finding.code === "cluster-unreachable";

export function unexpectedStart(plan: Plan, share: number, follows?: string): string {
  const first = plan.phases[0]?.weight ?? 100;
  const leader = follows === undefined ? "" : ` The route was moved along with ${follows}: look there first.`;
  return (
    `The canary already has ${share}%, not the expected ${plan.target.startWeight}%; the first phase would change it to ${first}%. ` +
    `Reset the route, or set \`start-weight: ${share}\`.${leader}`
  );
}

const laterThan = (startedAt: Millis, plan: Plan, state: State): boolean =>
  startedAt > state.startedAt || (startedAt === state.startedAt && plan.rollout > state.rollout);

/** After a run's own record has stood there, an earlier one is like none: somebody put it back, and nothing starts again. */
const cameBack = (state: State): Decision =>
  drifted(state, `the record of the earlier rollout ${state.rollout} has come back`);

/** What keeps a run from beginning a second time: it has begun before, or may have without an answer. */
function once(state: State, { run }: Pick<Observation, "run">): Decision | undefined {
  if (run.sawOwnRecord || run.wroteItself) return cameBack(state);
  return run.mayHaveWritten === true ? unsure(state) : undefined;
}

/** The route carries another rollout: the later start wins, and a finished one gives way to a run that started after its end. */
export function meetAnother(plan: Plan, asked: RunRequest, state: State, seen: Observation): Decision {
  const notAllowed = asked.onlyContinues && (!asked.revisionGiven || state.revisions.includes(asked.revision));
  if (isFinal(state)) {
    if (notAllowed) return recordedOutcome(asked, state, "nothing is left to continue");
    if (asked.startedAt === undefined) return wait(blindPaceMs, "the API server named no time, so nothing begins");
    // The server's clock has whole seconds: a run that started in the second of the end is a later one here.
    const ended = Math.floor(state.endedAt / secondMs) * secondMs;
    if (asked.startedAt >= ended) return once(state, seen) ?? begin(plan, asked, seen, state);
    return finish(
      { name: "superseded", exitCode: 1, because: `rollout ${state.rollout} began later and has ended meanwhile` },
      state,
    );
  }
  if (notAllowed) {
    return finish(
      {
        name: "superseded",
        exitCode: 1,
        because: `another rollout, ${state.rollout}, is on the route; this run only continues its own`,
      },
      state,
    );
  }
  if (asked.startedAt === undefined) return wait(blindPaceMs, "the API server named no time, so nothing begins");
  if (laterThan(asked.startedAt, plan, state)) return once(state, seen) ?? begin(plan, asked, seen, state);
  return finish(
    { name: "superseded", exitCode: 1, because: `rollout ${state.rollout} started later and has the route` },
    state,
  );
}

const nameOf = (run: RunId | null | undefined): string =>
  run === null || run === undefined ? "another run" : `run ${run.id}`;

/** What a final record says to a run that took part in it, or that may not begin anew. */
export function recordedOutcome(asked: RunRequest, state: Final, because?: string): Decision {
  const reason = because === undefined ? state.because : `${state.because} (${because})`;
  if (state.status === "promoted") return finish({ name: "promoted", exitCode: 0, because: reason }, state);
  const own = state.by !== null && sameRun(state.by, asked.me);
  const who = own ? reason : `${nameOf(state.by)} took it back: ${reason}`;
  return finish({ name: "rolled-back", exitCode: 1, because: who }, state);
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
