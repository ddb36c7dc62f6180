import { expect, test } from "vitest";
import { labelsOf } from "../../../src/simulator/prometheus/label-set.ts";
import { type FullAnswer, rememberedQueries } from "../../../src/simulator/prometheus/memoized-range-query.ts";
import { rangeQuery } from "../../../src/simulator/prometheus/query.ts";
import { MemoryStore } from "../../../src/simulator/prometheus/series-store.ts";

const second = 1000;

/** A store with a counter that is scraped every five seconds. */
function counting() {
  const store = new MemoryStore();
  const series = store.add(labelsOf([["__name__", "requests_total"]]));
  const scrapeUpTo = (until: number, add: number) => {
    for (let at = (series.times.at(-1) ?? 0) + 5 * second; at <= until; at += 5 * second) {
      series.times.push(at);
      series.values.push((series.values.at(-1) ?? 0) + add);
    }
  };
  return { store, series, scrapeUpTo };
}

const query = "sum(increase(requests_total[20s]))";
const shown = (answer: FullAnswer) => (answer.kind === "rows" ? answer.rows.map(({ values }) => values) : answer);
const fresh = (store: MemoryStore, from: number, to: number) => {
  const answer = rangeQuery(query, store, { from, to, stepMs: 10 * second });
  return answer.kind === "rows" ? answer.rows.map(({ points }) => points.map(([, value]) => value)) : answer;
};

test("an answer that grows turn by turn is the one that is worked out at once", () => {
  const { store, scrapeUpTo } = counting();
  const ask = rememberedQueries(store);
  for (const [now, add] of [
    [60, 10],
    [100, 3],
    [110, 0],
    [300, 70],
  ] as const) {
    scrapeUpTo(now * second, add);
    const grid = { from: 30 * second, to: now * second, stepMs: 10 * second };
    expect(shown(ask(query, grid, now * second))).toEqual(fresh(store, grid.from, grid.to));
  }
  const earlier = { from: 30 * second, to: 60 * second, stepMs: 10 * second };
  expect(shown(ask(query, earlier, 300 * second))).toEqual(fresh(store, earlier.from, earlier.to));
});

test("two grids of one query do not push each other out, nor do they mix", () => {
  const { store, scrapeUpTo } = counting();
  const ask = rememberedQueries(store);
  for (const now of [100, 160, 220]) {
    scrapeUpTo(now * second, now);
    for (const from of [30, 90]) {
      const grid = { from: from * second, to: now * second, stepMs: 10 * second };
      expect(shown(ask(query, grid, now * second))).toEqual(fresh(store, grid.from, grid.to));
    }
  }
});

test("what lies ahead is not remembered", () => {
  const { store, scrapeUpTo } = counting();
  const ask = rememberedQueries(store);
  scrapeUpTo(60 * second, 10);
  const grid = { from: 50 * second, to: 80 * second, stepMs: 10 * second };
  ask(query, grid, 60 * second);
  scrapeUpTo(100 * second, 500);
  expect(shown(ask(query, grid, 100 * second))).toEqual(fresh(store, grid.from, grid.to));
});

test("a series that comes later has no value before, and a query that cannot be read is refused", () => {
  const { store, scrapeUpTo } = counting();
  const ask = rememberedQueries(store);
  scrapeUpTo(40 * second, 1);
  const each = "last_over_time({__name__=~'requests_total|late_total'}[10s])";
  const grid = (to: number) => ({ from: 20 * second, to: to * second, stepMs: 10 * second });
  ask(each, grid(40), 40 * second);
  const late = store.add(labelsOf([["__name__", "late_total"]]));
  late.times.push(58 * second);
  late.values.push(7);
  scrapeUpTo(60 * second, 1);
  expect(shown(ask(each, grid(60), 60 * second))).toEqual([
    [4, 6, 8, 10, 12],
    [null, null, null, null, 7],
  ]);
  expect(ask("sum(", grid(60), 60 * second)).toMatchObject({ kind: "failed", type: "bad_data" });
});
