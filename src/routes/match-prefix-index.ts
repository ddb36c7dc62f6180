import type { RuleView } from "./route-view.ts";
import { type Block, covers } from "./virtualservice-match.ts";

/** A condition of a rule, and whose it is. */
export type RuleCondition = { readonly rule: RuleView; readonly block: Block };

/**
 * Finds the entries that may cover a block by what its path begins with: comparing each with each would take longer than all
 * the rest of a turn where a route has a hundred rules.
 */
export function coveringAmong(entries: readonly RuleCondition[]): (block: Block) => readonly RuleCondition[] {
  const anywhere: RuleCondition[] = [];
  const exact = new Map<string, RuleCondition[]>();
  const prefix = new Map<string, RuleCondition[]>();
  for (const entry of entries) {
    const { uri, ignoreCase } = entry.block;
    const isPlain = uri !== undefined && !ignoreCase && uri.value.length > 1;
    if (isPlain && uri.kind === "exact") add(exact, uri.value, entry);
    else if (isPlain && uri.kind === "prefix") add(prefix, uri.value, entry);
    else anywhere.push(entry);
  }
  const lengths = [...new Set([...prefix.keys()].map(({ length }) => length))];
  const begunBy = (path: string) =>
    lengths.flatMap((length) => (length > path.length ? [] : (prefix.get(path.slice(0, length)) ?? [])));
  return (block) => {
    const { uri } = block;
    const byPath = uri !== undefined && !block.ignoreCase && (uri.kind === "exact" || uri.kind === "prefix");
    const near = [
      ...(byPath && uri.kind === "exact" ? (exact.get(uri.value) ?? []) : []),
      ...(byPath ? begunBy(uri.value) : []),
    ];
    return [...anywhere, ...near].filter((entry) => covers(entry.block, block));
  };
}

function add(map: Map<string, RuleCondition[]>, key: string, entry: RuleCondition): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [entry]);
  else known.push(entry);
}
