import type { Judged, Readiness } from "../ports.ts";
import type { Asked } from "../rollout/asked.ts";
import { mustGoBack } from "../rollout/drive.ts";
import { followersToRead } from "../rollout/followers.ts";
import type { Health, Observation, Selection, Side, Verdict } from "../rollout/observation.ts";
import { isFinal } from "../rollout/order.ts";
import type { Plan } from "../rollout/plan.ts";
import { drivesOn } from "../rollout/promote.ts";
import type { State } from "../rollout/state.ts";
import { watchOf } from "../rollout/steps.ts";
import { foresee } from "./foresee.ts";
import type { Seen } from "./look.ts";
import { otherOf } from "./others.ts";
import type { Trip } from "./trip.ts";

/** Gathers what one turn decides on. What is not needed is not asked: past a deadline no metric source is. */
export async function observe(
  trip: Trip,
  asked: Asked,
  sight: Seen,
): Promise<{ seen: Observation; judged: Judged | undefined }> {
  const { ports, plan, memory, inHurry } = trip;
  const selection = sight.selected?.kind === "selected" ? sight.selected.selection : undefined;
  const own = isOwn(plan, asked, sight.state) ? sight.state : undefined;
  const health = await lookAtHealth(trip, asked, sight, own);
  const findings = await foresee(trip, asked, sight, own);
  const takesBack = decidedBack(trip, sight.state);
  const rejected = memory.refused?.version === sight.object.metadata.resourceVersion ? memory.refused : undefined;
  const before: Observation = {
    now: sight.now,
    uid: sight.uid,
    ...(selection === undefined ? {} : { selection }),
    findings,
    ...(sight.standing === undefined ? {} : { standing: sight.standing }),
    ...(sight.followers === undefined ? {} : { followers: sight.followers }),
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
    ...(judged === undefined ? {} : { verdict: verdictOf(judged) }),
    // The signal may have come while the metrics were asked.
    abort: inHurry.isOn(),
  };
  return { seen, judged };
}

/** This run's rollout, or the one that a scheduled run or a command goes on with. */
function isOwn(plan: Plan | undefined, asked: Asked, state: State | undefined): state is State {
  if (plan === undefined || state === undefined) return false;
  if (state.rollout === plan.rollout) return true;
  const goesOnWith = asked.command !== "run" || (asked.onlyContinues && !asked.revisionGiven);
  return goesOnWith && state.planDigest === plan.digest;
}

function decidedBack({ memory: { takesBack } }: Trip, state: State | undefined): string | undefined {
  const same = state !== undefined && takesBack?.rollout === state.rollout && takesBack.startedAt === state.startedAt;
  return same ? takesBack.because : undefined;
}

async function hasDriverEnded({ ports }: Trip, asked: Asked, state: State | undefined): Promise<boolean> {
  if (asked.command !== "sweep" || state?.status !== "progressing" || state.by === null) return false;
  return ports.hasEnded(state.by);
}

const unchecked = { stable: "unchecked", canary: "unchecked", because: "not looked at" } as const;

async function lookAtHealth(trip: Trip, asked: Asked, sight: Seen, own: State | undefined): Promise<Health> {
  const { ports, memory } = trip;
  const { state, selected } = sight;
  const selection = selected?.kind === "selected" ? selected.selection : undefined;
  const moves = asked.command !== "status" && asked.command !== "pause";
  const isDue = state !== undefined && (!isFinal(state) || asked.command === "rollback" || isNotAllHome(state));
  const going = isDue ? state : undefined;
  const beginning = asked.command === "run" && own === undefined ? selection : undefined;
  const versions = moves ? (beginning ?? going ?? selection) : undefined;
  const found = versions === undefined ? unchecked : await lookBehind(trip, sight, versions);
  if (found.canary === "empty") memory.emptySince ??= ports.clock.now();
  else memory.emptySince = undefined;
  return { ...found, canaryEmptyMs: memory.emptySince === undefined ? 0 : ports.clock.now() - memory.emptySince };
}

const isNotAllHome = (state: State): boolean => state.status === "rolled-back" && followersToRead(state).length > 0;

const worstFirst: readonly Side[] = ["empty", "unknown", "unchecked", "ready"];
const worse = (one: Side, other: Side): Side => worstFirst.find((side) => side === one || side === other) ?? one;

/** Who is ready behind the versions of every route. What several of them send to is asked once. */
async function lookBehind({ ports, inHurry }: Trip, sight: Seen, versions: State | Selection): Promise<Readiness> {
  const options = inHurry.readinessOptions();
  const followers = (versions.followers ?? []).map((one) => ("follower" in one ? one.follower : one));
  const asked = new Set([`${versions.stable} ${versions.canary}`]);
  const elsewhere = followers.flatMap((follower) => {
    const found = otherOf(sight.others, follower)?.found;
    const key = `${follower.stable} ${follower.canary}`;
    if (found?.kind !== "found" || asked.has(key)) return [];
    asked.add(key);
    return [found.ports.readiness(follower, options)];
  });
  const first = ports.readiness(versions, options);
  if (elsewhere.length === 0) return first;
  const [head, ...rest] = await Promise.all([first, ...elsewhere]);
  return rest.reduce(
    (all, one) => ({
      stable: worse(all.stable, one.stable),
      canary: worse(all.canary, one.canary),
      because: `${all.because}; ${one.because}`,
    }),
    head,
  );
}

async function judge({ ports }: Trip, plan: Plan, asked: Asked, state: State, seen: Observation) {
  const { now } = seen;
  if (now === undefined || seen.abort) return undefined;
  if (!drivesOn(asked, state)) return undefined;
  const watched = state.status === "progressing" || (state.status === "paused" && state.cause === "until");
  if (!watched || now < watchOf(plan, state) || seen.standing?.kind !== "as-recorded") return undefined;
  if (mustGoBack(state, seen) !== undefined) return undefined;
  return ports.evidence(plan, state, now, ports.signal);
}

/** The judge's four words as the core reads them: a pass, a fail, or undecided and what is lacking. */
function verdictOf(judged: Judged): Verdict {
  switch (judged.kind) {
    case "promote":
      return { kind: "pass", because: judged.because };
    case "rollback":
      return { kind: "fail", because: judged.because };
    case "not-enough-traffic":
      return { kind: "undecided", because: judged.because, lacking: judged.lacking };
    case "continue":
      return { kind: "undecided", because: judged.because, lacking: judged.blockedBy === "data" ? "data" : "traffic" };
  }
}
