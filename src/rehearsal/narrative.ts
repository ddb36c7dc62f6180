import { routeTitles } from "../base/kube-object.ts";
import type { Millis } from "../base/units.ts";
import { body } from "../reports/comment.ts";
import { pictureInWords } from "../reports/comment-tables.ts";
import { sparkline } from "../reports/sparkline.ts";
import type { Plan } from "../rollout/plan.ts";
import { forLog } from "../text/escape.ts";
import { bar, columns, duration, percent } from "../text/format.ts";
import { textOf } from "../text/index.ts";
import type { ErrorPoint } from "./error-curve.ts";
import type { Rehearsed, RehearsedMoment } from "./index.ts";

/** A rehearsal as a person reads it. Every text is a pure function of what happened. */

type Title = {
  readonly plan: Plan;
  /** The name of a ready scenario, a file, or nothing where it was written in words. */
  readonly name: string | undefined;
  readonly words: string;
  readonly shows: string | undefined;
  readonly seed: number;
};

/** The schedule on a line, as `5% 10 min, 20% 5 min, then a person, 100% 5 min`. */
export function scheduleWords({ phases }: Plan): string {
  return phases
    .map(
      ({ weight, holdMs, thenPause }) =>
        `${percent(weight)} for ${duration(holdMs)}${thenPause ? ", then a person" : ""}`,
    )
    .join(", ");
}

function checkWords({ checks, metrics, compare }: Plan): string {
  if (metrics === undefined) return "nothing is measured";
  const names = checks.map(({ name }) => forLog(name, 60));
  if (compare === "off") return names.length === 0 ? "no checks" : names.join(", ");
  return ["canary compared with stable", ...names].join(", ");
}

export function titleLines({ plan, name, words, shows, seed }: Title): readonly string[] {
  const called = name === undefined ? "" : `${forLog(name, 100)}: `;
  const rows = [
    ["Route", routeTitles(plan.target.routes)],
    ["Plan", scheduleWords(plan)],
    ["Checks", checkWords(plan)],
    ["Scenario", called + forLog(words.replaceAll(/\s*\n\s*/g, "; "), 600)],
    ...(shows === undefined ? [] : [["", `(${shows})`]]),
    ["Seed", String(seed)],
  ];
  return [
    `Rehearsal of ${routeTitles(plan.target.routes)}, in virtual time`,
    ...columns(rows.slice(1).map((row) => ["", ...row])),
    "",
  ];
}

const share = (rate: number | undefined): string => {
  if (rate === undefined) return "–";
  const value = rate * 100;
  return `${Number(value.toPrecision(value >= 1 ? 3 : 2))}%`;
};

/** A time since the start. Seconds stay as long as they can tell two lines apart. */
export function since(ms: Millis): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const two = (part: number) => String(part).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const standsAs: Readonly<Record<string, string>> = {
  none: "watching",
  pass: "pass",
  fail: "fail",
  undecided: "undecided",
};
const barWidth = 16;
const timeWidth = 8;

function standing({ who, status, verdict }: RehearsedMoment): string {
  if (who === "world") return "–";
  if (status !== "" && status !== "progressing") return status;
  return standsAs[verdict] ?? verdict;
}

export const storyHead = (): string =>
  `${"after".padStart(timeWidth)}  ${"canary".padEnd(barWidth + 6)}  ${"stands".padEnd(11)}  because`;

/** One line a change. */
export function momentLine(moment: RehearsedMoment, startMs: Millis): string {
  const after = moment.at === undefined ? "?" : since(moment.at - startMs);
  const weight = moment.weight === null ? undefined : moment.weight;
  const drawn = weight === undefined ? " ".repeat(barWidth) : bar(weight, barWidth);
  const number = weight === undefined ? "" : percent(weight);
  const because = forLog(`${moment.said === undefined ? "" : `${moment.said}: `}${textOf(moment.reason)}`, 600);
  return `${after.padStart(timeWidth)}  ${drawn} ${number.padStart(5)}  ${standing(moment).padEnd(11)}  ${because}`;
}

/** What is worth knowing besides, where a line of the story has its reason. */
export function noteLines(note: string): readonly string[] {
  const indent = " ".repeat(timeWidth + 2 + barWidth + 6 + 2 + 11 + 2);
  return note.split("\n").map((text, index) => `${indent}${index === 0 ? "note: " : "  "}${forLog(text, 600)}`);
}

const mostErrors = (points: readonly ErrorPoint[]): number =>
  Math.max(0, ...points.flatMap(({ stable, canary }) => [stable ?? 0, canary ?? 0]));

/** Weight and both error rates over the whole rehearsal, on one scale. */
export function curveLines({ points, startMs, endMs }: Rehearsed, width: number): readonly string[] {
  if (points.length < 2) return [];
  const room = Math.max(10, Math.min(80, width - 40));
  const top = mostErrors(points);
  const rows = [
    [
      "weight",
      sparkline(
        points.map(({ weight }) => weight),
        100,
        room,
      ),
      "of 100%",
    ],
    [
      "errors of stable",
      sparkline(
        points.map(({ stable }) => stable),
        top,
        room,
      ),
      `of ${share(top)}`,
    ],
    [
      "errors of canary",
      sparkline(
        points.map(({ canary }) => canary),
        top,
        room,
      ),
      `of ${share(top)}`,
    ],
  ];
  const span = since(endMs - startMs);
  return [
    "",
    ...columns(rows.map((row) => ["", ...row])),
    `${" ".repeat(20)}0:00${span.padStart(Math.max(0, Math.min(room, points.length) - 4))}`,
  ];
}

export const spoiledRequests = ({ truth }: Rehearsed): number => Math.max(0, Math.round(truth.canary.spoiled));

function spoiledWords(rehearsed: Rehearsed): string {
  const count = spoiledRequests(rehearsed);
  const { requests, bad } = rehearsed.truth.canary;
  if (requests === 0) return "The canary served no request.";
  const noun = count === 1 ? "request" : "requests";
  return `${count} ${noun} spoiled: of the ${requests} that the canary served ${bad} failed, and stable would have failed ${Math.max(0, bad - count)} of them.`;
}

/** Whether the canary failed more often than chance explains: three standard deviations, and one request in a thousand. */
function isBad({ truth }: Rehearsed): boolean {
  const { requests, bad, spoiled } = truth.canary;
  return spoiled > 3 * Math.sqrt(Math.max(1, bad)) && spoiled > requests / 1000;
}

/** When it ended and at which weight, and what it cost. */
export function verdictLines(rehearsed: Rehearsed, plan: Plan): readonly string[] {
  const { outcome, startMs, endMs, phase } = rehearsed;
  const after = `after ${duration(endMs - startMs)}`;
  const reached = phase === null ? undefined : plan.phases[phase - 1]?.weight;
  const at = percent(reached ?? rehearsed.weight);
  const byItself = rehearsed.moments.findLast(({ committed }) => committed)?.who === "run";
  const head = {
    promoted: isBad(rehearsed) ? `Not caught: promoted ${after}.` : `Promoted ${after}.`,
    "rolled-back": `${byItself ? "Caught" : "Taken back"} ${after}, at ${at}${byItself ? ", and taken back" : ""}.`,
    held: `Caught ${after}, at ${at}, and held there: stable is not ready.`,
    paused: `Paused ${after}, at ${at}.`,
    reached: `Reached ${at} ${after}.`,
    "in-progress": `Still under way ${after}, at ${at}.`,
    drifted: `Stopped ${after}, at ${at}: ${
      outcome.code === "record-missing" ? "the record is gone" : "somebody else moved the weights"
    }.`,
    refused: `Refused ${after}: nothing was moved.`,
    superseded: `Superseded ${after}.`,
    failed: `Failed ${after}.`,
    cancelled: `Cancelled ${after}.`,
    ready: "Everything is ready.",
    none: `Nothing to do ${after}.`,
  }[outcome.name];
  const { shares } = rehearsed;
  const code = outcome.code === undefined ? "" : ` (${outcome.code})`;
  return [
    "",
    `${head} ${spoiledWords(rehearsed)}`,
    `Outcome: ${outcome.name}${code}`,
    ...textOf(outcome.reason)
      .split("\n")
      .map((line, index) => `${index === 0 ? "Why:     " : "         "}${forLog(line, 2000)}`),
    ...(shares.length > 1
      ? [`Routes:  ${shares.map(({ route, weight }) => `${route} at ${percent(weight)}`).join(", ")}`]
      : []),
    ...rehearsed.unplayed.map(
      (what) => `Did not come to pass: ${what}. The rollout was over, or its moment never came.`,
    ),
  ];
}

const longestReason = 300;

/** The comment on the pull request, without its hidden mark, and with the picture in words: a terminal draws no chart. */
export function commentLines({ progress }: Rehearsed): readonly string[] {
  if (progress.state === undefined) return [];
  const text = body(progress, longestReason, pictureInWords);
  return ["", "The comment on the pull request would read:", "", ...text.split("\n")];
}
