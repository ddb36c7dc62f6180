import type { RuleView } from "./route-view.ts";
import { type Block, covers } from "./virtualservice-match.ts";

/** A condition of a rule, and whose it is. */
export type Entry = { readonly rule: RuleView; readonly block: Block };

/**
 * Finds the entries that may cover a block by what its path begins with: comparing each with each would take longer than all
 * the rest of a turn where a route has a hundred rules.
 */
export function coveringAmong(entries: readonly Entry[]): (block: Block) => readonly Entry[] {
  const anywhere: Entry[] = [];
  const exact = new Map<string, Entry[]>();
  const prefix = new Map<string, Entry[]>();
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

function add(map: Map<string, Entry[]>, key: string, entry: Entry): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [entry]);
  else known.push(entry);
}
