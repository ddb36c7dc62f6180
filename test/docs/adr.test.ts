import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** The decisions: numbered without a gap, each in four parts, and all of them in the index. */

const folder = fileURLToPath(new URL("../../docs/adr", import.meta.url));
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const names = readdirSync(folder)
  .filter((name) => name !== "README.md")
  .toSorted();

const statusOf = (text: string) => /^## Status\n\n(.+)\n/m.exec(text)?.[1] ?? "";

test("numbers begin with 0001 and leave none out", () => {
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !/^\d{4}-[a-z0-9-]+\.md$/.test(name))).toEqual([]);
  expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, at) => at + 1));
});

describe.each(names)("%s", (name) => {
  const text = read(name);

  test("has its number in the title, and the four parts in order", () => {
    expect(text).toMatch(new RegExp(`^# ${name.slice(0, 4)}\\. \\S.*\\n\\n## Status\\n`));
    expect(text.match(/^## .*$/gm)).toEqual(["## Status", "## Context", "## Decision", "## Consequences"]);
    for (const part of text.split(/^## .*$/m).slice(1)) expect(part.trim()).not.toBe("");
  });

  test("has a status with a date; what replaces it, or what it replaces, is there", () => {
    const status = statusOf(text);
    expect(status).toMatch(/^(Accepted|Superseded by \[\d{4}\]\(\S+\)), \d{4}-\d\d-\d\d$/);
    const links = [...text.matchAll(/\]\((\d{4}-[^)]+)\)/g)].map(([, target]) => target);
    expect(links.filter((target = "") => !names.includes(target))).toEqual([]);
  });
});

test("the index has a row for each of them, in order, with title and status", () => {
  const rows = read("README.md").match(/^\| \[\d{4}\].*$/gm);
  const expected = names.map((name) => {
    const [, number = "", title = ""] = /^# (\d{4})\. (.*)$/m.exec(read(name)) ?? [];
    return `| [${number}](${name}) | ${title} | ${statusOf(read(name))} |`;
  });
  expect(rows).toEqual(expected);
});
