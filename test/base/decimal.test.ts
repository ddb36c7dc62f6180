import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFinite } from "../../src/base/decimal.ts";

describe("the one number parser", () => {
  it.each([
    ["0", 0],
    ["1", 1],
    ["+1", 1],
    ["-1", -1],
    ["-0", 0],
    ["0.95", 0.95],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1.5E-3", 0.0015],
    ["1e308", 1e308],
    ["00012", 12],
    ["1e-400", 0],
  ])("reads %j", (text, value) => {
    expect(parseFinite(text)).toBe(value);
  });

  it.each([
    "",
    " ",
    " 1",
    "1 ",
    "1\n",
    "NaN",
    "+Inf",
    "-Inf",
    "Inf",
    "Infinity",
    "0x10",
    "0b1",
    "0o7",
    "1_000",
    "1,5",
    "1e309",
    "-1e309",
    ".",
    "e5",
    "1e",
    "1e+",
    "--1",
    "+",
    "١",
    "1n",
    "null",
    "true",
    "[]",
  ])("refuses %j", (text) => {
    expect(parseFinite(text)).toBeUndefined();
  });

  it.each([[null], [undefined], [1], [0.5], [Number.NaN], [[]], [["1"]], [{}], [true]])(
    "refuses %j, which is no text",
    (value) => {
      expect(parseFinite(value)).toBeUndefined();
    },
  );

  it("never makes anything of random text that is not exactly that number", () => {
    const number = fc.oneof(fc.double().map(String), fc.integer().map(String), fc.bigInt().map(String));
    const near = fc.string({ unit: fc.constantFrom(..."0123456789+-.eExInfaN _,"), maxLength: 12 });
    const strings = fc.oneof(near, number, fc.string());
    fc.assert(
      fc.property(strings, (text) => {
        const value = parseFinite(text);
        // An independent reading: strip signs and exponent by hand, what remains must be digits with at most one point.
        const [mantissa = "", ...exponents] = text.toLowerCase().split("e");
        const unsigned = /^[+-]/.test(mantissa) ? mantissa.slice(1) : mantissa;
        const digits = unsigned.replace(".", "");
        const plain = digits !== "" && [...digits].every((sign) => "0123456789".includes(sign));
        const exponent = exponents[0]?.replace(/^[+-]/, "");
        const whole =
          exponent === undefined || (exponent !== "" && [...exponent].every((sign) => "0123456789".includes(sign)));
        const isNumber = plain && whole && exponents.length <= 1 && Number.isFinite(Number(text));
        if (!isNumber) return value === undefined;
        return value !== undefined && Number.isFinite(value) && value === Number(text) && !Object.is(value, -0);
      }),
      { numRuns: 100_000 },
    );
  });
});
