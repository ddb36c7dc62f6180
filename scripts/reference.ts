import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** Writes the tables of inputs and outputs into the README, from action.yml. With `--check` it only compares. */

const root = fileURLToPath(new URL("..", import.meta.url));

type Entry = { readonly description: string; readonly default?: string };
type Manifest = { readonly inputs: Record<string, Entry>; readonly outputs: Record<string, Entry> };

const cell = (text: string) => text.trim().replace(/\s+/g, " ").replace(/\|/g, "\\|");

function table(heading: string, entries: Record<string, Entry>): string {
  const rows = Object.entries(entries).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`);
  return [`| ${heading} | meaning |`, "| --- | --- |", ...rows].join("\n");
}

export function withTables(readme: string, manifest: Manifest): string {
  const put = (text: string, name: string, content: string) =>
    text.replace(
      new RegExp(`(<!-- ${name}:begin -->\n)[\\s\\S]*?(<!-- ${name}:end -->)`),
      (_, begin: string, end: string) => `${begin}${content}\n${end}`,
    );
  return put(put(readme, "inputs", table("input", manifest.inputs)), "outputs", table("output", manifest.outputs));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = `${root}README.md`;
  const before = readFileSync(path, "utf8");
  const after = withTables(before, parse(readFileSync(`${root}action.yml`, "utf8")) as Manifest);
  if (process.argv.includes("--check")) {
    if (before !== after) {
      console.error("README.md is not what action.yml says. Run 'make readme' and commit it.");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(path, after);
  }
}
