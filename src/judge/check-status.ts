import type { Sample } from "../base/judging-types.ts";
import { type Reason, reason, sameReason } from "../base/reasons/index.ts";
import type { CheckCode } from "../base/reasons/verdict-reasons.ts";
import type { Millis } from "../base/units.ts";
import type { CheckStatus, Threshold } from "./types.ts";

/** A check passes on no fewer values than this in the present phase. */
const VALUES_NEEDED = 3;

type Value = Extract<Sample, { kind: "value" }>;
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
  readonly causes: Reason[];
  onlyTooFew: boolean;
  latest?: number;
  newest?: Sample;
  /** Why it began to fail, or fell silent: reached once, it stays. */
  failing?: Reason<"check-failing" | "check-no-data">;
  silent?: Reason<"check-no-data">;
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
    causes: [],
    onlyTooFew: true,
  };
  for (const point of points.map(cleaned).toSorted((a, b) => a.at - b.at)) {
    tally.newest = point;
    if (point.kind === "value") countValue(tally, check, point);
    else countMissing(tally, check, point);
  }
  return tally;
}

/** A number that is none is a missing point, whoever delivered it as a value. */
function cleaned(point: Sample): Sample {
  if (point.kind !== "value" || Number.isFinite(point.value)) return point;
  return { kind: "missing", at: point.at, reason: reason("point-not-finite", { value: String(point.value) }) };
}

function countValue(tally: Tally, check: Threshold, { value, at }: Value): void {
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
  const { failures, failuresInRow } = tally;
  const found = { ...measured(check, value), at };
  if (failuresInRow >= check.failAfter.consecutive) {
    tally.failing ??= reason("check-failing", { ...found, points: failuresInRow });
  }
  if (failures >= check.failAfter.total) {
    tally.failing ??= reason("check-failing", { ...found, points: failures, of: tally.values + tally.missing });
  }
}

function countMissing(tally: Tally, check: Threshold, point: Missing): void {
  // A missing point neither extends nor ends a run of failures.
  tally.missing += 1;
  tally.missingInRow += 1;
  if (!tally.causes.some((cause) => sameReason(cause, point.reason))) tally.causes.push(point.reason);
  tally.onlyTooFew &&= point.kind === "missing" && point.reason.code === "point-too-few-requests";
  const { missing, missingInRow } = tally;
  const found = { check: check.name, policy: check.onSilent, causes: [...tally.causes], at: point.at };
  if (missingInRow >= check.silentAfter.consecutive) {
    tally.silent ??= reason("check-no-data", { ...found, points: missingInRow });
  }
  if (missing >= check.silentAfter.total) {
    tally.silent ??= reason("check-no-data", { ...found, points: missing, of: tally.values + missing });
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
  if (tally.failing !== undefined) return { ...common, kind: "failing", reason: tally.failing };
  // More requests mend a check only if nothing else was ever wrong with its points.
  const lacks = missing > 0 && tally.onlyTooFew && isSound(check, tally) ? "traffic" : "data";
  if (tally.silent !== undefined) return { ...common, kind: "silent", lacks, reason: tally.silent };
  const last = lastWord(check, tally);
  return last.kind === "passing" ? { ...common, ...last } : { ...common, ...last, lacks };
}

/** Whether no value stands in the way of a pass; where a pass takes several of them, none of all. */
function isSound(check: Threshold, { latest, values, goodInRow }: Tally): boolean {
  if (check.passMin !== undefined) return goodInRow === values;
  return latest === undefined || isWithin(check, latest);
}

/** What the newest point says of a check that neither fails nor is silent. */
function lastWord(check: Threshold, tally: Tally): { kind: "passing" | "waiting"; reason: Reason<CheckCode> } {
  const { newest, values, failuresInRow: points } = tally;
  const { name } = check;
  const waiting = (why: Reason<CheckCode>) => ({ kind: "waiting" as const, reason: why });
  const short = reason("check-waiting", { check: name, values, need: VALUES_NEEDED });
  if (newest === undefined) return waiting(short);
  if (newest.kind !== "value") {
    const silence = { check: name, cause: newest.reason };
    return waiting(
      newest.kind === "error" ? reason("check-unanswered", silence) : reason("check-without-value", silence),
    );
  }
  const { value } = newest;
  const found = measured(check, value);
  if (!isWithin(check, value)) return waiting(reason("check-out-of-limits", { ...found, points }));
  if (values < VALUES_NEEDED) return waiting(short);
  const { passMin } = check;
  if (passMin !== undefined && tally.goodInRow < VALUES_NEEDED) {
    return waiting(reason("check-below-pass", { ...found, passMin, need: VALUES_NEEDED }));
  }
  return { kind: "passing", reason: reason("check-passing", found) };
}

/** A value beside the limits that it is held against. */
function measured(check: Threshold, value: number) {
  const { name, min, max, unit } = check;
  return {
    check: name,
    value,
    ...(unit === undefined ? {} : { unit }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

function isWithin(check: Threshold, value: number): boolean {
  return (check.min === undefined || value >= check.min) && (check.max === undefined || value <= check.max);
}

/** Within the limits, and where a pass takes more, that too. */
function isGood(check: Threshold, value: number): boolean {
  return isWithin(check, value) && (check.passMin === undefined || value >= check.passMin);
}

/** A check that cannot speak: it fell silent, or its query failed this turn. */
export function isBlind(check: CheckStatus): boolean {
  return check.kind === "silent" || check.newest === "error";
}

/** "traffic" only where more requests would mend everything that is lacking. */
export function lackingOf(doubtful: readonly CheckStatus[]): "traffic" | "data" {
  return doubtful.every(isShort) ? "traffic" : "data";
}

/** More requests would mend it. */
export const isShort = (check: CheckStatus): boolean => check.lacks === "traffic";

/** The checks that do not pass, what weighs most first: what cannot speak, then what waits for its next point, then what wants requests. */
export function doubtfulOf(checks: readonly CheckStatus[]): readonly CheckStatus[] {
  const rank = (check: CheckStatus) => (isShort(check) ? 2 : isBlind(check) ? 0 : 1);
  return checks.filter((check) => check.kind !== "passing").toSorted((a, b) => rank(a) - rank(b));
}
