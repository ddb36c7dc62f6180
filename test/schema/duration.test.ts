import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, longestMs, parseDuration } from "../../src/schema/duration.ts";

test.each([
  ["500ms", 500],
  ["15s", 15_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["0s", 0],
  ["90m", 5_400_000],
  ["1h1m1s1ms", 3_661_001],
])("%s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toEqual({ ms });
});

test.each(["", "5", "0", "5 m", "5M", "m5", "1m1h", "1m1m", "1.5h", "-5m", "+5m", "5min", "1d", "0x5s", "٥m", "5m\n"])(
  "%j is refused",
  (text) => {
    expect(parseDuration(text)).toHaveProperty("because");
  },
);

test("a bare number is answered with what to write", () => {
  expect(parseDuration("300")).toEqual({
    because: ", which has no unit. Write 300s, 300m or 300ms, whichever is meant.",
  });
  expect(parseDuration("1.5")).toEqual({ because: ", which has no unit. Write it as 500ms, 15s, 5m or 1h30m." });
});

test("30 days is the end", () => {
  expect(parseDuration("720h")).toEqual({ ms: longestMs });
  expect(parseDuration("720h1ms")).toHaveProperty("because");
  expect(parseDuration(`${"9".repeat(400)}h`)).toHaveProperty("because");
});

test("what is printed is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: longestMs }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toEqual({ ms });
    }),
  );
});
