import { describe, expect, it } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { readAnswer } from "../../../src/metrics/prometheus/query-response.ts";
import { matrix } from "./servers.ts";

const words = (text: string, most = 300) => foreign(text, most);
const source = "Prometheus";
const read = (json: unknown) => readAnswer(json, source, words);

describe("Prometheus' JSON", () => {
  it("becomes labels and points by whole milliseconds", () => {
    const answer = read(
      matrix({
        metric: { a: "b" },
        values: [
          [1767225600, "1"],
          [1767225660.001, "2"],
        ],
      }),
    );
    expect(answer).toEqual({
      kind: "matrix",
      series: [
        {
          labels: { a: "b" },
          values: new Map([
            [1767225600000, "1"],
            [1767225660001, "2"],
          ]),
          histograms: new Set(),
        },
      ],
    });
  });

  it("is an error where it says so, although the status was 200", () => {
    expect(read({ status: "error", errorType: "execution", error: "too many samples" })).toEqual({
      kind: "error",
      reason: reason("metric-source-error", { source, says: foreign("execution: too many samples") }),
    });
    expect(read({ status: "error" })).toEqual({ kind: "error", reason: reason("metric-source-error", { source }) });
  });

  it("is an error where it is only part of an answer; advice is not", () => {
    const whole = matrix({ values: [] }) as object;
    expect(read({ ...whole, warnings: ["store a: timeout", 1] })).toEqual({
      kind: "error",
      reason: reason("metric-partial", { source, says: foreign("store a: timeout") }),
    });
    expect(read({ ...whole, isPartial: true }).kind).toBe("error");
    expect(read({ ...whole, warnings: [], infos: ["might not be a counter"] }).kind).toBe("matrix");
  });

  it("keeps its type where it is no range", () => {
    expect(read({ status: "success", data: { resultType: "scalar", result: [1, "1"] } })).toEqual({
      kind: "other",
      type: "scalar",
    });
    expect(read({ status: "success", data: { resultType: "string", result: [1, "up"] } })).toEqual({
      kind: "other",
      type: "string",
    });
    expect(read({ status: "success", data: { resultType: "vector", result: [] } })).toEqual({
      kind: "matrix",
      series: [],
    });
  });

  it.each([
    [null],
    [[]],
    ["success"],
    [{}],
    [{ status: "success" }],
    [{ status: "success", data: null }],
    [{ status: "success", data: { resultType: "matrix" } }],
    [{ status: "success", data: { resultType: "matrix", result: {} } }],
    [{ status: "success", data: { resultType: 1, result: [] } }],
    [{ status: "success", data: { resultType: "matrix", result: [null] } }],
    [{ status: "success", data: { resultType: "matrix", result: [{ values: [] }] } }],
    [matrix({ metric: { a: 1 }, values: [] })],
    [
      matrix({
        values: [
          [1, "1"],
          [1, "2"],
        ],
      }),
    ],
    [{ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values: [["1", "1"]] }] } }],
    [{ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values: [[1]] }] } }],
    [{ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values: "1" }] } }],
  ])("is refused as a whole where it has another shape: %j", (json) => {
    expect(read(json)).toEqual({ kind: "error", reason: reason("metric-reply-malformed", { source }) });
  });

  it("may use names that every object has", () => {
    const answer = read(
      JSON.parse(
        '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__proto__":"x","constructor":"y"},"values":[]}]}}',
      ),
    );
    expect(answer.kind === "matrix" && Object.entries(answer.series[0]?.labels ?? {})).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });
});
