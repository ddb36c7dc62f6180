import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { codes } from "../../src/base/reasons/codes.ts";
import { forcible } from "../../src/rollout/overridable-refusals.ts";

/** A page that people open because something has just gone wrong must know everything that can. */

const page = readFileSync(fileURLToPath(new URL("../../docs/troubleshooting.md", import.meta.url)), "utf8");
const rows = [...page.slice(page.indexOf("## Codes")).matchAll(/^\| `([a-z0-9-]+)`( \*)? \| .{30,} \|$/gm)].map(
  ([, code, star]) => ({ code, isForced: star !== undefined }),
);

test("each code has one row with a remedy, and no row is of a code that is gone", () => {
  expect(rows.map(({ code }) => code).toSorted()).toEqual([...codes].toSorted());
});

test("a star stands at the codes that `force` takes, and at no others", () => {
  expect(
    rows
      .filter(({ isForced }) => isForced)
      .map(({ code }) => code)
      .toSorted(),
  ).toEqual([...forcible].toSorted());
});
