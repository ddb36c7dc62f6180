import { expect, test } from "vitest";
import { sparkline } from "../../src/reports/sparkline.ts";

test("each cell shows its highest value, and one without a value stays empty", () => {
  expect(sparkline([0, 1, 2, 4], 4, 4)).toBe("▁▃▅█");
  expect(sparkline([0, 8, 0, 0, undefined, undefined], 8, 3)).toBe("█▁ ");
  expect(sparkline([0, 0], 0, 10)).toBe("▁▁");
  expect(sparkline([], 1, 10)).toBe("");
});
