import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteBareNumbers } from "../../../src/metrics/http/bare-numbers.ts";

/**
 * A text that counts every character that is read of it, one by one or in a piece, and throws at too many. Each is
 * looked at once and copied once; those after the first letter of a word that looks like a number are looked at once more.
 */
function counted(text: string) {
  let left = 3 * text.length + 10;
  const count = (characters: number) => {
    left -= characters;
    if (left < 0) throw new Error("The text was not read in one pass.");
  };
  return {
    length: text.length,
    charCodeAt: (at: number) => {
      count(1);
      return text.charCodeAt(at);
    },
    slice: (from: number, to = text.length) => {
      count(to - from);
      return text.slice(from, to);
    },
  };
}

/** What the pass has to say, written down as a pattern: right on every text, and far too slow on a hostile one. */
const byPattern = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|".*|-?\b(?:NaN|Infinity)\b/gs, (part) =>
    part.startsWith('"') ? part : JSON.stringify(part),
  );

describe("bare numbers that JSON does not know", () => {
  it.each([
    ["[NaN]", '["NaN"]'],
    ["[1,-NaN,Infinity,-Infinity]", '[1,"-NaN","Infinity","-Infinity"]'],
    ['{"v":NaN,"s":"a NaN \\" NaN"}', '{"v":"NaN","s":"a NaN \\" NaN"}'],
    ["NaN", '"NaN"'],
    ["[NaNs,aNaN,NaN1,_NaN,$NaN,éNaN]", '[NaNs,aNaN,NaN1,_NaN,$"NaN",é"NaN"]'],
    ["[--NaN,1-NaN]", '[-"-NaN",1"-NaN"]'],
    ["[Infinit,Infinitys,Na,I,N]", "[Infinit,Infinitys,Na,I,N]"],
    ['["\\\\",NaN,"\\', '["\\\\","NaN","\\'],
    ["", ""],
  ])("%s becomes %s", (text, expected) => {
    expect(quoteBareNumbers(text)).toBe(expected);
    expect(byPattern(text)).toBe(expected);
  });

  it("says the same as a pattern would", () => {
    const bit = fc.constantFrom('"', "\\", "-", "NaN", "Infinity", "N", "a", "I", "n", "_", " ", "é", "\n", "😀", "[,");
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 60 }), (bits) => {
        const text = bits.join("");
        expect(quoteBareNumbers(counted(text))).toBe(byPattern(text));
      }),
      { numRuns: 5000 },
    );
  });
});

describe("hostile texts", () => {
  const hostile = (bytes: number): readonly (readonly [string, string])[] => {
    const fill = (unit: string) => unit.repeat(bytes / unit.length);
    return [
      ["escapes in a text that never ends", `"${fill('\\"')}`],
      ["quotes that are escaped or not", fill('"\\')],
      ["nothing but quotes", fill('"')],
      ["backslashes", `"${fill("\\")}`],
      ["dashes", fill("-")],
      ["halves of the words", fill("-NaNa,-Infinit,")],
      ["the words", fill("NaN,-Infinity,")],
      ["the words without an end between them", fill("NaNInfinity-")],
      ["lists in lists", fill("[")],
      ["one long name", fill("N")],
    ];
  };

  it.each(hostile(1_000_000))("are read in one pass: %s", (_, text) => {
    expect(() => quoteBareNumbers(counted(text))).not.toThrow();
  });
});
