import type { ProcessEvidence } from "../judge/types.ts";
import type { Progress } from "../ports/reporter.ts";
import { forMarkdown } from "../text/escape.ts";
import { bar } from "../text/format.ts";

/** What the comparison of both versions has found so far. Evidence is shown out of what forces a rollback, never as a p-value. */

type Arm = ProcessEvidence["canary"];

const mostCompared = 20;
const barWidth = 10;

/** Two figures, as they are said in sentences. */
export function figures(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const short = Number(value.toPrecision(2));
  return short === 0 ? "0" : String(Math.abs(short) >= 10 ? Math.round(short) : short);
}

/** Two figures, rounded so that a bound never claims more than it holds. */
function bound(value: number, round: (steps: number) => number): string {
  if (value === 0) return "0";
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return String(Number((round(Number((value / step).toPrecision(12))) * step).toPrecision(2)));
}

export const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
export const rated = ({ n, x }: Arm): string =>
  n === 0 ? "no requests" : `${figures((100 * x) / n)}% (${count(x)}/${count(n)})`;

/** How far the evidence has gone on its way to a rollback, on the scale on which it grows. */
export const bared = (logE: number, alpha: number, width = barWidth): string =>
  bar((100 * Math.max(0, logE)) / -Math.log(alpha), width);

const evidenceOf = (logE: number, alpha: number): string =>
  `\`${bared(logE, alpha)}\` ${figures(Math.exp(logE))} of ${count(1 / alpha)}`;

/** Both ends are known at any time. What is not bounded yet is not shown as a hundred points. */
export function worseBy({ lower, upper }: ProcessEvidence): string {
  const [least, most] = [lower * 100, upper * 100].map((points) => (Math.abs(points) >= 100 ? undefined : points));
  if (least === undefined) return most === undefined ? "not known yet" : `at most ${bound(most, Math.ceil)} points`;
  // The lower end keeps what was shown at the worst; where the canary has become better since, the upper one lies below it.
  if (most !== undefined && least > most) {
    return `at least ${bound(least, Math.floor)} points at the worst, at most ${bound(most, Math.ceil)} by now`;
  }
  return `${bound(least, Math.floor)} to ${most === undefined ? "?" : bound(most, Math.ceil)} points`;
}

const named = (evidence: ProcessEvidence): string => {
  const { boundaries, canary } = evidence;
  if (boundaries === undefined || Object.keys(boundaries).length === 0) return forMarkdown(evidence.process, 60);
  // The figures are those of the boundary that says most.
  const leading = Object.entries(boundaries).find(([, one]) => one.canary.n === canary.n && one.canary.x === canary.x);
  return forMarkdown(`${evidence.process}${leading === undefined ? "" : ` over ${leading[0]} ms`}`, 60);
};

/** The rows of the table: name, evidence, both versions, and by how much the canary is worse. */
export function evidenceRows({ judged }: Progress): readonly (readonly string[])[] {
  const numbers = judged?.numbers;
  if (numbers === undefined) return [];
  const { alpha } = numbers.plan;
  const compared = Object.values(numbers.evidence);
  const rows = compared
    .slice(0, mostCompared)
    .map((one) => [named(one), evidenceOf(one.logE, alpha), rated(one.canary), rated(one.stable), worseBy(one)]);
  if (compared.length < 2) return rows;
  return [...rows, ["all together", evidenceOf(numbers.combined.logE, alpha), "", "", ""]];
}

export const evidenceHead = ["Compared", "Evidence of harm", "Canary", "Stable", "Canary is worse by"] as const;

/** What is to be said below the table. */
export function evidenceNote({ judged }: Progress): string | undefined {
  const numbers = judged?.numbers;
  if (numbers === undefined) return undefined;
  const { alpha, beta } = numbers.plan;
  const more = Object.keys(numbers.evidence).length - mostCompared;
  const sure = `Evidence of ${count(1 / alpha)} takes the traffic back; a healthy canary gets there in at most ${figures(alpha * 100)} of 100 rollouts. The lower end is ${figures(100 - alpha * 100)}% sure, the upper ${figures(100 - beta * 100)}%, whenever one looks.`;
  return more > 0 ? `${sure} ${more} further comparisons stand in \`result-json\`.` : sure;
}
