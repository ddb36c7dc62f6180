import { dropping, type LabelSet, nameLabel } from "./label-set.ts";

export type VectorSample = { readonly labels: LabelSet; readonly value: number };
export type Vector = readonly VectorSample[];
/** A time in milliseconds and a value. */
export type SamplePoint = readonly [at: number, value: number];
export type VectorRow = { readonly labels: LabelSet; readonly points: readonly SamplePoint[] };

export type Value =
  | { readonly kind: "scalar"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "vector"; readonly samples: Vector }
  | { readonly kind: "matrix"; readonly rows: readonly VectorRow[] };

const nameless = new WeakMap<LabelSet, LabelSet>();

/** A computed number is no longer the metric it came from. Remembered, since a range query asks at every step. */
export function withoutName(labels: LabelSet): LabelSet {
  const known = nameless.get(labels);
  if (known !== undefined) return known;
  const dropped = dropping(labels, [nameLabel]);
  nameless.set(labels, dropped);
  return dropped;
}

export function mapped(samples: Vector, change: (value: number) => number): Vector {
  return samples.map(({ labels, value }) => ({ labels: withoutName(labels), value: change(value) }));
}
