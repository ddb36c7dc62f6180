import { countQuery, failAfter, limit, type Told, valueQuery } from "../metrics.ts";

/** What the reported points of one turn allow to be said of a phase, by the oracle's own count. */
export type Own = { readonly pass: boolean; readonly fail: boolean; readonly why: string };

const valuesNeeded = 3;

type Window = { readonly fromMs: number; readonly nowMs: number; readonly requests: number | null };

/** A number is a plain finite decimal; whatever else stands there is nothing. */
const numberIn = (raw: string | null): number | undefined =>
  raw !== null && /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : undefined;

export function ownVerdict(told: readonly Told[], window: Window): Own {
  const values = told.filter((one) => one.query === valueQuery).at(-1);
  const counts = told.filter((one) => one.query === countQuery).at(-1);
  if (values === undefined) return { pass: false, fail: false, why: "no question was answered" };
  const broken = values.error || (window.requests !== null && (counts === undefined || counts.error));
  let [good, row, total] = [0, 0, 0];
  let fail = false;
  let newest: "good" | "bad" | "nothing" = "nothing";
  for (const point of values.points) {
    if (point.at <= window.fromMs || point.at > window.nowMs) continue;
    const value = point.series === 1 ? numberIn(point.raw) : undefined;
    const count = numberIn(counts?.points.find((other) => other.at === point.at)?.raw ?? null);
    const enough = window.requests === null || (count !== undefined && count >= window.requests);
    if (value === undefined || !enough) {
      newest = "nothing";
      continue;
    }
    if (value <= limit) {
      [good, row, newest] = [good + 1, 0, "good"];
      continue;
    }
    [row, total, newest] = [row + 1, total + 1, "bad"];
    fail ||= row >= failAfter.consecutive || total >= failAfter.total;
  }
  const pass = !broken && !fail && newest === "good" && good + total >= valuesNeeded;
  return { pass, fail: fail && !broken, why: `${good} good and ${total} bad values, the newest ${newest}` };
}
