import { expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import { checkTable, evidenceTable, phaseTable, pictureSection } from "../../src/reports/comment-tables.ts";
import { textOf } from "../../src/text/index.ts";
import { compared } from "./live/compared.ts";
import { judged, watching } from "./samples.ts";

test("a table that has nothing to say is not there", () => {
  const { judged: _, sight: __, ...bare } = watching;
  expect([
    phaseTable({ ...bare, state: undefined }, 300),
    evidenceTable(bare),
    checkTable(bare, 300),
    pictureSection(bare),
  ]).toEqual([undefined, undefined, undefined, undefined]);
});

test("a check says why it stands so, unless that is said above", () => {
  const [check] = judged.checks;
  expect(checkTable(watching, 300)).toContain("| waiting | 0.9973 | 2 | 0 | 1 | as above |");
  expect(checkTable({ ...watching, reason: said("another") }, 300)).toContain(
    `\`${check === undefined ? "" : textOf(check.reason)}\` |`,
  );
});

test("below the evidence stands how it went and what it is worth", () => {
  const parts = evidenceTable(compared)?.split("\n\n") ?? [];
  expect(parts).toHaveLength(3);
  expect(parts[2]).toMatch(/^<sub>Evidence of 100 takes the traffic back; /);
});

test("the chart, and below it the same in words", () => {
  expect(pictureSection(watching)).toMatch(
    /^```mermaid\nflowchart LR\n[\s\S]*\n```\n\n<details><summary>The same in words<\/summary>\n\n```text\nthe mesh/,
  );
});
