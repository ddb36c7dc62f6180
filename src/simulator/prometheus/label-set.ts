/** A set of labels, sorted by name and without empty values; `key` is equal exactly where the sets are. */
export type LabelSet = { readonly pairs: readonly (readonly [string, string])[]; readonly key: string };

export const nameLabel = "__name__";

export function labelsOf(entries: Iterable<readonly [string, string]>): LabelSet {
  // A later pair replaces an earlier one; an empty value means that the label is not there.
  const last = new Map(entries);
  const pairs = [...last].filter(([, value]) => value !== "");
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { pairs, key: JSON.stringify(pairs) };
}

export const noLabels: LabelSet = labelsOf([]);

export function labelValue(labels: LabelSet, name: string): string {
  for (const [key, value] of labels.pairs) if (key === name) return value;
  return "";
}

export function keeping(labels: LabelSet, names: readonly string[]): LabelSet {
  return labelsOf(labels.pairs.filter(([name]) => names.includes(name)));
}

export function dropping(labels: LabelSet, names: readonly string[]): LabelSet {
  return labelsOf(labels.pairs.filter(([name]) => !names.includes(name)));
}

export function withLabel(labels: LabelSet, name: string, value: string): LabelSet {
  return labelsOf([...labels.pairs, [name, value]]);
}

export function labelRecord(labels: LabelSet): Record<string, string> {
  return Object.fromEntries(labels.pairs);
}

/** As Prometheus writes them in its messages: `{__name__="up", job="web"}`. */
export function labelText(labels: LabelSet): string {
  return `{${labels.pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(", ")}}`;
}
