import stringWidth from "string-width";
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
  ["👨‍👩‍👧", 2],
  ["🇩🇪", 2],
  ["⚠️", 2],
  ["👍🏽", 2],
  ["1️⃣", 2],
])("%j takes %i cells", (text, cells) => {
  expect(widthOf(text)).toBe(cells);
});

test("what is cut fits, and shows that something is missing", () => {
  expect(cutTo("reviews", 7)).toBe("reviews");
  expect(cutTo("reviews", 6)).toBe("revie…");
  expect(cutTo("评论服务", 6)).toBe("评论…");
  expect(cutTo("评论服务", 1)).toBe("…");
  expect(cutTo("reviews", 0)).toBe("");
  // A family is kept whole or not at all.
  expect(cutTo("👨‍👩‍👧👨‍👩‍👧", 3)).toBe("👨‍👩‍👧…");
  expect(cutTo("👨‍👩‍👧 home", 2)).toBe("…");
  expect(padTo("评论", 6)).toBe("评论  ");
});

test("a text is broken between words, and its end is cut where there are too many lines", () => {
  expect(wrapTo("one two three four", 9, 3)).toEqual(["one two", "three", "four"]);
  expect(wrapTo("one two three four five", 9, 2)).toEqual(["one two", "three fo…"]);
  expect(wrapTo("extraordinarily", 9, 2)).toEqual(["extraord…"]);
  expect(wrapTo("", 9, 2)).toEqual([]);
});

/** `string-width` is right and costs each start what Intl.Segmenter does: it is the oracle here, and not in the bundle. */
const differing = (texts: readonly string[]) =>
  texts.filter((text) => widthOf(text) !== stringWidth(text)).map((text) => [text, widthOf(text), stringWidth(text)]);

const characters = Array.from({ length: 0x3ffff }, (_, point) => String.fromCodePoint(point)).filter(
  (character) => !/[\p{Cn}\p{Co}\p{Cc}\p{Cs}]/u.test(character),
);

test("each character is as wide as the oracle has it, but for the vowels of a Hangul syllable alone", () => {
  expect(differing(characters.filter((character) => !/[\u1161-\u11ff]/.test(character)))).toEqual([]);
  expect(differing(["\u1112\u1161\u11ab", "\u1100\u1161"])).toEqual([]);
});

test("each emoji is, as a picture, as a keycap, and with each skin", () => {
  const emoji = characters.filter((character) => /\p{Emoji}/u.test(character));
  const skinned = emoji.filter((character) => /\p{Emoji_Modifier_Base}/u.test(character));
  expect(skinned.length).toBeGreaterThan(100);
  expect(differing(emoji.flatMap((one) => [`${one}\ufe0f`, `${one}\ufe0f\u20e3`, `${one}a`]))).toEqual([]);
  expect(differing(skinned.flatMap((one) => ["🏻", "🏽", "🏿"].map((skin) => one + skin)))).toEqual([]);
});

test("each sequence is: flags, families, professions", () => {
  const flags = ["🇩🇪🇫🇷", "🇩", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "🏴‍☠️"];
  const joined = ["👨‍👩‍👧", "👩🏽‍💻", "❤️‍🔥", "❤‍🔥", "🧑🏻‍❤️‍💋‍🧑🏿", "👁️‍🗨️", "🧑‍⚕️", "🐻‍❄️", "🏃🏽‍♀️‍➡️"];
  expect(differing([...flags, ...joined].flatMap((one) => [one, `v2 ${one}${one} →`]))).toEqual([]);
});
