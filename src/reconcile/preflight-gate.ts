import type { Finding } from "../base/reasons/finding.ts";
import { eachOnce, type Notice } from "../base/reasons/notice.ts";
import type { CallOptions } from "../ports/cluster.ts";
import type { Preflight } from "../ports/run-ports.ts";
import { isFinal, isPassing } from "../rollout/begin-or-supersede.ts";
import { type ExpectedDuration, stretchOf } from "../rollout/expected-duration.ts";
import { stateOn } from "../rollout/followers.ts";
import type { Selection } from "../rollout/observation.ts";
import { isOverride, withoutForced } from "../rollout/overridable-refusals.ts";
import type { Plan } from "../rollout/plan.ts";
import { plannedStates } from "../rollout/planned-states.ts";
import type { Follower, State } from "../rollout/rollout-state.ts";
import type { RunRequest } from "../rollout/run-request.ts";
import { aboutRoute, notAccepted, otherOf, versionOf } from "./read-followers.ts";
import type { RouteSnapshot } from "./read-route.ts";
import type { RunContext } from "./run-context.ts";
import { decidedBack, type RunMemory } from "./run-memory.ts";

const raising: readonly string[] = ["run", "promote", "resume", "preflight"];

/**
 * Preflight: once before the first write of this run, and again each turn while it stands in the way of a rollout that is
 * already under way, since what was missing may have come. `own` is the record, if it is this run's rollout.
 */
export async function preflightFindings(
  trip: RunContext,
  asked: RunRequest,
  sight: RouteSnapshot,
  own: State | undefined,
): Promise<readonly Finding[]> {
  return [...(await checked(trip, asked, sight, own)), ...notInForce(trip, asked, sight, own)];
}

/**
 * What the object itself says against a raise: each patch has to be accepted before the next one. It costs no request, so
 * it is looked at in every turn.
 */
function notInForce(
  { ports, plan, memory, inHurry }: RunContext,
  asked: RunRequest,
  sight: RouteSnapshot,
  own: State | undefined,
): readonly Finding[] {
  if (plan === undefined || inHurry.isOn() || !raising.includes(asked.command)) return [];
  const goesOn = own !== undefined && !isFinal(own);
  const begins = sight.selected?.kind === "selected" && (own === undefined || asked.command === "preflight");
  if (!goesOn && !begins) return [];
  const { left, notices } = withoutForced(ports.driver.acceptance?.(sight.object) ?? [], plan.target.force);
  const along = notAccepted(sight.others, plan);
  override(memory, [...notices, ...along.flatMap((one) => one.notices)]);
  return [...left, ...along.flatMap((one) => one.left)];
}

/** Keeps what was overridden: a rule that differed, or a subset that was empty, may soon look as if nothing had been. */
export function override(memory: RunMemory, notices: readonly Notice[]): void {
  const overridden = notices.filter(isOverride);
  if (overridden.length > 0) memory.overridden = eachOnce([...memory.overridden, ...overridden]);
}

async function checked(
  trip: RunContext,
  asked: RunRequest,
  sight: RouteSnapshot,
  own: State | undefined,
): Promise<readonly Finding[]> {
  const { ports, plan, memory, inHurry } = trip;
  if (plan === undefined || inHurry.isOn() || !raising.includes(asked.command)) return [];
  const goesOn = own !== undefined && !isFinal(own) ? own : undefined;
  const stands = own !== undefined && isFinal(own) && sight.standing?.kind === "as-recorded";
  if (stands && asked.command !== "preflight") return [];
  const choice = goesOn === undefined ? chosen(sight) : recorded(goesOn);
  if (choice === undefined) return sight.selected?.kind === "refused" ? sight.selected.findings : [];
  const known = memory.findings;
  // Nothing of it stands in the way of a way back, and each question would stand between its read and its patch.
  if (decidedBack(memory, goesOn) !== undefined) return known ?? [];
  const version = [sight.object.metadata.resourceVersion, ...sight.others.map(versionOf)].join();
  // Before the first write somebody may change the route, or take it over: then all is asked about anew.
  const stillHolds =
    goesOn === undefined ? memory.foreseenAt === version && !known?.some(isPassing) : known?.length === 0;
  if (known !== undefined && stillHolds) return known;
  const states = plannedStates(plan, asked, sight.uid, choice, sight.state, sight.now ?? 0);
  const stretch = stretchOf(plan, asked, sight.state);
  const options = inHurry.readOptions();
  const measuring = goesOn === undefined && sight.now !== undefined ? ports.freeze : undefined;
  const followers = goesOn?.followers ?? choice.followers?.map(({ follower }) => follower) ?? [];
  const [found, measured, ...along] = await Promise.all([
    ports.preflight(sight.object, plan, states, choice, sight.now, options, stretch),
    measuring?.(plan, choice, sight.now ?? 0, options),
    ...followers.map((follower) => foreseeOn(follower, plan, states, sight, options, stretch)),
  ]);
  memory.frozen = measured?.frozen;
  memory.findings = [...found.findings, ...(measured?.findings ?? []), ...along.flatMap((one) => one.findings)];
  memory.foreseenAt = version;
  const notices = [...found.notices, ...along.flatMap((one) => one.notices)];
  memory.notes = [
    ...notices.filter((one) => !isOverride(one)),
    ...(measured?.notes ?? []).map((note) => ({ reason: note })),
  ];
  override(memory, notices);
  return memory.findings;
}

/** What stands in the way of a route that is to move along: it is asked like the first one, and a finding names it. */
async function foreseeOn(
  follower: Follower,
  plan: Plan,
  states: readonly State[],
  sight: RouteSnapshot,
  options: CallOptions,
  stretch: ExpectedDuration,
): Promise<Awaited<ReturnType<Preflight>>> {
  const found = otherOf(sight.others, follower)?.found;
  if (found?.kind !== "found") return { findings: [], notices: [] };
  const { stable, canary, rules, total } = follower;
  const selection: Selection = { stable, canary, rules, total, share: 0, warnings: [] };
  const there = states.map((state) => stateOn(state, follower));
  const told = await found.ports.preflight(found.object, plan, there, selection, sight.now, options, stretch);
  return { findings: aboutRoute(follower, told.findings), notices: aboutRoute(follower, told.notices) };
}

const chosen = ({ selected }: RouteSnapshot): Selection | undefined =>
  selected?.kind === "selected" ? selected.selection : undefined;

const recorded = (state: State): Selection => ({
  stable: state.stable,
  canary: state.canary,
  rules: state.rules,
  total: state.total,
  share: state.weight,
  warnings: [],
});
