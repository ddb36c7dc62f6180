import { expect, test } from "vitest";
import { knownWords, nearest } from "../../src/base/did-you-mean.ts";

const known = ["rollback", "run", "resume", "on-cancel", "max-hold"];

test.each([
  ["rolback", "rollback"],
  ["ROLLBACK", "rollback"],
  ["rollbakc", "rollback"],
  ["rum", "run"],
  ["on_cancel", "on-cancel"],
  ["maxhold", "max-hold"],
])("%s was meant to be %s", (word, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

test.each([
  ["prod-eu", ["prod-us", "prod-eu1", "dev"], "prod-eu1"],
  ["PROD", ["prod"], "prod"],
  ["b", ["a"], "a"],
  ["staging", ["dev", "prod"], undefined],
  ["x", [], undefined],
])("%s among %j is %s", (written, names, meant) => {
  expect(nearest(written, names)).toBe(meant);
});

test.each(["", "deploy", "x", "status"])("%j is near to nothing", (word) => {
  expect(nearest(word, known)).toBeUndefined();
});

test("the list is told in each case", () => {
  expect(knownWords("deploy", ["run"])).toBe("Known: run.");
  expect(knownWords("rn", ["run", "pause"])).toBe('Known: run, pause. Did you mean "run"?');
});
