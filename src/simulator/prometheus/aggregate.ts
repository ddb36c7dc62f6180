import type { Aggregate, Aggregation } from "./ast.ts";
import { dropping, keeping, type LabelSet, nameLabel } from "./label-set.ts";
import { nanFirst, quantileOf } from "./range-functions.ts";
import type { Vector, VectorSample } from "./value.ts";

type Group = { readonly labels: LabelSet; readonly samples: VectorSample[] };

/** The label sets of one aggregation, worked out once for each series however many steps a range query has. */
export type Grouping = (labels: LabelSet) => LabelSet;

export function groupingOf(node: Aggregate): Grouping {
  const known = new WeakMap<LabelSet, LabelSet>();
  return (labels) => {
    const before = known.get(labels);
    if (before !== undefined) return before;
    const group = node.by ? keeping(labels, node.labels) : dropping(labels, [nameLabel, ...node.labels]);
    known.set(labels, group);
    return group;
  };
}

export function aggregated(operation: Aggregation, grouping: Grouping, samples: Vector, parameter: number): Vector {
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const labels = grouping(sample.labels);
    const known = groups.get(labels.key);
    if (known === undefined) groups.set(labels.key, { labels, samples: [sample] });
    else known.samples.push(sample);
  }
  if (operation === "topk" || operation === "bottomk") {
    return [...groups.values()].flatMap((group) => outermost(group.samples, operation, parameter));
  }
  return [...groups.values()].map(({ labels, samples: members }) => ({
    labels,
    value: oneNumber[operation](
      members.map((sample) => sample.value),
      parameter,
    ),
  }));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
const variance = (values: readonly number[]) => {
  const centre = mean(values);
  return sum(values.map((value) => (value - centre) ** 2)) / values.length;
};
/** NaN stands only where there is nothing else. */
const extreme = (values: readonly number[], better: (value: number, best: number) => boolean) =>
  values.reduce((best, value) => (Number.isNaN(best) || better(value, best) ? value : best), Number.NaN);

type OneNumber = (values: readonly number[], parameter: number) => number;

const oneNumber: Readonly<Record<Exclude<Aggregation, "topk" | "bottomk">, OneNumber>> = {
  sum,
  avg: mean,
  min: (values) => extreme(values, (value, best) => value < best),
  max: (values) => extreme(values, (value, best) => value > best),
  count: (values) => values.length,
  group: () => 1,
  stddev: (values) => Math.sqrt(variance(values)),
  stdvar: variance,
  quantile: (values, share) => quantileOf(share, values),
};

function outermost(samples: readonly VectorSample[], operation: "topk" | "bottomk", wanted: number): VectorSample[] {
  const sign = operation === "topk" ? -1 : 1;
  const sorted = samples.toSorted((a, b) => {
    // NaN is the last choice of both.
    if (Number.isNaN(a.value) || Number.isNaN(b.value)) return -nanFirst(a.value, b.value);
    return sign * (a.value - b.value);
  });
  return sorted.slice(0, Math.max(0, Math.trunc(wanted) || 0));
}
