import type { IntervalRow } from "./pack-intervals.ts";

/** What share of the requests fell into each latency bucket. Shared with the page, which asks for the stretch that it shows. */

type BucketShares = {
  readonly labels: readonly string[];
  /** Undefined where a version had no requests. */
  readonly canary: readonly (number | undefined)[];
  readonly stable: readonly (number | undefined)[];
};

const prefix = "latency>";

/** As `250 ms` or `2.5 s`. */
export const latencyWords = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);

const boundariesIn = (rows: readonly Pick<IntervalRow, "pairs">[]): number[] => {
  const named = Object.keys(rows[0]?.pairs ?? {}).filter((name) => name.startsWith(prefix));
  return named.map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b);
};

/** The share above each boundary falls from one to the next; what lies between two of them is a bucket's. */
function shareOf(
  rows: readonly Pick<IntervalRow, "pairs">[],
  boundaries: readonly number[],
  at: 0 | 2,
): (number | undefined)[] {
  const above = boundaries.map((boundary) => {
    let [n, x] = [0, 0];
    for (const { pairs } of rows) {
      n += pairs[`${prefix}${boundary}`]?.[at] ?? 0;
      x += pairs[`${prefix}${boundary}`]?.[at + 1] ?? 0;
    }
    return n === 0 ? undefined : x / n;
  });
  const known = above.some((one) => one !== undefined);
  if (!known) return [...above, undefined];
  const filled = above.map((one, i) => one ?? above.slice(0, i).findLast((before) => before !== undefined) ?? 1);
  return [...filled, 0].map((share, i) => Math.max(0, (filled[i - 1] ?? 1) - share));
}

/** Buckets at the ends that nobody needed are left out. Undefined where latency was not counted. */
export function latencyShares(rows: readonly Pick<IntervalRow, "pairs">[]): BucketShares | undefined {
  const boundaries = boundariesIn(rows);
  if (boundaries.length === 0) return undefined;
  const canary = shareOf(rows, boundaries, 0);
  const stable = shareOf(rows, boundaries, 2);
  const labels = [
    ...boundaries.map((boundary) => `≤ ${latencyWords(boundary)}`),
    `> ${latencyWords(boundaries.at(-1) ?? 0)}`,
  ];
  const used = labels.map((_, i) => (canary[i] ?? 0) > 0 || (stable[i] ?? 0) > 0);
  const from = Math.max(0, used.indexOf(true));
  const to = used.lastIndexOf(true) < 0 ? labels.length : used.lastIndexOf(true) + 1;
  return { labels: labels.slice(from, to), canary: canary.slice(from, to), stable: stable.slice(from, to) };
}
