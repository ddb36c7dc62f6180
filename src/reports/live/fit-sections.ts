import { rowsOf, type StyledLine } from "./styled-text.ts";

/** One part of the screen in several sizes, the smallest first. An empty size leaves it out. */
export type Section = { readonly name: string; readonly sizes: readonly (readonly StyledLine[])[] };

/** A size of a section that is wanted: what comes first in a list of them is wanted most. */
export type Wish = readonly [section: string, size: number];

/** The sections in their order, each as large as the rows allow after what is wanted more. */
export function fitted(
  sections: readonly Section[],
  wishes: readonly Wish[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly (readonly StyledLine[])[] {
  const chosen = new Map<string, readonly StyledLine[]>(sections.map(({ name }) => [name, []]));
  const rowsFor = (lines: readonly StyledLine[]) => lines.reduce((sum, one) => sum + rowsOf(one, columns), 0);
  let left = rows;
  for (const [name, size] of wishes) {
    const sizes = sections.find((section) => section.name === name)?.sizes ?? [];
    const wanted = sizes[Math.min(size, sizes.length - 1)];
    if (wanted === undefined) continue;
    const more = rowsFor(wanted) - rowsFor(chosen.get(name) ?? []);
    if (more < 0 || more > left) continue;
    chosen.set(name, wanted);
    left -= more;
  }
  const parts = sections.map(({ name }) => chosen.get(name) ?? []).filter((lines) => lines.length > 0);
  // What is left over is air between the parts, from the top.
  return parts.map((lines, at) => {
    const isSpaced = at > 0 && at < parts.length && left > 0;
    if (isSpaced) left -= 1;
    return isSpaced ? [{ spans: [] }, ...lines] : lines;
  });
}
