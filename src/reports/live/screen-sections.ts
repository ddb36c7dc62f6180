import { cutTo, padTo, widthOf, wrapTo } from "../../base/text-width.ts";
import type { Millis } from "../../base/units.ts";
import type { Progress } from "../../ports/reporter.ts";
import { forLog } from "../../text/escape.ts";
import { clockTime, duration, measured, percent } from "../../text/format.ts";
import { noticeText, textOf } from "../../text/index.ts";
import { pictureLines } from "../diagram-text.ts";
import { courseOf, courseOfRates, type ErrorRates } from "../error-sparkline.ts";
import { bared, count, figures } from "../evidence-table.ts";
import { nextSteps } from "../next-commands.ts";
import { type PhaseRow, phaseRows } from "../phase-rows.ts";
import { names, recordOf } from "../status-text.ts";
import { picture } from "../traffic-diagram.ts";
import { timeLeft } from "../what-happens-next.ts";
import { line, type StyledLine, type TextTone, toned, widthOfLine } from "./styled-text.ts";

/** All that one screen shows. It is made anew from this, and remembers nothing. */
export type ScreenView = {
  readonly progress: Progress;
  /** Server time as far as anyone can tell since the last turn. */
  readonly now: Millis | undefined;
  /** How long until the next turn. */
  readonly nextTurnMs?: Millis;
  /** What Ctrl-C does. */
  readonly onInterrupt: string;
  /** What is true of both versions, where that is known better than by what was measured: in a rehearsal. */
  readonly rates?: readonly ErrorRates[];
  /** What this is, where it is no real rollout, as `Rehearsal`. */
  readonly title?: string;
};

export type Size = { readonly columns: number; readonly rows: number };

const tones: Readonly<Record<string, TextTone>> = {
  pass: "good",
  promoted: "good",
  reached: "good",
  fail: "bad",
  failed: "bad",
  "rolled-back": "bad",
  drifted: "bad",
  unknown: "bad",
  held: "bad",
  undecided: "warn",
  paused: "warn",
};

export const toneOf = (word: string): TextTone | undefined => tones[word];

function phaseLine(row: PhaseRow, { progress, now }: ScreenView, isWide: boolean): StyledLine {
  const left = row.current ? timeLeft(progress, now) : undefined;
  const leftWords =
    left === undefined
      ? ""
      : left.leastMs > 0
        ? `, ${duration(left.leastMs)} left`
        : `, at most ${duration(left.mostMs)} left`;
  const isDone = row.enteredAt !== undefined && !row.current;
  const mark = row.current ? "▸" : isDone ? "✓" : "·";
  const weight = (row.weight === undefined ? "–" : percent(row.weight)).padStart(5);
  const held = isWide || leftWords === "" ? `${row.held}${leftWords}` : leftWords.slice(2);
  const text = `${mark} ${String(row.phase).padStart(2)} ${weight}  ${padTo(held, isWide ? 34 : 0)}`;
  const verdict = row.verdict === "–" ? "" : row.verdict;
  const tone = row.current ? "strong" : isDone ? undefined : "dim";
  return line(toned(tone, text), "  ", toned(toneOf(verdict) ?? tone, verdict));
}

/** The present phase alone, a few around it, or all. */
export function phaseSizes(view: ScreenView, width: number): readonly (readonly StyledLine[])[] {
  const { progress, now } = view;
  const rows = phaseRows(now === undefined ? progress : { ...progress, at: now });
  const at = rows.findIndex(({ current }) => current);
  if (at < 0) return [[]];
  const around = (most: number) => {
    const from = Math.max(0, Math.min(at - Math.floor(most / 3), rows.length - most));
    return rows.slice(from, from + most).map((row) => phaseLine(row, view, width >= 60));
  };
  return [around(1), around(5), around(rows.length)];
}

const rated = (share: number): string => `${figures(share * 100)}%`;

/** Errors of both versions, on one scale, over the whole rollout. */
export function errorLines({ progress, rates }: ScreenView, width: number): readonly StyledLine[] {
  const both = names(progress);
  const label = (role: "canary" | "stable") =>
    cutTo(`errors ${forLog(both[role], 40)}`, Math.max(12, Math.floor(width / 3)));
  const widest = Math.max(widthOf(label("canary")), widthOf(label("stable")));
  const room = Math.min(60, width - widest - 12);
  const course = rates === undefined ? courseOf(progress, room) : courseOfRates(rates, room);
  if (course === undefined) return [];
  const cells = Math.max(widthOf(course.canary), widthOf(course.stable));
  return (["canary", "stable"] as const).map((role) =>
    line(
      `${padTo(label(role), widest)} `,
      toned(role, padTo(course[role], cells)),
      toned("dim", role === "canary" ? ` of ${rated(course.top)}` : ""),
    ),
  );
}

type Weighed = { readonly name: string; readonly logE: number };

/** All evidence together in a bar that is full where the traffic goes back; then each comparison. */
export function evidenceSizes({ progress }: ScreenView, width: number): readonly (readonly StyledLine[])[] {
  const numbers = progress.judged?.numbers;
  const alone = Object.values(numbers?.evidence ?? {});
  if (numbers === undefined || alone.length === 0) return [[]];
  const { alpha } = numbers.plan;
  const all: Weighed = { name: "evidence of harm", logE: numbers.combined.logE };
  const rows: readonly Weighed[] = [
    all,
    ...alone.slice(0, 6).map(({ process, logE }) => ({ name: `  ${forLog(process, 40)}`, logE })),
  ];
  const longest = Math.min(Math.max(16, Math.floor(width / 3)), Math.max(...rows.map(({ name }) => widthOf(name))));
  const cells = Math.max(4, Math.min(40, width - longest - 16));
  const lines = rows.map(({ name, logE }) => {
    const isProof = logE >= -Math.log(alpha);
    return line(
      `${padTo(cutTo(name, longest), longest)} `,
      toned(isProof ? "bad" : undefined, bared(logE, alpha, cells)),
      ` ${figures(Math.exp(logE))} of ${count(1 / alpha)}`,
    );
  });
  return [lines.slice(0, 1), alone.length < 2 ? lines.slice(0, 1) : lines];
}

const checkTones: Readonly<Record<string, TextTone>> = { passing: "good", failing: "bad", silent: "warn" };

export function checkSizes({ progress }: ScreenView): readonly (readonly StyledLine[])[] {
  const checks = progress.judged?.checks ?? [];
  const lines = checks.map(({ name, kind, latest, unit, values, failures, missing }) =>
    line(
      `check ${forLog(name, 40)} `,
      toned(checkTones[kind], kind),
      ` ${measured(latest, unit)}`,
      toned("dim", `  ${values} values, ${failures} outside, ${missing} missing`),
    ),
  );
  return [lines.slice(0, 2), lines.slice(0, 6)];
}

export function whySizes({ progress }: ScreenView, width: number): readonly (readonly StyledLine[])[] {
  const warnings = progress.warnings
    .slice(-2)
    .map((warning) => line(toned("warn", `Warning: ${forLog(noticeText(warning), 400)}`)));
  const why = (most: number) =>
    wrapTo(`Why: ${forLog(textOf(progress.reason), 1000)}`, width, most).map((text) => line(text));
  return [why(1), why(2), [...why(4), ...warnings]];
}

export function pictureSection({ progress }: ScreenView, width: number): readonly StyledLine[] {
  const drawn = picture(progress, { mostRoutes: 3, mostRules: 6 });
  return drawn === undefined ? [] : pictureLines(drawn, width).map((text) => line(text));
}

export function decisionSizes({ progress }: ScreenView, width: number): readonly (readonly StyledLine[])[] {
  const moments = progress.timeline ?? [];
  const isWide = width >= 60;
  const begin = recordOf(progress)?.startedAt;
  const lines = moments.map(({ at, weight, verdict, reason }) => {
    const share = (weight === null ? "?" : percent(weight)).padStart(5);
    const word = verdict === "none" ? "–" : verdict;
    const time = at === undefined && begin === undefined ? "--:--:--" : clockTime(at);
    return line(
      toned("dim", isWide ? `${time} ` : `${time.slice(0, 5)} `),
      `${share} `,
      toned(toneOf(word), isWide ? word.padEnd(10) : ""),
      forLog(textOf(reason), 300),
    );
  });
  return [1, 4, 12].map((most) => lines.slice(-most));
}

/** As they are typed; a line that is too long is broken by the terminal, so that it is copied whole. */
export function commandSizes({ progress }: ScreenView, width: number): readonly (readonly StyledLine[])[] {
  const steps = nextSteps(progress, forLog);
  const bare = steps.map((step) => ({ ...line(`$ ${step.line}`), wraps: true as const }));
  const told = steps.map((step) => line(`${step.to}: `, toned("strong", step.line)));
  const fits = told.every((one) => widthOfLine(one) <= width);
  const apart = steps.flatMap((step, at) => [line(toned("dim", `${step.to}:`)), bare[at] ?? line("")]);
  return [bare, fits ? told : apart];
}
