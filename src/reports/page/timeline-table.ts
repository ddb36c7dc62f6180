import type { EvidenceByInterval } from "../../judge/evidence-by-interval.ts";
import { clockTime, percent } from "../../text/format.ts";
import { count, figures } from "../evidence-table.ts";
import type { IntervalRow } from "./pack-intervals.ts";

/** The timeline as a table. Shared with the page, which writes it anew, in finer rows, for the stretch that it shows. */

export const tableHead = [
  "Until",
  "Weight",
  "Canary requests",
  "bad",
  "share",
  "Stable requests",
  "bad",
  "share",
  "Worse by, points",
  "Evidence",
] as const;

/** A row for each of so many equal stretches at most: whoever wants more of it zooms in, or takes the numbers along. */
const mostRows = 48;

const rate = (bad: number, all: number): string => (all === 0 ? "–" : `${figures((100 * bad) / all)}%`);

/** A bound of a hundred points bounds nothing. */
const points = (value: number | null | undefined): string =>
  typeof value !== "number" || Math.abs(value) >= 1 ? "?" : figures(value * 100);

/** The newest bound up to a look: some looks are passed over. */
const upTo = (bounds: readonly (number | null)[] | undefined, i: number) =>
  points(bounds?.slice(0, i + 1).findLast((bound) => bound !== null));

/** Looks of one stretch added up, bounds and evidence as they were at its end. */
export function tableRows(
  looks: readonly IntervalRow[],
  course: EvidenceByInterval | null,
  most = mostRows,
): readonly (readonly string[])[] {
  const size = Math.max(1, Math.ceil(looks.length / most));
  const place = new Map(course?.at.map((at, i) => [at, i]));
  const errors = course?.legs["errors"];
  return Array.from({ length: Math.ceil(looks.length / size) }, (_, row) => {
    const part = looks.slice(row * size, (row + 1) * size);
    const last = part.at(-1);
    const sum = (at: 0 | 1 | 2 | 3) => part.reduce((total, { pairs }) => total + (pairs["errors"]?.[at] ?? 0), 0);
    const [n, x, stableN, stableX] = [sum(0), sum(1), sum(2), sum(3)];
    const i = place.get(last?.to ?? -1) ?? -1;
    return [
      clockTime(last?.to),
      last === undefined ? "–" : percent(last.weight),
      count(n),
      count(x),
      rate(x, n),
      count(stableN),
      count(stableX),
      rate(stableX, stableN),
      `${upTo(errors?.lower, i)} to ${upTo(errors?.upper, i)}`,
      figures(Math.exp(course?.logE[i] ?? Number.NaN)),
    ];
  });
}
