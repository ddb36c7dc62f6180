import { expect, test } from "vitest";
import {
  about,
  count,
  lowered,
  minuteOf,
  nearest,
  percent,
  raised,
  secondOf,
  span,
} from "../../src/text/rounded-numbers.ts";

test("rates have two digits", () => {
  expect([0.021, 0.003, 0.158, 1, 0, 0.0995, 0.00004].map(percent)).toEqual([
    "2.1%",
    "0.30%",
    "16%",
    "100%",
    "0.0%",
    "10%",
    "0.0040%",
  ]);
  expect([1.84, 130, 0.05].map(nearest)).toEqual(["1.8", "130", "0.050"]);
});

test("bounds are rounded outwards", () => {
  expect([0.8038, 0.80999, 0.5, 12.9, 0, -0.0123, 0.3].map(lowered)).toEqual([
    "0.80",
    "0.80",
    "0.50",
    "12",
    "0.0",
    "-0.013",
    "0.30",
  ]);
  expect([0.2171, 0.5, 12.1, 0, -0.0123, 0.998].map(raised)).toEqual(["0.22", "0.50", "13", "0.0", "-0.012", "1.0"]);
});

test("counts are given in full, estimates to a few digits", () => {
  expect([0, 999, 1000, 38_000, 1_234_567].map(count)).toEqual(["0", "999", "1,000", "38,000", "1,234,567"]);
  expect(about(1860.15, 3)).toBe("1,860");
  expect(about(2918, 2)).toBe("2,900");
});

test("times", () => {
  expect([-5, 45_000, 119_001, 720_000].map(span)).toEqual(["0 s", "45 s", "2 min", "12 min"]);
  const at = Date.UTC(2026, 0, 5, 14, 2, 15);
  expect(minuteOf(at)).toBe("14:02");
  expect(secondOf(at)).toBe("14:02:15");
});
