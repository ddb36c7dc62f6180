import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pagesIn } from "../../scripts/workflow-files.ts";

/** A link to a page, a file or a heading of this repository leads there. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const ownPages = readdirSync(root).filter((name) => name.endsWith(".md") && name !== "README.md");
const pages = [...pagesIn(root), ...ownPages];

/** The name that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
const anchorsOf = (path: string): readonly string[] => (read(path).match(/^#+ .*$/gm) ?? []).map(anchorOf);

test.each(pages)("%s links to what is there", (page) => {
  const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) =>
    /^\w+:/.test(target) ? [] : [target],
  );
  const lost = targets.filter((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(root, join(root, dirname(page), path));
    return !existsSync(join(root, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
  });
  expect(lost).toEqual([]);
});
