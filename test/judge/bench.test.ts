import { describe, expect, test } from "vitest";
import { cells } from "../../bench/judge/cells.ts";
import { isHigh } from "../../bench/judge/judges/kayenta.ts";
import { sluice } from "../../bench/judge/judges/sluice.ts";
import { HOLD, planOf } from "../../bench/judge/plan.ts";
import { play } from "../../bench/judge/play.ts";
import { chance } from "../../bench/judge/rng.ts";
import { openScores, upperLimit } from "../../bench/judge/score.ts";
import { openSource } from "../../bench/judge/source.ts";
import { isMet, targetsOf } from "../../bench/judge/targets.ts";
import { openTraffic } from "../../bench/judge/traffic.ts";
import { SCRAPE } from "../../bench/judge/world.ts";
import { actOn } from "../../src/cli/act-on-verdict.ts";
import { watchFromOf } from "../../src/judge/phase-grid.ts";
import type { Interval } from "../../src/judge/types.ts";
import { judge } from "../../src/judge/verdict.ts";
import { frozen } from "./support.ts";

/** Two hundred courses a cell, with five times the false rollbacks allowed: enough to see one percent become three. */
const RUNS = 200;
const TIMEOUT = 300_000;
const ALPHA = 0.05;
const contestants = [sluice("sluice", { plan: { alpha: ALPHA } })];

function scored(starts: readonly string[]) {
  const { add, scores } = openScores();
  const chosen = cells.filter(({ id }) => starts.some((start) => id.startsWith(start)));
  expect(chosen.length).toBeGreaterThanOrEqual(starts.length);
  for (const cell of chosen) {
    for (let seed = 1; seed <= RUNS; seed += 1) {
      add({ cell: cell.id, seed, deeds: Object.fromEntries(play(cell, seed, contestants)) });
    }
  }
  return scores;
}

const at = (rates: readonly number[], family: string, rest: string) =>
  rates.map((rps) => `${family}, ${rps} rps, ${rest}`);

describe("equal canaries are left alone", () => {
  test.each([
    ["constant", [...at([1, 50, 1000], "N1", "0.1 %, weight 5"), ...at([50], "N1", "1 %, weight 50")]],
    ["in a shared incident", at([1, 50, 1000], "N3", "0.3 %, weight 5")],
    ["in one that each pod tells at a time of its own", at([1000], "N3, staggered scrapes", "0.3 %, weight 5")],
    ["with bursts", at([1, 50, 1000], "N6", "0.5 %, weight 5")],
  ])(
    "%s",
    (_, starts) => {
      for (const [cell, judges] of scored(starts)) {
        const score = judges.get("sluice");
        // The upper half percent of 200 courses at 5 percent.
        expect((score?.rollbacks ?? RUNS) / RUNS, cell.id).toBeLessThanOrEqual(0.09);
        expect(score?.unproven, cell.id).toBe(0);
      }
    },
    TIMEOUT,
  );
});

test.each([
  [
    "a step",
    [
      "B1, 5x, 50 rps, 0.1 %, weight 5",
      "B1, 5x, 50 rps, 1 %, weight 5",
      "B1, +5 pp, 1000 rps, 0.1",
      "B1, +1 pp, 1000 rps, 0.1",
    ],
  ],
  ["a fault that begins late", ["B2, 5x from minute 30, 50 rps", "B2, 5x from minute 30, 1000 rps"]],
  ["a crash", at([1, 50, 1000], "B5, crash", "0 %")],
  [
    "traffic that does not follow the weight",
    ["S1, share 0 %, 1 rps", "S1, share 0 %, 50 rps", "S1, share 5 %, 50 rps", "S1, share 5 %, 1000 rps"],
  ],
  ["metrics that go away", ["L1, blind from minute 4, 50 rps"]],
])(
  "%s is found as the targets want it",
  (_, starts) => {
    const targets = targetsOf(scored(starts)).filter(
      ({ name, measured }) => measured !== undefined && !/^False rollbacks|upper/.test(name),
    );
    expect(targets.length).toBeGreaterThan(0);
    const missed = targets.filter((target) => !isMet({ ...target, limit: target.limit + 3 * target.error }));
    expect(missed).toEqual([]);
  },
  TIMEOUT,
);

test("the judge of the benchmark says at every look what the judge itself says of all looks so far", () => {
  for (const start of ["B1, 5x, 50 rps, 1 %, weight 5", "N1, 5/20/50, 50 rps, 0.1 %", "N8, 50 rps, 1 %, weight 5"]) {
    const cell = cells.find(({ id }) => id.startsWith(start));
    if (cell === undefined) throw new Error(`no cell ${start}`);
    const plan = { ...planOf(cell.world), dispersion: 1 };
    const seat = sluice("", { plan: { dispersion: 1 } });
    const source = openSource(plan, []);
    const own = openSource(plan, []);
    const observer = seat.open({
      cell,
      history: new Map(),
      source,
      tally: { at: () => ({ canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 }, buckets: [] }) },
    });
    const traffic = openTraffic(cell.world, chance(1, cell.id));
    const looks: Interval[] = [];
    let answers: string[] = [];
    for (let k = 0; k <= 100; k += 1) {
      const atMs = k * SCRAPE;
      if (k > 0) traffic.advance(atMs);
      const weight = cell.world.phases[Math.min(cell.world.phases.length - 1, Math.floor(k / 80))]?.weight ?? 0;
      const phases = [...own.phases];
      const look = own.at(traffic.snapshot, atMs, weight);
      const answer = observer.observe(traffic.snapshot, atMs, weight);
      if (look === undefined) continue;
      looks.push(look);
      const verdict = judge(plan, { rollout: "", phases, frozen }, looks, new Map(), atMs + plan.lagMs);
      const watchedMs = atMs + plan.lagMs - watchFromOf(plan, phases.at(-1)?.enteredAt ?? 0);
      const phase = { holdMs: HOLD, maxHoldMs: plan.phases[phases.length - 1]?.maxHoldMs ?? 0 };
      const act = actOn(verdict, { watchedMs, countedMs: watchedMs }, phase, "pause");
      // A promotion is told once: the course goes on to see whether a rollback follows.
      const isToldAgain = act === "promote" && answers.includes("promote");
      expect(answer, `${cell.id} at ${atMs}`).toBe(isToldAgain || act === "wait" ? "continue" : act);
      answers = [...answers, answer];
      if (answer === "rollback") break;
    }
    expect(answers.length).toBeGreaterThan(3);
  }
});

test("courses are equal for equal seeds, and every judge sees the same one", () => {
  const cell = cells.find(({ id }) => id.startsWith("N7, 50 rps, 1 %"));
  if (cell === undefined) throw new Error("no such cell");
  expect([...play(cell, 7, contestants)]).toEqual([...play(cell, 7, contestants)]);
  const twice = [...contestants, sluice("again", { plan: { alpha: ALPHA } })];
  const deeds = play(cell, 7, twice);
  expect(deeds.get("again")).toEqual(deeds.get("sluice"));
  expect(play(cell, 8, contestants).get("sluice")?.requests).not.toBe(deeds.get("sluice")?.requests);
});

test("draws have the means and spreads they are named for", () => {
  const drawn = chance(1, "draws");
  const list = Array.from({ length: 40_000 }, () => drawn.gamma(0.5));
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length;
  expect(mean).toBeCloseTo(1, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
});

test("every cell has a name of its own", () => {
  expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
});

test("the upper limit of Clopper and Pearson", () => {
  expect(upperLimit(0, 1000)).toBeCloseTo(0.003682, 5);
  expect(upperLimit(10, 1000)).toBeCloseTo(0.018314, 5);
  expect(upperLimit(5, 5)).toBe(1);
});

describe("Mann-Whitney", () => {
  const from = (values: number, step: number) => Array.from({ length: 30 }, (_, i) => values + step * i);
  test("a clear shift is high, an equal list is not, and constant data pass", () => {
    expect(isHigh(from(5, 0.1), from(1, 0.1))).toBe(true);
    expect(isHigh(from(1, 0.1), from(1, 0.1))).toBe(false);
    expect(isHigh(from(1, 0.1), from(5, 0.1))).toBe(false);
    expect(isHigh(from(5, 0), from(1, 0))).toBe(false);
    expect(isHigh([], from(1, 0.1))).toBe(false);
  });
});
