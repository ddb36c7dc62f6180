import { readFileSync } from "node:fs";
import type { Millis } from "../../src/base/units.ts";
import { type Score, type Scores, upperLimit } from "./score.ts";
import { type Cell, MINUTE, SCRAPE } from "./world.ts";

type Limits = Readonly<Record<string, number>>;
const limits = JSON.parse(readFileSync(new URL("targets.json", import.meta.url), "utf8")) as Limits;

/** One thing that the judge must show. `measured` of undefined: none of its cells was played. */
export type Target = {
  readonly name: string;
  readonly limit: number;
  readonly measured: number | undefined;
  /** The standard error of what was measured. */
  readonly error: number;
  readonly where: string;
  readonly unit: "%" | "x" | "looks" | "min" | "";
};

/** What the judge of this name shows, against `targets.json`. */
export function targetsOf(scores: Scores, judge = "sluice"): readonly Target[] {
  const of = (chosen: (cell: Cell) => boolean) =>
    [...scores].flatMap(([cell, judges]) => {
      const score = judges.get(judge);
      return chosen(cell) && score !== undefined ? [{ cell, score }] : [];
    });
  const aimed = (aim: Cell["aim"]) => of((cell) => cell.aim === aim);
  const id = (start: string) => of((cell) => cell.id.startsWith(start));
  const looks = meanDelay(SCRAPE);
  const minutes = meanDelay(MINUTE);
  const missed = ({ runs, rollbacks, early }: Score) => runs - rollbacks + early;
  const alarmMinutes = ({ longestAlarmMs, alarms, runs }: Score): Measured => [
    alarms < runs ? Number.POSITIVE_INFINITY : longestAlarmMs / MINUTE,
    0,
  ];
  const ratios = againstPeers(scores, judge);
  const logs = ratios.map(({ ratio }) => Math.log(ratio));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return [
    share(
      "False rollbacks, N1 to N4, N7, N8, B4 at equal speed: the worst cell",
      "falseRollback",
      aimed("equal"),
      (score) => score.rollbacks,
    ),
    worst("... its upper 95 % limit", "falseRollbackUpper", "%", aimed("equal"), ({ rollbacks, runs }) => [
      upperLimit(rollbacks, runs),
      0,
    ]),
    share(
      "False rollbacks with pod noise (N5) and bursts (N6)",
      "falseRollbackNoisy",
      aimed("noisy"),
      (score) => score.rollbacks,
    ),
    share("Promoted at the limit", "falsePromotionAtLimit", aimed("margin"), (score) => score.promotions),
    share("Promoted at twice the limit", "falsePromotionAtTwice", aimed("twice"), (score) => score.promotions),
    oracleTarget(scores),
    share("Missed in 60 min: 5x of 0.1 %, 50 rps", "missedHard", id("B1, 5x, 50 rps, 0.1 %, weight 5"), missed),
    share("Missed in 60 min: every other scored cell", "missedScored", of(isScored), missed),
    {
      ...target("Bad requests against the best valid peer, geometric mean", "badAgainstPeer", "x"),
      measured: logs.length === 0 ? undefined : Math.exp(mean),
      where: `${logs.length} cells`,
    },
    worstOf(
      "... the worst cell",
      "badAgainstPeerWorst",
      "x",
      ratios.map(({ cell, ratio }) => [cell.id, ratio, 0]),
    ),
    worst(
      "1000 rps, +5 pp of 0.1 %: mean looks to the rollback",
      "looksForFivePoints",
      "looks",
      id("B1, +5 pp, 1000 rps, 0.1 %"),
      looks,
    ),
    worst("1000 rps, +1 pp of 0.1 %: mean looks", "looksForOnePoint", "looks", id("B1, +1 pp, 1000 rps, 0.1 %"), looks),
    worst(
      "A fault from minute 30, 50 rps: mean delay",
      "lateDelayMinutes50",
      "min",
      id("B2, 5x from minute 30, 50 rps"),
      minutes,
    ),
    worst(
      "A fault from minute 30, 1000 rps",
      "lateDelayMinutes1000",
      "min",
      id("B2, 5x from minute 30, 1000 rps"),
      minutes,
    ),
    share(
      "Promoted without proof or fresh requests, or blind",
      "unproven",
      of(() => true),
      (score, { aim }) => (aim === "blind" ? score.promotions : score.unproven),
    ),
    share("Split alarms at the true share", "alarmsAtTrueShare", id("S1, share 5 %"), (score) => score.alarms),
    worst(
      "No share at all, 1 rps: longest time to the alarm",
      "noShareMinutes1",
      "min",
      id("S1, share 0 %, 1 rps"),
      alarmMinutes,
    ),
    worst("No share at all, 50 rps", "noShareMinutes50", "min", id("S1, share 0 %, 50 rps"), alarmMinutes),
    worst("A crash at 50 rps: mean looks", "looksAfterCrash", "looks", id("B5, crash, 50 rps"), looks),
    share("The wrong culprit of 20 metrics", "wrongCulprit", aimed("culprit"), (score) => score.wrongCulprits),
  ];
}

/** Harm that lies clearly beyond the tolerance, with enough traffic for it to be found for sure. */
function isScored({ family, base, rps, canaryRate = 0, weight }: Cell): boolean {
  const isEnough = (base >= 0.01 && rps >= 50) || (base >= 0.001 && rps >= 300);
  return family === "B1" && weight >= 5 && isEnough && isBeyond(canaryRate, base);
}

export function isBeyond(canaryRate: number, base: number): boolean {
  return canaryRate >= 1.5 * (1.1 * base + 0.0005) - 1e-12;
}

/** The tools that people use; the two tests beside them are what a careful person would script. */
export const tools = ["flagger-1", "flagger-5", "flagger-10", "argo-0", "argo-3", "kayenta", "kayenta/10"];
export const tests = ["z-test", "sequence"];

/** `lateRatio`: with what the canary serves while the judge waits for late samples, which the peers do not do. */
export type Comparison = {
  readonly cell: Cell;
  readonly peer: string;
  readonly ratio: number;
  readonly lateRatio: number;
};

/** Bad requests served, against the peer that serves the fewest among those that leave equal canaries alone. */
export function againstPeers(scores: Scores, judge: string, peers: readonly string[] = tools): readonly Comparison[] {
  const twins = new Map(
    [...scores]
      .filter(([cell]) => cell.family === "N1" && cell.harm === "")
      .map(([cell, score]) => [`${cell.rps} ${cell.base} ${cell.weight}`, score]),
  );
  return [...scores].flatMap(([cell, judges]) => {
    const own = judges.get(judge);
    const twin = twins.get(`${cell.rps} ${cell.base} ${cell.weight}`);
    if (cell.family !== "B1" || own === undefined || twin === undefined || !isBeyond(cell.canaryRate ?? 0, cell.base))
      return [];
    const valid = [...judges].filter(([name]) => peers.includes(name) && isValid(twin.get(name)));
    const [best] = valid.toSorted(([, a], [, b]) => a.bad / a.runs - b.bad / b.runs);
    if (best === undefined || own.bad === 0 || best[1].bad === 0) return [];
    const [peer, score] = best;
    const theirs = score.bad / score.runs;
    return [{ cell, peer, ratio: own.bad / own.runs / theirs, lateRatio: own.badLate / own.runs / theirs }];
  });
}

export function isValid(score: Score | undefined): boolean {
  return score !== undefined && score.rollbacks / score.runs <= (limits["validPeer"] ?? 0);
}

function oracleTarget(scores: Scores): Target {
  const cells = [...scores].flatMap(([cell, judges]): readonly [string, number, number][] => {
    const [core, oracle] = [judges.get("core"), judges.get("oracle")];
    if (core === undefined || oracle === undefined || !isBeyond(cell.canaryRate ?? 0, cell.base)) return [];
    // Where a look holds more than the whole decision takes, or some are missed, the ratio says nothing of the test.
    const isFair =
      core.rollbacks === core.runs && oracle.rollbacks === oracle.runs && oracle.delayMs / oracle.runs > 10 * SCRAPE;
    return isFair ? [[cell.id, core.requests / oracle.requests, 0]] : [];
  });
  return worstOf(
    "The bare test against an oracle that knows both rates: canary requests",
    "coreAgainstOracle",
    "x",
    cells,
  );
}

/** A value and its standard error. */
type Measured = readonly [number, number];

function meanDelay(unitMs: Millis): (score: Score) => Measured {
  return ({ delayMs, delaySquares, rollbacks }) => {
    const mean = delayMs / rollbacks;
    return [mean / unitMs, Math.sqrt(Math.max(0, delaySquares / rollbacks - mean ** 2) / rollbacks) / unitMs];
  };
}

type Of = readonly { readonly cell: Cell; readonly score: Score }[];

function share(name: string, key: string, of: Of, count: (score: Score, cell: Cell) => number): Target {
  const shares = of.map(({ cell, score }): [string, number, number] => {
    const found = count(score, cell) / score.runs;
    const limit = limits[key] ?? 0;
    // Under the limit itself: what is measured as 0 is not free of error.
    return [cell.id, found, Math.sqrt((limit * (1 - limit)) / score.runs)];
  });
  return worstOf(name, key, "%", shares);
}

function worst(name: string, key: string, unit: Target["unit"], of: Of, value: (score: Score) => Measured): Target {
  return worstOf(
    name,
    key,
    unit,
    of.map(({ cell, score }) => [cell.id, ...value(score)]),
  );
}

function worstOf(
  name: string,
  key: string,
  unit: Target["unit"],
  values: readonly (readonly [string, number, number])[],
): Target {
  const [first] = values.toSorted(([, a], [, b]) => b - a);
  const [where = "", measured, error = 0] = first ?? [];
  return { ...target(name, key, unit), measured, error, where };
}

function target(name: string, key: string, unit: Target["unit"]): Omit<Target, "measured" | "where"> {
  return { name, limit: limits[key] ?? Number.NaN, error: 0, unit };
}

export function isMet({ measured, limit }: Target): boolean {
  return measured !== undefined && measured <= limit + 1e-12;
}
