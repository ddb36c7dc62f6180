import { expect, test } from "vitest";
import {
  bar,
  byteSize,
  clockTime,
  columns,
  dayTime,
  duration,
  measured,
  ofHold,
  percent,
  timeLimit,
} from "../../src/text/format.ts";
import { start } from "../reports/samples.ts";

test.each([
  [0, "0 s"],
  [999, "0 s"],
  [45_000, "45 s"],
  [90_000, "1 min 30 s"],
  [600_000, "10 min"],
  [615_000, "10 min"],
  [5_400_000, "1 h 30 min"],
  [7_200_000, "2 h"],
  [97_200_000, "1 d 3 h"],
  [-5, "0 s"],
  [Number.NaN, "an unknown time"],
])("%d ms reads %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test.each([
  [80, "80 ms"],
  [1_500, "1.5 s"],
  [90_000, "90 s"],
])("a limit of %d ms reads %s", (ms, words) => {
  expect(timeLimit(ms)).toBe(words);
});

test.each([
  [1_000, "1000 bytes"],
  [65_536, "64 KiB"],
  [8_388_608, "8 MiB"],
])("%d bytes read %s", (bytes, words) => {
  expect(byteSize(bytes)).toBe(words);
});

test.each([
  [240_000, 600_000, "4 of 10 min"],
  [10_000, 30_000, "10 of 30 s"],
  [10_000, 90_000, "10 of 90 s"],
  [660_000, 600_000, "11 min, at least 10 min"],
])("%d of a hold of %d ms reads %s", (held, hold, words) => {
  expect(ofHold(held, hold)).toBe(words);
});

test("times are the cluster's, in UTC; a time that is none is said to be unknown", () => {
  expect(clockTime(start)).toBe("14:02:15");
  expect(dayTime(start)).toBe("21 Nov, 14:02");
  for (const at of [undefined, Number.NaN, 1e300]) {
    expect(clockTime(at)).toBe("--:--:--");
    expect(dayTime(at)).toBe("at an unknown time");
  }
});

test.each([
  [0, "░░░░░░░░░░"],
  [0.1, "█░░░░░░░░░"],
  [50, "█████░░░░░"],
  [99.9, "█████████░"],
  [100, "██████████"],
  [undefined, "??????????"],
  [Number.NaN, "??????????"],
  [1e9, "██████████"],
])("%s%% is drawn as %s", (weight, drawn) => {
  expect(bar(weight, 10)).toBe(drawn);
});

test.each([
  [0.9973214, "0.9973"],
  [140, "140"],
  [-0, "0"],
  [1e21, "1e+21"],
  [Number.NaN, "not a number"],
  [undefined, "–"],
])("the number %s reads %s", (value, words) => {
  expect(measured(value)).toBe(words);
});

test("a measured number reads in its unit", () => {
  expect([
    measured(0.91234, "share"),
    measured(-0, "share"),
    measured(306.239, "ms"),
    measured(undefined, "ms"),
  ]).toEqual(["91.23%", "0%", "306.2 ms", "–"]);
});

test("shares have a tenth where they need one", () => {
  expect([percent(20), percent(33.33), percent(0.05)]).toEqual(["20%", "33.3%", "0.1%"]);
});

test("columns are as wide as their widest cell", () => {
  expect(columns([["a", "b"], ["long", "c"], ["é"]])).toEqual(["a     b", "long  c", "é"]);
  expect(columns([])).toEqual([]);
});
