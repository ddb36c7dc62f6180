import { ahead } from "../rollout/ahead.ts";
import type { Asked } from "../rollout/asked.ts";
import { isOverride, withoutForced } from "../rollout/force.ts";
import type { Finding, Selection } from "../rollout/observation.ts";
import { isFinal, isPassing } from "../rollout/order.ts";
import type { State } from "../rollout/state.ts";
import { stretchOf } from "../rollout/stretch.ts";
import type { Seen } from "./look.ts";
import type { Memory } from "./memory.ts";
import type { Trip } from "./trip.ts";

const raising: readonly string[] = ["run", "promote", "resume", "preflight"];

/**
 * Preflight: once before the first write of this run, and again each turn while it stands in the way of a rollout that is
 * already under way, since what was missing may have come. `own` is the record, if it is this run's rollout.
 */
export async function foresee(
  trip: Trip,
  asked: Asked,
  sight: Seen,
  own: State | undefined,
): Promise<readonly Finding[]> {
  return [...(await checked(trip, asked, sight, own)), ...notInForce(trip, asked, sight, own)];
}

/**
 * What the object itself says against a raise: each patch has to be accepted before the next one. It costs no request, so
 * it is looked at in every turn.
 */
function notInForce(
  { ports, plan, memory, inHurry }: Trip,
  asked: Asked,
  sight: Seen,
  own: State | undefined,
): readonly Finding[] {
  if (plan === undefined || inHurry.isOn() || !raising.includes(asked.command)) return [];
  const goesOn = own !== undefined && !isFinal(own);
  const begins = sight.selected?.kind === "selected" && (own === undefined || asked.command === "preflight");
  const found = goesOn || begins ? (ports.driver.acceptance?.(sight.object) ?? []) : [];
  const { left, notes } = withoutForced(found, plan.target.force);
  override(memory, notes);
  return left;
}

/** Keeps what was overridden: a rule that differed, or a subset that was empty, may soon look as if nothing had been. */
export function override(memory: Memory, lines: readonly string[]): void {
  const fresh = lines.filter((line) => isOverride(line) && !memory.overridden.includes(line));
  if (fresh.length > 0) memory.overridden = [...memory.overridden, ...fresh];
}

async function checked(trip: Trip, asked: Asked, sight: Seen, own: State | undefined): Promise<readonly Finding[]> {
  const { ports, plan, memory, inHurry } = trip;
  if (plan === undefined || inHurry.isOn() || !raising.includes(asked.command)) return [];
  const goesOn = own !== undefined && !isFinal(own) ? own : undefined;
  const stands = own !== undefined && isFinal(own) && sight.standing?.kind === "as-recorded";
  if (stands && asked.command !== "preflight") return [];
  const choice = goesOn === undefined ? chosen(sight) : recorded(goesOn);
  if (choice === undefined) return sight.selected?.kind === "refused" ? sight.selected.problems : [];
  const known = memory.findings;
  const version = sight.object.metadata.resourceVersion;
  // Before the first write somebody may change the route, or take it over: then all is asked about anew.
  const stillHolds =
    goesOn === undefined ? memory.foreseenAt === version && !known?.some(isPassing) : known?.length === 0;
  if (known !== undefined && stillHolds) return known;
  const states = ahead(plan, asked, sight.uid, choice, sight.state, sight.now ?? 0);
  const stretch = stretchOf(plan, asked, sight.state);
  const options = inHurry.readOptions();
  const measuring = goesOn === undefined && sight.now !== undefined ? ports.freeze : undefined;
  const [found, measured] = await Promise.all([
    ports.preflight(sight.object, plan, states, choice, sight.now, options, stretch),
    measuring?.(plan, choice, sight.now ?? 0, options),
  ]);
  memory.frozen = measured?.frozen;
  memory.findings = [...found.findings, ...(measured?.findings ?? [])];
  memory.foreseenAt = version;
  memory.notes = [...found.notes, ...(measured?.notes ?? [])].filter((note) => !isOverride(note));
  override(memory, found.notes);
  return memory.findings;
}

const chosen = ({ selected }: Seen): Selection | undefined =>
  selected?.kind === "selected" ? selected.selection : undefined;

const recorded = (state: State): Selection => ({
  stable: state.stable,
  canary: state.canary,
  rules: state.rules,
  total: state.total,
  share: state.weight,
  warnings: [],
});
