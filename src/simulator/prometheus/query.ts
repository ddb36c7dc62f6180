import { SluiceError } from "../../base/problem.ts";
import type { Expression } from "./ast.ts";
import { Evaluator, type EvaluatorOptions } from "./evaluate.ts";
import { typeNames, typeOf } from "./function-signatures.ts";
import { parse } from "./parse.ts";
import type { SampleStore } from "./series-store.ts";
import type { Value, VectorRow } from "./value.ts";

/** A query that got no answer, in the two classes of Prometheus: not readable, or not computable. */
export type Unanswered = { readonly kind: "failed"; readonly type: "bad_data" | "execution"; readonly because: string };
type InstantAnswer = { readonly kind: "value"; readonly value: Value } | Unanswered;
export type RangeAnswer = { readonly kind: "rows"; readonly rows: readonly VectorRow[] } | Unanswered;

export function instantQuery(
  text: string,
  store: SampleStore,
  at: number,
  options: EvaluatorOptions = {},
): InstantAnswer {
  const parsed = parsedQuery(text);
  if (parsed.kind === "failed") return parsed;
  return computed(() => ({ kind: "value", value: new Evaluator(store, options).at(parsed.expression, at) }));
}

export type RangeParameters = { readonly from: number; readonly to: number; readonly stepMs: number };

export function rangeQuery(
  text: string,
  store: SampleStore,
  grid: RangeParameters,
  options: EvaluatorOptions = {},
): RangeAnswer {
  const answer = rangeAnswer(parsedQuery(text), new Evaluator(store, options), grid);
  if (answer.kind === "failed") return answer;
  return { kind: "rows", rows: answer.rows.toSorted((a, b) => (a.labels.key < b.labels.key ? -1 : 1)) };
}

/** The answer to a query that was read before, as whoever asks the same again and again does. Its rows have no order. */
export function rangeAnswer(parsed: ParsedQuery, evaluator: Evaluator, grid: RangeParameters): RangeAnswer {
  if (parsed.kind === "failed") return parsed;
  const type = typeOf(parsed.expression);
  if (type !== "scalar" && type !== "vector") {
    const because = `invalid expression type "${typeNames[type]}" for range query, must be Scalar or instant Vector`;
    return { kind: "failed", type: "bad_data", because };
  }
  return computed(() => ({
    kind: "rows",
    rows: evaluator.over(parsed.expression, grid.from, grid.to, grid.stepMs),
  }));
}

export type ParsedQuery = { readonly kind: "parsed"; readonly expression: Expression } | Unanswered;

export function parsedQuery(text: string): ParsedQuery {
  try {
    return { kind: "parsed", expression: parse(text) };
  } catch (error) {
    return { kind: "failed", type: "bad_data", because: wordsOf(error) };
  }
}

function computed<Answer>(compute: () => Answer): Answer | Unanswered {
  try {
    return compute();
  } catch (error) {
    return { kind: "failed", type: "execution", because: wordsOf(error) };
  }
}

/** Only what the language itself refuses is an answer; a defect of ours must not pass for one. */
function wordsOf(error: unknown): string {
  if (error instanceof SluiceError) return error.message;
  throw error;
}
