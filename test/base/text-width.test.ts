import { expect, test } from "vitest";
import { cutTo, padTo, widthOf, wrapTo } from "../../src/base/text-width.ts";

test.each([
  ["", 0],
  ["reviews v2", 10],
  ["████░░ 20% → v2…", 16],
  ["评论服务", 8],
  ["レビュー", 8],
  ["리뷰", 4],
  ["отзывы", 6],
  ["مراجعات", 7],
  ["ביקורות", 7],
  ["e\u0301te\u0301", 3],
  ["สวัสดี", 4],
  ["🚀 go", 5],
  ["a\u200bb", 2],
])("%j takes %i cells", (text, cells) => {
  expect(widthOf(text)).toBe(cells);
});

test("what is cut fits, and shows that something is missing", () => {
  expect(cutTo("reviews", 7)).toBe("reviews");
  expect(cutTo("reviews", 6)).toBe("revie…");
  expect(cutTo("评论服务", 6)).toBe("评论…");
  expect(cutTo("评论服务", 1)).toBe("…");
  expect(cutTo("reviews", 0)).toBe("");
  expect(padTo("评论", 6)).toBe("评论  ");
});

test("a text is broken between words, and its end is cut where there are too many lines", () => {
  expect(wrapTo("one two three four", 9, 3)).toEqual(["one two", "three", "four"]);
  expect(wrapTo("one two three four five", 9, 2)).toEqual(["one two", "three fo…"]);
  expect(wrapTo("extraordinarily", 9, 2)).toEqual(["extraord…"]);
  expect(wrapTo("", 9, 2)).toEqual([]);
});
