import { expect, test } from "vitest";
import { constants } from "../../src/judge/constants.ts";
import { addShares, logSplit, openSplit } from "../../src/judge/sample-ratio-mismatch.ts";

function after(looks: number, canary: number, stable: number, weight = 5) {
  const split = openSplit(constants, 1.1);
  for (let i = 0; i < looks; i += 1) addShares(split, canary, stable, weight);
  return logSplit(split);
}
const alarm = Math.log(1000);

test("traffic that follows the weight raises no alarm, however long", () => {
  for (const weight of [1, 5, 20, 50]) expect(after(2000, weight * 10, 1000 - weight * 10, weight)).toBeLessThan(0);
  expect(after(2000, 52, 948)).toBeLessThan(0);
});

test("a canary that gets nothing is found, and so is one that gets twice its share", () => {
  expect(after(1, 0, 750)).toBeGreaterThan(alarm);
  expect(after(14, 0, 15)).toBeGreaterThan(alarm);
  expect(after(3, 75, 675)).toBeGreaterThan(alarm);
  expect(after(10, 18, 732)).toBeGreaterThan(alarm);
});

test("a share that comes back clears the alarm", () => {
  const split = openSplit(constants, 1.1);
  addShares(split, 0, 300, 5);
  expect(logSplit(split)).toBeGreaterThan(alarm);
  for (let i = 0; i < 100; i += 1) addShares(split, 15, 285, 5);
  expect(logSplit(split)).toBeLessThan(alarm);
});
