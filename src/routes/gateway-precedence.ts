import { canonicalText } from "../base/content-digest.ts";
import type { Ranked } from "./gateway-match.ts";
import { coveringAmong } from "./match-prefix-index.ts";
import type { RuleReach, RuleView } from "./route-view.ts";
import { type Block, isGuarded, mayMeet } from "./virtualservice-match.ts";

/** All rules of a Gateway API route apply on all of its parents alike, so there is one entry path to speak of. */
const everywhere = "any parent";

/**
 * Reach where the more specific match wins wherever it stands, and of equal ones the earlier. The matches are read when
 * first asked for: most turns never do.
 */
export function reachBySpecificity(read: () => ReadonlyMap<RuleView, readonly Ranked[]>): RuleReach {
  let known: ReadonlyMap<RuleView, readonly Ranked[]> | undefined;
  const matchesOf = (rule: RuleView): readonly Ranked[] => {
    known ??= read();
    return known.get(rule) ?? [];
  };
  let among: ReturnType<typeof coveringAmong> | undefined;
  const ranks = new Map<Block, readonly number[]>();
  /** Entries that cover a match, whatever their rank. */
  const coverers = (block: Block) => {
    known ??= read();
    if (among === undefined) {
      const entries = [...known].flatMap(([rule, matches]) => matches.map((match) => ({ rule, ...match })));
      for (const { block: other, rank } of entries) ranks.set(other, rank);
      among = coveringAmong(entries);
    }
    return among(block);
  };
  return {
    paths: [everywhere],
    on: () => true,
    takers: (rule, _, others) => {
      const allowed = new Set(others);
      const found = matchesOf(rule).map((match) => {
        const rivals = coverers(match.block).filter(
          ({ rule: other, block }) =>
            other !== rule && allowed.has(other) && wins(ranks.get(block) ?? [], other, match, rule),
        );
        return rivals.reduce<RuleView | undefined>(
          (first, { rule: other }) => (first === undefined || other.index < first.index ? other : first),
          undefined,
        );
      });
      const takers = found.filter((taker) => taker !== undefined);
      return takers.length === found.length ? [...new Set(takers)] : [];
    },
    matchOn: (rule) =>
      matchesOf(rule)
        .map(({ block }) => canonicalText([block.uri, Object.fromEntries(block.conditions)]))
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

/** Whether a rival that covers a match of a rule leaves nothing of it. */
function wins(rank: readonly number[], other: RuleView, match: Ranked, rule: RuleView): boolean {
  const order = compareRanks(rank, match.rank);
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
