import { expect, test } from "vitest";
import { countMinutes, type Minutes, podsOf } from "../../../src/judge/offline/calibration-minutes.ts";
import { newTape, takeDown } from "../../../src/judge/offline/counter-state.ts";
import { plan } from "../support.ts";

test("each minute holds what each pod of stable counted in it", () => {
  const tape = newTape();
  const minutes: Minutes = { rows: [], next: 0, known: undefined };
  const none = { edges: [], counts: [] };
  const edges = (slow: number, all: number) => ({ edges: [250, Number.POSITIVE_INFINITY], counts: [all - slow, all] });
  for (let minute = 0; minute <= 3; minute += 1) {
    const t = minute * 60_000;
    countMinutes(minutes, tape, plan, t);
    takeDown(tape, t, {
      arm: "stable",
      target: "a",
      total: 100 * minute,
      bad: minute,
      buckets: edges(minute, 100 * minute),
    });
    if (minute > 1) takeDown(tape, t, { arm: "stable", target: "b", total: 50 * minute, buckets: none });
    takeDown(tape, t, { arm: "canary", target: "c", total: 900 * minute, bad: 900 * minute, buckets: none });
  }
  countMinutes(minutes, tape, plan, 180_001);
  expect(podsOf(minutes, "errors")).toEqual([
    [
      { n: 100, x: 1 },
      { n: 100, x: 1 },
      { n: 100, x: 1 },
    ],
    [
      { n: 0, x: 0 },
      { n: 0, x: 0 },
      { n: 50, x: 0 },
    ],
  ]);
  expect(podsOf(minutes, "latency>250")[0]).toEqual([
    { n: 100, x: 1 },
    { n: 100, x: 1 },
    { n: 100, x: 1 },
  ]);
});

test("a day is enough", () => {
  const tape = newTape();
  const minutes: Minutes = { rows: [], next: 0, known: undefined };
  countMinutes(minutes, tape, plan, 60_000 * 2000);
  expect(minutes.rows).toHaveLength(1440);
});
