import { aggregated, type Grouping, groupingOf } from "./aggregate.ts";
import type { Aggregate, Expression, FunctionCall, RangeSelector, Selector, Subquery } from "./ast.ts";
import { binaryValue } from "./binary-operators.ts";
import { rangeFunctions } from "./function-signatures.ts";
import { absentLabels, instantCall } from "./instant-functions.ts";
import { failure } from "./query-error.ts";
import { overTime, quantileOf } from "./range-functions.ts";
import type { Dialect } from "./rate.ts";
import { countUpTo, type SampleStore } from "./series-store.ts";
import {
  mapped,
  type SamplePoint,
  type Value,
  type Vector,
  type VectorRow,
  type VectorSample,
  withoutName,
} from "./value.ts";

export type EvaluatorOptions = {
  readonly dialect?: Dialect;
  /** How far back a sample counts as the present one. */
  readonly lookbackMs?: number;
  /** The step of a subquery that names none. */
  readonly subqueryStepMs?: number;
};

/** Evaluates expressions at any number of instants; their label sets are worked out once. */
export class Evaluator {
  readonly #store: SampleStore;
  readonly #dialect: Dialect;
  readonly #lookbackMs: number;
  readonly #subqueryStepMs: number;
  readonly #groupings = new WeakMap<Aggregate, Grouping>();

  constructor(store: SampleStore, options: EvaluatorOptions = {}) {
    this.#store = store;
    this.#dialect = options.dialect ?? 3;
    this.#lookbackMs = options.lookbackMs ?? 300_000;
    this.#subqueryStepMs = options.subqueryStepMs ?? 60_000;
  }

  at(node: Expression, time: number): Value {
    switch (node.kind) {
      case "number":
        return { kind: "scalar", value: node.value };
      case "string":
        return { kind: "string", value: node.value };
      case "negative":
        return this.#negative(node.of, time);
      case "selector":
        return { kind: "vector", samples: this.#instant(node, time, (_sampledAt, value) => value) };
      case "range":
      case "subquery":
        return { kind: "matrix", rows: this.#rows(node, time) };
      case "call":
        return this.#call(node, time);
      case "aggregate":
        return this.#aggregate(node, time);
      case "binary":
        return binaryValue(node, this.at(node.left, time), this.at(node.right, time));
      default:
        return node satisfies never;
    }
  }

  #negative(of: Expression, time: number): Value {
    const value = this.at(of, time);
    if (value.kind === "scalar") return { kind: "scalar", value: -value.value };
    return { kind: "vector", samples: value.kind === "vector" ? mapped(value.samples, (number) => -number) : [] };
  }

  #aggregate(node: Aggregate, time: number): Value {
    const of = this.at(node.of, time);
    const parameter = node.parameter === undefined ? undefined : this.at(node.parameter, time);
    let grouping = this.#groupings.get(node);
    if (grouping === undefined) {
      grouping = groupingOf(node);
      this.#groupings.set(node, grouping);
    }
    const samples = of.kind === "vector" ? of.samples : [];
    const number = parameter?.kind === "scalar" ? parameter.value : Number.NaN;
    return { kind: "vector", samples: aggregated(node.operation, grouping, samples, number) };
  }

  #call(node: FunctionCall, time: number): Value {
    const range = rangeFunctions.find((name) => name === node.name);
    const [first, second] = node.arguments;
    if (range !== undefined && isRange(first)) {
      const keepsName = range === "last_over_time";
      return this.#overWindow(first, time, keepsName, (points, from, to) =>
        overTime[range](points, { from, to, dialect: this.#dialect }),
      );
    }
    if (node.name === "quantile_over_time" && first !== undefined && isRange(second)) {
      const share = this.at(first, time);
      const number = share.kind === "scalar" ? share.value : Number.NaN;
      return this.#overWindow(second, time, false, (points) =>
        quantileOf(
          number,
          points.map(([, value]) => value),
        ),
      );
    }
    if (node.name === "absent_over_time" && isRange(first)) {
      const present = this.#rows(first, time).length > 0;
      return { kind: "vector", samples: present ? [] : [{ labels: absentLabels(first), value: 1 }] };
    }
    if (node.name === "timestamp" && first?.kind === "selector") {
      const samples = this.#instant(first, time, (sampledAt) => sampledAt / 1000);
      return { kind: "vector", samples: mapped(samples, (value) => value) };
    }
    if (node.name === "timestamp" && first !== undefined) {
      const of = this.at(first, time);
      return { kind: "vector", samples: mapped(of.kind === "vector" ? of.samples : [], () => time / 1000) };
    }
    return instantCall(
      node,
      node.arguments.map((argument) => this.at(argument, time)),
      time,
    );
  }

  #overWindow(
    range: RangeSelector | Subquery,
    time: number,
    keepsName: boolean,
    compute: (points: readonly SamplePoint[], from: number, to: number) => number | undefined,
  ): Value {
    const to = time - offsetOf(range);
    const samples: VectorSample[] = [];
    const seen = new Set<string>();
    for (const { labels, points } of this.#rows(range, time)) {
      const value = compute(points, to - range.rangeMs, to);
      if (value === undefined) continue;
      const kept = keepsName ? labels : withoutName(labels);
      if (seen.has(kept.key)) throw failure("vector cannot contain metrics with the same labelset");
      seen.add(kept.key);
      samples.push({ labels: kept, value });
    }
    return { kind: "vector", samples };
  }

  /** The newest sample of each series that is not older than the lookback and not followed by its end. */
  #instant(selector: Selector, time: number, pick: (sampledAt: number, value: number) => number): Vector {
    const at = time - selector.offsetMs;
    const samples: VectorSample[] = [];
    for (const series of this.#store.select(selector.matchers)) {
      const index = countUpTo(series.times, at) - 1;
      const sampledAt = series.times[index];
      const value = series.values[index];
      if (sampledAt === undefined || value === undefined) continue;
      const age = at - sampledAt;
      if (age > this.#lookbackMs || (this.#dialect === 3 && age === this.#lookbackMs)) continue;
      const ended = series.staleAt[countUpTo(series.staleAt, at) - 1];
      if (ended !== undefined && ended > sampledAt) continue;
      samples.push({ labels: series.labels, value: pick(sampledAt, value) });
    }
    return samples;
  }

  /** The samples of each series in a window; a series without any is left out. */
  #rows(node: RangeSelector | Subquery, time: number): VectorRow[] {
    if (node.kind === "subquery") return this.#subqueryRows(node, time);
    const to = time - node.selector.offsetMs;
    const edge = to - node.rangeMs - (this.#dialect === 2 ? 1 : 0);
    const rows: VectorRow[] = [];
    for (const series of this.#store.select(node.selector.matchers)) {
      const last = countUpTo(series.times, to);
      const points: SamplePoint[] = [];
      for (let i = countUpTo(series.times, edge); i < last; i += 1) {
        points.push([series.times[i] ?? Number.NaN, series.values[i] ?? Number.NaN]);
      }
      if (points.length > 0) rows.push({ labels: series.labels, points });
    }
    return rows;
  }

  #subqueryRows(node: Subquery, time: number): VectorRow[] {
    const stepMs = node.stepMs ?? this.#subqueryStepMs;
    const to = time - node.offsetMs;
    const from = to - node.rangeMs;
    // Steps stand at whole multiples of the step, wherever the window begins.
    let first = Math.ceil(from / stepMs) * stepMs;
    if (this.#dialect === 3 && first === from) first += stepMs;
    return this.over(node.of, first, to, stepMs);
  }

  /** The expression at every step from `from` to `to`, as one row for each set of labels, in no order. */
  over(node: Expression, from: number, to: number, stepMs: number): VectorRow[] {
    const rows = new Map<string, { labels: VectorSample["labels"]; points: SamplePoint[] }>();
    for (let time = from; time <= to; time += stepMs) {
      const seen = new Set<string>();
      for (const { labels, value } of asVector(this.at(node, time))) {
        if (seen.has(labels.key)) throw failure("vector cannot contain metrics with the same labelset");
        seen.add(labels.key);
        const row = rows.get(labels.key);
        if (row === undefined) rows.set(labels.key, { labels, points: [[time, value]] });
        else row.points.push([time, value]);
      }
    }
    return [...rows.values()];
  }
}

function isRange(node: Expression | undefined): node is RangeSelector | Subquery {
  return node?.kind === "range" || node?.kind === "subquery";
}

function offsetOf(range: RangeSelector | Subquery): number {
  return range.kind === "range" ? range.selector.offsetMs : range.offsetMs;
}

function asVector(value: Value): Vector {
  if (value.kind === "vector") return value.samples;
  return value.kind === "scalar" ? [{ labels: emptyLabels, value: value.value }] : [];
}

const emptyLabels = { pairs: [], key: "[]" } as const;
