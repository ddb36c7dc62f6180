import { canonical } from "./fields.ts";
import type { Ranked } from "./gateway-match.ts";
import { covers, isGuarded, mayMeet } from "./match.ts";
import type { Reach, RuleView } from "./route.ts";

/** All rules of a Gateway API route apply on all of its parents alike, so there is one entry path to speak of. */
const everywhere = "any parent";

/**
 * Reach where the more specific match wins wherever it stands, and of equal ones the earlier. The matches are read when
 * first asked for: most turns never do.
 */
export function reachBySpecificity(read: () => ReadonlyMap<RuleView, readonly Ranked[]>): Reach {
  let known: ReadonlyMap<RuleView, readonly Ranked[]> | undefined;
  const matchesOf = (rule: RuleView): readonly Ranked[] => {
    known ??= read();
    return known.get(rule) ?? [];
  };
  return {
    paths: [everywhere],
    on: () => true,
    takers: (rule, _, others) => {
      const found = matchesOf(rule).map((match) =>
        others.find((other) => other !== rule && matchesOf(other).some((rival) => takes(rival, other, match, rule))),
      );
      const takers = found.filter((taker) => taker !== undefined);
      return takers.length === found.length ? [...new Set(takers)] : [];
    },
    matchOn: (rule) =>
      matchesOf(rule)
        .map(({ block }) => canonical([block.uri, Object.fromEntries(block.conditions)]))
        .sort()
        .join("\n"),
    guarded: (rule) => matchesOf(rule).every(({ block }) => isGuarded(block)),
    fallsTo: (rule, other) =>
      other !== rule &&
      matchesOf(rule).some(({ block }) =>
        matchesOf(other).some((next) => !isGuarded(next.block) && mayMeet(block, next.block)),
      ),
  };
}

/** Whether nothing of a match is left to its rule because of a rival of another rule. */
function takes(rival: Ranked, other: RuleView, match: Ranked, rule: RuleView): boolean {
  if (!covers(rival.block, match.block)) return false;
  const order = compareRanks(rival.rank, match.rank);
  return order > 0 || (order === 0 && other.index < rule.index);
}

/** Above 0 where the first of two ranks is the more specific. */
export function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
