import type { Reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { isLowering } from "../rollout/begin-or-supersede.ts";
import * as endings from "../rollout/build-outcomes.ts";
import { drivesOn } from "../rollout/decide-promote-resume.ts";
import type { Decision } from "../rollout/decision.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { State } from "../rollout/rollout-state.ts";
import type { RunRequest } from "../rollout/run-request.ts";
import { troublePaceMs } from "./backoff.ts";
import type { PatchAttempt, RunContext } from "./run-context.ts";
import type { RunMemory } from "./run-memory.ts";

/** What follows a turn: the end, or another turn after a while. */
export type NextReconcile =
  | { readonly kind: "end"; readonly outcome: Outcome }
  | { readonly kind: "again"; readonly afterMs: Millis };

/** Two patches of one run are at least this far apart, and a read this long after a patch meets no status write. */
const afterWriteMs = 1_000;
export const afterWriteInHurryMs = 200;
/** How long a server may stay silent before its first answer, and past the deadline; how long a command may take, and a way back. */
const firstAnswerMs = 30_000;
const silentMs = 10 * 60_000;
const commandMs = 5 * 60_000;
const goingBackMs = 60 * 60_000;

export const end = (outcome: Outcome): NextReconcile => ({ kind: "end", outcome });
const again = (afterMs: Millis): NextReconcile => ({ kind: "again", afterMs });

const isLastTurn = ({ order, memory }: RunContext) =>
  order.dryRun || (order.turns !== undefined && memory.turn >= order.turns);

export function afterWait(
  trip: RunContext,
  asked: RunRequest,
  state: State | undefined,
  decision: Extract<Decision, { kind: "wait" }>,
): NextReconcile {
  const { ports, order, memory } = trip;
  memory.troubles = 0;
  if (order.dryRun) return end(endings.nothingToWrite(decision.reason));
  if (isLastTurn(trip)) return end(endings.turnsUsedUp(ownState(memory), decision.reason));
  const tooLong = !mayWait(memory, asked, state) && ports.clock.now() - trip.beganAt > commandMs;
  return tooLong ? end(endings.unreachable(decision.reason, false)) : again(decision.ms);
}

/** A run that drives may wait, its deadline stands in the record; who only wants to begin or to command may not for ever. */
function mayWait(memory: RunMemory, asked: RunRequest, state: State | undefined): boolean {
  if (state === undefined) return false;
  if (state.status === "held") return true;
  return asked.command === "run" ? memory.sawOwnRecord : drivesOn(asked, state);
}

const ownState = (memory: RunMemory): State | undefined => (memory.sawOwnRecord ? memory.lastState : undefined);

/** What follows from one attempt to write. A refusal is not interpreted: the next read says what is true. */
export function afterAttempt(trip: RunContext, asked: RunRequest, wanted: State, done: PatchAttempt): NextReconcile {
  const { ports, memory, inHurry } = trip;
  if (done.kind === "ended") return end(done.outcome);
  if (done.kind === "applied") {
    memory.troubles = 0;
    const { left } = done;
    // What did not go home is tried again for as long as there is time, and named where there is none.
    if (left !== undefined && !isLastTurn(trip) && (!inHurry.isOn() || inHurry.hasTimeForAnother()))
      return again(inHurry.isOn() ? afterWriteInHurryMs : afterWriteMs);
    if (left !== undefined) return end(endings.notAllHome(endings.afterLastTurn(asked, wanted), left));
    memory.goingBackSince = undefined;
    // A raise that was under way when the signal came may have landed: only a way back ends a cancelled run.
    if (isLastTurn(trip) || (inHurry.isOn() && isLowering(wanted))) return end(endings.afterLastTurn(asked, wanted));
    return again(inHurry.isOn() ? afterWriteInHurryMs : afterWriteMs);
  }
  memory.troubles += 1;
  const isFromMemory = isLowering(wanted) && memory.seenAt < memory.turn;
  if (isLastTurn(trip) && isFromMemory) return end(endings.notPutBack(done.reason));
  if (isLastTurn(trip)) return end(endings.turnsUsedUp(ownState(memory), done.reason));
  const since = memory.goingBackSince;
  if (since !== undefined && ports.clock.now() - since > goingBackMs)
    return end(endings.rejectedForGood(done.reason, { triedMs: goingBackMs }));
  if (!inHurry.isOn()) return again(afterTroubleMs(trip, done));
  return inHurry.hasTimeForAnother() ? again(afterWriteInHurryMs) : end(endings.unknownState(done.reason));
}

/** A way back keeps its pace from patch to patch: what the answer took does not come on top of it. */
function afterTroubleMs(
  { ports, memory }: RunContext,
  done: Extract<PatchAttempt, { kind: "refused" | "unknown" }>,
): Millis {
  const paceMs = troublePaceMs(memory, ports.random(), done.retryAfterMs);
  if (memory.goingBackSince === undefined || done.sentAt === undefined) return paceMs;
  return Math.max(afterWriteInHurryMs, paceMs - (ports.clock.now() - done.sentAt));
}

const hasSeenNothing = (memory: RunMemory) => memory.serverAheadMs === undefined && memory.lastState === undefined;

/** The seconds after a cancel are used up. */
export const outOfTime = (memory: RunMemory, says: Reason): Outcome =>
  hasSeenNothing(memory) && memory.sent === undefined ? endings.cancelledUnseen(says) : endings.unknownState(says);

type BlindRead = { readonly reason: Reason; readonly denied: boolean; readonly retryAfterMs?: Millis };

export function afterBlindRead(trip: RunContext, read: BlindRead): NextReconcile {
  const { ports, memory, inHurry } = trip;
  memory.troubles += 1;
  const sinceBeganMs = ports.clock.now() - trip.beganAt;
  if (hasSeenNothing(memory) && (read.denied || sinceBeganMs > firstAnswerMs))
    return end(endings.unreachable(read.reason, read.denied));
  // A cancel may find this run's rollout under way, which then has to go back: so the question is put once more.
  if (inHurry.isOn())
    return inHurry.hasTimeForAnother() ? again(afterWriteInHurryMs) : end(outOfTime(memory, read.reason));
  if (isLastTurn(trip) || isHopeless(trip, sinceBeganMs)) return end(endings.unknownState(read.reason));
  return again(troublePaceMs(memory, ports.random(), read.retryAfterMs));
}

/** The API server has been silent until long after the deadline, or a command has waited as long as a command may. */
function isHopeless({ ports, memory }: RunContext, sinceBeganMs: Millis): boolean {
  const { lastState, serverAheadMs } = memory;
  if (lastState === undefined || serverAheadMs === undefined) return sinceBeganMs > commandMs;
  return ports.clock.now() + serverAheadMs > lastState.deadline + silentMs;
}
