import { type Reason, reason } from "../base/reasons/index.ts";
import { eachOnce, type Notice } from "../base/reasons/notice.ts";
import type { Ports, ProgressUpdate } from "../ports/run-ports.ts";
import { isFinal, isLowering } from "../rollout/begin-or-supersede.ts";
import * as endings from "../rollout/build-outcomes.ts";
import { decide, ownPlan } from "../rollout/decide-next-step.ts";
import { sinceFirst } from "../rollout/decide-promote-resume.ts";
import type { FollowerStatus, Observation, Selection, SyncStatus } from "../rollout/observation.ts";
import { optInNotices } from "../rollout/opt-in-notices.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import type { RunId, State } from "../rollout/rollout-state.ts";
import { firstSight, type RunRequest, sameRun } from "../rollout/run-request.ts";
import { applyState } from "./apply-state.ts";
import { cancelBudget } from "./cancel-budget.ts";
import { observe } from "./gather-observation.ts";
import { sightOf } from "./lazy-diagram.ts";
import { resolveLostResponse } from "./lost-response.ts";
import { alignFollowers } from "./patch-followers.ts";
import { override } from "./preflight-gate.ts";
import { type Ahead, lookAhead } from "./read-readiness.ts";
import { type RouteSnapshot, readRoute } from "./read-route.ts";
import {
  afterAttempt,
  afterBlindRead,
  afterWait,
  afterWriteInHurryMs,
  end,
  type NextReconcile,
  outOfTime,
} from "./requeue.ts";
import type { RunContext, RunOptions } from "./run-context.ts";
import { decidedBack, keepRecord, newRunMemory, type RunMemory } from "./run-memory.ts";
import { noticeVersion } from "./stale-read.ts";

/** Turn after turn until the record says that what was asked for has come true, or that it will not. */
export async function reconcile(ports: Ports, plan: Plan | undefined, order: RunOptions): Promise<Outcome> {
  const inHurry = cancelBudget(ports.clock, ports.signal);
  const trip: RunContext = { ports, plan, order, inHurry, beganAt: ports.clock.now(), memory: newRunMemory() };
  for (;;) {
    trip.memory.turn += 1;
    const step = await turn(trip);
    if (step.kind === "end") return step.outcome;
    await ports.clock.sleep(step.afterMs, inHurry.isOn() ? undefined : ports.signal);
    await keepDistance(trip);
  }
}

/** A signal cuts the wait after a patch short, but not below the little that the server is due. */
async function keepDistance({ ports, memory, inHurry }: RunContext): Promise<void> {
  const sinceMs = memory.sent === undefined ? afterWriteInHurryMs : ports.clock.now() - memory.sent.at;
  if (inHurry.isOn() && sinceMs < afterWriteInHurryMs) await ports.clock.sleep(afterWriteInHurryMs - sinceMs);
}

async function turn(trip: RunContext): Promise<NextReconcile> {
  const { ports, memory, inHurry } = trip;
  if (inHurry.isOver()) return told(trip, outOfTime(memory, reason("cancel-time-over", {})));
  const ahead = await lookAhead(trip);
  const sight = await readRoute(ports, trip.plan, inHurry.readOptions(), memory);
  switch (sight.kind) {
    case "blind": {
      const step = afterBlindRead(trip, sight);
      if (step.kind === "end") return told(trip, step.outcome);
      ports.tell({
        at: undefined,
        state: memory.lastState,
        kind: "trouble",
        reason: sight.reason,
        waitMs: step.afterMs,
        warnings: [],
      });
      return step;
    }
    case "absent": {
      const { namespace, name, version } = ports.resource;
      const title = `${ports.driver.kubeKind} ${namespace}/${name}`;
      return told(trip, endings.notFound(memory.lastState !== undefined, title, version, sight.reason));
    }
    case "going-away":
      return told(trip, endings.goingAway(ports.route));
    case "corrupt": {
      const weights = ports.driver.weights(sight.object);
      return told(trip, endings.corruptRecord(asked(trip), memory.wroteItself, ports.route, sight.reason, weights));
    }
    case "seen":
      return seeing(trip, sight, ahead);
  }
}

function told(trip: RunContext, outcome: Outcome): NextReconcile {
  const { memory } = trip;
  trip.ports.tell({
    at: undefined,
    state: memory.lastState,
    kind: "finish",
    reason: outcome.reason,
    outcome,
    warnings: [],
    notes: memory.notes,
  });
  return end(outcome);
}

/** What a person needs besides the reason where somebody else moved the weights, or removed the record. */
function waysOut(
  { ports, memory }: RunContext,
  { code }: Outcome,
  sight: RouteSnapshot,
  seen: Observation,
): readonly Notice[] {
  if (code === "record-missing") return seen.unrecorded?.advice ?? [];
  if (code !== "drifted") return [];
  const state = sight.state ?? memory.lastState;
  const left = state === undefined ? [] : (ports.driver.leftBehind?.(sight.object, state) ?? []);
  const along = (sight.followers ?? []).flatMap(({ standing }) => waysBackOn(standing));
  return [...waysBack(sight.standing ?? sight.recalled?.standing), ...along, ...left];
}

const waysBackOn = (standing: FollowerStatus): readonly Notice[] =>
  standing.kind === "differs" ? (standing.advice ?? []) : [];

function waysBack(standing: SyncStatus | undefined): readonly Notice[] {
  if (standing === undefined || standing.kind === "as-recorded") return [];
  if (standing.kind === "differs") return standing.advice ?? [];
  return [{ reason: reason("restore-by-hand", {}), snippet: standing.remedy }];
}

function asked({ order, memory }: RunContext): RunRequest {
  const { dryRun: _, ...rest } = order;
  return { ...rest, startedAt: memory.startedAt, ...(memory.first === undefined ? {} : { first: memory.first }) };
}

/** Observe, decide, commit, tell. */
async function seeing(trip: RunContext, sight: RouteSnapshot, ahead: Ahead | undefined): Promise<NextReconcile> {
  const { ports, plan, memory } = trip;
  noticeFirst(trip, sight);
  const who = asked(trip);
  const { seen, judged } = await observe(trip, who, sight, ahead);
  override(memory, seen.selection?.warnings ?? []);
  const decision = decide(plan, who, sight.state, seen);
  noticeRecord(memory, plan, who, sight);
  const tell = (
    state: State | undefined,
    kind: ProgressUpdate["kind"],
    why: Reason,
    step: NextReconcile,
    object = sight.object,
  ): NextReconcile => {
    const next =
      step.kind === "end"
        ? { kind: "finish" as const, reason: step.outcome.reason, outcome: step.outcome }
        : { kind, reason: why, waitMs: step.afterMs };
    const evidence = judged === undefined ? {} : { judged };
    const refused = step.kind === "end" && step.outcome.name === "refused" && seen.findings.length > 0;
    ports.tell({
      at: sight.now,
      state,
      health: seen.health,
      sight: sightOf(ports, object, state, sight.others),
      warnings: warningsOf(memory, seen.selection, state),
      notes: eachOnce([...memory.notes, ...(step.kind === "end" ? waysOut(trip, step.outcome, sight, seen) : [])]),
      ...evidence,
      ...(refused ? { findings: seen.findings } : {}),
      ...next,
    });
    return step;
  };
  switch (decision.kind) {
    case "finish":
      return tell(sight.state, "finish", decision.reason, end(decision.outcome));
    case "wait":
      return tell(sight.state, "wait", decision.reason, afterWait(trip, who, sight.state, decision));
    case "follow": {
      noticeWayBack(trip, decision.state);
      const done = await alignFollowers(trip, sight, decision.state);
      const step = afterAttempt(trip, who, decision.state, done);
      const kind = done.kind === "applied" ? "commit" : "trouble";
      return tell(sight.state, kind, "reason" in done ? done.reason : decision.reason, step);
    }
    case "commit": {
      noticeWayBack(trip, decision.state);
      const done = await applyState(trip, sight, decision.state);
      const step = afterAttempt(trip, who, decision.state, done);
      if (done.kind === "applied") {
        noteOutlook(trip, sight.state, decision.state);
        return tell(decision.state, "commit", decision.reason, step, done.object);
      }
      return tell(sight.state, "trouble", done.kind === "ended" ? decision.reason : done.reason, step);
    }
  }
}

/** What this run was allowed to override, what the record allows, and what is odd about the route. */
function warningsOf(memory: RunMemory, selection: Selection | undefined, state: State | undefined): readonly Notice[] {
  const { warnings = [], created } = selection ?? {};
  const liberties = state === undefined || created !== undefined ? [] : optInNotices(state);
  return eachOnce([...memory.overridden, ...liberties, ...warnings]);
}

function noticeFirst({ ports, memory, order }: RunContext, sight: RouteSnapshot): void {
  const { now, state, record } = sight;
  noticeVersion(memory.versions, sight.object);
  resolveLostResponse(memory, sight);
  memory.startedAt ??= now;
  if (now !== undefined) memory.serverAheadMs = now - ports.clock.now();
  if (state === undefined) return;
  memory.first = sinceFirst(order.command, memory.first ?? firstSight(state), state);
  if (memory.sent !== undefined && hasLanded(memory.sent, order.me, record, state)) memory.wroteItself = true;
}

/** A patch whose answer was lost has landed where its record stands, or where the record names a run that it did not before. */
function hasLanded(sent: NonNullable<RunMemory["sent"]>, me: RunId, record: string | undefined, state: State): boolean {
  return record === sent.record || (sent.by === "newcomer" && state.tookPart.some((run) => sameRun(run, me)));
}

/** A run that finds its own rollout under way joins it, and counts from then on as having begun when that did. */
function noticeRecord(memory: RunMemory, plan: Plan | undefined, who: RunRequest, { state, uid }: RouteSnapshot): void {
  if (state === undefined) return;
  keepRecord(memory, state);
  if (plan === undefined || ownPlan(plan, who, state) === undefined) return;
  memory.sawOwnRecord = true;
  if (who.command === "run" && state.uid === uid && !isFinal(state)) memory.startedAt = state.startedAt;
}

/** A phase begins: what its traffic can show is said before anybody waits for it. */
function noteOutlook({ ports, plan, memory }: RunContext, before: State | undefined, now: State): void {
  const begins = before?.rollout !== now.rollout || before.phase !== now.phase;
  const line = plan !== undefined && begins && now.status === "progressing" ? ports.outlook?.(plan, now) : undefined;
  if (line !== undefined) memory.notes = eachOnce([...memory.notes, { reason: line }]);
}

function noticeWayBack({ memory, ports }: RunContext, wanted: State): void {
  const goesBack = isLowering(wanted);
  const { rollout, startedAt } = wanted;
  if (goesBack && decidedBack(memory, wanted) === undefined)
    memory.takesBack = { rollout, startedAt, reason: wanted.reason };
  // What went wrong on the way up slows nothing down on the way back.
  if (goesBack && memory.goingBackSince === undefined) memory.troubles = 0;
  memory.goingBackSince = goesBack ? (memory.goingBackSince ?? ports.clock.now()) : undefined;
}
