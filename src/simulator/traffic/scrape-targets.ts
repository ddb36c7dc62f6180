import type { Millis } from "../../base/units.ts";
import { labelsOf, nameLabel } from "../prometheus/label-set.ts";
import type { MemoryStore, StoredSeries } from "../prometheus/series-store.ts";
import { bucketBounds, type Distribution } from "./latency-distribution.ts";
import type { Pairs } from "./metric-labels.ts";

const bounds: readonly string[] = [...bucketBounds.map(String), "+Inf"];

/** The requests of one kind that one program has counted since it began. */
type RequestCounter = {
  readonly pairs: Pairs;
  requests: number;
  readonly buckets: number[];
  sumMs: number;
  readonly families: Families;
  /** Its series, once a scrape has found it. */
  series?: readonly StoredSeries[];
};

/** Counters and gauges of one scraped program, and the series that Prometheus made of them. */
export type ScrapeTarget = {
  readonly pairs: Pairs;
  readonly bornAt: Millis;
  /** Its place in the scrape interval. */
  nextScrape: Millis;
  readonly lines: Map<string, RequestCounter>;
  /** Plain numbers; the key begins with the name of the metric. */
  readonly numbers: Map<string, { readonly pairs: Pairs; value: number; series?: StoredSeries }>;
  /** Every series that this program ever had, by the text of its labels: a program that returns continues them. */
  readonly known: Map<string, StoredSeries>;
  /** Whether it answered, by its own series. */
  up?: StoredSeries;
  /** The series that the last scrape found. */
  exposed: readonly StoredSeries[];
};

export function targetOf(pairs: Pairs, bornAt: Millis, firstScrape: Millis): ScrapeTarget {
  return {
    pairs,
    bornAt,
    nextScrape: firstScrape,
    lines: new Map(),
    numbers: new Map(),
    known: new Map(),
    exposed: [],
  };
}

/** The line of this key; it is born with its first request, as Istio's are. */
export function lineOf(target: ScrapeTarget, key: string, families: Families, pairs: () => Pairs): RequestCounter {
  const known = target.lines.get(key);
  if (known !== undefined) return known;
  const buckets = bounds.map(() => 0);
  const line: RequestCounter = { pairs: [...pairs(), ...target.pairs], requests: 0, buckets, sumMs: 0, families };
  target.lines.set(key, line);
  return line;
}

export function count(line: RequestCounter, inBuckets: readonly number[], distribution: Distribution): void {
  for (let index = 0; index < inBuckets.length; index += 1) {
    const requests = inBuckets[index] ?? 0;
    if (requests === 0) continue;
    line.requests += requests;
    line.buckets[index] = (line.buckets[index] ?? 0) + requests;
    line.sumMs += requests * (distribution.meanMs[index] ?? 0);
  }
}

export function addNumber(
  target: ScrapeTarget,
  key: string,
  pairs: () => Pairs,
  change: (value: number) => number,
): void {
  const known = target.numbers.get(key);
  if (known !== undefined) known.value = change(known.value);
  else target.numbers.set(key, { pairs: [...pairs(), ...target.pairs], value: change(0) });
}

/** The program began anew: all its counters are gone until their next event. */
export function restart(target: ScrapeTarget): void {
  target.lines.clear();
  target.numbers.clear();
}

/** A histogram by the name of its family. Edges are as they are written, and what they are in milliseconds. */
export type Histogram = {
  readonly metric: string;
  readonly unitMs: number;
  readonly edges: readonly (readonly [le: string, ms: number])[];
};

/** What a line is exposed as: Istio's families, or those of a plane that counts requests and times apart. */
type Families =
  | "http"
  | "tcp"
  | { readonly kind: "total"; readonly metric: string }
  | ({ readonly kind: "times" } & Histogram);

/** One scrape that worked. What it no longer finds is marked as ended, as Prometheus does. */
export function scrape(store: MemoryStore, target: ScrapeTarget, at: Millis): void {
  const exposed: StoredSeries[] = [];
  const record = (series: StoredSeries | undefined, value: number) => {
    if (series === undefined) return;
    series.times.push(at);
    series.values.push(value);
    exposed.push(series);
  };
  for (const line of target.lines.values()) {
    line.series ??= lineSeries(store, target, line);
    recordLine(record, line, line.series);
  }
  for (const [key, number] of target.numbers) {
    number.series ??= seriesOf(store, target, key.split(" ")[0] ?? key, number.pairs);
    record(number.series, number.value);
  }
  record(upOf(store, target), 1);
  endMissing(target, exposed, at);
}

function upOf(store: MemoryStore, target: ScrapeTarget): StoredSeries {
  target.up ??= seriesOf(store, target, "up", target.pairs);
  return target.up;
}

function seriesOf(store: MemoryStore, target: ScrapeTarget, name: string, pairs: Pairs): StoredSeries {
  const labels = labelsOf([...pairs, [nameLabel, name]]);
  const known = target.known.get(labels.key);
  if (known !== undefined) return known;
  const series = store.add(labels);
  target.known.set(labels.key, series);
  return series;
}

const duration = "istio_request_duration_milliseconds";

/** One total, the buckets, sum and count; or the two of connections. */
function lineSeries(store: MemoryStore, target: ScrapeTarget, { pairs, families }: RequestCounter): StoredSeries[] {
  const named = (name: string, further: Pairs = []) => seriesOf(store, target, name, [...pairs, ...further]);
  if (families === "tcp") return ["opened", "closed"].map((what) => named(`istio_tcp_connections_${what}_total`));
  const histogram = (metric: string, edges: readonly string[]) => [
    ...edges.map((edge) => named(`${metric}_bucket`, [["le", edge]])),
    named(`${metric}_sum`),
    named(`${metric}_count`),
  ];
  if (families === "http") return [named("istio_requests_total"), ...histogram(duration, bounds)];
  if (families.kind === "total") return [named(families.metric)];
  return histogram(families.metric, [...families.edges.map(([le]) => le), "+Inf"]);
}

function recordLine(
  record: (series: StoredSeries | undefined, value: number) => void,
  line: RequestCounter,
  series: readonly StoredSeries[],
): void {
  const { families } = line;
  if (typeof families === "object" && families.kind === "times") {
    recordTimes(record, line, series, families);
    return;
  }
  record(series[0], line.requests);
  if (typeof families === "object") return;
  if (families === "tcp") {
    record(series[1], line.requests);
    return;
  }
  let upTo = 0;
  for (let index = 0; index < bounds.length; index += 1) {
    upTo += line.buckets[index] ?? 0;
    record(series[1 + index], upTo);
  }
  record(series[1 + bounds.length], line.sumMs);
  record(series[2 + bounds.length], line.requests);
}

function recordTimes(
  record: (series: StoredSeries | undefined, value: number) => void,
  line: RequestCounter,
  series: readonly StoredSeries[],
  { edges, unitMs }: Histogram,
): void {
  for (const [index, [, ms]] of edges.entries()) record(series[index], upTo(line, ms));
  record(series[edges.length], line.requests);
  record(series[edges.length + 1], line.sumMs / unitMs);
  record(series[edges.length + 2], line.requests);
}

/** Requests up to an edge; one between two bounds gets its part of what lies between them. */
function upTo({ buckets }: RequestCounter, ms: number): number {
  let below = 0;
  let from = 0;
  for (const [index, bound] of bucketBounds.entries()) {
    const inside = buckets[index] ?? 0;
    if (ms <= bound) return below + Math.floor((inside * (ms - from)) / (bound - from));
    below += inside;
    from = bound;
  }
  return below;
}

/** A scrape that found nobody: the series end, and only `up` says 0. */
export function scrapeFailed(store: MemoryStore, target: ScrapeTarget, at: Millis): void {
  const up = upOf(store, target);
  up.times.push(at);
  up.values.push(0);
  endMissing(target, [up], at);
}

/** The program is no longer known to Prometheus: every series ends, `up` too. */
export function forget(target: ScrapeTarget, at: Millis): void {
  endMissing(target, [], at);
}

function endMissing(target: ScrapeTarget, exposed: readonly StoredSeries[], at: Millis): void {
  const before = target.exposed;
  target.exposed = exposed;
  if (before.every((series, index) => exposed[index] === series)) return;
  const present = new Set(exposed);
  for (const series of before) if (!present.has(series)) series.staleAt.push(at);
}
