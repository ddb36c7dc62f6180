import { expect, test } from "vitest";
import { visibleLine } from "../../src/base/foreign.ts";

test.each([
  ["a\nb\tc", "a b c"],
  ["\u001b[1;31mred\u001b[0m", "red"],
  ["  spaced  ", "spaced"],
  ["left\u202eright", "leftright"],
  ["half \ud83d", "half \ufffd"],
])("%j reads %j", (text, expected) => {
  expect(visibleLine(text)).toBe(expected);
});

test("a long text is cut, and says so", () => {
  expect(visibleLine("x".repeat(50), 10)).toBe("xxxxxxxxx…");
  expect(visibleLine("🙂".repeat(50), 10)).toBe(`${"🙂".repeat(9)}…`);
  expect(visibleLine("x".repeat(10), 10)).toBe("xxxxxxxxxx");
  expect(visibleLine(`${" ".repeat(100)}x`, 10)).toMatch(/…$/);
});
