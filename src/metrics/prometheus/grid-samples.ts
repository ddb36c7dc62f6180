import { type FiniteNumber, parseFinite } from "../../base/decimal.ts";
import { foreign } from "../../base/foreign.ts";
import type { Sample } from "../../base/judging-types.ts";
import { reason } from "../../base/reasons/index.ts";
import type { Millis } from "../../base/units.ts";
import type { CounterSeries, Measurement } from "../../ports/metric-source.ts";
import type { QueryResponse, RawSeries } from "./query-response.ts";

/** Points at `from`, `from + stepMs`, … of which the last has the number `last`. */
export type PointGrid = { readonly from: Millis; readonly stepMs: Millis; readonly last: number };

/** The answer for one part of a grid. Each part but the first repeats the point at which the one before it ended. */
export type ResponsePart = PointGrid & { readonly answer: QueryResponse };

type Words = (text: string, most?: number) => string;
type Missing = { readonly because: string; readonly unfit?: true };

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
export function numbers(parts: readonly ResponsePart[], words: Words): Measurement {
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let unfit: string | undefined;
  for (const [index, part] of parts.entries()) {
    const moved = movedGrid(part);
    if (moved !== undefined) return moved;
    if (part.answer.kind === "matrix") for (const series of part.answer.series) seen.add(keyOf(series));
    for (const at of times(part, index === 0 ? 0 : 1)) {
      const read = readPoint(part.answer, at, words);
      if (typeof read === "number") {
        samples.push({ at, kind: "value", value: read });
        continue;
      }
      samples.push({ at, kind: "missing", reason: reason("metric-failed", { says: foreign(read.because, 400) }) });
      if (read.unfit) unfit ??= read.because;
    }
  }
  return { kind: "samples", samples, seriesCount: seen.size, ...(unfit === undefined ? {} : { unfit }) };
}

function readPoint(answer: QueryResponse, at: Millis, words: Words): FiniteNumber | Missing {
  if (answer.kind === "error") return { because: answer.because };
  if (answer.kind === "other") return { because: `the answer is a ${answer.type}, not numbers over time`, unfit: true };
  if (answer.series.length === 0) return { because: "no series: nothing matches the query" };
  const present = answer.series.filter((series) => series.values.has(at) || series.histograms.has(at));
  const [only] = present;
  if (only === undefined) return { because: "no point at this time" };
  if (present.length > 1) return { because: several(present, words), unfit: true };
  if (only.histograms.has(at)) return { because: "a histogram, not a number", unfit: true };
  const raw = only.values.get(at);
  return parseFinite(raw) ?? { because: notANumber(raw, words) };
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
    const [asked, answered] = timesOfDay(part.from + nearest * part.stepMs, first);
    const because =
      `The source moved the grid: asked for a point at ${asked}, it answered at ${answered}, and at none of the times ` +
      "that were asked for. Name the store itself as the source, not what rounds its answers.";
    return { kind: "error", because };
  }
  return undefined;
}

/** Nothing is copied: an answer may hold many series, and the first point of each is mostly the one. */
function isAnyIn(grid: ReadonlySet<Millis>, times: Iterable<Millis>): boolean {
  for (const at of times) if (grid.has(at)) return true;
  return false;
}

/** In UTC, with the day where it is not the same, and with milliseconds where there are any. */
function timesOfDay(...both: readonly [Millis, Millis]): readonly string[] {
  const written = both.map((at) =>
    Math.abs(at) <= 8.64e15 ? new Date(Math.round(at)).toISOString() : "no time at all",
  );
  const [day, other] = written.map((text) => text.split("T")[0]);
  return written.map((text) => (day === other ? text.split("T")[1] : text)?.replace(/(\.000)?Z$/, "") ?? text);
}

function notANumber(raw: unknown, words: Words): string {
  if (typeof raw !== "string") return "the value is not written as a text with a number in it";
  if (raw === "NaN") return "NaN, as when nothing is divided by nothing";
  const infinite = /^([+-]?)Inf(inity)?$/i.exec(raw);
  if (infinite !== null) return infinite[1] === "-" ? "-Inf" : "+Inf";
  return raw === "" ? "the value is an empty text" : `the value is not a finite decimal number: "${words(raw, 40)}"`;
}

/** Which labels tell the series apart: two of them, each with two of its values, are enough to see what to aggregate. */
function several(present: readonly RawSeries[], words: Words): string {
  const differing = differingLabels(present)
    .slice(0, 2)
    .map((name) => {
      const values = [...new Set(present.map((series) => labelOf(series, name)))];
      const shown = values.slice(0, 2).map((value) => `"${words(value, 40)}"`);
      return `${words(name, 40)} (${shown.join(", ")}${values.length > 2 ? ", …" : ""})`;
    });
  const apart = differing.length === 0 ? "with the same labels" : `that differ in ${differing.join(" and ")}`;
  return `several series, ${present.length} ${apart}: one is needed, so aggregate them, as with sum(…)`;
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
function shownLabels(series: RawSeries, words: Words): RawSeries["labels"] {
  return Object.fromEntries(Object.entries(series.labels).map(([name, value]) => [words(name), words(value, 1000)]));
}

/** Every series by itself, as raw counters. A counter that no counter can show spoils the answer as a whole. */
export function counters(parts: readonly ResponsePart[], whole: PointGrid, words: Words): Measurement {
  const found = new Map<string, { readonly labels: RawSeries["labels"]; readonly values: (number | null)[] }>();
  for (const part of parts) {
    if (part.answer.kind === "error") return part.answer;
    if (part.answer.kind === "other") return unusable(`the answer is a ${part.answer.type}, not counters over time`);
    const moved = movedGrid(part);
    if (moved !== undefined) return moved;
    const first = Math.round((part.from - whole.from) / whole.stepMs);
    const here = new Set<string>();
    for (const series of part.answer.series) {
      const key = keyOf(series);
      if (here.has(key)) return unusable("the same series stands in the answer twice");
      here.add(key);
      if (series.histograms.size > 0) return unusable("the answer holds histograms, not counters");
      const values = found.get(key)?.values ?? new Array<number | null>(whole.last + 1).fill(null);
      found.set(key, { labels: shownLabels(series, words), values });
      for (const [step, at] of times(part, 0).entries()) {
        if (!series.values.has(at)) continue;
        const raw = series.values.get(at);
        const value = parseFinite(raw);
        if (value === undefined) return unusable(`a counter has no number: ${notANumber(raw, words)}`);
        if (value < 0) return unusable("a counter is negative");
        values[first + step] = value;
      }
    }
  }
  return { kind: "series", series: [...found.values()] satisfies readonly CounterSeries[] };
}

function unusable(because: string): Measurement {
  return { kind: "error", because: `The counters cannot be used: ${because}.`, unusable: true };
}
