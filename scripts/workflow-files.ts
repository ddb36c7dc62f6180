import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Every workflow of this repository: its own, the examples, and those in the pages that people copy from. */

export const pagesIn = (root: string): readonly string[] => [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .toSorted(),
];

/** The workflows in a page, each moved down to the line on which it stands there, so that a finding names that line. */
export function workflowsOf(page: string): readonly string[] {
  return [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
    .filter(([, block = ""]) => /^jobs:/m.test(block))
    .map(({ index, 1: block = "" }) => "\n".repeat(page.slice(0, index).split("\n").length) + block);
}

/**
 * Lays them out as repositories of their own, since a workflow that calls another one names it by its place in one, and gives
 * the folders. A page becomes a file of its name, with a number where it holds several workflows.
 */
export function layOut(root: string, into: string): readonly string[] {
  const place = (name: string) => {
    const folder = join(into, name, ".github/workflows");
    mkdirSync(folder, { recursive: true });
    mkdirSync(join(into, name, ".git"));
    return folder;
  };
  cpSync(join(root, ".github"), join(place("own"), ".."), { recursive: true });
  cpSync(join(root, "action.yml"), join(into, "own/action.yml"));
  cpSync(join(root, "examples/workflows"), place("examples"), { recursive: true });
  const pages = place("pages");
  for (const page of pagesIn(root)) {
    const name = page === "README.md" ? "README" : page.slice("docs/".length).replaceAll("/", "-");
    for (const [at, text] of workflowsOf(readFileSync(join(root, page), "utf8")).entries())
      writeFileSync(join(pages, `${basename(name, ".md")}${at === 0 ? "" : `-${at + 1}`}.yml`), text);
  }
  return ["own", "examples", "pages"].map((name) => join(into, name));
}
