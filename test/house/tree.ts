import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout, as the house rules look at it. Paths are relative to its root. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const leftOut = new Set(["node_modules", ".git", "dist", "coverage", "fixtures"]);

export function filesIn(folder: string, ...endings: readonly string[]): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return leftOut.has(entry.name) ? [] : filesIn(path, ...endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

const texts = new Map<string, string>();
export function textOfFile(path: string): string {
  const known = texts.get(path) ?? readFileSync(join(root, path), "utf8");
  texts.set(path, known);
  return known;
}

export const sources: readonly string[] = filesIn("src", ".ts");
export const isBrowser = (path: string): boolean => path.includes("/browser/");

export type Import = { readonly to: string; readonly typeOnly: boolean };

const statement =
  /(?:^|\n)(?:import|export)\s+(type\s+)?[^;]*?from\s+"([^"]+)"|(?:^|\n)import\s+"([^"]+)"|import\("([^"]+)"\)/g;

/** What a file imports: paths of the tree, and packages by their names. */
export function importsOf(path: string): readonly Import[] {
  return [...textOfFile(path).matchAll(statement)].map((match) => {
    const to = match[2] ?? match[3] ?? match[4] ?? "";
    const resolved = to.startsWith(".") ? relative(root, join(root, dirname(path), to)) : to;
    return { to: resolved, typeOnly: match[1] !== undefined };
  });
}

/** The room of a file: the folder below `src/`, or the entry itself. */
export function roomOf(path: string): string {
  const [top, room = "", ...rest] = path.split("/");
  if (top !== "src") return top ?? "";
  return rest.length === 0 ? room : `${room}/`;
}

/** A line with its number, for a message that leads to the place. */
export function linesWith(path: string, pattern: RegExp): readonly string[] {
  return textOfFile(path)
    .split("\n")
    .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim().slice(0, 120)}`] : []));
}
