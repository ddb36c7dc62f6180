import { expect, test } from "vitest";
import { courseOf } from "../../src/judge/evidence-by-interval.ts";
import { judgeWithNumbers } from "../../src/judge/verdict-with-numbers.ts";
import { frozen, looksOfPhase, plan, recordOf, times } from "./support.ts";

const record = recordOf([5, 20], 600_000, { frozen: { ...frozen, boundariesMs: [250, 500] } });
const looks = [
  ...looksOfPhase(1, 5, 0, times(38, { errors: [60, 1, 1140, 3], "latency>250": [60, 2, 1140, 31] })),
  ...looksOfPhase(2, 20, 600_000, times(30, { errors: [300, 9, 1200, 3], "latency>250": [300, 9, 1200, 33] })),
];
const { numbers } = judgeWithNumbers(plan, record, looks, new Map(), 2_500_000, {});
const course = courseOf(numbers);

test("the course ends where the numbers stand", () => {
  const near = (value: number | undefined) => Number((value ?? Number.NaN).toPrecision(4));
  const { errors, latency } = numbers.evidence;
  expect(course.at.at(-1)).toBe(numbers.looks.at(-1)?.to);
  expect(course.at.length).toBe(numbers.looks.length);
  expect(course.logE.at(-1)).toBe(near(numbers.combined.logE));
  expect(course.legs["errors"]?.logE.at(-1)).toBe(near(errors?.logE));
  expect(course.legs["errors"]?.lower?.at(-1)).toBe(near(errors?.lower));
  expect(course.legs["errors"]?.upper?.at(-1)).toBe(near(errors?.upper));
  expect(course.legs["latency"]?.logE.at(-1)).toBe(near(latency?.logE));
});

test("its peak is the peak of the numbers, at the same look", () => {
  const peak = Math.max(...course.logE);
  expect(peak).toBe(Number(numbers.combined.peakLogE.toPrecision(4)));
  expect(course.at[course.logE.indexOf(peak)]).toBe(numbers.combined.peakAt);
});

test("several boundaries have no bound in common", () => {
  expect(course.legs["latency"]?.lower).toBeUndefined();
});

test("what comes out of JSON has the same course", () => {
  expect(courseOf(JSON.parse(JSON.stringify(numbers)))).toEqual(course);
});
