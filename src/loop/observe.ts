import type { Verdict as Judged } from "../judge/types.ts";
import type { Ports, Readiness, Versions } from "../ports.ts";
import { ahead } from "../rollout/ahead.ts";
import { type Asked, sameRun } from "../rollout/asked.ts";
import { mustGoBack } from "../rollout/drive.ts";
import type { Finding, Health, Observation, Selection, Verdict } from "../rollout/observation.ts";
import { isFinal } from "../rollout/order.ts";
import type { Plan } from "../rollout/plan.ts";
import type { State } from "../rollout/state.ts";
import { watchOf } from "../rollout/steps.ts";
import type { Hurry } from "./hurry.ts";
import type { Seen } from "./look.ts";
import type { Memory } from "./memory.ts";

/** Gathers what one turn decides on. What is not needed is not asked: past a deadline no metric source is. */
export async function observe(
  ports: Ports,
  plan: Plan | undefined,
  asked: Asked,
  sight: Seen,
  memory: Memory,
  inHurry: Hurry,
): Promise<{ seen: Observation; judged: Judged | undefined }> {
  const selection = sight.selected?.kind === "selected" ? sight.selected.selection : undefined;
  const own = plan !== undefined && sight.state !== undefined && isOwn(plan, asked, sight.state);
  const health = await lookAtHealth(ports, asked, sight, selection, own, memory, inHurry);
  const findings = await lookAhead(ports, plan, asked, sight, selection, own, memory, inHurry);
  const rejected = memory.refused?.version === sight.object.metadata.resourceVersion ? memory.refused : undefined;
  const before: Observation = {
    now: sight.now,
    uid: sight.uid,
    ...(selection === undefined ? {} : { selection }),
    findings,
    ...(sight.standing === undefined ? {} : { standing: sight.standing }),
    health,
    abort: inHurry.isOn(),
    run: {
      sawOwnRecord: memory.sawOwnRecord,
      wroteItself: memory.wroteItself,
      ...(rejected === undefined ? {} : { rejected }),
    },
  };
  const judged = own && plan !== undefined ? await judge(ports, plan, asked, sight, before) : undefined;
  const seen = { ...before, ...(judged === undefined ? {} : { verdict: verdictOf(judged) }), abort: inHurry.isOn() };
  return { seen, judged };
}

/** This run's rollout, or the one that a scheduled run or a command goes on with. */
function isOwn(plan: Plan, asked: Asked, state: State): boolean {
  if (state.rollout === plan.rollout) return true;
  return (asked.command !== "run" || (asked.onlyContinues && !asked.revisionGiven)) && state.planDigest === plan.digest;
}

const unchecked: Readiness = { stable: "unchecked", canary: "unchecked", because: "not looked at" };

async function lookAtHealth(
  ports: Ports,
  asked: Asked,
  sight: Seen,
  selection: Selection | undefined,
  own: boolean,
  memory: Memory,
  inHurry: Hurry,
): Promise<Health> {
  const unfinished = sight.state !== undefined && !isFinal(sight.state);
  const needed = asked.command === "rollback" || unfinished || selection !== undefined;
  const idle = asked.command === "status" || asked.command === "pause";
  const versions: Versions | undefined =
    (own || asked.command !== "run") && sight.state !== undefined ? sight.state : (selection ?? sight.state);
  const found =
    needed && !idle && versions !== undefined ? await ports.readiness(versions, inHurry.readinessOptions()) : unchecked;
  if (found.canary === "empty") memory.emptySince ??= ports.clock.now();
  else memory.emptySince = undefined;
  const canaryEmptyMs = memory.emptySince === undefined ? 0 : ports.clock.now() - memory.emptySince;
  return { ...found, canaryEmptyMs };
}

/**
 * Preflight, once before the first write of this run, and again each turn while it stands in the way of a rollout that is
 * already under way: what was missing may have come.
 */
async function lookAhead(
  ports: Ports,
  plan: Plan | undefined,
  asked: Asked,
  sight: Seen,
  selection: Selection | undefined,
  own: boolean,
  memory: Memory,
  inHurry: Hurry,
): Promise<readonly Finding[]> {
  const drives = asked.command === "run" || asked.command === "promote" || asked.command === "resume";
  if (plan === undefined || !drives || inHurry.isOn()) return [];
  const goesOn = own && sight.state !== undefined && !isFinal(sight.state);
  const finished = own && sight.state !== undefined && isFinal(sight.state) && sight.standing?.kind === "as-recorded";
  if (finished) return [];
  const choice = goesOn && sight.state !== undefined ? recordedSelection(sight.state) : selection;
  if (choice === undefined) return sight.selected?.kind === "refused" ? sight.selected.problems : [];
  const settled = memory.findings !== undefined && (memory.findings.length === 0 || !goesOn);
  if (memory.findings !== undefined && settled) return memory.findings;
  const states = ahead(plan, asked, sight.uid, choice, sight.state, sight.now ?? 0);
  const result = await ports.preflight(sight.object, plan, states, choice, sight.now, inHurry.readOptions());
  memory.findings = result.findings;
  memory.notes = result.notes;
  return result.findings;
}

const recordedSelection = (state: State): Selection => ({
  stable: state.stable,
  canary: state.canary,
  rules: state.rules,
  total: state.total,
  share: state.weight,
  warnings: [],
});

async function judge(
  ports: Ports,
  plan: Plan,
  asked: Asked,
  sight: Seen,
  seen: Observation,
): Promise<Judged | undefined> {
  const { state, now } = sight;
  if (state === undefined || now === undefined || seen.abort) return undefined;
  if (asked.command !== "run" && !(state.by !== null && sameRun(state.by, asked.me))) return undefined;
  const watched = state.status === "progressing" || (state.status === "paused" && state.cause === "until");
  if (!watched || now < watchOf(plan, state) || seen.standing?.kind !== "as-recorded") return undefined;
  if (mustGoBack(state, seen) !== undefined) return undefined;
  return ports.evidence(plan, state, now, ports.signal);
}

/** The judge's four words as the core reads them: a pass, a fail, or undecided and what is lacking. */
export function verdictOf(judged: Judged): Verdict {
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
