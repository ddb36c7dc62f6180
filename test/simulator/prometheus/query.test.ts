import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LabelSet, labelRecord, labelsOf } from "../../../src/simulator/prometheus/label-set.ts";
import { instantQuery, rangeQuery } from "../../../src/simulator/prometheus/query.ts";
import { MemoryStore } from "../../../src/simulator/prometheus/series-store.ts";

/** Samples every 15 s from time 0, written as in Prometheus' own rule tests: `_` is a scrape that failed. */
function storeOf(series: Readonly<Record<string, string>>): MemoryStore {
  const store = new MemoryStore();
  for (const [name, values] of Object.entries(series)) {
    const [, metric = "", inside = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(name) ?? [];
    const pairs = [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value] as const);
    const one = store.add(labelsOf([["__name__", metric], ...pairs]));
    for (const [index, text] of values.trim().split(/\s+/).entries()) {
      if (text === "_") continue;
      if (text === "stale") {
        one.staleAt.push(index * 15_000);
        continue;
      }
      one.times.push(index * 15_000);
      one.values.push(text === "Inf" ? Number.POSITIVE_INFINITY : Number(text));
    }
  }
  return store;
}

/** `steady(5, 10)` is 0 10 20 30 40. */
function steady(samples: number, step: number, first = 0): string {
  return Array.from({ length: samples }, (_value, index) => first + index * step).join(" ");
}

type Found = Readonly<Record<string, number>>;

function text(labels: LabelSet): string {
  const { __name__: name = "", ...rest } = labelRecord(labels);
  const inside = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
  return name === "" || inside.length > 0 ? `${name}{${inside.join(",")}}` : name;
}

/** The answer at a time in seconds, by the text of the labels; a scalar stands under `scalar`. */
function ask(query: string, store: MemoryStore, seconds: number, dialect: 2 | 3 = 3): Found {
  const answer = instantQuery(query, store, seconds * 1000, { dialect });
  if (answer.kind === "failed") throw new Error(answer.because);
  const { value } = answer;
  if (value.kind === "scalar") return { scalar: value.value };
  if (value.kind !== "vector") throw new Error(`a ${value.kind}`);
  return Object.fromEntries(value.samples.map((sample) => [text(sample.labels), sample.value]));
}

function one(query: string, store: MemoryStore, seconds: number, dialect: 2 | 3 = 3): number {
  const values = Object.values(ask(query, store, seconds, dialect));
  expect(values).toHaveLength(1);
  return values[0] ?? Number.NaN;
}

/** Equal but for the last digits; NaN and infinities as they are. */
function near(expected: number): unknown {
  return Number.isFinite(expected) ? expect.closeTo(expected, 9) : expected;
}

describe("rate and increase", () => {
  const table: [
    what: string,
    samples: string,
    query: string,
    at: number,
    dialect: 2 | 3,
    expected: number | undefined,
  ][] = [
    // 15 s to 60 s: 30 in 45 s; 15 s before the first sample is near enough, and the counter was 0 there.
    ["left edge left out", "0 10 20 30 40", "increase(c[1m])", 60, 3, 40],
    ["left edge kept", "0 10 20 30 40", "increase(c[1m])", 60, 2, 40],
    ["per second", "0 10 20 30 40", "rate(c[1m])", 60, 3, 40 / 60],
    // 100 to 130 in 45 s, stretched by 15 s to the start of the window.
    ["stretched to the start", steady(5, 10, 90), "increase(c[1m])", 60, 3, 40],
    // Samples at 30 s and 45 s of a window of two minutes: half a distance at each end.
    ["half a distance where samples end early", "_ _ 100 110 _ _ _ _ _", "increase(c[2m])", 120, 3, 20],
    // 1 to 11 in 15 s: 1.5 s before the first sample the counter was 0.
    ["never below zero", "_ _ 1 11 _ _ _ _ _", "increase(c[2m])", 120, 3, (10 * (15 + 1.5 + 7.5)) / 15],
    // 10 20 5 15 is 25 in 45 s; 18 s back it would have been 0, so the 15 s to the start count whole.
    ["a reset adds what was lost", "0 10 20 5 15", "increase(c[1m])", 60, 3, (25 * 60) / 45],
    ["a counter that is born at 3 and stays", "_ _ 3 3 3", "increase(c[1m])", 60, 3, 0],
    ["one sample is not enough", "_ _ _ _ 7", "increase(c[1m])", 60, 3, undefined],
    ["delta falls too", steady(5, -10, 100), "delta(c[1m])", 60, 3, -40],
    ["irate takes the last two", "0 10 20 30 60", "irate(c[1m])", 60, 3, 2],
    ["irate after a reset", "0 10 20 30 6", "irate(c[1m])", 60, 3, 6 / 15],
    ["idelta", "0 10 20 30 6", "idelta(c[1m])", 60, 3, -24],
  ];
  test.each(table)("%s", (_what, samples, query, at, dialect, expected) => {
    const found = ask(query, storeOf({ c: samples }), at, dialect);
    if (expected === undefined) expect(found).toEqual({});
    else expect(found["{}"]).toBeCloseTo(expected, 9);
  });
});

describe("over time", () => {
  const store = storeOf({ g: "9 1 5 NaN 3" });
  test.each([
    ["last_over_time(g[1m])", 3],
    ["max_over_time(g[1m])", 5],
    ["min_over_time(g[1m])", 1],
    ["count_over_time(g[1m])", 4],
    ["sum_over_time(g[31s] offset 15s)", Number.NaN],
    ["sum_over_time(g[30s] offset 30s)", 6],
    ["avg_over_time(g[30s] offset 30s)", 3],
    ["quantile_over_time(0.5, g[30s] offset 30s)", 3],
    ["stddev_over_time(g[30s] offset 30s)", 2],
    ["changes(g[1m])", 3],
    ["resets(g[1m])", 0],
    ["present_over_time(g[1m])", 1],
    ["max_over_time(g[1m:15s])", 5],
    ["sum_over_time(vector(2)[1m:15s])", 8],
  ])("%s", (query, expected) => {
    expect(one(query, store, 60)).toEqual(near(expected));
  });

  test("the left edge belongs to the window in version 2 only", () => {
    expect(one("count_over_time(g[1m])", store, 60, 2)).toBe(5);
    expect(one("count_over_time(g[1m])", store, 60, 3)).toBe(4);
  });

  test("last_over_time keeps the name, the others drop it", () => {
    expect(Object.keys(ask("last_over_time(g[1m])", store, 60))).toEqual(["g"]);
    expect(Object.keys(ask("max_over_time(g[1m])", store, 60))).toEqual(["{}"]);
  });
});

describe("what counts as present", () => {
  test("a sample holds for five minutes, and ends at once when the scrape found it gone", () => {
    const store = storeOf({ a: "1", b: "1 stale", c: "1 stale 2" });
    expect(ask('{__name__=~"a|b"}', store, 14)).toEqual({ a: 1, b: 1 });
    expect(ask('{__name__=~"a|b|c"}', store, 15)).toEqual({ a: 1 });
    expect(ask("c", store, 30)).toEqual({ c: 2 });
    expect(ask("a", store, 299)).toEqual({ a: 1 });
    expect(ask("a", store, 300)).toEqual({});
    expect(ask("a", store, 300, 2)).toEqual({ a: 1 });
    expect(ask("last_over_time(b[45s])", store, 30)).toEqual({ b: 1 });
  });

  test("offset looks back, and forward with a minus", () => {
    const store = storeOf({ a: steady(10, 1) });
    expect(ask("a offset 30s", store, 60)).toEqual({ a: 2 });
    expect(ask("a offset -30s", store, 60)).toEqual({ a: 6 });
  });

  test("absent tells what was looked for", () => {
    const store = storeOf({ a: "1" });
    expect(ask("absent(a)", store, 0)).toEqual({});
    expect(ask('absent(b{x="y",z=~"q"})', store, 0)).toEqual({ "{x=y}": 1 });
    expect(ask('absent_over_time(b{x="y"}[1m])', store, 0)).toEqual({ "{x=y}": 1 });
  });
});

describe("selectors", () => {
  const store = storeOf({ 'm{code="200"}': "1", 'm{code="500",flags="UF,URX"}': "2", "m{}": "3" });
  test.each([
    ['m{code="200"}', [1]],
    ['m{code!="200"}', [2, 3]],
    ['m{code=~"5.."}', [2]],
    // Patterns are whole: 50 does not match 500, and what is absent is the empty text.
    ['m{code=~"50"}', []],
    ['m{code!~"5..|2.."}', [3]],
    ['m{code=""}', [3]],
    ['m{code=~".+"}', [1, 2]],
    ['m{flags!~"(.*,)?(DC|UF)(,.*)?"}', [1, 3]],
    ['m{flags=~"(.*,)?URX(,.*)?"}', [2]],
    ['{__name__="m",code="200"}', [1]],
    ["m{code=~'(?i)200'}", [1]],
    ["m{code=~`\\d+`}", [1, 2]],
    ['m{code=~"\\\\d+"}', [1, 2]],
    ['m{code=~"[[:digit:]]+"}', [1, 2]],
  ])("%s", (query, expected) => {
    expect(Object.values(ask(query, store, 0))).toEqual(expected);
  });
});

describe("arithmetic and comparison", () => {
  const store = storeOf({ 'a{x="1"}': "6", 'a{x="2"}': "NaN", 'b{x="1"}': "4", 'b{x="3"}': "1" });
  const table: [query: string, expected: Found][] = [
    ["1 + 2 * 3 ^ 2 ^ 0", { scalar: 7 }],
    ["-2 ^ 2", { scalar: -4 }],
    ["2 ^ 3 ^ 2", { scalar: 512 }],
    ["7 % 4 - 10 / 4", { scalar: 0.5 }],
    ["1 == bool 1", { scalar: 1 }],
    ["NaN == bool NaN", { scalar: 0 }],
    ["1 / 0", { scalar: Number.POSITIVE_INFINITY }],
    ["a + b", { "{x=1}": 10 }],
    ["a - 1", { "{x=1}": 5, "{x=2}": Number.NaN }],
    ["-b", { "{x=1}": -4, "{x=3}": -1 }],
    ["b > 2", { "b{x=1}": 4 }],
    ["2 < b", { "b{x=1}": 4 }],
    ["b > bool 2", { "{x=1}": 1, "{x=3}": 0 }],
    // NaN is not equal to anything, and not above or below it either.
    ["a > 0", { "a{x=1}": 6 }],
    ["a <= 0", {}],
    ["a != a", { "a{x=2}": Number.NaN }],
    ["a > b", { "a{x=1}": 6 }],
    ["a < b", {}],
    ["b and a", { "b{x=1}": 4 }],
    ["b unless a", { "b{x=3}": 1 }],
    ["b or a", { "b{x=1}": 4, "b{x=3}": 1, "a{x=2}": Number.NaN }],
    ["sum(nothing)", {}],
    ["sum(nothing) or vector(0)", { "{}": 0 }],
    ["(sum(nothing) or vector(0)) / sum(b)", { "{}": 0 }],
    ["vector(0) / vector(0)", { "{}": Number.NaN }],
    ["scalar(sum(b))", { scalar: 5 }],
    ["scalar(b)", { scalar: Number.NaN }],
    ["clamp_min(b, 2)", { "{x=1}": 4, "{x=3}": 2 }],
    ["clamp_max(b, 2)", { "{x=1}": 2, "{x=3}": 1 }],
    ["clamp(b, 2, 3)", { "{x=1}": 3, "{x=3}": 2 }],
    ["abs(-b)", { "{x=1}": 4, "{x=3}": 1 }],
    ["round(b / 3, 0.5)", { "{x=1}": 1.5, "{x=3}": 0.5 }],
    ["time()", { scalar: 0 }],
    ['label_replace(b, "y", "v$1", "x", "(1)")', { "b{x=1,y=v1}": 4, "b{x=3}": 1 }],
    ['label_join(b{x="1"}, "y", "-", "x", "x")', { "b{x=1,y=1-1}": 4 }],
  ];
  test.each(table)("%s", (query, expected) => {
    expect(ask(query, store, 0)).toEqual(expected);
  });

  test("matching by some labels, many to one with what the one side adds", () => {
    const shop = storeOf({
      'r{v="1",code="a"}': "6",
      'r{v="1",code="b"}': "2",
      'r{v="2",code="a"}': "5",
      'i{v="1",team="red"}': "2",
    });
    expect(ask("r / on(v) group_left(team) i", shop, 0)).toEqual({
      "{code=a,team=red,v=1}": 3,
      "{code=b,team=red,v=1}": 1,
    });
    expect(ask("i * on(v) group_right r", shop, 0)).toEqual({ "{code=a,v=1}": 12, "{code=b,v=1}": 4 });
    expect(ask('r{code="a"} / ignoring(team, code) i', shop, 0)).toEqual({ "{v=1}": 3 });
    const message = (query: string) => {
      const answer = instantQuery(query, shop, 0);
      return answer.kind === "failed" ? `${answer.type}: ${answer.because}` : "";
    };
    expect(message("r / on(v) i")).toBe(
      "execution: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
    );
    expect(message("i / on(v) r")).toBe(
      'execution: found duplicate series for the match group {v="1"} on the right hand-side of the operation: ' +
        '[{__name__="r", code="b", v="1"}, {__name__="r", code="a", v="1"}];many-to-many matching not allowed: ' +
        "matching labels must be unique on one side",
    );
    expect(message('rate({__name__=~"r|i",code=""}[1m:15s])')).toBe("");
    expect(message('last_over_time({__name__=~"r|i"}[1m]) + 0 * r')).not.toContain("labelset");
  });
});

describe("aggregation", () => {
  const store = storeOf({ 'm{v="1",p="a"}': "1", 'm{v="1",p="b"}': "3", 'm{v="2",p="c"}': "8" });
  const table: [query: string, expected: Found][] = [
    ["sum(m)", { "{}": 12 }],
    ["sum by (v) (m)", { "{v=1}": 4, "{v=2}": 8 }],
    ["sum(m) by (v)", { "{v=1}": 4, "{v=2}": 8 }],
    ["sum without (p) (m)", { "{v=1}": 4, "{v=2}": 8 }],
    ["avg by (v) (m)", { "{v=1}": 2, "{v=2}": 8 }],
    ["min(m)", { "{}": 1 }],
    ["max(m)", { "{}": 8 }],
    ["count by (v) (m)", { "{v=1}": 2, "{v=2}": 1 }],
    ["group(m)", { "{}": 1 }],
    ["stddev by (v) (m)", { "{v=1}": 1, "{v=2}": 0 }],
    ["quantile(0.5, m)", { "{}": 3 }],
    ["topk(1, m)", { "m{p=c,v=2}": 8 }],
    ["bottomk by (v) (1, m)", { "m{p=a,v=1}": 1, "m{p=c,v=2}": 8 }],
  ];
  test.each(table)("%s", (query, expected) => {
    expect(ask(query, store, 0)).toEqual(expected);
  });
});

describe("histogram_quantile", () => {
  const of = (...buckets: [le: string, count: number][]) =>
    storeOf(Object.fromEntries(buckets.map(([le, count]) => [`h{le="${le}"}`, String(count)])));
  const usual = of(["100", 50], ["250", 90], ["500", 100], ["+Inf", 100]);
  const table: [what: string, share: string, store: MemoryStore, expected: number][] = [
    ["half of the first bucket", "0.25", usual, 50],
    ["at a bound", "0.5", usual, 100],
    ["inside a bucket", "0.7", usual, 175],
    ["the last finite bucket", "0.99", usual, 475],
    ["above the last finite bound", "0.99", of(["100", 50], ["+Inf", 100]), 100],
    ["nothing observed", "0.9", of(["100", 0], ["+Inf", 0]), Number.NaN],
    ["without +Inf", "0.9", of(["100", 5], ["200", 9]), Number.NaN],
    ["only +Inf", "0.9", of(["+Inf", 9]), Number.NaN],
    ["a share above 1", "1.5", usual, Number.POSITIVE_INFINITY],
    ["a share below 0", "-1", usual, Number.NEGATIVE_INFINITY],
    ["bounds written in two ways add up", "0.5", of(["100", 20], ["100.0", 20], ["200", 80], ["+Inf", 80]), 100],
    ["buckets that fall are raised", "0.5", of(["100", 50], ["200", 40], ["+Inf", 100]), 100],
  ];
  test.each(table)("%s", (_what, share, store, expected) => {
    expect(one(`histogram_quantile(${share}, h)`, store, 0)).toEqual(near(expected));
  });
});

describe("counting requests without a blind spot", () => {
  const query = "sum((c unless last_over_time(c[15m] offset 1m)) or increase(c[1m])) or vector(0)";
  test.each([
    // The counters of an hour: 100 a scrape. A newborn one counts in full, an old one by its growth.
    ["an old counter", { c: steady(240, 100, 5000) }, 400],
    ["a counter born in the window at 3", { c: `${"_ ".repeat(237)} 3 3 3` }, 3],
    [
      "an old one whose scrape failed just at the window's start",
      { c: `${steady(235, 100)} _ ${steady(4, 100, 23_600)}` },
      400,
    ],
    ["none at all", {}, 0],
    ["an old and a new one", { 'c{x="1"}': steady(240, 100, 5000), 'c{x="2"}': `${"_ ".repeat(239)} 2` }, 402],
  ])("%s", (_what, series, expected) => {
    expect(one(query, storeOf(series), 239 * 15)).toBeCloseTo(expected, 6);
  });

  test("increase alone would miss the failures that were there from a series' first sample on", () => {
    const store = storeOf({ c: `${"_ ".repeat(237)} 3 3 3` });
    expect(one("sum(increase(c[1m]))", store, 239 * 15)).toBe(0);
  });
});

describe("over a range", () => {
  const store = storeOf({ 'm{v="1"}': "1 2 3", 'm{v="2"}': "_ 5 _" });
  test("a row for each series, points at the grid", () => {
    const answer = rangeQuery("m * 2", store, { from: 0, to: 30_000, stepMs: 15_000 });
    expect(answer.kind === "rows" && answer.rows.map((row) => [text(row.labels), row.points])).toEqual([
      [
        "{v=1}",
        [
          [0, 2],
          [15_000, 4],
          [30_000, 6],
        ],
      ],
      [
        "{v=2}",
        [
          [15_000, 10],
          [30_000, 10],
        ],
      ],
    ]);
  });
  test("a scalar is a row without labels", () => {
    const answer = rangeQuery("1", store, { from: 0, to: 15_000, stepMs: 15_000 });
    expect(answer.kind === "rows" && answer.rows.map((row) => row.points)).toEqual([
      [
        [0, 1],
        [15_000, 1],
      ],
    ]);
  });
  test("a range of a range is refused", () => {
    expect(rangeQuery("m[1m]", store, { from: 0, to: 1, stepMs: 1 })).toEqual({
      kind: "failed",
      type: "bad_data",
      because: 'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    });
  });
});

describe("what cannot be read is refused in Prometheus' words", () => {
  test.each([
    ["", "1:1: parse error: no expression found in input"],
    ["sum(", "1:5: parse error: unclosed left parenthesis"],
    ["(1", "1:3: parse error: unclosed left parenthesis"],
    [")", "1:2: parse error: unexpected right parenthesis ')'"],
    ["rate(m[5m]))", "1:13: parse error: unexpected right parenthesis ')'"],
    ["1 +", "1:4: parse error: unexpected end of input"],
    ["rate(m)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ["rate(sum(m)[5m])", "1:12: parse error: ranges only allowed for vector selectors"],
    ["rate()", '1:1: parse error: expected 1 argument(s) in call to "rate", got 0'],
    ["foo(m)", '1:1: parse error: unknown function with name "foo"'],
    ["m{", "1:3: parse error: unexpected end of input inside braces"],
    ["m{a}", '1:4: parse error: unexpected "}" in label matching, expected label matching operator'],
    ['m{a="b" c="d"}', '1:9: parse error: unexpected identifier "c" in label matching, expected "," or "}"'],
    ["{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"],
    ['{a=~".*"}', "1:1: parse error: vector selector must contain at least one non-empty matcher"],
    ['m{__name__="n"}', '1:1: parse error: metric name must not be set twice: "m" or "n"'],
    ['m{a=~"(?=b)"}', "1:3: parse error: error parsing regexp: invalid or unsupported Perl syntax: `(?=`"],
    ["m[5]", "1:3: parse error: missing unit character in duration"],
    ["m[0s]", "1:3: parse error: duration must be greater than 0"],
    ["m[5m1h]", '1:3: parse error: not a valid duration string: "5m1h"'],
    [
      "sum(m) offset 5m",
      "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
    ],
    ["sum(m[5m])", "1:5: parse error: expected type instant vector in aggregation expression, got range vector"],
    ["1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
    ["m and 1", '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ["m + bool 1", "1:3: parse error: bool modifier can only be used on comparison operators"],
    ['"a" + 1', "1:1: parse error: binary expression must contain only scalar and instant vector types"],
    ["topk(m)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"],
    ["m ! 1", "1:3: parse error: unexpected character after '!': ' '"],
    ["$x", "1:1: parse error: unexpected character: '$'"],
    ["1 2", '1:3: parse error: unexpected number "2"'],
    ['m{a="b', "1:5: parse error: unterminated quoted string"],
    ["sum(m)\n  foo", '2:3: parse error: unexpected identifier "foo"'],
    [
      "predict_linear(m[5m], 60)",
      '1:1: parse error: a rehearsal does not know the function "predict_linear"; Prometheus does',
    ],
    ["m @ 5", '1:3: parse error: a rehearsal does not know the "@" modifier; leave it out'],
  ])("%s", (query, because) => {
    expect(instantQuery(query, new MemoryStore(), 0)).toEqual({ kind: "failed", type: "bad_data", because });
  });

  test("however deep, however long", () => {
    const failed = (query: string) => instantQuery(query, new MemoryStore(), 0);
    expect(failed(`${"(".repeat(5000)}`)).toMatchObject({ because: expect.stringContaining("nested too deeply") });
    expect(failed("1+".repeat(10_000))).toMatchObject({ because: expect.stringContaining("too long") });
    expect(failed("-".repeat(4000))).toMatchObject({ kind: "failed" });
  });

  test("nothing that is written makes it throw", () => {
    const words =
      'sum rate m by ( ) { } [ ] 5m 1 , = =~ != "a" + - * / ^ > bool on ignoring group_left offset or and unless : @ NaN le'.split(
        " ",
      );
    const store = storeOf({ 'm{le="1"}': steady(20, 1) });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.constantFrom(...words)).map((found) => found.join(" ")),
          fc.string(),
        ),
        (query) => {
          expect(["value", "failed"]).toContain(instantQuery(query, store, 60_000).kind);
          expect(["rows", "failed"]).toContain(rangeQuery(query, store, { from: 0, to: 60_000, stepMs: 30_000 }).kind);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
