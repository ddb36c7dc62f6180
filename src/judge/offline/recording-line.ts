import type { Millis } from "../../base/units.ts";
import type { ArmName } from "../counter-increments.ts";
import { isCount } from "../intervals-from-counters.ts";
import { edgeOf } from "../numerics.ts";

/** Upper edges, and beside them what each bucket counts. */
export type Buckets = { readonly edges: readonly Millis[]; readonly counts: readonly number[] };

/** What one scrape of one program shows for one version. Nothing at all: it was up. */
export type ScrapeEntry = {
  readonly arm: ArmName;
  readonly target: string;
  readonly total?: number;
  readonly bad?: number;
  readonly buckets: Buckets;
};

/** One line of a recording of counters. */
export type CountsInput = {
  readonly t: Millis;
  readonly weight?: number;
  readonly isHistory: boolean;
  readonly entries: readonly ScrapeEntry[];
};

/** What texts of edges have been read before: there are few of them, in every line again. */
export type KnownEdges = Map<string, Millis>;
const MOST_EDGES = 1000;

/** The line, or in words what is wrong with it. */
export function readCounts(text: string, known: KnownEdges = new Map()): CountsInput | string {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  if (!isObject(line)) return "is not an object";
  const { t, phase, series, history } = line;
  if (!Number.isSafeInteger(t) || typeof t !== "number") return "has no `t`, a whole number of milliseconds";
  if (history !== undefined && typeof history !== "boolean") return "has a `history` that is neither true nor false";
  if (phase === undefined && series === undefined) return "has neither `phase` nor `series`";
  const isHistory = history === true;
  if (isHistory && phase !== undefined) return "enters a phase in the history";
  const entries = readSeries(series, known);
  if (typeof entries === "string") return entries;
  if (phase === undefined) return { t, isHistory, entries };
  if (!isObject(phase) || !isPercent(phase["weight"])) return "has a `phase` without a `weight` from 0 to 100";
  return { t, isHistory, entries, weight: phase["weight"] };
}

function readSeries(series: unknown, known: KnownEdges): readonly ScrapeEntry[] | string {
  if (series === undefined) return [];
  if (!Array.isArray(series)) return "has a `series` that is not a list";
  const entries: ScrapeEntry[] = [];
  for (const [i, one] of series.entries()) {
    const entry = readEntry(one, known);
    if (typeof entry === "string") return `series[${i}] ${entry}`;
    entries.push(entry);
  }
  return entries;
}

function readEntry(one: unknown, known: KnownEdges): ScrapeEntry | string {
  if (!isObject(one)) return "is not an object";
  const { arm, target, total, bad, le } = one;
  if (arm !== "canary" && arm !== "stable") return 'has an `arm` that is neither "canary" nor "stable"';
  if (typeof target !== "string" || target === "") return "has no `target`";
  if (total !== undefined && !isCount(total)) return "has a `total` that is not a counter: a whole number from 0 on";
  if (bad !== undefined && !isCount(bad)) return "has a `bad` that is not a counter: a whole number from 0 on";
  const buckets = readBuckets(le, known);
  if (typeof buckets === "string") return buckets;
  return { arm, target, ...(total === undefined ? {} : { total }), ...(bad === undefined ? {} : { bad }), buckets };
}

const noBuckets: Buckets = { edges: [], counts: [] };

function readBuckets(le: unknown, known: KnownEdges): Buckets | string {
  if (le === undefined) return noBuckets;
  if (!isObject(le)) return "has an `le` that is not an object";
  const edges: Millis[] = [];
  const counts: number[] = [];
  for (const text of Object.keys(le)) {
    const edge = known.get(text) ?? edgeIn(text, known);
    if (edge === undefined) return `has an \`le\` of ${JSON.stringify(text)}, which is not a number`;
    if (edges.includes(edge)) return `has the bucket ${JSON.stringify(text)} twice`;
    const value = le[text];
    if (!isCount(value)) return `has a bucket ${JSON.stringify(text)} that is not a counter: a whole number from 0 on`;
    edges.push(edge);
    counts.push(value);
  }
  return { edges, counts };
}

function edgeIn(text: string, known: KnownEdges): Millis | undefined {
  const edge = edgeOf(text);
  if (edge !== undefined && known.size < MOST_EDGES) known.set(text, edge);
  return edge;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPercent(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 100;
}
