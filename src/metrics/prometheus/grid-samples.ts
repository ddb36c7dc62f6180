import { type FiniteNumber, parseFinite } from "../../base/decimal.ts";
import type { Foreign } from "../../base/foreign.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import type { PointValue } from "../../ports/metric-source.ts";
import type { LabelledSeries, Measurement } from "../../ports/range-queries.ts";
import type { QueryResponse, RawSeries } from "./query-response.ts";

/** Points at `from`, `from + stepMs`, … of which the last has the number `last`. */
export type PointGrid = { readonly from: Millis; readonly stepMs: Millis; readonly last: number };

/** The answer for one part of a grid. Each part but the first repeats the point at which the one before it ended. */
export type ResponsePart = PointGrid & { readonly answer: QueryResponse };

/** `words`: another program's words. `clean`: the same for what code has to read. */
type Voice = {
  readonly words: (text: string, most?: number) => Foreign;
  readonly clean: (text: string, most?: number) => string;
};
type Missing = { readonly reason: Reason<MetricCode>; readonly unfit?: true };

function times(grid: PointGrid, first: number): readonly Millis[] {
  return Array.from({ length: grid.last + 1 - first }, (_, at) => Math.round(grid.from + (first + at) * grid.stepMs));
}

function keyOf(series: RawSeries): string {
  return JSON.stringify(Object.entries(series.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * One sample for each point of the grid. Each point is read by itself, so that what a point says does not change when
 * later points join the answer: a series that exists somewhere else on the grid takes no part in it.
 */
export function numbers(parts: readonly ResponsePart[], voice: Voice): Measurement {
  const samples: PointValue[] = [];
  const seen = new Set<string>();
  let unfit: Reason<MetricCode> | undefined;
  for (const [index, part] of parts.entries()) {
    const moved = movedGrid(part);
    if (moved !== undefined) return moved;
    if (part.answer.kind === "matrix") for (const series of part.answer.series) seen.add(keyOf(series));
    for (const at of times(part, index === 0 ? 0 : 1)) {
      const read = readPoint(part.answer, at, voice);
      if (typeof read === "number") {
        samples.push({ at, kind: "value", value: read });
        continue;
      }
      samples.push({ at, kind: "missing", reason: read.reason });
      if (read.unfit) unfit ??= read.reason;
    }
  }
  return { kind: "samples", samples, seriesCount: seen.size, ...(unfit === undefined ? {} : { unfit }) };
}

function readPoint(answer: QueryResponse, at: Millis, voice: Voice): FiniteNumber | Missing {
  if (answer.kind === "error") return { reason: answer.reason };
  if (answer.kind === "other") {
    return { reason: reason("metric-wrong-type", { type: answer.type, wanted: "numbers" }), unfit: true };
  }
  if (answer.series.length === 0) return { reason: reason("metric-no-series", {}) };
  const present = answer.series.filter((series) => series.values.has(at) || series.histograms.has(at));
  const [only] = present;
  if (only === undefined) return { reason: reason("point-missing", {}) };
  if (present.length > 1) return { reason: several(present, voice), unfit: true };
  if (only.histograms.has(at)) return { reason: reason("metric-histogram", {}), unfit: true };
  const raw = only.values.get(at);
  return parseFinite(raw) ?? { reason: notANumber(raw, voice) };
}

/**
 * Some sources move the grid to times of their own liking, and a series that has points beside it alone would be taken for
 * one without data. Points beside the grid of a series that has others on it are left out: they were not asked for.
 */
function movedGrid(part: ResponsePart): Measurement | undefined {
  if (part.answer.kind !== "matrix") return undefined;
  const grid = new Set(times(part, 0));
  for (const { values, histograms } of part.answer.series) {
    const first = values.keys().next().value ?? histograms.values().next().value;
    if (first === undefined || isAnyIn(grid, values.keys()) || isAnyIn(grid, histograms)) continue;
    const nearest = Math.min(part.last, Math.max(0, Math.round((first - part.from) / part.stepMs)));
    const asked = part.from + nearest * part.stepMs;
    return { kind: "error", reason: reason("metric-off-grid", { asked, answered: first }) };
  }
  return undefined;
}

/** Nothing is copied: an answer may hold many series, and the first point of each is mostly the one. */
function isAnyIn(grid: ReadonlySet<Millis>, times: Iterable<Millis>): boolean {
  for (const at of times) if (grid.has(at)) return true;
  return false;
}

function notANumber(raw: unknown, { words }: Voice): Reason<MetricCode> {
  if (typeof raw !== "string") return reason("metric-not-a-number", {});
  if (raw === "NaN") return reason("metric-nan", {});
  const infinite = /^([+-]?)Inf(inity)?$/i.exec(raw);
  if (infinite !== null) return reason("metric-infinite", { sign: infinite[1] === "-" ? "-" : "+" });
  return reason("metric-not-a-number", { says: words(raw, 40) });
}

/** Which labels tell the series apart: two of them, each with two of its values, are enough to see what to aggregate. */
function several(present: readonly RawSeries[], { words }: Voice): Reason<MetricCode> {
  const labels = differingLabels(present)
    .slice(0, 2)
    .map((label) => {
      const values = [...new Set(present.map((series) => labelOf(series, label)))];
      const [one = "", other = ""] = values;
      return { label: words(label, 40), one: words(one, 40), other: words(other, 40), more: values.length - 2 };
    });
  return reason("metric-several-series", { count: present.length, labels });
}

/** In one pass over all labels: to look for each name in each series would take a hostile answer of 1 MiB 17 s. */
function differingLabels(present: readonly RawSeries[]): readonly string[] {
  const found = new Map<string, { readonly value: string; count: number; differs: boolean }>();
  for (const [name, value] of present.flatMap(({ labels }) => Object.entries(labels))) {
    const label = found.get(name) ?? { value, count: 0, differs: false };
    label.count += 1;
    label.differs ||= value !== label.value;
    found.set(name, label);
  }
  // A label that a series lacks is an empty one.
  const isLacking = (count: number, value: string) => count < present.length && value !== "";
  const names = [...found].filter(([, { value, count, differs }]) => differs || isLacking(count, value));
  return names.map(([name]) => name).sort();
}

/** A label may be called `constructor`, which every object seems to have. */
function labelOf(series: RawSeries, name: string): string {
  return Object.hasOwn(series.labels, name) ? (series.labels[name] ?? "") : "";
}

/** Labels are shown to people, and a server may have put anything into them. */
function shownLabels(series: RawSeries, { clean }: Voice): RawSeries["labels"] {
  return Object.fromEntries(Object.entries(series.labels).map(([name, value]) => [clean(name), clean(value, 1000)]));
}

/** Every series by itself, as raw counters. A counter that no counter can show spoils the answer as a whole. */
export function counters(parts: readonly ResponsePart[], whole: PointGrid, voice: Voice): Measurement {
  const found = new Map<string, { readonly labels: RawSeries["labels"]; readonly values: (number | null)[] }>();
  for (const part of parts) {
    if (part.answer.kind === "error") return part.answer;
    if (part.answer.kind === "other") {
      return unusable(reason("metric-wrong-type", { type: part.answer.type, wanted: "counters" }));
    }
    const moved = movedGrid(part);
    if (moved !== undefined) return moved;
    const first = Math.round((part.from - whole.from) / whole.stepMs);
    const here = new Set<string>();
    for (const series of part.answer.series) {
      const key = keyOf(series);
      if (here.has(key)) return unusable(reason("metric-series-twice", {}));
      here.add(key);
      if (series.histograms.size > 0) return unusable(reason("metric-histogram-counters", {}));
      const values = found.get(key)?.values ?? new Array<number | null>(whole.last + 1).fill(null);
      found.set(key, { labels: shownLabels(series, voice), values });
      for (const [step, at] of times(part, 0).entries()) {
        if (!series.values.has(at)) continue;
        const raw = series.values.get(at);
        const value = parseFinite(raw);
        if (value === undefined) {
          return unusable(reason("metric-counter-not-a-number", { cause: notANumber(raw, voice) }));
        }
        if (value < 0) return unusable(reason("metric-counter-negative", {}));
        values[first + step] = value;
      }
    }
  }
  return { kind: "series", series: [...found.values()] satisfies readonly LabelledSeries[] };
}

const unusable = (why: Reason<MetricCode>): Measurement => ({ kind: "error", reason: why, unusable: true });
