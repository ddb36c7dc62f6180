import type { Foreign } from "../../base/foreign.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import { said } from "../http/http-response.ts";

/** One series as it was sent. Values are still foreign text; a point may hold a histogram instead. */
export type RawSeries = {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<Millis, unknown>;
  readonly histograms: ReadonlySet<Millis>;
};

export type QueryResponse =
  | { readonly kind: "matrix"; readonly series: readonly RawSeries[] }
  /** An answer that is not a range of numbers, by its type. */
  | { readonly kind: "other"; readonly type: Foreign }
  | { readonly kind: "error"; readonly reason: Reason<MetricCode> };

type Words = (text: string, most?: number) => Foreign;
type Fields = Readonly<Record<string, unknown>>;

/** Turns the JSON of Prometheus' HTTP API into clean values; inside nothing is checked a second time. */
export function readAnswer(json: unknown, source: string, words: Words): QueryResponse {
  const malformed: QueryResponse = { kind: "error", reason: reason("metric-reply-malformed", { source }) };
  if (!isFields(json)) return malformed;
  if (json["status"] !== "success") {
    if (json["status"] !== "error") return malformed;
    return { kind: "error", reason: reason("metric-source-error", { source, ...said(json, { words }) }) };
  }
  const partial = partialOf(json, words);
  if (partial !== undefined) return { kind: "error", reason: reason("metric-partial", { source, ...partial }) };
  const data = json["data"];
  if (!isFields(data) || !Array.isArray(data["result"])) return malformed;
  const [type, result] = [data["resultType"], data["result"] as readonly unknown[]];
  if (typeof type !== "string") return malformed;
  // An empty answer has no type to speak of: nothing was found.
  if (type !== "matrix")
    return type === "vector" && result.length === 0
      ? { kind: "matrix", series: [] }
      : { kind: "other", type: words(type, 40) };
  const series = result.map(readSeries);
  const whole = series.filter((one) => one !== undefined);
  return whole.length === series.length ? { kind: "matrix", series: whole } : malformed;
}

/** A warning says that data may be missing, and not which: such an answer is not judged. `infos` are advice. */
function partialOf(json: Fields, words: Words): { readonly says?: Foreign } | undefined {
  const warnings = json["warnings"];
  if (Array.isArray(warnings) && warnings.length > 0) {
    return { says: words(warnings.filter((warning) => typeof warning === "string").join("; ")) };
  }
  return json["isPartial"] === true ? {} : undefined;
}

function readSeries(raw: unknown): RawSeries | undefined {
  if (!isFields(raw) || !isFields(raw["metric"])) return undefined;
  const labels = Object.entries(raw["metric"]);
  if (labels.some(([, value]) => typeof value !== "string")) return undefined;
  const values = readPoints(raw["values"]);
  const histograms = readPoints(raw["histograms"]);
  if (values === undefined || histograms === undefined) return undefined;
  return {
    labels: Object.fromEntries(labels) as Readonly<Record<string, string>>,
    values,
    histograms: new Set(histograms.keys()),
  };
}

/** Points by their time in whole milliseconds. Two points at one time make the series unreadable. */
function readPoints(raw: unknown): ReadonlyMap<Millis, unknown> | undefined {
  if (raw === undefined || raw === null) return new Map();
  if (!Array.isArray(raw)) return undefined;
  const points = new Map<Millis, unknown>();
  for (const point of raw as readonly unknown[]) {
    if (!Array.isArray(point) || point.length !== 2 || typeof point[0] !== "number") return undefined;
    points.set(Math.round(point[0] * 1000), point[1]);
  }
  return points.size === raw.length ? points : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
