import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDecimal } from "../../src/base/decimal.ts";

test.each([
  ["0", 0],
  ["-0.5", -0.5],
  ["+3", 3],
  [".5", 0.5],
  ["5.", 5],
  ["1e3", 1000],
  ["1E-2", 0.01],
])("%s is %d", (text, value) => {
  expect(parseDecimal(text)).toBe(value);
});

test.each([
  "",
  " ",
  " 1",
  "1 ",
  "0x10",
  "0b1",
  "Infinity",
  "+Inf",
  "NaN",
  "1e999",
  "1_000",
  "1,5",
  "--1",
  ".",
  "e5",
  "1n",
])("%j is no number", (text) => {
  expect(parseDecimal(text)).toBeUndefined();
});

test("nothing but a finite number comes out", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = parseDecimal(text);
      expect(value === undefined || Number.isFinite(value)).toBe(true);
    }),
    { numRuns: 10_000 },
  );
});
