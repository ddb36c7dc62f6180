import type { Sample } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import type { CheckStatus, Threshold } from "./types.ts";

/** A check passes on no fewer values than this in the present phase. */
const VALUES_NEEDED = 3;

type Missing = Exclude<Sample, { kind: "value" }>;

/** What one pass over the points of a check has counted. */
type Tally = {
  values: number;
  failures: number;
  failuresInRow: number;
  /** Values in a row that are good enough for a pass. */
  goodInRow: number;
  missing: number;
  missingInRow: number;
  /** Why points were missing, each reason once. */
  readonly reasons: Set<string>;
  onlyTooFew: boolean;
  latest?: number;
  newest?: Sample;
  /** The words with which it began to fail, or fell silent: reached once, it stays. */
  failing?: string;
  silent?: string;
};

/** Where every check stands, by its points in (`from`, `now`]. */
export function standingsOf(
  checks: readonly Threshold[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  from: Millis,
  now: Millis,
): readonly CheckStatus[] {
  return checks.map((check) => {
    const points = (samples.get(check.name) ?? []).filter((sample) => sample.at > from && sample.at <= now);
    return standingOf(check, tallyOf(check, points));
  });
}

function tallyOf(check: Threshold, points: readonly Sample[]): Tally {
  const tally: Tally = {
    values: 0,
    failures: 0,
    failuresInRow: 0,
    goodInRow: 0,
    missing: 0,
    missingInRow: 0,
    reasons: new Set(),
    onlyTooFew: true,
  };
  for (const point of points.map(cleaned).toSorted((a, b) => a.at - b.at)) {
    tally.newest = point;
    if (point.kind === "value") countValue(tally, check, point.value);
    else countMissing(tally, check, point);
  }
  return tally;
}

/** A number that is none is a missing point, whoever delivered it as a value. */
function cleaned(point: Sample): Sample {
  if (point.kind !== "value" || Number.isFinite(point.value)) return point;
  return { kind: "missing", at: point.at, because: String(point.value) };
}

function countValue(tally: Tally, check: Threshold, value: number): void {
  tally.values += 1;
  tally.latest = value;
  tally.missingInRow = 0;
  tally.goodInRow = isGood(check, value) ? tally.goodInRow + 1 : 0;
  if (isWithin(check, value)) {
    tally.failuresInRow = 0;
    return;
  }
  tally.failures += 1;
  tally.failuresInRow += 1;
  if (tally.failuresInRow >= check.failAfter.consecutive) {
    tally.failing ??= `${check.name} ${outside(check, value)}, at ${inRow(tally.failuresInRow)}`;
  }
  if (tally.failures >= check.failAfter.total) {
    tally.failing ??= `${check.name} ${outside(check, value)}, at ${tally.failures} of ${points(tally.values + tally.missing)}`;
  }
}

function countMissing(tally: Tally, check: Threshold, point: Missing): void {
  // A missing point neither extends nor ends a run of failures.
  tally.missing += 1;
  tally.missingInRow += 1;
  tally.reasons.add(point.because);
  tally.onlyTooFew &&= point.kind === "missing" && point.tooFewRequests === true;
  const reasons = () => [...tally.reasons].join(", ");
  if (tally.missingInRow >= check.silentAfter.consecutive) {
    tally.silent ??= `${check.name} had no value at ${inRow(tally.missingInRow)}: ${reasons()}`;
  }
  if (tally.missing >= check.silentAfter.total) {
    tally.silent ??= `${check.name} had no value at ${tally.missing} of ${points(tally.values + tally.missing)}: ${reasons()}`;
  }
  if (check.onSilent === "rollback" && tally.silent !== undefined) tally.failing ??= tally.silent;
}

function standingOf(check: Threshold, tally: Tally): CheckStatus {
  const { values, failures, missing, latest, newest } = tally;
  const common = {
    name: check.name,
    values,
    failures,
    missing,
    ...(latest === undefined ? {} : { latest }),
    ...(check.unit === undefined ? {} : { unit: check.unit }),
    ...(newest === undefined ? {} : { newest: newest.kind }),
  };
  if (tally.failing !== undefined) return { ...common, kind: "failing", because: tally.failing };
  // More requests mend a check only if nothing else was ever wrong with its points.
  const lacks = missing > 0 && tally.onlyTooFew && isSound(check, tally) ? "traffic" : "data";
  if (tally.silent !== undefined) return { ...common, kind: "silent", lacks, because: tally.silent };
  const last = lastWord(check, tally);
  return last.kind === "passing" ? { ...common, ...last } : { ...common, ...last, lacks };
}

/** Whether no value stands in the way of a pass; where a pass takes several of them, none of all. */
function isSound(check: Threshold, { latest, values, goodInRow }: Tally): boolean {
  if (check.passMin !== undefined) return goodInRow === values;
  return latest === undefined || isWithin(check, latest);
}

/** What the newest point says of a check that neither fails nor is silent. */
function lastWord(check: Threshold, tally: Tally): { kind: "passing" | "waiting"; because: string } {
  const { newest, values } = tally;
  const waiting = (words: string) => ({ kind: "waiting" as const, because: `${check.name} ${words}` });
  if (newest === undefined) return waiting("has no point yet");
  if (newest.kind === "error") return waiting(`could not be asked: ${newest.because}`);
  if (newest.kind === "missing") return waiting(`has no value now: ${newest.because}`);
  const { value } = newest;
  if (!isWithin(check, value)) return waiting(`${outside(check, value)}, at ${inRow(tally.failuresInRow)}`);
  if (values < VALUES_NEEDED) return waiting(`has ${values} of the ${VALUES_NEEDED} values it needs in this phase`);
  const now = `is ${shown(check, value)}, ${limitsOf(check)}`;
  if (check.passMin !== undefined && tally.goodInRow < VALUES_NEEDED) {
    return waiting(`${now}; to pass it needs ${inUnit(check, check.passMin)} at ${inRow(VALUES_NEEDED)}`);
  }
  return { kind: "passing", because: `${check.name} ${now}` };
}

function isWithin(check: Threshold, value: number): boolean {
  return (check.min === undefined || value >= check.min) && (check.max === undefined || value <= check.max);
}

/** Within the limits, and where a pass takes more, that too. */
function isGood(check: Threshold, value: number): boolean {
  return isWithin(check, value) && (check.passMin === undefined || value >= check.passMin);
}

/** A check's limits in words. */
export function limitsOf(check: Threshold): string {
  const [min, max] = [inUnit(check, check.min), inUnit(check, check.max)];
  if (check.min === undefined) return `at most ${max}`;
  return check.max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
}

function outside(check: Threshold, value: number): string {
  const { min, max } = check;
  const limit = max !== undefined && value > max ? `above ${inUnit(check, max)}` : `below ${inUnit(check, min)}`;
  return `was ${shown(check, value)}, ${limit}`;
}

/** As short as can be while it still reads on its own side of the limits. */
function shown(check: Threshold, value: number): string {
  const short = Number(value.toPrecision(4));
  const same = isWithin(check, short) === isWithin(check, value) && isGood(check, short) === isGood(check, value);
  return inUnit(check, same ? short : value);
}

/** A value as people read it. */
export function inUnit({ unit }: Pick<Threshold, "unit">, value: number | undefined): string {
  if (unit === undefined || value === undefined) return String(value);
  // A hundred times a decimal may miss its number by the last bit.
  return unit === "share" ? `${Number((value * 100).toPrecision(12))}%` : `${value} ms`;
}

function inRow(count: number): string {
  return count === 1 ? "1 point" : `${count} points in a row`;
}

function points(count: number): string {
  return count === 1 ? "1 point" : `${count} points`;
}

/** A check that cannot speak: it fell silent, or its query failed this turn. */
export function isBlind(check: CheckStatus): boolean {
  return check.kind === "silent" || check.newest === "error";
}

/** "traffic" only where more requests would mend everything that is lacking. */
export function lackingOf(doubtful: readonly CheckStatus[]): "traffic" | "data" {
  return doubtful.every((check) => check.lacks === "traffic") ? "traffic" : "data";
}

/** What is to be said of the checks of these standings. */
export function told(checks: readonly CheckStatus[], ...kinds: readonly CheckStatus["kind"][]): string {
  return checks
    .filter((check) => kinds.includes(check.kind))
    .map((check) => check.because)
    .join("; ");
}
