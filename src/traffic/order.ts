import type { Block } from "./match.ts";
import { covers, isGuarded, mayMeet, textOfBlock } from "./match.ts";
import type { Reach, RuleView } from "./route.ts";

/** Of each rule its match blocks; undefined for a rule without a match, which takes everything that reaches it. */
export type Matches = ReadonlyMap<RuleView, readonly Block[] | undefined>;

const everything: Block = { gateways: undefined, uri: undefined, ignoreCase: false, conditions: new Map(), source: {} };

/** Reach where the first matching rule of a list wins. The matches are read when first asked for: most turns never do. */
export function reachInOrder(paths: readonly string[], read: () => Matches): Reach {
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
  return {
    paths,
    on: (rule, path) => on(rule, path).length > 0,
    takers: (rule, path, others) => {
      const earlier = others.filter((other) => mayTake(other, rule));
      const takers = on(rule, path).map((block) =>
        earlier.find((other) => on(other, path).some((candidate) => covers(candidate, block))),
      );
      const found = takers.filter((taker) => taker !== undefined);
      return found.length === takers.length ? [...new Set(found)] : [];
    },
    matchOn: (rule, path) => {
      const blocks = on(rule, path);
      return blocks.length === 0 ? undefined : blocks.map(textOfBlock).sort().join("\n");
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
  const blocksOn = (blocks: readonly Block[], path: string) =>
    blocks.filter(({ gateways }) => gateways === undefined || gateways.includes(path));
  return new Map(
    paths.map((path) => [
      path,
      new Map([...matches].map(([rule, blocks]) => [rule, blocksOn(blocks ?? [everything], path)])),
    ]),
  );
}

/** A delegated rule takes only what the delegate's own rules match, which stand in another object. */
function mayTake(other: RuleView, rule: RuleView): boolean {
  return other.list === rule.list && other.index < rule.index && typeof other.sends === "string";
}
