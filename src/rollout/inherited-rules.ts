import type { RecordedRule } from "./rollout-state.ts";
import { placeOf } from "./same-destination.ts";

/** The rules of an older, unfinished rollout that a newer one takes over: their recorded home weights stay, whatever they show now. */
export function inheritedRules(
  chosen: readonly RecordedRule[],
  older: readonly RecordedRule[],
): readonly RecordedRule[] {
  const sameAs = pairs(chosen, older);
  const moved = chosen.map((rule) => {
    const before = sameAs.get(rule);
    if (before === undefined) return rule;
    const home = rule.destinations.map((id, at) => {
      const place = placeOf(before.destinations, id);
      return place < 0 ? (rule.home[at] ?? null) : (before.home[place] ?? null);
    });
    return { ...rule, home };
  });
  const met = new Set(sameAs.values());
  const left = older.filter((rule) => !met.has(rule));
  return [...moved, ...left.map((rule) => ({ ...rule, atHome: true }))];
}

/**
 * Which rule of the older record each chosen one is, wherever it stands now: by a name that is unique, else by what it is;
 * of several that are alike, the one in the same place, else the first that is left.
 */
function pairs(
  chosen: readonly RecordedRule[],
  older: readonly RecordedRule[],
): ReadonlyMap<RecordedRule, RecordedRule> {
  const found = new Map<RecordedRule, RecordedRule>();
  const free = new Set(older);
  const pair = (alike: (rule: RecordedRule, other: RecordedRule) => boolean) => {
    for (const rule of chosen) {
      if (found.has(rule)) continue;
      const other = [...free].find((one) => one.list === rule.list && alike(rule, one));
      if (other === undefined) continue;
      found.set(rule, other);
      free.delete(other);
    }
  };
  const named = (rules: readonly RecordedRule[], { list, name }: RecordedRule) =>
    rules.filter((rule) => rule.list === list && rule.name === name).length;
  const isUnique = (rule: RecordedRule) => named(chosen, rule) === 1 && named(older, rule) === 1;
  pair((rule, other) => rule.name !== null && rule.name === other.name && isUnique(rule));
  pair((rule, other) => rule.key === other.key && rule.index === other.index);
  pair((rule, other) => rule.key === other.key);
  return found;
}
