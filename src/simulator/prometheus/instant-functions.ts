import type { Expression, FunctionCall } from "./ast.ts";
import { type NumberFunction, numberFunctions } from "./function-signatures.ts";
import { histogramQuantile } from "./histogram-quantile.ts";
import { wholePattern } from "./label-matcher.ts";
import { type LabelSet, labelsOf, labelValue, nameLabel, noLabels, withLabel } from "./label-set.ts";
import { failure } from "./query-error.ts";
import { nanFirst } from "./range-functions.ts";
import { mapped, type Value, type Vector, withoutName } from "./value.ts";

const ofNumber: Readonly<Record<NumberFunction, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  sgn: Math.sign,
  sqrt: Math.sqrt,
};

/** Functions of values at one instant. `found` are the arguments' values, in order. */
export function instantCall(node: FunctionCall, found: readonly Value[], at: number): Value {
  const simple = numberFunctions.find((name) => name === node.name);
  if (simple !== undefined) return vector(mapped(samplesOf(found[0]), ofNumber[simple]));
  switch (node.name) {
    case "absent": {
      const samples = samplesOf(found[0]);
      return vector(samples.length > 0 ? [] : [{ labels: absentLabels(node.arguments[0]), value: 1 }]);
    }
    case "clamp":
    case "clamp_max":
    case "clamp_min":
      return vector(clamped(node.name, found));
    case "histogram_quantile":
      return vector(histogramQuantile(numberOf(found[0]), samplesOf(found[1])));
    case "label_join":
      return vector(labelJoin(found));
    case "label_replace":
      return vector(labelReplace(found));
    case "pi":
      return { kind: "scalar", value: Math.PI };
    case "round":
      return vector(rounded(samplesOf(found[0]), found[1] === undefined ? 1 : numberOf(found[1])));
    case "scalar": {
      const samples = samplesOf(found[0]);
      return { kind: "scalar", value: samples.length === 1 ? (samples[0]?.value ?? Number.NaN) : Number.NaN };
    }
    case "sort":
      return vector(samplesOf(found[0]).toSorted((a, b) => -nanFirst(b.value, a.value)));
    case "sort_desc":
      return vector(samplesOf(found[0]).toSorted((a, b) => nanLast(b.value, a.value)));
    case "time":
      return { kind: "scalar", value: at / 1000 };
    case "vector":
      return vector([{ labels: noLabels, value: numberOf(found[0]) }]);
    default:
      throw failure(`unknown function with name "${node.name}"`);
  }
}

function vector(samples: Vector): Value {
  return { kind: "vector", samples };
}

function samplesOf(value: Value | undefined): Vector {
  return value?.kind === "vector" ? value.samples : [];
}

function numberOf(value: Value | undefined): number {
  return value?.kind === "scalar" ? value.value : Number.NaN;
}

function textOf(value: Value | undefined): string {
  return value?.kind === "string" ? value.value : "";
}

function nanLast(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  return Number.isNaN(b) ? 1 : a - b;
}

function clamped(name: string, found: readonly Value[]): Vector {
  const low = name === "clamp_max" ? Number.NEGATIVE_INFINITY : numberOf(found[1]);
  const high =
    name === "clamp_max" ? numberOf(found[1]) : name === "clamp" ? numberOf(found[2]) : Number.POSITIVE_INFINITY;
  if (high < low) return [];
  return mapped(samplesOf(found[0]), (value) => Math.max(low, Math.min(high, value)));
}

function rounded(samples: Vector, to: number): Vector {
  const inverse = 1 / to;
  return mapped(samples, (value) => Math.floor(value * inverse + 0.5) / inverse);
}

const labelName = /^[A-Za-z_]\w*$/;

function labelReplace(found: readonly Value[]): Vector {
  const [target, replacement, source, pattern] = [1, 2, 3, 4].map((index) => textOf(found[index]));
  const expression = wholePattern(pattern ?? "");
  if (!labelName.test(target ?? ""))
    throw failure(`invalid destination label name in label_replace(): ${target ?? ""}`);
  return relabelled(samplesOf(found[0]), target ?? "", (labels) => {
    const match = expression.exec(labelValue(labels, source ?? ""));
    if (match === null) return undefined;
    return (replacement ?? "").replaceAll(
      /\$(?:(\d+|\w+)|\{(\w+)\}|(\$))/g,
      (_whole, plain?: string, braced?: string, dollar?: string) => {
        if (dollar !== undefined) return "$";
        const group = plain ?? braced ?? "";
        return (/^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group]) ?? "";
      },
    );
  });
}

function labelJoin(found: readonly Value[]): Vector {
  const [target, separator, ...sources] = found.slice(1).map(textOf);
  if (!labelName.test(target ?? "")) throw failure(`invalid destination label name in label_join(): ${target ?? ""}`);
  return relabelled(samplesOf(found[0]), target ?? "", (labels) =>
    sources.map((source) => labelValue(labels, source)).join(separator ?? ""),
  );
}

function relabelled(samples: Vector, target: string, change: (labels: LabelSet) => string | undefined): Vector {
  const seen = new Set<string>();
  return samples.map(({ labels, value }) => {
    const text = change(labels);
    const next = text === undefined ? labels : withLabel(labels, target, text);
    if (seen.has(next.key)) throw failure("vector cannot contain metrics with the same labelset");
    seen.add(next.key);
    return { labels: next, value };
  });
}

/** What is known of a series that is not there: the labels that the selector demanded by `=`. */
export function absentLabels(of: Expression | undefined): LabelSet {
  const selector = of?.kind === "range" ? of.selector : of;
  if (selector?.kind !== "selector") return noLabels;
  const demanded = selector.matchers.filter((matcher) => matcher.kind === "=" && matcher.name !== nameLabel);
  const once = demanded.filter(
    (matcher) => selector.matchers.filter((other) => other.name === matcher.name).length === 1,
  );
  return withoutName(labelsOf(once.map((matcher) => [matcher.name, matcher.value] as const)));
}
