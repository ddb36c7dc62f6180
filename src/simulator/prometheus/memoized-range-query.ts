import { Evaluator } from "./evaluate.ts";
import {
  type ParsedQuery,
  parsedQuery,
  type RangeAnswer,
  type RangeParameters,
  rangeAnswer,
  type Unanswered,
} from "./query.ts";
import type { SampleStore } from "./series-store.ts";
import type { VectorRow } from "./value.ts";

/** One row of an answer, with a value or null for each point of the grid. */
export type FullRow = { readonly labels: VectorRow["labels"]; readonly values: readonly (number | null)[] };
export type FullAnswer = { readonly kind: "rows"; readonly rows: readonly FullRow[] } | Unanswered;

type Known = {
  readonly from: number;
  points: number;
  readonly rows: Map<string, { readonly labels: VectorRow["labels"]; values: (number | null)[] }>;
};

/**
 * Range queries over samples that are only ever added to: what was computed for a time that has gone by stays true. A
 * phase of hours asks for all its points in every turn, and only the newest of them are worked out.
 */
export function rememberedQueries(
  store: SampleStore,
): (query: string, grid: RangeParameters, now: number) => FullAnswer {
  const memory = new Map<string, Known[]>();
  const read = new Map<string, ParsedQuery>();
  const evaluator = new Evaluator(store);
  return (query, grid, now) => {
    const { from, to, stepMs } = grid;
    const asked = Math.floor((to - from) / stepMs) + 1;
    // What lies ahead may still change: it is answered, and forgotten.
    const isPast = from + (asked - 1) * stepMs <= now;
    const key = `${stepMs} ${query}`;
    const before = (isPast ? memory.get(key) : undefined) ?? [];
    const known = before.find((one) => isWithin(one, grid)) ?? { from, points: 0, rows: new Map() };
    const first = (from - known.from) / stepMs;
    if (known.points < first + asked) {
      const parsed = read.get(query) ?? parsedQuery(query);
      read.set(query, parsed);
      const answer = rangeAnswer(parsed, evaluator, { from: known.from + known.points * stepMs, to, stepMs });
      if (answer.kind === "failed") return answer;
      const isNew = known.points === 0;
      append(known, answer, stepMs, first + asked);
      if (isPast && isNew) memory.set(key, [...before, known]);
    }
    return { kind: "rows", rows: pointsOf(known, first, asked) };
  };
}

/** Whether these points lie among those that are known, or go on right after them. */
function isWithin(known: Known, { from, stepMs }: RangeParameters): boolean {
  const first = (from - known.from) / stepMs;
  return Number.isInteger(first) && first >= 0 && first <= known.points;
}

function append(known: Known, answer: Extract<RangeAnswer, { kind: "rows" }>, stepMs: number, upTo: number): void {
  for (const { labels, points } of answer.rows) {
    const row = known.rows.get(labels.key) ?? { labels, values: new Array<number | null>(known.points).fill(null) };
    known.rows.set(labels.key, row);
    for (const [at, value] of points) {
      const index = Math.round((at - known.from) / stepMs);
      while (row.values.length < index) row.values.push(null);
      row.values.push(value);
    }
  }
  for (const { values } of known.rows.values()) while (values.length < upTo) values.push(null);
  known.points = upTo;
}

/** Rows without any value in the range that is asked for do not exist. */
function pointsOf(known: Known, first: number, asked: number): readonly FullRow[] {
  return [...known.rows.values()].flatMap(({ labels, values }) => {
    const chosen = values.slice(first, first + asked);
    return asked < values.length && chosen.every((value) => value === null) ? [] : [{ labels, values: chosen }];
  });
}
