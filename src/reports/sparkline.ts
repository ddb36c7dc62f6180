const blocks = "▁▂▃▄▅▆▇█";

/** A curve in `width` cells. A cell without a value stays empty; each shows its highest one, so that no peak is lost. */
export function sparkline(values: readonly (number | undefined)[], top: number, width: number): string {
  const cells = Math.min(width, values.length);
  return Array.from({ length: cells }, (_, cell) => {
    const from = Math.floor((cell * values.length) / cells);
    const to = Math.max(from + 1, Math.floor(((cell + 1) * values.length) / cells));
    const here = values.slice(from, to).filter((value) => value !== undefined);
    if (here.length === 0) return " ";
    const level = top <= 0 ? 0 : Math.round((Math.max(...here) / top) * (blocks.length - 1));
    return blocks[Math.min(blocks.length - 1, Math.max(0, level))] ?? " ";
  }).join("");
}
