import { type Grid, type RangeAnswer, rangeQuery } from "./query.ts";
import type { SampleStore } from "./series.ts";
import type { Point, Row } from "./value.ts";

type Known = {
  readonly stepMs: number;
  readonly from: number;
  to: number;
  readonly rows: Map<string, { readonly labels: Row["labels"]; readonly points: Point[] }>;
};

/**
 * Range queries over samples that are only ever added to: what was computed for a time that has gone by stays true. A
 * phase of hours asks for all its points in every turn, and only the newest of them are worked out.
 */
export function rememberedQueries(store: SampleStore): (query: string, grid: Grid, now: number) => RangeAnswer {
  const memory = new Map<string, Known>();
  return (query, grid, now) => {
    const { from, to, stepMs } = grid;
    const key = `${stepMs} ${from % stepMs} ${query}`;
    const known = memory.get(key);
    const fits = known !== undefined && known.from <= from && to >= known.to && from <= known.to + stepMs;
    const begin = fits ? known.to + stepMs : from;
    const answer: RangeAnswer =
      begin > to ? { kind: "rows", rows: [] } : rangeQuery(query, store, { from: begin, to, stepMs });
    if (answer.kind === "failed") return answer;
    // What lies ahead may still change: it is answered, and forgotten.
    if (to > now) return fits ? rangeQuery(query, store, grid) : answer;
    const kept: Known = fits ? known : { stepMs, from, to: from - stepMs, rows: new Map() };
    for (const { labels, points } of answer.rows) {
      const row = kept.rows.get(labels.key);
      if (row === undefined) kept.rows.set(labels.key, { labels, points: [...points] });
      else row.points.push(...points);
    }
    kept.to = from + Math.floor((to - from) / stepMs) * stepMs;
    memory.set(key, kept);
    return { kind: "rows", rows: within(kept, from) };
  };
}

function within(known: Known, from: number): readonly Row[] {
  return [...known.rows.values()].flatMap(({ labels, points }) => {
    const asked = known.from === from ? points : points.filter(([at]) => at >= from);
    return asked.length === 0 ? [] : [{ labels, points: asked }];
  });
}
