import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scenarios } from "../../../src/simulator/scenario/built-in-scenarios.ts";
import { clauseUsages } from "../../../src/simulator/scenario/clauses.ts";
import { readScenario } from "../../../src/simulator/scenario/index.ts";
import type { Scenario } from "../../../src/simulator/scenario/scenario.ts";
import { type Calendar, valueAt } from "../../../src/simulator/scenario/value-at-time.ts";

const minute = 60_000;

function read(text: string): Scenario {
  const found = readScenario(text);
  if (found.kind === "refused") throw new Error(found.problems.map((problem) => problem.message).join("\n"));
  return found.scenario;
}

function problems(text: string): string[] {
  const found = readScenario(text);
  return found.kind === "refused" ? found.problems.map((problem) => problem.message) : [];
}

/** The start is at 0, and the phase of 20 % begins after ten minutes. */
const calendar: Calendar = ({ afterMs, phase }) => {
  if (phase === undefined) return afterMs;
  return phase <= 20 ? 10 * minute + afterMs : undefined;
};

describe("values that change", () => {
  const table: [
    text: string,
    of: (scenario: Scenario) => Scenario["traffic"],
    values: [minutes: number, value: number][],
  ][] = [
    [
      "errors 0.2%",
      (s) => s.errors.canary,
      [
        [-60, 0.002],
        [0, 0.002],
        [99, 0.002],
      ],
    ],
    ["canary errors 4%", (s) => s.errors.stable, [[0, 0.001]]],
    ["canary errors 4%", (s) => s.errors.canary, [[0, 0.04]]],
    [
      "canary errors 0.2% until phase 20, then 4%",
      (s) => s.errors.canary,
      [
        [9.9, 0.002],
        [10, 0.04],
        [60, 0.04],
      ],
    ],
    [
      "canary errors 0.2% until phase 50, then 4%",
      (s) => s.errors.canary,
      [
        [9.9, 0.002],
        [10, 0.002],
        [600, 0.002],
      ],
    ],
    [
      "errors 1%; canary errors 4% from 6m",
      (s) => s.errors.canary,
      [
        [5.9, 0.01],
        [6, 0.04],
        [60, 0.04],
      ],
    ],
    [
      "canary errors 4% from 6m; errors 1%",
      (s) => s.errors.canary,
      [
        [5.9, 0.01],
        [6, 0.04],
      ],
    ],
    [
      "errors 4% from 6m for 3m; errors 1%",
      (s) => s.errors.stable,
      [
        [5, 0.01],
        [6, 0.04],
        [8.9, 0.04],
        [9, 0.01],
      ],
    ],
    [
      "errors 1%; canary errors 4% from 2m into phase 20",
      (s) => s.errors.canary,
      [
        [11.9, 0.01],
        [12, 0.04],
      ],
    ],
    [
      "canary errors 4% from 2m into phase 20 for 3m",
      (s) => s.errors.canary,
      [
        [11, 0.001],
        [14, 0.04],
        [15, 0.001],
      ],
    ],
    [
      "canary errors 0% rising to 6% over 30m",
      (s) => s.errors.canary,
      [
        [-5, 0],
        [0, 0],
        [15, 0.03],
        [30, 0.06],
        [60, 0.06],
      ],
    ],
    [
      "canary errors 0% rising to 6% over 30m from 10m, then 1% for 5m, then 2%",
      (s) => s.errors.canary,
      [
        [9, 0.001],
        [25, 0.03],
        [40, 0.01],
        [44.9, 0.01],
        [45, 0.02],
      ],
    ],
    ["canary errors 6% falling to 0% over 30m", (s) => s.errors.canary, [[15, 0.03]]],
    [
      "incident 10% from 10m for 8m",
      (s) => s.incidents,
      [
        [10, 0.1],
        [17.9, 0.1],
      ],
    ],
    [
      "traffic 50 rps until 10m, then 0 rps",
      (s) => s.traffic,
      [
        [-9, 50],
        [9, 50],
        [10, 0],
      ],
    ],
    ["TRAFFIC 0.5RPS", (s) => s.traffic, [[0, 0.5]]],
    [
      "no traffic from 3m for 2m",
      (s) => s.traffic,
      [
        [2, 50],
        [3, 0],
        [5, 50],
      ],
    ],
    ["latency 80ms; canary latency 1.5x", (s) => s.latencyMs.canary, [[0, 80]]],
    ["latency 80ms; canary latency 1.5x", (s) => s.latencyFactor.canary, [[0, 1.5]]],
    [
      "canary latency 1x rising to 3x over 10m from phase 20",
      (s) => s.latencyFactor.canary,
      [
        [10, 1],
        [15, 2],
        [20, 3],
      ],
    ],
    ["canary latency 1s", (s) => s.latencyMs.canary, [[0, 1000]]],
    ["canary slow 2% by 1s from 6m", (s) => s.slow.canary, [[6, 0.02]]],
    ["share 2.5%", (s) => s.share, [[0, 0.025]]],
  ];
  test.each(table)("%s", (text, of, values) => {
    const found = of(read(text));
    expect(values.map(([minutes]) => [minutes, valueAt(found, minutes * minute, calendar)])).toEqual(
      values.map(([minutes, value]) => [minutes, expect.closeTo(value, 9)]),
    );
  });

  test("what was said for a while leaves nothing behind", () => {
    expect(valueAt(read("incident 10% from 10m for 8m").incidents, 18 * minute, calendar)).toBeUndefined();
  });
});

describe("facts", () => {
  const span = (from: number | null, until: number | null) => ({
    from: from === null ? null : { afterMs: from * minute },
    until: until === null ? null : { afterMs: until * minute },
  });
  const table: [text: string, expected: Partial<Scenario>][] = [
    ["bursts of 10", { burst: 10 }],
    ["pods 3 and 1", { pods: { stable: 3, canary: 1 } }],
    ["pods 5 stable and 2 canary", { pods: { stable: 5, canary: 2 } }],
    ["scrape every 30s", { scrapeMs: 30_000 }],
    ["traffic follows after 20s", { followsAfterMs: 20_000 }],
    ["weights ignored", { ignored: [span(null, null)] }],
    ["weights ignored from 6m", { ignored: [span(6, null)] }],
    ["no data from 6m for 3m", { noData: [span(6, 9)] }],
    [
      "no data from 6m until phase 50",
      { noData: [{ from: { afterMs: 6 * minute }, until: { afterMs: 0, phase: 50 } }] },
    ],
    ["no noise", { noise: false }],
    ["protocol grpc", { protocol: "grpc" }],
    ["canary unready from 6m", { unready: { stable: [], canary: [span(6, null)] } }],
    ["stable unready from 6m for 3m", { unready: { stable: [span(6, 9)], canary: [] } }],
    ["canary crashes from 6m", { crashes: { stable: [], canary: [span(6, null)] } }],
    [
      "canary restarts at 8m, gateway restarts at 9m",
      {
        restarts: [
          { of: "canary", at: { afterMs: 8 * minute } },
          { of: "gateway", at: { afterMs: 9 * minute } },
        ],
      },
    ],
    ["prometheus down from 5m for 3m", { faults: [{ kind: "down", ...span(5, 8) }] }],
    ["prometheus is down from 5m", { faults: [{ kind: "down", ...span(5, null) }] }],
    ["prometheus answers NaN from 5m", { faults: [{ kind: "nan", ...span(5, null) }] }],
    ["prometheus answers html", { faults: [{ kind: "html", ...span(null, null) }] }],
    ["prometheus answers two series", { faults: [{ kind: "two-series", ...span(null, null) }] }],
    ["prometheus answers slowly from 5m", { faults: [{ kind: "slow", ...span(5, null) }] }],
    ["prometheus answers nothing", { faults: [{ kind: "empty", ...span(null, null) }] }],
    ["prometheus answers 500", { faults: [{ kind: "server-error", ...span(null, null) }] }],
    ["runner dies at 7m", { events: [{ kind: "runner-dies", at: { afterMs: 7 * minute }, returnsAfterMs: null }] }],
    [
      "runner dies at 7m, and returns after 2m",
      {
        events: [{ kind: "runner-dies", at: { afterMs: 7 * minute }, returnsAfterMs: 2 * minute }],
      },
    ],
    [
      "someone sets canary to 30% at phase 20",
      {
        events: [{ kind: "weight-set", weight: 30, at: { afterMs: 0, phase: 20 } }],
      },
    ],
    ["someone rolls back at 6m", { events: [{ kind: "command", command: "rollback", at: { afterMs: 6 * minute } }] }],
    ["someone promotes at 6m", { events: [{ kind: "command", command: "promote", at: { afterMs: 6 * minute } }] }],
    [
      "gitops reverts every 3m",
      {
        events: [{ kind: "gitops-reverts", everyMs: 3 * minute, at: { afterMs: 3 * minute }, until: null }],
      },
    ],
    [
      "route written every 1s",
      { events: [{ kind: "route-written", everyMs: 1_000, at: { afterMs: 1_000 }, until: null }] },
    ],
    [
      "route written every 500ms from 6m for 3m",
      {
        events: [{ kind: "route-written", everyMs: 500, at: { afterMs: 6 * minute }, until: { afterMs: 9 * minute } }],
      },
    ],
    ["record removed at 6m", { events: [{ kind: "record-removed", at: { afterMs: 6 * minute } }] }],
    ["calls take 300ms", { callMs: 300 }],
    [
      "gitops reverts every 3m from 4m",
      {
        events: [{ kind: "gitops-reverts", everyMs: 3 * minute, at: { afterMs: 4 * minute }, until: null }],
      },
    ],
    [
      "metric checkout_total counts requests",
      { metrics: [{ kind: "counter", name: "checkout_total", counts: "all" }] },
    ],
    ["metric Ok counts good requests", { metrics: [{ kind: "counter", name: "Ok", counts: "good" }] }],
  ];
  test.each(table)("%s", (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  test("a metric that only the canary has otherwise", () => {
    const [metric] = read("canary metric depth is 140 from 6m; metric depth is 40").metrics;
    if (metric?.kind !== "gauge") throw new Error("no gauge");
    expect(valueAt(metric.values.stable, 7 * minute, calendar)).toBe(40);
    expect(valueAt(metric.values.canary, 5 * minute, calendar)).toBe(40);
    expect(valueAt(metric.values.canary, 7 * minute, calendar)).toBe(140);
  });
});

describe("how clauses are told apart", () => {
  test("by semicolons, line ends and commas, but not where a sentence goes on", () => {
    const scenario = read("traffic 5 rps until 10m, then 0 rps, errors 1%; pods 2 and 2\nno noise # quiet");
    expect(scenario.traffic).toHaveLength(3);
    expect(scenario.pods).toEqual({ stable: 2, canary: 2 });
    expect(scenario.noise).toBe(false);
    expect(valueAt(scenario.errors.stable, 0, calendar)).toBe(0.01);
  });
});

describe("the library", () => {
  test.each(Object.entries(scenarios))("%s is written in the language itself", (name, { text, shows }) => {
    expect(read(name)).toEqual(read(text));
    expect(shows).not.toBe("");
  });
  test.each(clauseUsages)("the usage is usable: %s", (usage) => {
    expect(problems(usage)).toEqual([]);
  });
});

describe("what is wrong is told with its remedy", () => {
  test.each([
    ["", "the scenario is empty; name one of good, "],
    ["godo", 'there is no scenario "godo"; did you mean "good"?'],
    ["errors-at-2", 'there is no scenario "errors-at-2"; did you mean "errors-at-20"?'],
    ["xyz", 'there is no scenario "xyz". Known are good, '],
    ["canary erors 4%", 'in the clause "canary erors 4%": no clause begins with "erors"; did you mean "errors"?'],
    ["errors 4", 'an error rate must be a percentage, as 0.2%; found "4"'],
    ["errors 400%", 'an error rate must be at most 100%; found "400%"'],
    ["canary errors", "an error rate must be a percentage, as 0.2%; the clause ends there"],
    [
      "errors 4% maybe",
      'found "maybe", which does not belong here; write it as "canary errors 0.2% until phase 20, then 4%"',
    ],
    ["errors 1% then 2%", 'say how long it lasts before "then", as "until 10m" or "for 5m"'],
    ["errors 1% rising to 2%", 'say over what time it changes, as "over 30m"; the clause ends there'],
    ["errors 1% rising to 2% over 0s", 'the time after "over" must be longer than 0'],
    [
      "errors 1% from 5m until 2m",
      'it ends before it begins, so it never holds; let the end come later, or write "for 3m"',
    ],
    ["incident 10% from 2m into phase 20 until 1m into phase 20", "it ends before it begins"],
    ["no data until 0s", "it ends before it begins"],
    ["errors 1%; errors 2%", '"errors 1%" says it already, and only one of the two can hold; remove one'],
    ["traffic 50", "traffic needs its unit, as 50 rps; the clause ends there"],
    ["traffic -1 rps", 'traffic must be a rate, as 50 rps; found "-1"'],
    ["traffic 9999999 rps", "traffic must be at most 1000000 rps"],
    ["latency 40", 'a latency must be a duration, as 500ms, 15s, 5m or 1h30m; found "40"'],
    ["canary latency 0x", "a latency factor must be above 0 and at most 1000, as 1.5x"],
    ["errors 1% from 6", 'the beginning (a time since the start, or "phase 20") must be a duration'],
    ["errors 1% from phase zero", 'a phase is named by its weight, as "phase 20"; found "zero"'],
    ["canary traffic 5 rps", "this cannot be said of canary alone"],
    ["unready from 5m", 'say of which version, as "canary unready from 6m for 3m"'],
    ["prometheus lies", "with one of nan, html, two series, slowly, nothing, 500"],
    ["runner dies tomorrow", 'say when, as "runner dies at 7m"'],
    ["someone sleeps at 6m", '"pauses", "promotes"'],
    ["someone pauses", 'say when, as "at 6m" or "at phase 20"'],
    ["route written", 'say how often, as "route written every 1s"'],
    ["route written every 0s", "the time between two writes must be longer than 0"],
    ["record moved at 6m", 'write it as "record removed at 6m"'],
    ["record removed", 'write it as "record removed at 6m"'],
    ["calls last 300ms", 'say how long, as "calls take 300ms"'],
    ["calls take 1s; calls take 2s", '"calls take 1s" says it already'],
    ["gitops reverts", 'say when, as "at 6m" or "every 3m"'],
    ["pods 3", "name both numbers, those of stable first"],
    ["pods 0 and 1", "the number of stable pods must be a whole number from 1 to 50"],
    ["scrape every 10ms", "the scrape interval must be at least 1s"],
    ["protocol udp", "the protocol must be http, grpc or tcp"],
    ["metric a-b is 4", '"a-b" is not the name of a metric'],
    ["metric a is 4; metric a counts requests", "the metric a is described twice"],
    ["canary metric a counts requests", 'a counter exists for both versions; leave "canary" out'],
    ["canary restarts", 'say when, as "canary restarts at 8m"'],
    ["constructor 4", 'no clause begins with "constructor"'],
  ])("%s", (text, expected) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test("every problem at once, each with its line", () => {
    const found = readScenario("errors 4\npods 3\ntraffic 5 rps\nlatency fast");
    expect(found.kind === "refused" && found.problems.map(({ code, place }) => [code, place])).toEqual([
      ["input", { input: "scenario", line: 1 }],
      ["input", { input: "scenario", line: 2 }],
      ["input", { input: "scenario", line: 4 }],
    ]);
  });

  test("no text makes it throw", () => {
    const words = [
      ...new Set(clauseUsages.join(" ").split(" ")),
      "stable",
      ";",
      ",",
      "\n",
      "99999999999999h",
      "0m",
      "%",
      "rising",
      "to",
      "over",
    ];
    const sentences = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((found) => found.join(" "));
    fc.assert(
      fc.property(fc.oneof(sentences, fc.string()), (text) => {
        const found = readScenario(text);
        if (found.kind === "refused") expect(found.problems.every((problem) => problem.message !== "")).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
