import { describe, expect, it } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { readIntervals } from "../../../src/metrics/counts/read-intervals.ts";
import { written } from "./speech.ts";

const from = 1_767_225_600_000;
const minute = 60_000;
const until = from + 3 * minute;
const grid = { from, to: from + 2 * minute, stepMs: minute };
const source = "The endpoint of counts";
const read = (json: unknown) => readIntervals(json, grid, source, foreign);
const sound = { canary: [120, 1], stable: [2301, 4] };
const bucket = (at: number, further: object = {}) => ({ from: written(at), ...sound, ...further });
const answer = (errors: unknown, further: object = {}) => ({
  ...{ format: 1, until: written(until), counts: { errors } },
  ...further,
});
const one = (further: object = {}) => answer([bucket(from, further)]);
const counted = { canary: { n: 120, x: 1 }, stable: { n: 2301, x: 4 } };
const found = (...ends: number[]) => new Map(ends.map((at) => [at, { at, ...counted }]));

describe("buckets of an endpoint", () => {
  it("are found by their end", () => {
    const both = answer([bucket(from, { more: "is left alone" }), bucket(from + minute)], { more: 1 });
    expect(read(both)).toEqual({ intervals: found(from + minute, from + 2 * minute), until });
    const others = { errors: [bucket(from)], "latency>250": "is left alone" };
    expect(read(answer([], { counts: others }))).toEqual({ intervals: found(from + minute), until });
  });

  it("may be missing, and so may a version: neither is 0", () => {
    expect(read(answer([]))).toEqual({ intervals: new Map(), until });
    const half = { at: from + minute, stable: counted.stable };
    expect(read(one({ canary: undefined }))).toEqual({ intervals: new Map([[from + minute, half]]), until });
    expect(read(one({ canary: null }))).toEqual({ intervals: new Map([[from + minute, half]]), until });
    const nothing = { ...half, canary: { n: 0, x: 0 } };
    expect(read(one({ canary: [0, 0] }))).toEqual({ intervals: new Map([[from + minute, nothing]]), until });
  });

  it.each([
    ["at its end", 2 * minute, 2],
    ["within it", 2 * minute - 1, 1],
    ["before all", 0, 0],
  ])("count once they are closed: `until` %s", (_where, after, closed) => {
    const ends = [from + minute, from + 2 * minute].slice(0, closed);
    const both = answer([bucket(from), bucket(from + minute)], { until: new Date(from + after).toISOString() });
    expect(read(both)).toEqual({ intervals: found(...ends), until: from + after });
  });

  it("are refused although not closed where they cannot be true", () => {
    const impossible = reason("metric-count-impossible", { version: "canary", at: from, problem: "bad-above-total" });
    expect(read(answer([bucket(from, { canary: [1, 2] })], { until: written(from) }))).toEqual(impossible);
  });

  it.each([
    ["another beginning", 30_000],
    ["an earlier window", -minute],
    ["a later window", 2 * minute],
  ])("are refused with %s", (_what, after) => {
    const unasked = { from: from + after, to: from + after + minute };
    expect(read(answer([bucket(from + after)]))).toEqual(reason("metric-interval-unasked", unasked));
  });

  it("are refused where one stands there twice, or before an earlier one", () => {
    const [first, second] = [bucket(from), bucket(from + minute)];
    expect(read(answer([first, first]))).toEqual(reason("metric-interval-twice", { from }));
    expect(read(answer([second, first]))).toEqual(reason("metric-interval-unordered", { from, after: from + minute }));
  });

  it.each([
    ["more bad ones than requests", [4, 5], "bad-above-total"],
    ["fewer than none", [-1, 0], "negative"],
    ["fewer bad ones than none", [1, -1], "negative"],
    ["a fraction", [119.5, 1], "fraction"],
    ["a text", ["120", 1], "fraction"],
    ["nothing in place of a number", [120, null], "fraction"],
    ["more than can be counted", [2 ** 60, 1], "fraction"],
  ] as const)("are refused with %s", (_what, canary, problem) => {
    const impossible = reason("metric-count-impossible", { version: "canary", at: from, problem });
    expect(read(one({ canary }))).toEqual(impossible);
  });

  it.each([
    [null],
    [[]],
    [answer({})],
    [answer([null])],
    [answer([], { counts: [] })],
    [answer([], { counts: {} })],
    [answer([], { until: undefined })],
    [answer([], { until: until / 1000 })],
    [answer([], { until: "2026-01-01" })],
    [answer([], { until: "2026-02-30T00:00:00Z" })],
    [answer([], { until: "2026-01-01T25:00:00Z" })],
    [answer([], { until: "2026-01-01T00:03:00" })],
    [answer([], { until: "2026-01-01T01:03:00+01:00" })],
    [answer([sound])],
    [one({ from: from / 1000 })],
    [one({ canary: 120 })],
    [one({ canary: [120] })],
    [one({ canary: [120, 1, 0] })],
    [one({ stable: { total: 120, bad: 1 } })],
  ])("are refused as a whole where they have another shape: %j", (json) => {
    expect(read(json)).toEqual(reason("metric-reply-malformed", { source }));
  });

  it("come in a format that is named", () => {
    const unknown = (further: object) => reason("metric-format-unknown", { source, known: 1, ...further });
    expect(read(answer([], { format: 2 }))).toEqual(unknown({ format: foreign("2") }));
    expect(read(answer([], { format: "1" }))).toEqual(unknown({ format: foreign("1") }));
    expect(read({ intervals: [] })).toEqual(unknown({}));
    expect(read(answer([], { format: [1] }))).toEqual(unknown({}));
  });

  it("may be an error in the endpoint's own words", () => {
    const says = foreign("the warehouse is closed");
    expect(read({ error: "the warehouse is closed" })).toEqual(reason("metric-source-error", { source, says }));
  });
});
