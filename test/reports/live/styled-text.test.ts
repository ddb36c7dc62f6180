import { expect, test } from "vitest";
import { line, rowsOf, toned, widthOfLine, written } from "../../../src/reports/live/styled-text.ts";

const escapeSign = String.fromCharCode(27);

test("a line is cut to the width, its colours around what is left", () => {
  const one = line("20% ", toned("good", "评论 pass"));
  expect(widthOfLine(one)).toBe(13);
  expect(written(one, 9, false)).toBe("20% 评论…");
  expect(written(one, 20, true)).toBe(`20% ${escapeSign}[32m评论 pass${escapeSign}[0m`);
  expect(written(one, 4, true)).toBe("20% ");
});

test("a line that is to be copied is broken by the terminal and never cut", () => {
  const one = { ...line("x".repeat(25)), wraps: true as const };
  expect(written(one, 10, false)).toHaveLength(25);
  expect(rowsOf(one, 10)).toBe(3);
  expect(rowsOf(line("x".repeat(25)), 10)).toBe(1);
});
