import type { RecordedRule, State } from "./rollout-state.ts";
import { placeOf } from "./same-destination.ts";

/**
 * The weights that each touched rule must show now, in the order of `state.rules` and of each rule's destinations.
 * Always computed from the home weights, never from the last phase, so that rounding cannot drift.
 */
export function weightsOf(state: State): readonly (readonly number[])[] {
  return state.rules.map((rule) => (goesHome(state, rule) ? homeOf(rule) : phaseWeights(state, rule)));
}

/** Whether a rule must stand at its home weights: after a rollback, or because only an older rollout moved it. */
export function goesHome(state: Pick<State, "status">, rule: Pick<RecordedRule, "atHome">): boolean {
  return state.status === "rolled-back" || rule.atHome;
}

function homeOf(rule: RecordedRule): readonly number[] {
  return rule.home.map((weight) => weight ?? 0);
}

function phaseWeights(state: State, rule: RecordedRule): readonly number[] {
  const canary = placeOf(rule.destinations, state.canary);
  const stable = placeOf(rule.destinations, state.stable);
  // A rule without both versions cannot carry a share; no selection makes one, and moving traffic by guess is worse than leaving it.
  if (canary < 0 || stable < 0) return homeOf(rule);
  const canaryWeight = Math.round((state.weight * state.total) / 100);
  if (state.others === "fixed") return besideFixed(state, rule, { canary, stable, canaryWeight });
  const shares = homeOf(rule).map((weight, index) => (index === canary ? 0 : weight));
  if (!shares.some((share) => share > 0)) shares[stable] = 1;
  const weights = apportion(state.total - canaryWeight, shares);
  weights[canary] = canaryWeight;
  return weights;
}

type Places = { readonly canary: number; readonly stable: number; readonly canaryWeight: number };

/** What third destinations hold when they keep their share; the rest belongs to stable and canary. */
export function fixedUnits(
  { canary, stable, total }: Pick<State, "canary" | "stable" | "total">,
  rule: RecordedRule,
): number {
  const [canaryAt, stableAt] = [placeOf(rule.destinations, canary), placeOf(rule.destinations, stable)];
  return atHome(rule, total).reduce(
    (sum, units, index) => (index === canaryAt || index === stableAt ? sum : sum + units),
    0,
  );
}

/** 100 % means all that is not fixed; what does not fit is refused before it is written, so stable never goes below 0. */
function besideFixed(state: State, rule: RecordedRule, { canary, stable, canaryWeight }: Places): readonly number[] {
  const free = state.total - fixedUnits(state, rule);
  const weights = [...atHome(rule, state.total)];
  weights[canary] = Math.min(canaryWeight, free);
  weights[stable] = free - weights[canary];
  return weights;
}

function atHome(rule: RecordedRule, total: number): readonly number[] {
  const home = homeOf(rule);
  return home.some((weight) => weight > 0) ? apportion(total, home) : home.map(() => 0);
}

/** Splits whole units in the ratio of the shares by largest remainder; of equal remainders the earlier one is served first. */
function apportion(units: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  const parts = shares.map((share, index) => {
    const remainder = (share * units) % sum;
    return { index, remainder, whole: (share * units - remainder) / sum };
  });
  const left = units - parts.reduce((total, part) => total + part.whole, 0);
  const favoured = new Set(
    parts
      .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index)
      .slice(0, left)
      .map((part) => part.index),
  );
  return parts.map((part) => part.whole + (favoured.has(part.index) ? 1 : 0));
}
