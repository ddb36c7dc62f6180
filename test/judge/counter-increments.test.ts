import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CounterReading,
  type CounterTrack,
  columnsOf,
  firstPoint,
  isStableSeen,
  newCounter,
  nextPoint,
  pairsOf,
} from "../../src/judge/counter-increments.ts";

type Values = readonly (number | null)[];

/** What each point adds, for counters of one target each and what else is known to be up. */
function increments(rows: Readonly<Record<string, Values>>, up: Readonly<Record<string, Values>> = {}) {
  const counters = Object.keys(rows).map((key) => newCounter("stable", key.replace(/ .*/, "")));
  const upAt = (k: number) => Object.keys(up).filter((target) => up[target]?.[k] === 1);
  const show = (k: number) => {
    for (const [i, values] of Object.values(rows).entries()) {
      const counter = counters[i];
      if (counter !== undefined) counter.value = values[k] ?? undefined;
    }
  };
  show(0);
  let known = firstPoint(counters, upAt(0));
  const length = Object.values(rows)[0]?.length ?? 0;
  const found: number[][] = counters.map(() => []);
  const resets: string[][] = [];
  for (let k = 1; k < length; k += 1) {
    show(k);
    const [now, anew] = nextPoint(counters, upAt(k), known);
    known = now;
    for (const [i, counter] of counters.entries()) found[i]?.push(counter.increment);
    resets.push([...anew]);
  }
  return { found, resets };
}

describe("what each point adds", () => {
  test.each([
    ["a counter that rises", [10, 12, 12, 20], [2, 0, 8]],
    ["a reset", [10, 12, 3, 5], [2, 3, 2]],
    ["a reset that overtakes: too little, never negative", [10, 12, 14], [2, 2]],
    ["a gap and a return: it is filled when the counter comes back", [10, null, null, 15, 16], [0, 0, 5, 1]],
    ["a gap with a reset behind it", [10, null, 4], [0, 4]],
    ["a counter that ends", [10, 11, null, null], [1, 0, 0]],
  ] as const)("%s", (_, values, expected) => {
    expect(increments({ pod: values }).found[0]).toEqual(expected);
  });

  test("a counter that is born on a running target counts from nothing", () => {
    const { found } = increments({ gateway: [100, 110, 120, 130], "gateway 503": [null, null, 1, 4] });
    expect(found).toEqual([
      [10, 10, 10],
      [0, 1, 3],
    ]);
  });
  test("so does one whose target is only known to be up", () => {
    expect(increments({ gateway: [null, 1, 2] }, { gateway: [1, 1, 1] }).found[0]).toEqual([1, 1]);
    expect(increments({ gateway: [null, 1, 2] }, { gateway: [0, 1, 1] }).found[0]).toEqual([0, 1]);
  });
  test("the life of a program that was never scraped before is its past", () => {
    const { found } = increments({ old: [5, 6, 7], "new": [null, 9000, 9001], "new 503": [null, 70, 71] });
    expect(found).toEqual([
      [1, 1],
      [0, 1],
      [0, 1],
    ]);
  });
  test("a pod that is replaced loses at most one scrape", () => {
    const { found } = increments({ a: [100, 110, null, null], b: [null, null, 3, 9] });
    expect(found).toEqual([
      [10, 0, 0],
      [0, 0, 6],
    ]);
  });
  test("resets are named by target, once", () => {
    expect(increments({ b: [5, 1], "b 503": [3, 0], a: [9, 2], c: [1, 2] }).resets).toEqual([["a", "b"]]);
  });
});

test("all increments together never exceed the requests served", () => {
  const step = fc.record({ served: fc.nat(9), restart: fc.boolean(), lost: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.boolean(), (steps, isUp) => {
      let total = 0;
      let counter = 0;
      const values: (number | null)[] = [isUp ? 0 : null];
      for (const { served, restart, lost } of steps) {
        counter = restart ? 0 : counter;
        counter += served;
        total += served;
        values.push(lost ? null : counter);
      }
      const found =
        increments({ pod: values }, { pod: values.map((value) => (value === null ? 0 : 1)) }).found[0] ?? [];
      expect(found.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(total);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("the change over a window, as others take it, would miss the first failures", () => {
  const born: Values = [null, null, 3, 3, 3];
  const increase = 3 - 3;
  const { found } = increments({ gateway: [1, 2, 3, 4, 5], "gateway 503": born });
  expect(found[1]?.reduce((sum, one) => sum + one, 0)).toBe(3);
  expect(increase).toBe(0);
});

function counted(arm: "canary" | "stable", increment: number): CounterReading {
  return { ...newCounter(arm, "pod"), increment, last: increment };
}
const count = (process: string, adds: "total" | "bad" | "both", counter: CounterReading): CounterTrack => ({
  kind: "count",
  process,
  adds,
  counter,
});

describe("pairs", () => {
  test("series are summed, each in its arm and process", () => {
    const series = [
      count("errors", "total", counted("canary", 90)),
      count("errors", "both", counted("canary", 10)),
      count("errors", "total", counted("stable", 900)),
      count("errors", "bad", counted("stable", 7)),
      count("orders", "total", counted("stable", 5)),
      count("unheard of", "total", counted("stable", 5)),
    ];
    expect(Object.fromEntries(pairsOf(series, columnsOf(["errors", "orders"], [])))).toEqual({
      errors: { canary: { n: 100, x: 10 }, stable: { n: 900, x: 7 } },
      orders: { canary: { n: 0, x: 0 }, stable: { n: 5, x: 0 } },
    });
    expect(pairsOf(series.toReversed(), columnsOf(["errors", "orders"], []))).toEqual(
      pairsOf(series, columnsOf(["errors", "orders"], [])),
    );
  });
  test("no series in one arm is no request", () => {
    const pairs = pairsOf([count("errors", "total", counted("stable", 5))], columnsOf(["errors"], []));
    expect(pairs.get("errors")).toEqual({ canary: { n: 0, x: 0 }, stable: { n: 5, x: 0 } });
  });
  test("more bad requests than requests cannot be", () => {
    const series = [count("errors", "total", counted("canary", 2)), count("errors", "bad", counted("canary", 3))];
    expect(pairsOf(series, columnsOf(["errors"], [])).get("errors")?.canary).toEqual({ n: 2, x: 2 });
  });
  test("all series count, not the last one", () => {
    const series = [
      count("errors", "total", counted("canary", 100)),
      count("errors", "bad", counted("canary", 50)),
      count("errors", "total", counted("canary", 100)),
      count("errors", "bad", counted("canary", 0)),
    ];
    expect(pairsOf(series, columnsOf(["errors"], [])).get("errors")?.canary).toEqual({ n: 200, x: 50 });
  });
  test("a request is slow if it is beyond the bucket, histogram by histogram", () => {
    const histogram = (arm: "canary" | "stable", edges: readonly (readonly [number, number])[]): CounterTrack => ({
      kind: "histogram",
      arm,
      edges: new Map(edges.map(([edge, increment]) => [edge, counted(arm, increment)])),
    });
    const series = [
      histogram("canary", [
        [100, 60],
        [250, 90],
        [Number.POSITIVE_INFINITY, 100],
      ]),
      // Read an instant apart: more in the bucket than in all.
      histogram("canary", [
        [100, 11],
        [250, 5],
        [Number.POSITIVE_INFINITY, 10],
      ]),
      // One that has no bucket at 100 says nothing there, one without a total nothing at all.
      histogram("stable", [
        [250, 700],
        [Number.POSITIVE_INFINITY, 800],
      ]),
      histogram("stable", [[250, 7]]),
    ];
    expect(Object.fromEntries(pairsOf(series, columnsOf([], [100, 250])))).toEqual({
      "latency>100": { canary: { n: 110, x: 40 }, stable: { n: 0, x: 0 } },
      "latency>250": { canary: { n: 110, x: 15 }, stable: { n: 800, x: 100 } },
    });
  });
  test("a bucket that has not shown up yet says nothing", () => {
    const edges = new Map([
      [100, newCounter("canary", "pod")],
      [Number.POSITIVE_INFINITY, counted("canary", 10)],
    ]);
    const pairs = pairsOf([{ kind: "histogram", arm: "canary", edges }], columnsOf([], [100]));
    expect(pairs.get("latency>100")?.canary).toEqual({ n: 0, x: 0 });
  });
});

test("stable is seen by any value of its own", () => {
  const [canary, stable] = [newCounter("canary", "a"), newCounter("stable", "b")];
  canary.value = 1;
  expect(isStableSeen([canary, stable])).toBe(false);
  stable.value = 0;
  expect(isStableSeen([canary, stable])).toBe(true);
});
