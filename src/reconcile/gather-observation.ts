import type { Judged } from "../ports/run-ports.ts";
import { drivesOn } from "../rollout/decide-promote-resume.ts";
import { asWatched } from "../rollout/followers.ts";
import type { Observation } from "../rollout/observation.ts";
import type { Plan } from "../rollout/plan.ts";
import { rollbackReason } from "../rollout/rollback-reasons.ts";
import type { State } from "../rollout/rollout-state.ts";
import { type RunRequest, sameRun } from "../rollout/run-request.ts";
import { watchOf } from "../rollout/transitions.ts";
import { preflightFindings } from "./preflight-gate.ts";
import { type Ahead, lookAtHealth } from "./read-readiness.ts";
import type { RouteSnapshot } from "./read-route.ts";
import type { RunContext } from "./run-context.ts";
import { decidedBack } from "./run-memory.ts";

/** Gathers what one turn decides on. What is not needed is not asked: past a deadline no metric source is. */
export async function observe(
  trip: RunContext,
  asked: RunRequest,
  sight: RouteSnapshot,
  ahead: Ahead | undefined,
): Promise<{ seen: Observation; judged: Judged | undefined }> {
  const { ports, plan, memory, inHurry } = trip;
  const selection = sight.selected?.kind === "selected" ? sight.selected.selection : undefined;
  const record = sight.state ?? sight.recalled?.state;
  const own = isOwn(plan, asked, record) ? record : undefined;
  const health = await lookAtHealth(trip, asked, sight, own, ahead);
  const findings = await preflightFindings(trip, asked, sight, own);
  const takesBack = decidedBack(memory, record);
  const rejected = memory.refused?.version === sight.object.metadata.resourceVersion ? memory.refused : undefined;
  const before: Observation = {
    now: sight.now,
    uid: sight.uid,
    ...(selection === undefined ? {} : { selection }),
    findings,
    ...(sight.standing === undefined ? {} : { standing: sight.standing }),
    ...(sight.state === undefined ? withoutRecord(trip, asked, sight, own) : {}),
    ...(sight.followers === undefined ? {} : { followers: sight.followers }),
    ...(sight.agreedAt === undefined ? {} : { agreedAt: sight.agreedAt }),
    ...(sight.state === undefined ? {} : { keepers: ports.driver.keepers?.(sight.object) ?? [] }),
    ...(memory.frozen === undefined ? {} : { frozen: memory.frozen }),
    health,
    abort: inHurry.isOn(),
    driverHasEnded: await hasDriverEnded(trip, asked, sight.state),
    run: {
      sawOwnRecord: memory.sawOwnRecord,
      wroteItself: memory.wroteItself,
      mayHaveWritten: memory.mayHaveWritten,
      ...(takesBack === undefined ? {} : { takesBack }),
      ...(rejected === undefined ? {} : { rejected }),
    },
  };
  const judged = plan !== undefined && own !== undefined ? await judge(trip, plan, asked, own, before) : undefined;
  const seen = {
    ...before,
    ...(judged === undefined ? {} : { verdict: judged }),
    // The signal may have come while the metrics were asked.
    abort: inHurry.isOn(),
  };
  return { seen, judged };
}

/** This run's rollout, or the one that a scheduled run or a command goes on with. */
function isOwn(plan: Plan | undefined, asked: RunRequest, state: State | undefined): state is State {
  if (plan === undefined || state === undefined) return false;
  if (state.rollout === plan.rollout) return true;
  const goesOnWith = asked.command !== "run" || (asked.onlyContinues && !asked.revisionGiven);
  return goesOnWith && state.planDigest === plan.digest;
}

function withoutRecord(
  { ports }: RunContext,
  asked: RunRequest,
  { object, now, recalled }: RouteSnapshot,
  own: State | undefined,
): Pick<Observation, "remembered" | "unrecorded"> {
  const unrecorded = ports.driver.unrecorded(object, now);
  const isDriven = own !== undefined && drivesOn(asked, own);
  return {
    ...(recalled === undefined ? {} : { remembered: { ...recalled, isDriven } }),
    ...(unrecorded === undefined ? {} : { unrecorded }),
  };
}

async function hasDriverEnded(
  { ports, memory }: RunContext,
  asked: RunRequest,
  state: State | undefined,
): Promise<boolean> {
  if (asked.command !== "sweep" || state?.status !== "progressing" || state.by === null) return false;
  if (memory.ended !== undefined && sameRun(memory.ended, state.by)) return true;
  const ended = await ports.hasEnded(state.by);
  if (ended) memory.ended = state.by;
  return ended;
}

async function judge({ ports }: RunContext, plan: Plan, asked: RunRequest, state: State, seen: Observation) {
  const { now } = seen;
  if (now === undefined || seen.abort) return undefined;
  if (!drivesOn(asked, state)) return undefined;
  const watched = state.status === "progressing" || (state.status === "paused" && state.cause === "until");
  if (!watched || now < watchOf(plan, state, seen.agreedAt) || seen.standing?.kind !== "as-recorded") return undefined;
  if (rollbackReason(state, seen) !== undefined) return undefined;
  return ports.evidence(plan, asWatched(state, seen.agreedAt), now, ports.signal);
}
