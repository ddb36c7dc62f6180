/** Markdown as a terminal can show it: hidden marks left out, headings and stress in bold, tables in columns. */
export function rendered(markdown: string): string {
  const styled = process.stdout.isTTY === true;
  const bold = (text: string) => (styled ? `\u001b[1m${text}\u001b[0m` : text);
  const lines = markdown.replace(/<!--[\s\S]*?-->\n?/g, "").split("\n");
  const shown: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (!line.startsWith("|")) {
      shown.push(
        line
          .replace(/^#+ (.*)$/, (_, heading: string) => bold(heading))
          .replace(/\*\*(.+?)\*\*/g, (_, text: string) => bold(text)),
      );
      continue;
    }
    const table: string[][] = [];
    while ((lines[at] ?? "").startsWith("|")) {
      table.push(
        (lines[at] ?? "")
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      );
      at += 1;
    }
    at -= 1;
    shown.push(...columns(table));
  }
  return shown.map((line) => `  ${line}`).join("\n");
}

function columns(table: readonly string[][]): string[] {
  const width = Math.max(...table.map((row) => row.length));
  const widths = Array.from({ length: width }, (_, at) => Math.max(...table.map((row) => [...(row[at] ?? "")].length)));
  return table
    .filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)))
    .map((row) =>
      row
        .map((cell, at) => cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - [...cell].length)))
        .join("  ")
        .trimEnd(),
    );
}
