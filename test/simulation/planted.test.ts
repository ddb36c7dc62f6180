import { expect, test } from "vitest";
import { plant, planted } from "./planted/planted.ts";
import { found, suite } from "./planted/suite.ts";

/** A simulation that finds nothing proves nothing: each of these defects, put into the sources, must be found. */

test.each(planted)("bug $number is found: $title", async (bug) => {
  const caught = await plant(bug);
  expect(caught, `${bug.scene} does not show it`).not.toBeNull();
  expect(bug.breaks).toContain(caught?.violations.find(({ invariant }) => bug.breaks.includes(invariant))?.invariant);
});

test("there are as many as were promised, each with a number of its own", () => {
  expect(planted.map(({ number }) => number)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
});

test("the sources as they stand break nothing in those scenes", async () => {
  const every = Array.from({ length: 38 }, (_, index) => `I${index + 1}`);
  expect(
    await found([...every, "A14", "R1"], [...Object.keys(suite), ...planted.map(({ scene }) => scene)]),
  ).toBeNull();
});
