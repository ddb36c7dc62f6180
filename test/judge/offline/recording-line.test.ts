import { describe, expect, test } from "vitest";
import { readCounts } from "../../../src/judge/offline/recording-line.ts";

describe("a line", () => {
  test("enters a phase, or holds a scrape, or both", () => {
    expect(readCounts('{"t": 0, "phase": {"weight": 5}}')).toEqual({ t: 0, isHistory: false, entries: [], weight: 5 });
    const line =
      '{"t": 15000, "series": [{"arm": "canary", "target": "pod-1", "total": 812, "bad": 3, "le": {"100": 640, "250.0": 801, "+Inf": 812}}, {"arm": "stable", "target": "pod-2"}]}';
    expect(readCounts(line)).toEqual({
      t: 15_000,
      isHistory: false,
      entries: [
        {
          arm: "canary",
          target: "pod-1",
          total: 812,
          bad: 3,
          buckets: { edges: [100, 250, Number.POSITIVE_INFINITY], counts: [640, 801, 812] },
        },
        { arm: "stable", target: "pod-2", buckets: { edges: [], counts: [] } },
      ],
    });
    expect(readCounts('{"t": -3600000, "history": true, "series": []}')).toMatchObject({ isHistory: true });
    expect(readCounts('{"t": 1, "phase": {"weight": 5}, "series": []}')).toMatchObject({ weight: 5, entries: [] });
  });

  const series = (entry: string) => `{"t": 1, "series": [{"arm": "stable", "target": "a"}, ${entry}]}`;
  test.each([
    ["{", "is not JSON"],
    ['{"t": NaN}', "is not JSON"],
    ["[]", "is not an object"],
    ["null", "is not an object"],
    ["{}", "has no `t`"],
    ['{"t": "1", "series": []}', "has no `t`"],
    ['{"t": 1.5, "series": []}', "has no `t`"],
    ['{"t": 1, "history": 1, "series": []}', "a `history` that is neither"],
    ['{"t": 1}', "neither `phase` nor `series`"],
    ['{"t": 1, "history": true, "phase": {"weight": 5}}', "enters a phase in the history"],
    ['{"t": 1, "phase": 5}', "a `phase` without a `weight`"],
    ['{"t": 1, "phase": {"weight": "5"}}', "a `phase` without a `weight`"],
    ['{"t": 1, "phase": {"weight": 101}}', "a `phase` without a `weight`"],
    ['{"t": 1, "series": {}}', "a `series` that is not a list"],
    [series("5"), "series[1] is not an object"],
    [series('{"arm": "old", "target": "a"}'), "series[1] has an `arm`"],
    [series('{"arm": "stable"}'), "series[1] has no `target`"],
    [series('{"arm": "stable", "target": ""}'), "series[1] has no `target`"],
    [series('{"arm": "stable", "target": "b", "total": -1}'), "a `total` that is not a counter"],
    [series('{"arm": "stable", "target": "b", "total": null}'), "a `total` that is not a counter"],
    [series('{"arm": "stable", "target": "b", "bad": 1.5}'), "a `bad` that is not a counter"],
    [series('{"arm": "stable", "target": "b", "le": []}'), "an `le` that is not an object"],
    [series('{"arm": "stable", "target": "b", "le": {"0x10": 1}}'), 'an `le` of "0x10"'],
    [series('{"arm": "stable", "target": "b", "le": {"500": 1, "500.0": 1}}'), 'the bucket "500.0" twice'],
    [series('{"arm": "stable", "target": "b", "le": {"500": "1"}}'), 'a bucket "500" that is not a counter'],
  ])("%s is malformed", (text, because) => {
    const found = readCounts(text);
    expect(typeof found).toBe("string");
    expect(found).toContain(because);
  });
});
