import type { LabelMatcher } from "./label-matcher.ts";

export type ValueType = "scalar" | "vector" | "matrix" | "string";

export const arithmetic = ["+", "-", "*", "/", "%", "^", "atan2"] as const;
export const comparisons = ["==", "!=", "<=", "<", ">=", ">"] as const;
export const setOperators = ["and", "or", "unless"] as const;
export type Arithmetic = (typeof arithmetic)[number];
export type ComparisonOperator = (typeof comparisons)[number];
type SetOperator = (typeof setOperators)[number];
export type BinaryOperator = Arithmetic | ComparisonOperator | SetOperator;

export const aggregations = [
  "sum",
  "avg",
  "min",
  "max",
  "count",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "quantile",
] as const;
export type Aggregation = (typeof aggregations)[number];

export type VectorMatching = {
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Which side may have several series for one of the other side. */
  readonly many: "neither" | "left" | "right";
  /** Labels that the result takes from the side with one series. */
  readonly include: readonly string[];
};

export type Selector = {
  readonly kind: "selector";
  readonly matchers: readonly LabelMatcher[];
  readonly offsetMs: number;
};
export type RangeSelector = { readonly kind: "range"; readonly selector: Selector; readonly rangeMs: number };
/** `expression[range:step]`. Without a step the evaluator's own default counts. */
export type Subquery = {
  readonly kind: "subquery";
  readonly of: Expression;
  readonly rangeMs: number;
  readonly stepMs: number | undefined;
  readonly offsetMs: number;
};
export type FunctionCall = { readonly kind: "call"; readonly name: string; readonly arguments: readonly Expression[] };
export type Aggregate = {
  readonly kind: "aggregate";
  readonly operation: Aggregation;
  readonly of: Expression;
  readonly parameter: Expression | undefined;
  readonly by: boolean;
  readonly labels: readonly string[];
};
export type Binary = {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly bool: boolean;
  readonly matching: VectorMatching;
};

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "negative"; readonly of: Expression }
  | Selector
  | RangeSelector
  | Subquery
  | FunctionCall
  | Aggregate
  | Binary;
