import type { Expression, ValueType } from "./ast.ts";

/** What a function takes and gives. The last `optional` arguments may be left out. */
type Signature = {
  readonly takes: readonly ValueType[];
  readonly optional: number;
  readonly gives: ValueType;
  /** The last argument may stand any number of times. */
  readonly repeats?: true;
};

const overTime: Signature = { takes: ["matrix"], optional: 0, gives: "vector" };
const each: Signature = { takes: ["vector"], optional: 0, gives: "vector" };

/** Functions over a range of samples. */
export const rangeFunctions = [
  "rate",
  "increase",
  "delta",
  "irate",
  "idelta",
  "last_over_time",
  "avg_over_time",
  "max_over_time",
  "min_over_time",
  "sum_over_time",
  "count_over_time",
  "stddev_over_time",
  "stdvar_over_time",
  "present_over_time",
  "changes",
  "resets",
] as const;
export type RangeFunction = (typeof rangeFunctions)[number];

/** Functions of one number, applied to each sample. */
export const numberFunctions = ["abs", "ceil", "exp", "floor", "ln", "log10", "log2", "sgn", "sqrt"] as const;
export type NumberFunction = (typeof numberFunctions)[number];

export const signatures: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...rangeFunctions.map((name) => [name, overTime] as const),
  ...numberFunctions.map((name) => [name, each] as const),
  ["quantile_over_time", { takes: ["scalar", "matrix"], optional: 0, gives: "vector" }],
  ["absent", each],
  ["absent_over_time", overTime],
  ["clamp", { takes: ["vector", "scalar", "scalar"], optional: 0, gives: "vector" }],
  ["clamp_max", { takes: ["vector", "scalar"], optional: 0, gives: "vector" }],
  ["clamp_min", { takes: ["vector", "scalar"], optional: 0, gives: "vector" }],
  ["histogram_quantile", { takes: ["scalar", "vector"], optional: 0, gives: "vector" }],
  ["label_join", { takes: ["vector", "string", "string", "string"], optional: 1, gives: "vector", repeats: true }],
  ["label_replace", { takes: ["vector", "string", "string", "string", "string"], optional: 0, gives: "vector" }],
  ["pi", { takes: [], optional: 0, gives: "scalar" }],
  ["round", { takes: ["vector", "scalar"], optional: 1, gives: "vector" }],
  ["scalar", { takes: ["vector"], optional: 0, gives: "scalar" }],
  ["sort", each],
  ["sort_desc", each],
  ["time", { takes: [], optional: 0, gives: "scalar" }],
  ["timestamp", each],
  ["vector", { takes: ["scalar"], optional: 0, gives: "vector" }],
]);

/** Prometheus knows these too; a rehearsal says so instead of calling them unknown. */
export const notRehearsed: ReadonlySet<string> = new Set(
  (
    "count_values limitk limit_ratio acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh deg rad deriv predict_linear double_exponential_smoothing " +
    "holt_winters histogram_count histogram_sum histogram_avg histogram_fraction histogram_stddev histogram_stdvar " +
    "histogram_quantiles mad_over_time day_of_month day_of_week day_of_year days_in_month hour minute month year info " +
    "sort_by_label sort_by_label_desc first_over_time ts_of_max_over_time ts_of_min_over_time ts_of_last_over_time " +
    "ts_of_first_over_time start end step range"
  ).split(" "),
);

export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "negative":
      return typeOf(expression.of);
    case "selector":
    case "aggregate":
      return "vector";
    case "range":
    case "subquery":
      return "matrix";
    case "call":
      return signatures.get(expression.name)?.gives ?? "vector";
    case "binary":
      return typeOf(expression.left) === "scalar" && typeOf(expression.right) === "scalar" ? "scalar" : "vector";
    default:
      return expression satisfies never;
  }
}

/** As Prometheus names the types in its messages. */
export const typeNames: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  vector: "instant vector",
  matrix: "range vector",
  string: "string",
};
