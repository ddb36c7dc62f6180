import { SluiceError } from "../../base/problem.ts";
import type { Millis, Percent } from "../../base/units.ts";
import { type Layer, later, type ScenarioSpan, type ScenarioTime } from "./value-at-time.ts";

/** The words of one clause and the place that has been reached in them. */
export type ClauseTokens = {
  readonly clause: string;
  /** The next word in lower case, or the empty string at the end. */
  peek(): string;
  /** The next word as it was written. */
  next(): string;
  /** Takes these words if they stand here in this order. */
  take(...expected: readonly string[]): boolean;
};

export function wordsOf(clause: string): ClauseTokens {
  const words = clause.split(/\s+/).filter((word) => word !== "");
  let position = 0;
  const at = (index: number) => (words[index] ?? "").toLowerCase();
  return {
    clause,
    peek: () => at(position),
    next: () => {
      const word = words[position] ?? "";
      position += 1;
      return word;
    },
    take: (...expected) => {
      if (!expected.every((word, index) => at(position + index) === word)) return false;
      position += expected.length;
      return true;
    },
  };
}

/** One thing that is wrong with a clause; whoever reads the whole scenario collects them. */
export function misread(message: string): SluiceError {
  return new SluiceError([{ code: "input", message }]);
}

function found(words: ClauseTokens): string {
  return words.peek() === "" ? "the clause ends there" : `found "${words.next()}"`;
}

const duration = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

function readDuration(words: ClauseTokens, what: string): Millis {
  const [whole, hours, minutes, seconds, millis] = duration.exec(words.peek()) ?? [""];
  const ms =
    Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000 + Number(millis ?? 0);
  if (whole === "" || !Number.isSafeInteger(ms)) {
    throw misread(`${what} must be a duration, as 500ms, 15s, 5m or 1h30m; ${found(words)}`);
  }
  words.next();
  return ms;
}

/** A duration that is longer than nothing. */
export function readSpell(words: ClauseTokens, what: string): Millis {
  const ms = readDuration(words, what);
  if (ms === 0) throw misread(`${what} must be longer than 0`);
  return ms;
}

const decimal = String.raw`\d+(?:\.\d+)?|\.\d+`;
const percent = new RegExp(`^(${decimal})%$`);

/** A share as a number from 0 to 1. */
export function readShare(words: ClauseTokens, what: string): number {
  const [, digits] = percent.exec(words.peek()) ?? [];
  if (digits === undefined) throw misread(`${what} must be a percentage, as 0.2%; ${found(words)}`);
  if (Number(digits) > 100) throw misread(`${what} must be at most 100%; ${found(words)}`);
  words.next();
  return Number(digits) / 100;
}

const rate = new RegExp(`^(${decimal})(rps)?$`);

/** `50 rps`. */
export function readRate(words: ClauseTokens, what: string): number {
  const [, digits, unit] = rate.exec(words.peek()) ?? [];
  if (digits === undefined) throw misread(`${what} must be a rate, as 50 rps; ${found(words)}`);
  if (Number(digits) > 1e6) throw misread(`${what} must be at most 1000000 rps; ${found(words)}`);
  words.next();
  if (unit === undefined && !words.take("rps")) {
    throw misread(`${what} needs its unit, as ${digits} rps; ${found(words)}`);
  }
  return Number(digits);
}

export function readCount(words: ClauseTokens, what: string, least: number, most: number): number {
  const text = words.peek();
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw misread(`${what} must be a whole number from ${least} to ${most}; ${found(words)}`);
  }
  words.next();
  return value;
}

export function readNumber(words: ClauseTokens, what: string): number {
  const text = words.peek();
  if (!new RegExp(`^-?(?:${decimal})$`).test(text))
    throw misread(`${what} must be a number, as 40 or 0.95; ${found(words)}`);
  words.next();
  return Number(text);
}

/** `6m`, `phase 20`, `2m into phase 20`. */
export function readMoment(words: ClauseTokens, what: string): ScenarioTime {
  if (words.take("phase")) return { afterMs: 0, phase: readPhase(words) };
  const afterMs = readDuration(words, `${what} (a time since the start, or "phase 20")`);
  if (words.take("into", "phase") || words.take("after", "phase")) return { afterMs, phase: readPhase(words) };
  return { afterMs };
}

function readPhase(words: ClauseTokens): Percent {
  const [, digits] = new RegExp(`^(${decimal})%?$`).exec(words.peek()) ?? [];
  const weight = Number(digits ?? Number.NaN);
  if (!(weight > 0 && weight <= 100)) throw misread(`a phase is named by its weight, as "phase 20"; ${found(words)}`);
  words.next();
  return weight;
}

/** `from 6m`, `from 6m for 3m`, `from 6m until phase 20`, or nothing at all. */
export function readSpan(words: ClauseTokens): ScenarioSpan {
  const from = words.take("from") || words.take("at") ? readMoment(words, "the beginning") : null;
  return { from, until: readEnd(words, from) };
}

function readEnd(words: ClauseTokens, from: ScenarioTime | null): ScenarioTime | null {
  if (words.take("for")) return later(from ?? { afterMs: 0 }, readSpell(words, 'the time after "for"'));
  if (!words.take("until")) return null;
  const until = readMoment(words, "the end");
  // Only moments that count from the same beginning can be told apart before the rehearsal.
  const begins = from ?? { afterMs: 0 };
  if (until.phase === begins.phase && until.afterMs <= begins.afterMs)
    throw misread('it ends before it begins, so it never holds; let the end come later, or write "for 3m"');
  return until;
}

type ReadValue = (words: ClauseTokens) => number;

/**
 * `VALUE [rising to VALUE over 30m] [from 5m] [for 3m | until phase 20] {then VALUE …}`: a value and what becomes of it,
 * as one layer a stretch. Each stretch begins where the one before it ends.
 */
export function readCourse(words: ClauseTokens, readValue: ReadValue): Layer[] {
  const layers: Layer[] = [];
  let begins: ScenarioTime | null = null;
  do {
    const value = readValue(words);
    const rising = readRise(words, readValue);
    if (layers.length === 0 && (words.take("from") || words.take("at"))) begins = readMoment(words, "the beginning");
    const end = readEnd(words, begins);
    const more = words.peek() === "then";
    const until: ScenarioTime | null =
      end ?? (more && rising !== undefined ? later(begins ?? { afterMs: 0 }, rising.overMs) : null);
    if (more && until === null) throw misread('say how long it lasts before "then", as "until 10m" or "for 5m"');
    layers.push({ value, from: begins, until, ...(rising === undefined ? {} : { rising }) });
    begins = until;
  } while (words.take("then"));
  return layers;
}

function readRise(words: ClauseTokens, readValue: ReadValue): { to: number; overMs: Millis } | undefined {
  if (!words.take("rising", "to") && !words.take("falling", "to")) return undefined;
  const to = readValue(words);
  if (!words.take("over")) throw misread(`say over what time it changes, as "over 30m"; ${found(words)}`);
  return { to, overMs: readSpell(words, 'the time after "over"') };
}

/** Everything was said; a word too many is a mistake that must not pass in silence. */
export function expectEnd(words: ClauseTokens, usage: string): void {
  if (words.peek() !== "") throw misread(`${found(words)}, which does not belong here; write it as "${usage}"`);
}
