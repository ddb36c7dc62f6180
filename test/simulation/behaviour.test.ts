import { expect, test } from "vitest";
import { partNames, parts } from "./behaviour/days.ts";
import { type BlockFound, differenceOf, digestOf, type PartFound, writtenOf } from "./behaviour/digest.ts";
import { dayCalled } from "./behaviour/found.ts";
import { outcomeIds, statusIds } from "./behaviour/words.ts";
import { plainScene } from "./scene.ts";
import { simulate } from "./world.ts";

/** What `make behaviour` goes by; the days themselves are lived there. */

const block = (name: string, ...courses: readonly string[]): BlockFound => ({
  name,
  days: courses.map((course, index) => ({ name: `day ${index + 1}`, digest: digestOf([course]), broken: [] })),
});
const part = (...blocks: readonly BlockFound[]): PartFound => ({ name: "seeds", blocks });
const before = part(block("one", "a", "b"), block("two", "c", "d", "e"), block("three", "f"));
const written = writtenOf([before]);

test("what did not change does not differ, whatever its blocks are called", () => {
  expect(differenceOf(before, written)).toBeUndefined();
  const renamed = part(...before.blocks.map(({ days }, index) => ({ name: `: ${index}`, days })));
  expect(differenceOf(renamed, written)).toBeUndefined();
  expect(differenceOf(renamed, writtenOf([renamed]))).toBeUndefined();
});

test.each<[string, PartFound, string, string | undefined]>([
  [
    "the first day that changed is named",
    part(block("one", "a", "b"), block("two", "c", "D", "E"), block("three", "F")),
    '2 of 3 blocks of seeds, first "two", there "day 2"',
    "seeds/2/2",
  ],
  [
    "one more day in between",
    part(block("one", "a", "b"), block("two", "c", "d", "x", "e"), block("three", "f")),
    '1 of 3 blocks of seeds, first "two" (days: 4 instead of 3), there "day 3"',
    "seeds/2/3",
  ],
  [
    "a day less at the end",
    part(block("one", "a"), block("two", "c", "d", "e"), block("three", "f")),
    '1 of 3 blocks of seeds, first "one" (days: 1 instead of 2)',
    undefined,
  ],
  ["a block less", part(...before.blocks.slice(0, 2)), "seeds has 2 blocks, 3 are committed", undefined],
  ["a new part", { ...before, name: "new" }, "nothing is committed for the part new", undefined],
])("%s", (_, now, words, id) => {
  expect(differenceOf(now, written)).toEqual({ words, ...(id === undefined ? {} : { id }) });
});

test("each public word has an id of its own, and none of them is a word", () => {
  const ids = [...Object.values(statusIds), ...Object.values(outcomeIds)];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[so]\d+$/.test(id))).toEqual([]);
});

test("a course has a line for every turn and the end of every run, without any word", async () => {
  const { course } = await simulate({ ...plainScene, truth: { kind: "good" } });
  expect(
    course.filter(
      (line) => !/^\d+( r\d+)?( (-|s\d \d+ \d+))?( ends o\d+ exit \d)? \| \d+( \| o\d+ exit \d)?$/.test(line),
    ),
  ).toEqual([]);
  expect(course.at(0)).toMatch(/^\d+ r1 s1 1 \d+ \| \d+$/);
  expect(course.filter((line) => line.includes(" r1 ends o1 exit 0 | 100"))).toHaveLength(1);
});

test("two thousand seeds, every scenario, every day of routes that move together, two hundred rehearsals", async () => {
  expect(partNames.map((name) => [name, parts[name].length])).toEqual([
    ["seeds", 20],
    ["singles", 40],
    ["together", 10],
    ["rehearsals", 10],
  ]);
  const rehearsals = await Promise.all(parts.rehearsals.map(async ({ days }) => (await days()).length));
  expect(rehearsals.reduce((sum, count) => sum + count, 0)).toBe(200);
  expect((await dayCalled("seeds/20/100"))?.name).toBe("seed 2000");
  expect(await dayCalled("seeds/21/1")).toBeUndefined();
  expect(await dayCalled("toString/1/1")).toBeUndefined();
});
