import type { Problem } from "../base/problem.ts";

/** The summary page of a step that could not start: the same text as in the log, where no foreign word can become markup. */
export function refusalSummary(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `### Sluice cannot start\n\n${fence}text\n${text}\n${fence}\n`;
}

/** What a program reads of a run that could not begin: the keys of a result, and every problem with its place. */
export const refusalResult = (problems: readonly Problem[]) => ({
  outcome: "refused",
  weight: null,
  phase: null,
  reason: problems.map(({ message }) => message).join(" "),
  reasonCode: problems[0]?.code ?? "input",
  reasonData: {},
  seconds: 0,
  badRequests: null,
  timeline: [],
  problems,
});
