import { expect, test } from "vitest";
import {
  forget,
  newTape,
  showAt,
  stableEdges,
  stableSeries,
  takeDown,
} from "../../../src/judge/offline/counter-state.ts";
import type { ScrapeEntry } from "../../../src/judge/offline/recording-line.ts";

const none = { edges: [], counts: [] };
const entry = (over: Partial<ScrapeEntry> = {}): ScrapeEntry => ({
  arm: "stable",
  target: "a",
  buckets: none,
  ...over,
});

test("the newest sample is shown until it is stale", () => {
  const tape = newTape();
  takeDown(tape, 0, entry({ total: 5 }));
  takeDown(tape, 15_000, entry({ target: "b", total: 9, bad: 1 }));
  const shown = (at: number) => [showAt(tape, at, 45_000), tape.counters.map(({ value }) => value)];
  expect(shown(15_000)).toEqual([
    ["a", "b"],
    [5, 9, 1],
  ]);
  expect(shown(44_999)).toEqual([
    ["a", "b"],
    [5, 9, 1],
  ]);
  expect(shown(45_000)).toEqual([["b"], [undefined, 9, 1]]);
});

test("a counter cannot show two values at one moment", () => {
  const tape = newTape();
  expect(takeDown(tape, 0, entry({ total: 5, buckets: { edges: [100], counts: [2] } }))).toBeUndefined();
  expect(takeDown(tape, 0, entry({ total: 5 }))).toBeUndefined();
  expect(takeDown(tape, 0, entry({ total: 6 }))).toBe("shows two values of total of stable on a");
  expect(takeDown(tape, 0, entry({ buckets: { edges: [100], counts: [3] } }))).toBe(
    "shows two values of bucket 100 of stable on a",
  );
  expect(takeDown(tape, 1, entry({ total: 6 }))).toBeUndefined();
});

test("programs that nobody has seen for long are forgotten, with their counters", () => {
  const tape = newTape();
  takeDown(tape, 0, entry({ total: 5, buckets: { edges: [100], counts: [2] } }));
  takeDown(tape, 10, entry({ target: "b", arm: "canary", bad: 1 }));
  forget(tape, 10);
  expect([tape.programs.size, tape.counters.length, tape.series.length]).toEqual([1, 1, 1]);
  takeDown(tape, 20, entry({ total: 7 }));
  expect(tape.counters.map(({ target, sample, last }) => [target, sample, last])).toEqual([
    ["b", 1, undefined],
    ["a", 7, undefined],
  ]);
});

test("what stable shows is told apart, and its edges are known", () => {
  const tape = newTape();
  takeDown(
    tape,
    0,
    entry({
      total: 5,
      buckets: { edges: [100, Number.POSITIVE_INFINITY], counts: [2, 3] },
    }),
  );
  takeDown(tape, 0, entry({ arm: "canary", buckets: { edges: [250], counts: [2] } }));
  expect([...stableSeries(tape)].map(([target, series]) => [target, series.map(({ kind }) => kind)])).toEqual([
    ["a", ["count", "histogram"]],
  ]);
  expect([...stableEdges(tape)]).toEqual([100, Number.POSITIVE_INFINITY]);
});
