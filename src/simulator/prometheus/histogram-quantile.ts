import { dropping, type LabelSet, labelValue } from "./label-set.ts";
import { type Vector, withoutName } from "./value.ts";

type Bucket = { readonly bound: number; count: number };

const histogramLabels = new WeakMap<LabelSet, LabelSet>();

function groupOf(labels: LabelSet): LabelSet {
  const known = histogramLabels.get(labels);
  if (known !== undefined) return known;
  const group = dropping(withoutName(labels), ["le"]);
  histogramLabels.set(labels, group);
  return group;
}

/** `histogram_quantile` over cumulative buckets, one result for each set of labels without `le`. */
export function histogramQuantile(share: number, samples: Vector): Vector {
  const groups = new Map<string, { labels: LabelSet; buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const bound = boundOf(labelValue(labels, "le"));
    if (bound === undefined) continue;
    const group = groupOf(labels);
    const known = groups.get(group.key);
    if (known === undefined) groups.set(group.key, { labels: group, buckets: [{ bound, count: value }] });
    else known.buckets.push({ bound, count: value });
  }
  return [...groups.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(share, buckets) }));
}

function boundOf(text: string): number | undefined {
  if (/^\+?Inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function bucketQuantile(share: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(share)) return Number.NaN;
  if (share < 0) return Number.NEGATIVE_INFINITY;
  if (share > 1) return Number.POSITIVE_INFINITY;
  const buckets = merged(unsorted);
  const highest = buckets.at(-1);
  if (highest === undefined || highest.bound !== Number.POSITIVE_INFINITY || buckets.length < 2) return Number.NaN;
  const observations = highest.count;
  if (observations === 0 || Number.isNaN(observations)) return Number.NaN;
  const rank = share * observations;
  const index = buckets.findIndex((bucket, at) => at === buckets.length - 1 || bucket.count >= rank);
  const bucket = buckets[index];
  const below = buckets[index - 1];
  if (bucket === undefined) return Number.NaN;
  // Beyond the last finite bound nothing is known: the answer sticks there.
  if (index === buckets.length - 1) return below?.bound ?? Number.NaN;
  if (below === undefined) return bucket.bound <= 0 ? bucket.bound : bucket.bound * (rank / bucket.count);
  return below.bound + (bucket.bound - below.bound) * ((rank - below.count) / (bucket.count - below.count));
}

/** Sorted, equal bounds added up (`500` and `500.0`), and never falling, since scrapes of the buckets may differ in time. */
function merged(buckets: readonly Bucket[]): Bucket[] {
  const found: Bucket[] = [];
  for (const bucket of buckets.toSorted((a, b) => a.bound - b.bound || 0)) {
    const last = found.at(-1);
    if (last !== undefined && last.bound === bucket.bound) last.count += bucket.count;
    else found.push({ ...bucket });
  }
  let most = Number.NEGATIVE_INFINITY;
  for (const bucket of found) {
    if (bucket.count > most) most = bucket.count;
    else if (bucket.count < most) bucket.count = most;
  }
  return found;
}
