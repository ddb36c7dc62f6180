import { describe, expect, it } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { counters, numbers, type ResponsePart } from "../../../src/metrics/prometheus/grid-samples.ts";
import type { RawSeries } from "../../../src/metrics/prometheus/query-response.ts";

const clean = (text: string) => text.replaceAll("s3cret", "***");
const voice = { clean, words: (text: string) => foreign(clean(text)) };
const grid = { from: 0, stepMs: 1000, last: 2 };

function series(values: readonly (readonly [number, unknown])[], labels: Record<string, string> = {}): RawSeries {
  return { labels, values: new Map(values), histograms: new Set() };
}

function part(...all: RawSeries[]): ResponsePart {
  return { ...grid, answer: { kind: "matrix", series: all } };
}

function read(...all: RawSeries[]) {
  const measured = numbers([part(...all)], voice);
  if (measured.kind !== "samples") throw new Error("samples were expected");
  return {
    ...measured,
    points: measured.samples.map((sample) => (sample.kind === "value" ? sample.value : sample.reason)),
  };
}

/** By each label: its name, two of its values, and how many more there are. */
const several = (count: number, ...labels: readonly (readonly [string, string, string, number])[]) =>
  reason("metric-several-series", {
    count,
    labels: labels.map(([label, one, other, more]) => {
      return { label: foreign(label), one: foreign(one), other: foreign(other), more };
    }),
  });

describe("one number a point", () => {
  it("takes each point by itself", () => {
    const { points, seriesCount, unfit } = read(
      series([
        [0, "1"],
        [2000, "NaN"],
      ]),
    );
    expect(points).toEqual([1, reason("point-missing", {}), reason("metric-nan", {})]);
    expect(seriesCount).toBe(1);
    expect(unfit).toBeUndefined();
  });

  it.each([
    ["+Inf", reason("metric-infinite", { sign: "+" })],
    ["Inf", reason("metric-infinite", { sign: "+" })],
    ["-Inf", reason("metric-infinite", { sign: "-" })],
    ["NaN", reason("metric-nan", {})],
    ["", reason("metric-not-a-number", { says: foreign("") })],
    ["0x10", reason("metric-not-a-number", { says: foreign("0x10") })],
    ["1e999", reason("metric-not-a-number", { says: foreign("1e999") })],
    ["my s3cret", reason("metric-not-a-number", { says: foreign("my ***") })],
    [0.5, reason("metric-not-a-number", {})],
    [null, reason("metric-not-a-number", {})],
    [["1"], reason("metric-not-a-number", {})],
  ])("does not take %j for a number", (value, why) => {
    expect(read(series([[0, value]])).points[0]).toEqual(why);
  });

  it("says that nothing was found", () => {
    expect(read()).toMatchObject({ points: Array(3).fill(reason("metric-no-series", {})), seriesCount: 0 });
  });

  it("never picks one of several, and says in what they differ", () => {
    const a = series(
      [
        [0, "1"],
        [1000, "1"],
      ],
      { pod: "web-a", zone: "s3cret", job: "web" },
    );
    const b = series(
      [
        [0, "1"],
        [2000, "1"],
      ],
      { pod: "web-b", job: "web" },
    );
    const { points, unfit, seriesCount } = read(a, b);
    const why = several(2, ["pod", "web-a", "web-b", 0], ["zone", "***", "", 0]);
    expect(points).toEqual([why, 1, 1]);
    expect(unfit).toEqual(why);
    expect(seriesCount).toBe(2);
    const many = Array.from({ length: 30 }, (_, pod) => series([[0, "1"]], { pod: `p${pod}` }));
    expect(read(...many).points[0]).toEqual(several(30, ["pod", "p0", "p1", 28]));
    expect(read(series([[0, "1"]]), series([[0, "1"]], { constructor: "x" })).points[0]).toEqual(
      several(2, ["constructor", "", "x", 0]),
    );
  });

  it("takes an empty label for one that is not there", () => {
    const apart = (...labels: Record<string, string>[]) =>
      read(...labels.map((one) => series([[0, "1"]], one))).points[0];
    expect(apart({ a: "" }, {})).toEqual(several(2));
    expect(apart({}, { a: "" }, { a: "", b: "x" })).toEqual(several(3, ["b", "", "x", 0]));
    expect(apart({ a: "" }, { a: "x" }, {})).toEqual(several(3, ["a", "", "x", 0]));
    expect(apart({ c: "1" }, { b: "1" }, { a: "1" })).toEqual(several(3, ["a", "", "1", 0], ["b", "", "1", 0]));
  });

  it("does not change what a point says when a series joins later", () => {
    const first = read(series([[0, "1"]], { pod: "a" })).points[0];
    const later = read(series([[0, "1"]], { pod: "a" }), series([[1000, "2"]], { pod: "b" })).points[0];
    expect(later).toBe(first);
  });

  it("does not take a histogram for a number", () => {
    const one: RawSeries = { labels: {}, values: new Map(), histograms: new Set([0]) };
    expect(read(one).points[0]).toEqual(reason("metric-histogram", {}));
    expect(read(one).unfit).toEqual(reason("metric-histogram", {}));
  });

  it("leaves out points beside the grid of a series that has others on it", () => {
    const { points } = read(
      series([
        [-1000, "8"],
        [500, "9"],
        [1000, "1"],
      ]),
    );
    expect(points).toEqual([reason("point-missing", {}), 1, reason("point-missing", {})]);
  });

  it("says of which type an answer is that is no range", () => {
    const measured = numbers([{ ...grid, answer: { kind: "other", type: foreign("scalar") } }], voice);
    expect(measured).toMatchObject({
      unfit: reason("metric-wrong-type", { type: foreign("scalar"), wanted: "numbers" }),
    });
    expect(measured.kind === "samples" && measured.samples.every((sample) => sample.kind === "missing")).toBe(true);
  });

  it("counts the point that two parts share once", () => {
    const second: ResponsePart = {
      ...grid,
      from: 2000,
      answer: {
        kind: "matrix",
        series: [
          series([
            [2000, "9"],
            [3000, "4"],
          ]),
        ],
      },
    };
    const measured = numbers([part(series([[2000, "3"]])), second], voice);
    const read = measured.kind === "samples" ? measured.samples : [];
    expect(read.map((sample) => [sample.at, sample.kind === "value" ? sample.value : null])).toEqual([
      [0, null],
      [1000, null],
      [2000, 3],
      [3000, 4],
      [4000, null],
    ]);
  });
});

describe("a grid that the source has moved", () => {
  const noon = Date.UTC(2026, 0, 1, 12);
  const at = (...times: readonly number[]) => series(times.map((time) => [time, "1"]));
  const asked = (...all: RawSeries[]): ResponsePart => ({
    ...{ from: noon, stepMs: 15_000, last: 3 },
    answer: { kind: "matrix", series: all },
  });
  const both = (...parts: readonly ResponsePart[]) => [
    numbers(parts, voice),
    counters(parts, { from: noon, stepMs: 15_000, last: 3 * parts.length }, voice),
  ];
  const moved = (wanted: number, answered: number) => ({
    kind: "error",
    reason: reason("metric-off-grid", { asked: wanted, answered }),
  });

  it.each([
    ["down by seven seconds", noon - 7_000, noon],
    ["up", noon + 22_000, noon + 15_000],
    ["by less than a second", noon + 30_250, noon + 30_000],
    ["far beyond its end", noon + 3_600_000, noon + 45_000],
    ["to another day", noon - 86_400_000, noon],
    ["to no time at all", 1e300, noon + 45_000],
  ])("%s is an error, never an absence of data", (_, found, wanted) => {
    expect(both(asked(at(found)))).toEqual([moved(wanted, found), moved(wanted, found)]);
  });

  it("is one although other series, or other parts, stand where they should", () => {
    const beside = asked(at(noon, noon + 15_000), { ...at(noon + 5_000, noon + 20_000), labels: { pod: "b" } });
    expect(both(beside).map(({ kind }) => kind)).toEqual(["error", "error"]);
    const later = { ...asked(at(noon + 50_000)), from: noon + 45_000 };
    expect(both(asked(at(noon)), later).map(({ kind }) => kind)).toEqual(["error", "error"]);
  });

  it("is none where a series has no points, or some on the grid", () => {
    const kinds = (...all: RawSeries[]) => both(asked(...all)).map(({ kind }) => kind);
    expect(kinds()).toEqual(["samples", "series"]);
    expect(kinds(at())).toEqual(["samples", "series"]);
    expect(kinds(at(noon - 8_000, noon + 7_000, noon + 45_000))).toEqual(["samples", "series"]);
  });

  it("is told of histograms as well", () => {
    const one: RawSeries = { labels: {}, values: new Map(), histograms: new Set([noon + 1_000]) };
    expect(both(asked(one))).toEqual(Array(2).fill(moved(noon, noon + 1_000)));
  });
});

describe("raw counters", () => {
  const whole = { ...grid, last: 4 };
  it("keep every series by itself on the grid", () => {
    const a = { pod: "a" };
    const second: ResponsePart = {
      ...grid,
      from: 2000,
      answer: {
        kind: "matrix",
        series: [
          series(
            [
              [2000, "3"],
              [4000, "7"],
            ],
            a,
          ),
        ],
      },
    };
    const measured = counters(
      [
        part(
          series(
            [
              [0, "1"],
              [2000, "3"],
            ],
            a,
          ),
          series([[1000, "5"]], { pod: "b" }),
        ),
        second,
      ],
      whole,
      voice,
    );
    expect(measured).toEqual({
      kind: "series",
      series: [
        { labels: { pod: "a" }, values: [1, null, 3, null, 7] },
        { labels: { pod: "b" }, values: [null, 5, null, null, null] },
      ],
    });
  });

  const noNumber = "metric-counter-not-a-number";
  it.each([
    ["NaN", noNumber],
    ["-1", "metric-counter-negative"],
    ["+Inf", noNumber],
    ["", noNumber],
    [1, noNumber],
    ["0x1", noNumber],
  ])("are thrown away together when one of them is %j", (value, code) => {
    const measured = counters(
      [part(series([[0, "1"]], { pod: "a" }), series([[1000, value]], { pod: "b" }))],
      whole,
      voice,
    );
    expect(measured).toMatchObject({ kind: "error", unusable: true, reason: { code } });
  });

  it("are thrown away when a series stands there twice, or is no counter", () => {
    const twice = counters([part(series([], { a: "1", b: "2" }), series([], { b: "2", a: "1" }))], whole, voice);
    expect(twice).toMatchObject({ kind: "error", reason: { code: "metric-series-twice" } });
    const histogram: RawSeries = { labels: {}, values: new Map(), histograms: new Set([0]) };
    expect(counters([part(histogram)], whole, voice).kind).toBe("error");
    expect(counters([{ ...grid, answer: { kind: "other", type: foreign("scalar") } }], whole, voice).kind).toBe(
      "error",
    );
  });

  it("show no secret that a server put into a label", () => {
    const measured = counters([part(series([[0, "1"]], { echo: "s3cret" }))], whole, voice);
    expect(measured).toMatchObject({ series: [{ labels: { echo: "***" } }] });
  });
});
