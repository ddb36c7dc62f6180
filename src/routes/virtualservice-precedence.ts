import { coveringAmong, type RuleCondition } from "./match-prefix-index.ts";
import type { RuleReach, RuleView } from "./route-view.ts";
import type { Block } from "./virtualservice-match.ts";
import { isGuarded, mayMeet, textOfBlock } from "./virtualservice-match.ts";

/** Of each rule its match blocks; undefined for a rule without a match, which takes everything that reaches it. */
type Matches = ReadonlyMap<RuleView, readonly Block[] | undefined>;

const everything: Block = { gateways: undefined, uri: undefined, ignoreCase: false, conditions: new Map(), source: {} };

/** Reach where the first matching rule of a list wins. The matches are read when first asked for: most turns never do. */
export function reachInOrder(paths: readonly string[], read: () => Matches): RuleReach {
  let known: Matches | undefined;
  let byPath: ReadonlyMap<string, ReadonlyMap<RuleView, readonly Block[]>> | undefined;
  const blocksOf = (rule: RuleView) => {
    known ??= read();
    return known.get(rule) ?? [everything];
  };
  const on = (rule: RuleView, path: string) => {
    known ??= read();
    byPath ??= sorted(paths, known);
    return byPath.get(path)?.get(rule) ?? [];
  };
  const indexes = new Map<ReadonlyMap<RuleView, readonly Block[]>, ReturnType<typeof coveringAmong>>();
  const coveringOn = (path: string) => {
    known ??= read();
    byPath ??= sorted(paths, known);
    const blocks = byPath.get(path) ?? new Map<RuleView, readonly Block[]>();
    const index = indexes.get(blocks) ?? coveringAmong(entriesOf(blocks));
    indexes.set(blocks, index);
    return index;
  };
  // Mostly the entry paths share their blocks.
  const texts = new Map<readonly Block[], string>();
  const textOf = (blocks: readonly Block[]) => {
    const text = texts.get(blocks) ?? blocks.map(textOfBlock).sort().join("\n");
    texts.set(blocks, text);
    return text;
  };
  let last: { readonly of: readonly RuleView[]; readonly set: ReadonlySet<RuleView> } | undefined;
  const asSet = (rules: readonly RuleView[]) => {
    if (last?.of !== rules) last = { of: rules, set: new Set(rules) };
    return last.set;
  };
  return {
    paths,
    on: (rule, path) => on(rule, path).length > 0,
    takers: (rule, path, others) => {
      const among = coveringOn(path);
      const allowed = asSet(others);
      const takers = on(rule, path).map((block) => {
        const rivals = among(block).filter(({ rule: other }) => mayTake(other, rule) && allowed.has(other));
        return rivals.reduce<RuleView | undefined>(
          (first, { rule: other }) => (first === undefined || other.index < first.index ? other : first),
          undefined,
        );
      });
      const found = takers.filter((taker) => taker !== undefined);
      return found.length === takers.length ? [...new Set(found)] : [];
    },
    matchOn: (rule, path) => {
      const blocks = on(rule, path);
      return blocks.length === 0 ? undefined : textOf(blocks);
    },
    guarded: (rule) => blocksOf(rule).every(isGuarded),
    fallsTo: (rule, other) =>
      other.list === rule.list &&
      other.index > rule.index &&
      paths.some((path) =>
        on(rule, path).some((block) => on(other, path).some((next) => !isGuarded(next) && mayMeet(block, next))),
      ),
  };
}

function sorted(
  paths: readonly string[],
  matches: Matches,
): ReadonlyMap<string, ReadonlyMap<RuleView, readonly Block[]>> {
  const isSame = [...matches.values()].every(
    (blocks) => blocks?.every(({ gateways }) => gateways === undefined) ?? true,
  );
  if (isSame) {
    const everywhere = new Map([...matches].map(([rule, blocks]) => [rule, blocks ?? [everything]] as const));
    return new Map(paths.map((path) => [path, everywhere]));
  }
  const blocksOn = (blocks: readonly Block[], path: string) =>
    blocks.filter(({ gateways }) => gateways === undefined || gateways.includes(path));
  return new Map(
    paths.map((path) => [
      path,
      new Map([...matches].map(([rule, blocks]) => [rule, blocksOn(blocks ?? [everything], path)])),
    ]),
  );
}

const entriesOf = (blocks: ReadonlyMap<RuleView, readonly Block[]>): readonly RuleCondition[] =>
  [...blocks].flatMap(([rule, list]) => list.map((block) => ({ rule, block })));

/** A delegated rule takes only what the delegate's own rules match, which stand in another object. */
function mayTake(other: RuleView, rule: RuleView): boolean {
  return other.list === rule.list && other.index < rule.index && typeof other.sends === "string";
}
