import type { RecordedRule } from "../rollout/rollout-state.ts";
import type { RuleView } from "./route-view.ts";

/** A recorded rule found in the object of this turn. */
export type FoundRule = {
  readonly touched: RecordedRule;
  readonly rule: RuleView;
  /** Where each recorded destination stands now, undefined for one that is gone. */
  readonly positions: readonly (number | undefined)[];
  /** Positions of destinations that the record does not know. */
  readonly added: readonly number[];
};

/**
 * Finds each recorded rule wherever it stands now: by its name if only one rule has it, otherwise by what it matches, and
 * between several of those by its destinations and its place. Undefined where it is gone or cannot be told from others.
 */
export function findRules(
  rules: readonly RuleView[],
  recorded: readonly RecordedRule[],
): readonly (FoundRule | undefined)[] {
  const byName = Map.groupBy(rules, ({ list, name }) => `${list} ${name ?? ""}`);
  const byKey = Map.groupBy(rules, ({ list, key }) => `${list} ${key}`);
  const taken = new Set<RuleView>();
  return recorded.map((touched) => {
    const sameName = touched.name === null ? [] : (byName.get(`${touched.list} ${touched.name}`) ?? []);
    const sameKey = byKey.get(`${touched.list} ${touched.key}`) ?? [];
    const rule = sameName.length === 1 ? sameName[0] : pick(touched, sameKey, recorded);
    if (rule === undefined || taken.has(rule)) return undefined;
    taken.add(rule);
    return { touched, rule, ...placed(touched, rule) };
  });
}

function pick(
  touched: RecordedRule,
  candidates: readonly RuleView[],
  recorded: readonly RecordedRule[],
): RuleView | undefined {
  if (candidates.length < 2) return candidates[0];
  const alike = candidates.filter((rule) => sameDestinations(touched, rule));
  const pool = alike.length > 0 ? alike : candidates;
  if (pool.length === 1) return pool[0];
  const here = pool.find(({ index }) => index === touched.index);
  if (here !== undefined) return here;
  // Rules that moved together kept their order, so the first twin of the record is the first twin of the object.
  const twins = recorded.filter(({ list, key }) => list === touched.list && key === touched.key);
  const rank = twins.toSorted((a, b) => a.index - b.index).indexOf(touched);
  return pool.length === twins.length ? pool[rank] : undefined;
}

function sameDestinations(touched: RecordedRule, rule: RuleView): boolean {
  const there = rule.destinations.map(({ id }) => id).sort();
  const known = touched.destinations.toSorted();
  return there.length === known.length && there.every((id, index) => id === known[index]);
}

/** Destinations are found by identity; where several share one, the first belongs to the first. */
function placed(touched: RecordedRule, rule: RuleView): Pick<FoundRule, "positions" | "added"> {
  const free = new Set(rule.destinations.keys());
  const positions = touched.destinations.map((id) => {
    for (const position of free) {
      if (rule.destinations[position]?.id !== id) continue;
      free.delete(position);
      return position;
    }
    return undefined;
  });
  return { positions, added: [...free] };
}
