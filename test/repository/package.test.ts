import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const { scripts, version } = JSON.parse(read("package.json")) as { scripts: Record<string, string>; version: string };

test("an npm script calls the make target of its name, and nothing else", () => {
  const targets = new Set(read("Makefile").match(/^[a-z][\w-]*(?=:)/gm));
  expect(Object.entries(scripts).filter(([name, line]) => line !== `make ${name}` || !targets.has(name))).toEqual([]);
});

test("no npm script has a name at which npm runs it by itself", () => {
  // With one of these npm takes a dependency by git for unbuilt, and installs everything to build it.
  const names = ["build", "prepare", "prepack", "postpack", "preinstall", "install", "postinstall", "version"];
  const own = Object.keys(scripts).filter((name) => names.includes(name) || /^(pre|post)/.test(name));
  expect(own).toEqual([]);
});

test("the lock file is of this version", () => {
  const lock = JSON.parse(read("package-lock.json")) as {
    version: string;
    packages: Record<string, { version?: string }>;
  };
  expect([lock.version, lock.packages[""]?.version]).toEqual([version, version]);
});

test("the changelog begins with what is unreleased, and its versions fall", () => {
  const headings = read("CHANGELOG.md").match(/^## .*$/gm) ?? [];
  expect(headings[0]).toBe("## [Unreleased]");
  const released = headings.slice(1).map((line) => /^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$/.exec(line)?.[1]);
  expect(released).not.toContain(undefined);
  const order = (one = "") => one.split(".").map((part) => part.padStart(6, "0"));
  expect(released).toEqual(released.toSorted((a, b) => (order(a).join() < order(b).join() ? 1 : -1)));
});
