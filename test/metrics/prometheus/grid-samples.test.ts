import { describe, expect, it } from "vitest";
import type { Reason } from "../../../src/base/reasons/index.ts";
import { counters, numbers, type ResponsePart } from "../../../src/metrics/prometheus/grid-samples.ts";
import type { RawSeries } from "../../../src/metrics/prometheus/query-response.ts";

const words = (text: string) => text.replaceAll("s3cret", "***");
const grid = { from: 0, stepMs: 1000, last: 2 };

function series(values: readonly (readonly [number, unknown])[], labels: Record<string, string> = {}): RawSeries {
  return { labels, values: new Map(values), histograms: new Set() };
}

function part(...all: RawSeries[]): ResponsePart {
  return { ...grid, answer: { kind: "matrix", series: all } };
}

const toldOf = ({ code, data }: Reason): unknown => ("says" in data ? data.says : code);

function read(...all: RawSeries[]) {
  const measured = numbers([part(...all)], words);
  if (measured.kind !== "samples") throw new Error("samples were expected");
  return {
    ...measured,
    points: measured.samples.map((sample) => (sample.kind === "value" ? sample.value : toldOf(sample.reason))),
  };
}

describe("one number a point", () => {
  it("takes each point by itself", () => {
    const { points, seriesCount, unfit } = read(
      series([
        [0, "1"],
        [2000, "NaN"],
      ]),
    );
    expect(points).toEqual([1, "no point at this time", "NaN, as when nothing is divided by nothing"]);
    expect(seriesCount).toBe(1);
    expect(unfit).toBeUndefined();
  });

  it.each([
    ["+Inf", "+Inf"],
    ["Inf", "+Inf"],
    ["-Inf", "-Inf"],
    ["NaN", "NaN, as when nothing is divided by nothing"],
    ["", "the value is an empty text"],
    ["0x10", 'the value is not a finite decimal number: "0x10"'],
    ["1e999", 'the value is not a finite decimal number: "1e999"'],
    ["my s3cret", 'the value is not a finite decimal number: "my ***"'],
    [0.5, "the value is not written as a text with a number in it"],
    [null, "the value is not written as a text with a number in it"],
    [["1"], "the value is not written as a text with a number in it"],
  ])("does not take %j for a number", (value, because) => {
    expect(read(series([[0, value]])).points[0]).toBe(because);
  });

  it("says that nothing was found", () => {
    expect(read()).toMatchObject({ points: Array(3).fill("no series: nothing matches the query"), seriesCount: 0 });
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
    const because =
      'several series, 2 that differ in pod ("web-a", "web-b") and zone ("***", ""): one is needed, so aggregate them, as with sum(…)';
    expect(points).toEqual([because, 1, 1]);
    expect(unfit).toBe(because);
    expect(seriesCount).toBe(2);
    const many = Array.from({ length: 30 }, (_, pod) => series([[0, "1"]], { pod: `p${pod}` }));
    expect(read(...many).points[0]).toContain('30 that differ in pod ("p0", "p1", …): one');
    expect(read(series([[0, "1"]]), series([[0, "1"]], { constructor: "x" })).points[0]).toContain(
      'constructor ("", "x")',
    );
  });

  it("takes an empty label for one that is not there", () => {
    const apart = (...labels: Record<string, string>[]) =>
      read(...labels.map((one) => series([[0, "1"]], one))).points[0];
    expect(apart({ a: "" }, {})).toContain("2 with the same labels");
    expect(apart({}, { a: "" }, { a: "", b: "x" })).toContain('3 that differ in b ("", "x"):');
    expect(apart({ a: "" }, { a: "x" }, {})).toContain('3 that differ in a ("", "x"):');
    expect(apart({ c: "1" }, { b: "1" }, { a: "1" })).toContain('3 that differ in a ("", "1") and b ("", "1"):');
  });

  it("does not change what a point says when a series joins later", () => {
    const first = read(series([[0, "1"]], { pod: "a" })).points[0];
    const later = read(series([[0, "1"]], { pod: "a" }), series([[1000, "2"]], { pod: "b" })).points[0];
    expect(later).toBe(first);
  });

  it("does not take a histogram for a number", () => {
    const one: RawSeries = { labels: {}, values: new Map(), histograms: new Set([0]) };
    expect(read(one).points[0]).toBe("a histogram, not a number");
    expect(read(one).unfit).toBe("a histogram, not a number");
  });

  it("leaves out points beside the grid of a series that has others on it", () => {
    const { points } = read(
      series([
        [-1000, "8"],
        [500, "9"],
        [1000, "1"],
      ]),
    );
    expect(points).toEqual(["no point at this time", 1, "no point at this time"]);
  });

  it("says of which type an answer is that is no range", () => {
    const measured = numbers([{ ...grid, answer: { kind: "other", type: "scalar" } }], words);
    expect(measured).toMatchObject({ unfit: "the answer is a scalar, not numbers over time" });
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
    const measured = numbers([part(series([[2000, "3"]])), second], words);
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
    numbers(parts, words),
    counters(parts, { from: noon, stepMs: 15_000, last: 3 * parts.length }, words),
  ];
  const sentence = (from: string, to: string) => ({
    kind: "error",
    because:
      `The source moved the grid: asked for a point at ${from}, it answered at ${to}, and at none of the times that were ` +
      "asked for. Name the store itself as the source, not what rounds its answers.",
  });

  it.each([
    ["down by seven seconds", noon - 7_000, "12:00:00", "11:59:53"],
    ["up", noon + 22_000, "12:00:15", "12:00:22"],
    ["by less than a second", noon + 30_250, "12:00:30", "12:00:30.250"],
    ["far beyond its end", noon + 3_600_000, "12:00:45", "13:00:00"],
    ["to another day", noon - 86_400_000, "2026-01-01T12:00:00", "2025-12-31T12:00:00"],
    ["to no time at all", 1e300, "2026-01-01T12:00:45", "no time at all"],
  ])("%s is an error, never an absence of data", (_, found, from, to) => {
    expect(both(asked(at(found)))).toEqual([sentence(from, to), sentence(from, to)]);
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
    expect(both(asked(one)).map((measured) => measured.kind === "error" && measured.because)).toEqual(
      Array(2).fill(expect.stringContaining("it answered at 12:00:01")),
    );
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
      words,
    );
    expect(measured).toEqual({
      kind: "series",
      series: [
        { labels: { pod: "a" }, values: [1, null, 3, null, 7] },
        { labels: { pod: "b" }, values: [null, 5, null, null, null] },
      ],
    });
  });

  it.each([["NaN"], ["-1"], ["+Inf"], [""], [1], ["0x1"]])(
    "are thrown away together when one of them is %j",
    (value) => {
      const measured = counters(
        [part(series([[0, "1"]], { pod: "a" }), series([[1000, value]], { pod: "b" }))],
        whole,
        words,
      );
      expect(measured).toMatchObject({
        kind: "error",
        because: expect.stringContaining("The counters cannot be used"),
      });
    },
  );

  it("are thrown away when a series stands there twice, or is no counter", () => {
    const twice = counters([part(series([], { a: "1", b: "2" }), series([], { b: "2", a: "1" }))], whole, words);
    expect(twice).toMatchObject({ kind: "error", because: expect.stringContaining("twice") });
    const histogram: RawSeries = { labels: {}, values: new Map(), histograms: new Set([0]) };
    expect(counters([part(histogram)], whole, words).kind).toBe("error");
    expect(counters([{ ...grid, answer: { kind: "other", type: "scalar" } }], whole, words).kind).toBe("error");
  });

  it("show no secret that a server put into a label", () => {
    const measured = counters([part(series([[0, "1"]], { echo: "s3cret" }))], whole, words);
    expect(measured).toMatchObject({ series: [{ labels: { echo: "***" } }] });
  });
});
