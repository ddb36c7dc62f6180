import { describe, expect, it } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { readIntervals } from "../../../src/metrics/counts/read-intervals.ts";

const from = 1_767_225_600_000;
const grid = { from, to: from + 120_000, stepMs: 60_000 };
const source = "The endpoint of counts";
const read = (json: unknown) => readIntervals(json, grid, source, foreign);
const at = from / 1000;
const sound = { canary: { total: 120, bad: 1 }, stable: { total: 2301, bad: 4 } };
const one = (further: object = {}) => ({ intervals: [{ from: at, to: at + 60, ...sound, ...further }] });

describe("intervals of an endpoint", () => {
  it("are found by their end, in whatever order", () => {
    const second = { from: at + 60, to: at + 120, ...sound };
    const found = read({ intervals: [second, ...one().intervals], more: "is left alone" });
    expect(found).toEqual(
      new Map(
        [from + 120_000, from + 60_000].map((ends) => [
          ends,
          { at: ends, canary: { n: 120, x: 1 }, stable: { n: 2301, x: 4 } },
        ]),
      ),
    );
  });

  it("may be missing, and so may a version: neither is 0", () => {
    expect(read({ intervals: [] })).toEqual(new Map());
    const { canary: _, ...half } = { at: from + 60_000, canary: null, stable: { n: 2301, x: 4 } };
    expect(read(one({ canary: undefined }))).toEqual(new Map([[from + 60_000, half]]));
    expect(read(one({ canary: null }))).toEqual(new Map([[from + 60_000, half]]));
    const nothing = { total: 0, bad: 0 };
    expect(read(one({ canary: nothing }))).toEqual(new Map([[from + 60_000, { ...half, canary: { n: 0, x: 0 } }]]));
  });

  it.each([
    ["another length", { to: at + 30 }, at, at + 30],
    ["another beginning", { from: at + 30, to: at + 90 }, at + 30, at + 90],
    ["an earlier window", { from: at - 60, to: at }, at - 60, at],
    ["a later window", { from: at + 120, to: at + 180 }, at + 120, at + 180],
  ])("are refused with %s", (_what, further, begins, ends) => {
    const unasked = { from: begins * 1000, to: ends * 1000 };
    expect(read(one(further))).toEqual(reason("metric-interval-unasked", unasked));
  });

  it("are refused where one stands there twice", () => {
    const [interval] = one().intervals;
    expect(read({ intervals: [interval, interval] })).toEqual(reason("metric-interval-twice", { from }));
  });

  it.each([
    ["more bad ones than requests", { total: 4, bad: 5 }, "bad-above-total"],
    ["fewer than none", { total: -1, bad: 0 }, "negative"],
    ["fewer bad ones than none", { total: 1, bad: -1 }, "negative"],
    ["a fraction", { total: 119.5, bad: 1 }, "fraction"],
    ["a text", { total: "120", bad: 1 }, "fraction"],
    ["more than can be counted", { total: 2 ** 60, bad: 1 }, "fraction"],
  ] as const)("are refused with %s", (_what, canary, problem) => {
    const impossible = reason("metric-count-impossible", { version: "canary", at: from, problem });
    expect(read(one({ canary }))).toEqual(impossible);
  });

  it.each([
    [null],
    [[]],
    [{}],
    [{ intervals: {} }],
    [{ intervals: [null] }],
    [{ intervals: [{ to: at + 60, ...sound }] }],
    [one({ from: "2026-01-01T00:00:00Z" })],
    [one({ canary: 120 })],
    [one({ canary: { total: 120 } })],
    [one({ stable: { bad: 0 } })],
  ])("are refused as a whole where they have another shape: %j", (json) => {
    expect(read(json)).toEqual(reason("metric-reply-malformed", { source }));
  });

  it("may be an error in the endpoint's own words", () => {
    const says = foreign("the warehouse is closed");
    expect(read({ error: "the warehouse is closed" })).toEqual(reason("metric-source-error", { source, says }));
  });
});
