import { describe, expect, test } from "vitest";
import { type CounterRow, looksOf } from "../../../src/judge/intervals-from-counters.ts";
import { defaultPlan } from "../../../src/judge/judge-plan.ts";
import { figuresOf } from "../../../src/judge/offline/comparison-figures.ts";
import { type CountsLine, judgeCounts } from "../../../src/judge/offline/judge-recording.ts";
import { gridsOf } from "../../../src/judge/phase-grid.ts";
import { caseOf } from "../../../src/judge/verdict.ts";
import { plan, recordOf } from "../support.ts";

type Line = Readonly<Record<string, unknown>> | string;

/** Everything that is said to these lines: a line a look, and what is malformed. */
function told(lines: readonly Line[], over: Partial<typeof plan> = {}): { looks: CountsLine[]; malformed: string[] } {
  const judge = judgeCounts({ ...plan, ...over });
  const all = [
    ...lines.flatMap((line) => [...judge.feed(typeof line === "string" ? line : JSON.stringify(line))]),
    ...judge.end(),
  ];
  const looks = all.flatMap((one) => (one.kind === "look" ? [one.line] : []));
  return { looks, malformed: all.flatMap((one) => (one.kind === "malformed" ? [`${one.line}: ${one.because}`] : [])) };
}
const phase = (t: number, weight: number): Line => ({ t, phase: { weight } });
const scrape = (t: number, canary: object, stable: object): Line => ({
  t,
  series: [
    { arm: "canary", target: "c", ...canary },
    { arm: "stable", target: "s", ...stable },
  ],
});
/** So many scrapes, 15 s apart, from a moment on: the counters rise by the same every time. */
function scrapes(from: number, count: number, [n, x, stableN, stableX]: readonly number[], since = 0): readonly Line[] {
  return Array.from({ length: count }, (_, i) => {
    const k = since + i;
    return scrape(
      from + i * 15_000,
      { total: k * (n ?? 0), bad: k * (x ?? 0) },
      { total: k * (stableN ?? 0), bad: k * (stableX ?? 0) },
    );
  });
}
const errorsOf = (looks: readonly CountsLine[]) =>
  looks.map(({ evidence: { errors } }) => [errors?.canary, errors?.stable]);

describe("looks", () => {
  test("end at multiples of the look since the epoch, and close when time goes on or the recording ends", () => {
    const judge = judgeCounts(plan);
    const feed = (line: Line) => [...judge.feed(JSON.stringify(line))].length;
    expect(feed(phase(0, 5))).toBe(0);
    expect(feed(scrape(0, { total: 0 }, { total: 0 }))).toBe(0);
    expect(feed(scrape(15_000, { total: 10 }, { total: 190 }))).toBe(0);
    expect(feed(scrape(15_000, {}, {}))).toBe(0);
    expect(feed(scrape(29_999, { total: 15 }, { total: 200 }))).toBe(1);
    expect(feed(scrape(75_000, { total: 20 }, { total: 380 }))).toBe(3);
    const rest = [...judge.end()];
    expect(rest).toHaveLength(1);
    expect(rest[0]).toMatchObject({ line: { t: 75_000, phase: 1, weight: 5, verdict: "inconclusive" } });
  });
  test("hold counts over all looks so far", () => {
    const { looks } = told([phase(0, 5), ...scrapes(0, 4, [10, 1, 190, 2])]);
    expect(errorsOf(looks)).toEqual(
      [1, 2, 3].map((k) => [
        { n: 10 * k, x: k },
        { n: 190 * k, x: 2 * k },
      ]),
    );
    expect(looks[0]).toEqual({
      t: 15_000,
      phase: 1,
      weight: 5,
      enteredAt: 0,
      verdict: "inconclusive",
      reason: expect.objectContaining({ code: "too-little-traffic" }),
      lacking: "traffic",
      culprit: null,
      evidence: {
        errors: expect.objectContaining({
          lower: expect.any(Number),
          upper: expect.any(Number),
          logSafe: expect.any(Number),
        }),
      },
    });
  });
  test("take a sample of their last moment wherever it stands among the lines of that moment", () => {
    const before = [phase(0, 5), scrape(0, { total: 0 }, { total: 0 }), scrape(15_000, { total: 9 }, { total: 99 })];
    const after = [scrape(15_000, {}, {}), phase(15_000, 20), scrape(15_000, { total: 9 }, { total: 99 })];
    const one = told([...before, phase(15_000, 20), scrape(30_000, { total: 19 }, { total: 140 })]);
    const other = told([...before.slice(0, 2), ...after, scrape(30_000, { total: 19 }, { total: 140 })]);
    expect(one.looks).toEqual(other.looks);
    expect(one.looks.map(({ t, phase: at, weight }) => [t, at, weight])).toEqual([
      [15_000, 1, 5],
      [30_000, 2, 20],
    ]);
    expect(errorsOf(one.looks).at(-1)).toEqual([
      { n: 19, x: 0 },
      { n: 140, x: 0 },
    ]);
  });
  test("leave out the one in which a phase is entered, which the phase before has left", () => {
    const { looks } = told([
      phase(0, 5),
      ...scrapes(0, 2, [10, 0, 190, 0]),
      phase(20_500, 20),
      ...scrapes(30_000, 3, [10, 0, 190, 0], 2),
    ]);
    expect(looks.map(({ t, phase: at }) => [t, at])).toEqual([
      [15_000, 1],
      [45_000, 2],
      [60_000, 2],
    ]);
    expect(errorsOf(looks).at(-1)).toEqual([
      { n: 30, x: 0 },
      { n: 570, x: 0 },
    ]);
  });
  test("are the same of a recording that begins at any second", () => {
    const later = told([phase(7_000, 5), ...scrapes(8_000, 5, [10, 0, 190, 0])]).looks;
    expect(later.map(({ t }) => t)).toEqual([30_000, 45_000, 60_000]);
  });
  test("add up to what a run makes of the same counters", () => {
    const shown = {
      canary: (k: number) => ({ total: 90 * k + (k % 3), bad: k }),
      stable: (k: number) => ({ total: 900 * k + (k % 5), bad: Math.floor(k / 2) }),
    };
    const scraped = [4, 19, 34, 49, 64, 79, 94, 109].map((seconds) => seconds * 1000);
    const lines = scraped.map((t, k) => scrape(t, shown.canary(k), shown.stable(k)));
    const entered = [phase(7_000, 5), phase(52_000, 20)] as const;
    const { looks } = told([...lines.slice(0, 1), entered[0], ...lines.slice(1, 4), entered[1], ...lines.slice(4)]);

    const phases = [
      { weight: 5, enteredAt: 7_000 },
      { weight: 20, enteredAt: 52_000 },
    ];
    const [record, now] = [{ ...recordOf([]), phases }, 105_000 + plan.lagMs];
    const read = gridsOf(plan, record, now).map(({ from, points }) => {
      const counters = (["canary", "stable"] as const).flatMap((arm) =>
        (["total", "bad"] as const).map((adds): CounterRow => {
          const values = Array.from({ length: points }, (_, p) => {
            const k = scraped.findLastIndex((t) => t <= from + p * plan.lookMs);
            return k < 0 ? null : shown[arm](k)[adds];
          });
          return { kind: "count", process: "errors", arm, target: arm, adds, values };
        }),
      );
      return { counters, up: [] };
    });
    const found = looksOf(plan, record, read, now);
    if (found.kind === "error") throw new Error(found.reason.code);
    const { ledger } = caseOf(plan, record, found.looks, new Map(), now, {});
    const whole = found.looks.filter(({ index }) => index > 0);
    expect(looks.map(({ t, phase: of }) => [t, of])).toEqual(whole.map(({ to, phase: of }) => [to, of]));
    expect(looks.at(-1)?.evidence).toEqual(figuresOf(ledger));
  });
  test("pass over a phase that was left before its first point", () => {
    const { looks } = told([phase(0, 5), phase(100, 20), phase(200, 50), ...scrapes(1000, 4, [10, 0, 10, 0])]);
    expect(looks.map(({ t, phase: at }) => [t, at])).toEqual([
      [30_000, 3],
      [45_000, 3],
    ]);
  });
});

describe("verdicts", () => {
  test("harm rolls back, and goes on being told: nothing stops by itself", () => {
    const { looks } = told([phase(0, 5), ...scrapes(0, 4, [2000, 42, 38_000, 114])]);
    expect(looks.map(({ verdict, culprit }) => [verdict, culprit])).toEqual(Array(3).fill(["fail", "errors"]));
    expect(looks[0]?.evidence["errors"]?.logE).toBeCloseTo(31.46317 - Math.log(2), 4);
  });
  test("a phase that would pass waits for the line that enters the next one; evidence goes on over both", () => {
    const calm = scrapes(0, 25, [1000, 0, 19_000, 9]);
    const next = scrapes(375_000, 25, [4000, 0, 16_000, 9], 25);
    const { looks } = told([phase(0, 5), ...calm, phase(375_000, 20), ...next]);
    expect(looks[23]).toMatchObject({ phase: 1, verdict: "pass" });
    expect(looks.at(-1)).toMatchObject({ phase: 2, weight: 20, verdict: "pass" });
    expect(looks.at(-1)?.evidence["errors"]?.canary.n).toBeGreaterThan(100_000);
  });
  test("too little traffic is told at max-hold, silence and a wrong share before", () => {
    const thin = told([phase(0, 5), ...scrapes(0, 81, [1, 0, 19, 0])]).looks;
    expect(thin.at(-1)).toMatchObject({ verdict: "inconclusive", lacking: "traffic" });
    const silent = told([phase(0, 5), ...scrapes(0, 3, [10, 0, 190, 0]), { t: 180_000, series: [] }]).looks;
    expect(silent.at(-1)).toMatchObject({ verdict: "inconclusive", lacking: "data" });
    const shifted = told([phase(0, 5), ...scrapes(0, 9, [0, 0, 190, 0])]).looks;
    expect(shifted.at(-1)).toMatchObject({ verdict: "inconclusive", reason: { code: "sample-ratio-mismatch" } });
  });
  test("checks have no part in it: a recording holds counters only", () => {
    const limits = { consecutive: 3, total: 5 };
    const checks = [{ name: "depth", max: 1, failAfter: limits, silentAfter: limits, onSilent: "wait" as const }];
    const { looks } = told([phase(0, 5), ...scrapes(0, 25, [1000, 0, 19_000, 9])], { checks });
    expect(looks.at(-1)?.verdict).toBe("pass");
  });
});

describe("targets", () => {
  test("an entry without counters says that the target was up: its first failures count", () => {
    const born = (known: object) =>
      told([
        phase(0, 5),
        { t: 0, series: [{ arm: "canary", target: "c", ...known }] },
        { t: 15_000, series: [{ arm: "canary", target: "c", total: 7, bad: 3 }] },
      ]).looks[0]?.evidence["errors"]?.canary;
    expect(born({})).toEqual({ n: 7, x: 3 });
    expect(born({ target: "other" })).toEqual({ n: 0, x: 0 });
  });
  test("a gap is filled when the series returns; after more than an hour it is forgotten", () => {
    const gap = (t: number) =>
      told([
        phase(0, 5),
        scrape(0, { total: 100 }, { total: 100 }),
        { t: t - 30_000, series: [{ arm: "stable", target: "s", total: 100 }] },
        { t: t - 15_000, series: [{ arm: "stable", target: "s", total: 100 }] },
        scrape(t, { total: 150 }, { total: 100 }),
      ]).looks.at(-1)?.evidence["errors"]?.canary.n;
    expect(gap(600_000)).toBe(50);
    expect(gap(7_200_000)).toBe(0);
  });
});

describe("latency", () => {
  const le = (fast: number, all: number) => ({ le: { "100": fast, "250": all, "+Inf": all } });
  const lines = [
    phase(0, 5),
    scrape(0, { total: 0, bad: 0, ...le(0, 0) }, { total: 0, bad: 0, ...le(0, 0) }),
    scrape(15_000, { total: 1000, bad: 4, ...le(600, 1000) }, { total: 19_000, bad: 40, ...le(17_000, 19_000) }),
  ];
  test("is compared at the boundaries that stable shows by the end of the first look", () => {
    const [look] = told(lines).looks;
    expect(Object.keys(look?.evidence["latency"]?.boundaries ?? {})).toEqual(["100", "250"]);
    expect(look?.evidence["latency"]?.boundaries?.["100"]).toMatchObject({
      canary: { n: 1000, x: 400 },
      stable: { n: 19_000, x: 2000 },
    });
    expect(look).toMatchObject({ verdict: "fail", culprit: "latency" });
    expect(look?.evidence["errors"]?.weight).toBeCloseTo(0.625, 12);
  });
  test("is not compared where no boundary was known in time", () => {
    const late = told([phase(0, 5), ...scrapes(0, 3, [10, 0, 190, 0]), scrape(45_000, le(1, 1), le(5, 5))]).looks;
    expect(Object.keys(late.at(-1)?.evidence ?? {})).toEqual(["errors"]);
  });
});

describe("history", () => {
  const hour = (bad: (minute: number, pod: number) => number) =>
    Array.from({ length: 61 }, (_, minute) => ({
      t: (minute - 60) * 60_000,
      history: true,
      series: [0, 1, 2].map((pod) => ({
        arm: "stable",
        target: `s${pod}`,
        total: 1000 * minute,
        bad: Array.from({ length: minute }, (_one, m) => bad(m, pod)).reduce((sum, x) => sum + x, 0),
      })),
    }));
  const automatic = { dispersion: "auto" as const };
  const after = [phase(0, 5), ...scrapes(0, 3, [100, 1, 1900, 2])];

  test("bursts that it shows discount the evidence", () => {
    const phi = (lines: readonly Line[]) => told(lines, automatic).looks.at(-1)?.evidence["errors"]?.phi;
    expect(phi([...hour((minute, pod) => (minute % 3 === pod ? 30 : 0)), ...after])).toBeGreaterThan(10);
    expect(phi([...hour((minute) => 9 + (minute % 2)), ...after])).toBe(1);
    expect(phi([...hour(() => 0), ...after])).toBe(2);
    expect(phi(after)).toBe(2);
  });
  test("belongs before the start", () => {
    expect(told([...after, { t: 60_000, history: true, series: [] }]).malformed).toEqual([
      "5: line 5 is history, but the rollout has begun",
    ]);
  });
});

describe("a malformed line", () => {
  const good = [phase(0, 5), ...scrapes(0, 2, [10, 0, 190, 0])];
  test.each([
    ["{", "line 5 is not JSON"],
    [scrape(14_999, {}, {}), "line 5 goes back in time, from 15000 to 14999"],
    [scrape(40 * 86_400_000, {}, {}), "line 5 comes more than 31 days after the one before"],
    [phase(15_000, 50), "line 5 enters weight 50, but the plan's next phase has 20"],
    [scrape(15_000, { total: 11 }, {}), "line 5 shows two values of total of canary on c"],
  ])("%s is named by its number and ends it", (line, because) => {
    const { looks, malformed } = told([...good, "  ", line, ...scrapes(30_000, 3, [1, 0, 1, 0])]);
    expect(new Set(malformed)).toEqual(new Set([`5: ${because}`]));
    expect(looks).toEqual([]);
  });
  test("a phase beyond the plan", () => {
    const all = [5, 20, 50, 100].map((weight, i) => phase(i * 15_000, weight));
    expect(told([...all, phase(60_000, 100)]).malformed).toEqual([
      "5: line 5 enters a phase after the last of the plan's 4",
    ]);
  });
  test("nothing at all is no mistake", () => expect(told([])).toEqual({ looks: [], malformed: [] }));
});

test("with settling, nothing is judged too early", () => {
  const { looks } = told([phase(0, 5), ...scrapes(0, 25, [1000, 0, 19_000, 9])], {
    settleMs: defaultPlan.settleMs,
    allowanceMs: defaultPlan.allowanceMs,
  });
  expect(looks.slice(0, 2).map((look) => look.evidence["errors"]?.logSafe)).toEqual([0, 0]);
  expect(looks[2]?.evidence["errors"]?.logSafe).toBeGreaterThan(0);
});
