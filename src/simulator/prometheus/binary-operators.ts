import type { Arithmetic, Binary, BinaryOperator, ComparisonOperator, VectorMatching } from "./ast.ts";
import { dropping, keeping, type LabelSet, labelsOf, labelText, labelValue, nameLabel } from "./label-set.ts";
import { failure } from "./query-error.ts";
import { type Value, type Vector, type VectorSample, withoutName } from "./value.ts";

/** A binary operation over two scalars, a scalar and a vector, or two vectors matched by their labels. */
export function binaryValue(node: Binary, left: Value, right: Value): Value {
  const { operator } = node;
  if (left.kind === "scalar" && right.kind === "scalar") {
    return { kind: "scalar", value: scalarResult(operator, left.value, right.value) };
  }
  if (left.kind === "vector" && right.kind === "scalar") {
    return vector(withScalar(node, left.samples, (value) => [value, right.value]));
  }
  if (left.kind === "scalar" && right.kind === "vector") {
    return vector(withScalar(node, right.samples, (value) => [left.value, value]));
  }
  if (left.kind !== "vector" || right.kind !== "vector") {
    throw failure("binary expression must contain only scalar and instant vector types");
  }
  const match = signatureOf(node.matching);
  const rightKeys = () => new Set(right.samples.map((sample) => match(sample.labels)));
  switch (operator) {
    case "and": {
      const keys = rightKeys();
      return vector(left.samples.filter((sample) => keys.has(match(sample.labels))));
    }
    case "unless": {
      const keys = rightKeys();
      return vector(left.samples.filter((sample) => !keys.has(match(sample.labels))));
    }
    case "or": {
      const keys = new Set(left.samples.map((sample) => match(sample.labels)));
      return vector([...left.samples, ...right.samples.filter((sample) => !keys.has(match(sample.labels)))]);
    }
    default:
      return vector(matchedPairs(node, operator, left.samples, right.samples, match));
  }
}

function vector(samples: Vector): Value {
  return { kind: "vector", samples };
}

function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return Object.hasOwn(compare, operator);
}

const compare: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

const compute: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  // 1 to any power is 1 for Go, also where JavaScript says NaN.
  "^": (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b),
  atan2: (a, b) => Math.atan2(a, b),
};

function scalarResult(operator: BinaryOperator, a: number, b: number): number {
  if (isComparison(operator)) return compare[operator](a, b) ? 1 : 0;
  return compute[operator as Arithmetic](a, b);
}

function withScalar(node: Binary, samples: Vector, sides: (value: number) => [number, number]): VectorSample[] {
  const { operator } = node;
  const kept: VectorSample[] = [];
  for (const { labels, value } of samples) {
    const [a, b] = sides(value);
    if (!isComparison(operator) || node.bool) {
      kept.push({ labels: withoutName(labels), value: scalarResult(operator, a, b) });
    } else if (compare[operator](a, b)) kept.push({ labels, value });
  }
  return kept;
}

/** The same expression over the same series comes back at every step, and in every turn. */
const signatures = new WeakMap<VectorMatching, WeakMap<LabelSet, string>>();

/** The key by which two series belong together. */
function signatureOf(matching: VectorMatching): (labels: LabelSet) => string {
  const known = signatures.get(matching) ?? new WeakMap<LabelSet, string>();
  signatures.set(matching, known);
  return (labels) => {
    const before = known.get(labels);
    if (before !== undefined) return before;
    const part = matching.on ? keeping(labels, matching.labels) : dropping(labels, [nameLabel, ...matching.labels]);
    known.set(labels, part.key);
    return part.key;
  };
}

function matchedPairs(
  node: Binary,
  operator: BinaryOperator,
  left: Vector,
  right: Vector,
  match: (labels: LabelSet) => string,
): VectorSample[] {
  const swapped = node.matching.many === "right";
  const [many, one] = swapped ? [right, left] : [left, right];
  const ones = uniqueByKey(one, match, node.matching, swapped ? "left" : "right");
  const results = new Map<string, VectorSample>();
  const used = new Set<string>();
  for (const sample of many) {
    const key = match(sample.labels);
    const other = ones.get(key);
    if (other === undefined) continue;
    const [a, b] = swapped ? [other.value, sample.value] : [sample.value, other.value];
    const keep = !isComparison(operator) || node.bool || compare[operator](a, b);
    if (node.matching.many === "neither" && used.has(key)) {
      throw failure("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
    }
    used.add(key);
    if (!keep) continue;
    const labels = resultLabels(node, operator, sample.labels, other.labels);
    if (results.has(labels.key)) {
      throw failure("multiple matches for labels: grouping labels must ensure unique matches");
    }
    const filters = isComparison(operator) && !node.bool;
    results.set(labels.key, { labels, value: filters ? sample.value : scalarResult(operator, a, b) });
  }
  return [...results.values()];
}

function uniqueByKey(
  samples: Vector,
  match: (labels: LabelSet) => string,
  matching: VectorMatching,
  side: "left" | "right",
): Map<string, VectorSample> {
  const found = new Map<string, VectorSample>();
  for (const sample of samples) {
    const key = match(sample.labels);
    const before = found.get(key);
    if (before !== undefined) {
      const group = matching.on
        ? keeping(sample.labels, matching.labels)
        : dropping(sample.labels, [nameLabel, ...matching.labels]);
      throw failure(
        `found duplicate series for the match group ${labelText(group)} on the ${side} hand-side of the operation: ` +
          `[${labelText(sample.labels)}, ${labelText(before.labels)}];many-to-many matching not allowed: ` +
          "matching labels must be unique on one side",
      );
    }
    found.set(key, sample);
  }
  return found;
}

function resultLabels(node: Binary, operator: BinaryOperator, many: LabelSet, one: LabelSet): LabelSet {
  const { matching } = node;
  const base = isComparison(operator) && !node.bool ? many : withoutName(many);
  if (matching.many === "neither") {
    if (matching.labels.length === 0 && !matching.on) return base;
    return matching.on ? keeping(base, matching.labels) : dropping(base, matching.labels);
  }
  return labelsOf([...base.pairs, ...matching.include.map((label) => [label, labelValue(one, label)] as const)]);
}
