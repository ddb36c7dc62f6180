import { expect, test } from "vitest";
import { fitted, type Section } from "../../../src/reports/live/fit-sections.ts";
import { line } from "../../../src/reports/live/styled-text.ts";

const lines = (word: string, count: number) => Array.from({ length: count }, () => line(word));
const sections: readonly Section[] = [
  { name: "a", sizes: [lines("a", 1), lines("a", 3)] },
  { name: "b", sizes: [lines("b", 2)] },
];
const shown = (rows: number, wishes: Parameters<typeof fitted>[1]) =>
  fitted(sections, wishes, { columns: 10, rows })
    .flat()
    .map(({ spans }) => spans[0]?.text ?? "")
    .join("");

test("what is wanted first gets its rows first, and the order on the screen stays", () => {
  const wishes = [
    ["b", 0],
    ["a", 0],
    ["a", 1],
  ] as const;
  expect(shown(1, wishes)).toBe("a");
  expect(shown(2, wishes)).toBe("bb");
  expect(shown(3, wishes)).toBe("abb");
  expect(shown(5, wishes)).toBe("aaabb");
});

test("rows that are left over stand between the parts", () => {
  expect(
    fitted(
      sections,
      [
        ["a", 0],
        ["b", 0],
      ],
      { columns: 10, rows: 9 },
    ).flat(),
  ).toHaveLength(4);
});

test("a section that nobody knows and one of nothing take no rows", () => {
  expect(
    fitted(
      [{ name: "a", sizes: [[]] }],
      [
        ["a", 0],
        ["z", 0],
      ],
      { columns: 10, rows: 3 },
    ),
  ).toEqual([]);
});
