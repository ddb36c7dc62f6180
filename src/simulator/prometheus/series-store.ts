import type { LabelMatcher } from "./label-matcher.ts";
import { type LabelSet, labelValue, nameLabel } from "./label-set.ts";

/** One scraped series. `times` rise; `staleAt` are the scrapes at which it was found to be gone. */
export type StoredSeries = {
  readonly labels: LabelSet;
  readonly times: number[];
  readonly values: number[];
  readonly staleAt: number[];
};

/** What a query is evaluated over. */
export interface SampleStore {
  select(matchers: readonly LabelMatcher[]): readonly StoredSeries[];
}

/** Series in memory, found by metric name first. */
export class MemoryStore implements SampleStore {
  readonly #byName = new Map<string, StoredSeries[]>();
  readonly #found = new WeakMap<
    readonly LabelMatcher[],
    { readonly among: number; readonly series: readonly StoredSeries[] }
  >();

  add(labels: LabelSet): StoredSeries {
    const series: StoredSeries = { labels, times: [], values: [], staleAt: [] };
    const name = labelValue(labels, nameLabel);
    const siblings = this.#byName.get(name);
    if (siblings === undefined) this.#byName.set(name, [series]);
    else siblings.push(series);
    return series;
  }

  names(): string[] {
    return [...this.#byName.keys()].sort();
  }

  select(matchers: readonly LabelMatcher[]): readonly StoredSeries[] {
    const named = matchers.find((matcher) => matcher.name === nameLabel && matcher.kind === "=");
    const candidates = named === undefined ? [...this.#byName.values()].flat() : (this.#byName.get(named.value) ?? []);
    // Series are only ever added: a selector that was asked before finds the same among as many.
    const known = this.#found.get(matchers);
    if (known?.among === candidates.length) return known.series;
    const series = candidates.filter((one) =>
      matchers.every((matcher) => matcher.accepts(labelValue(one.labels, matcher.name))),
    );
    this.#found.set(matchers, { among: candidates.length, series });
    return series;
  }
}

/** The number of times that are at or before `time`. */
export function countUpTo(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
