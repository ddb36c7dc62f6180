import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cells } from "./cells.ts";
import type { Deed } from "./play.ts";
import type { Cell } from "./world.ts";

/** One line of a run. */
export type Line = { readonly cell: string; readonly seed: number; readonly deeds: Readonly<Record<string, Deed>> };

/** What one judge did over all courses of one cell. */
export type Score = {
  runs: number;
  rollbacks: number;
  /** Rolled back before the harm began. */
  early: number;
  /** Promoted at some time, and not rolled back before. */
  promotions: number;
  /** Neither rolled back nor promoted by the end. */
  undecided: number;
  alarms: number;
  unproven: number;
  /** Of the rollbacks, those that name something that is not at fault. */
  wrongCulprits: number;
  /** Sums over all courses. */
  bad: number;
  excess: number;
  badLate: number;
  requests: number;
  /** From the beginning of the harm, over those found. */
  delayMs: number;
  /** Their squares, for the error of their mean. */
  delaySquares: number;
  /** The longest time to an alarm. */
  longestAlarmMs: number;
};

export type Scores = ReadonlyMap<Cell, ReadonlyMap<string, Score>>;

const none = (): Score => ({
  runs: 0,
  rollbacks: 0,
  early: 0,
  promotions: 0,
  undecided: 0,
  alarms: 0,
  unproven: 0,
  wrongCulprits: 0,
  bad: 0,
  excess: 0,
  badLate: 0,
  requests: 0,
  delayMs: 0,
  delaySquares: 0,
  longestAlarmMs: 0,
});

export function openScores(): { add(line: Line): void; readonly scores: Scores } {
  const known = new Map(cells.map((cell) => [cell.id, cell]));
  const scores = new Map<Cell, Map<string, Score>>();
  const add = ({ cell: id, deeds }: Line) => {
    const cell = known.get(id);
    if (cell === undefined) return;
    const judges = scores.get(cell) ?? new Map<string, Score>();
    scores.set(cell, judges);
    for (const [name, deed] of Object.entries(deeds)) {
      const score = judges.get(name) ?? none();
      judges.set(name, score);
      addDeed(score, deed, cell);
    }
  };
  return { add, scores };
}

function addDeed(score: Score, deed: Deed, { fromMs, aim }: Cell): void {
  const { rollbackMs, promoteMs, alarmMs } = deed;
  score.runs += 1;
  score.bad += deed.bad;
  score.excess += deed.excess;
  score.badLate += deed.badLate;
  score.requests += deed.requests;
  if (promoteMs !== undefined) score.promotions += 1;
  if (deed.unproven === true) score.unproven += 1;
  if (alarmMs !== undefined) {
    score.alarms += 1;
    score.longestAlarmMs = Math.max(score.longestAlarmMs, alarmMs);
  }
  if (rollbackMs === undefined) {
    if (promoteMs === undefined) score.undecided += 1;
    return;
  }
  score.rollbacks += 1;
  if (rollbackMs <= fromMs && fromMs > 0) score.early += 1;
  const delayMs = Math.max(0, rollbackMs - fromMs);
  score.delayMs += delayMs;
  score.delaySquares += delayMs ** 2;
  if (aim === "culprit" && deed.culprit !== "metric-0" && typeof deed.culprit === "string") score.wrongCulprits += 1;
}

/** All lines of a folder; what was cut short is passed over. */
export function scoresOf(folder: string): Scores {
  const { add, scores } = openScores();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".jsonl"))) {
    for (const text of readFileSync(join(folder, name), "utf8").split("\n")) {
      if (text.startsWith("{") && text.endsWith("}}}")) add(JSON.parse(text) as Line);
    }
  }
  return scores;
}

/** The largest chance at which so few of so many are still to be expected once in forty: the upper 95 % limit of Clopper and Pearson. */
export function upperLimit(found: number, runs: number): number {
  if (found >= runs) return 1;
  let [low, high] = [found / runs, 1];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (atMost(found, runs, middle) > 0.025) low = middle;
    else high = middle;
  }
  return high;
}

function atMost(found: number, runs: number, chance: number): number {
  let term = runs * Math.log1p(-chance);
  let sum = Math.exp(term);
  for (let k = 1; k <= found; k += 1) {
    term += Math.log(((runs - k + 1) / k) * (chance / (1 - chance)));
    sum += Math.exp(term);
  }
  return sum;
}
