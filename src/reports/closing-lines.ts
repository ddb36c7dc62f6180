import type { Progress } from "../ports/reporter.ts";
import { forLog } from "../text/escape.ts";
import { columns } from "../text/format.ts";
import { textOf } from "../text/index.ts";
import { nextSteps, stepNote } from "./next-commands.ts";
import { phaseWords, problemLines, recordOf, serving } from "./status-text.ts";

function outcomeLines(progress: Progress): string[] {
  const { outcome, problems } = progress;
  if (problems !== undefined && problems.length > 0) return problemLines(problems);
  if (outcome === undefined) return [`Why: ${forLog(textOf(progress.reason), 2000)}`];
  const where = outcome.phase === undefined ? "" : `, ${phaseWords(progress)}`;
  return [`Outcome: ${outcome.name}${where}`, `Why: ${forLog(textOf(outcome.reason), 2000)}`];
}

function stepLines(progress: Progress): string[] {
  const steps = nextSteps(progress, forLog);
  const rows = steps.map((step) => [
    `  ${step.to}:`,
    step.line,
    step.command === undefined ? "" : `(in GitHub: workflow_dispatch with command: ${step.command})`,
  ]);
  const note = stepNote(progress);
  const head = steps.length === 0 ? [] : ["What you can do now:"];
  return [...head, ...columns(rows), ...(note === undefined ? [] : [note])];
}

/** The last lines of a run: how it ended and why, what serves how much now, and what can be done. */
export function closingLines(progress: Progress): readonly string[] {
  const isOlder = progress.outcome?.name === "superseded";
  const rollout = isOlder ? progress.plan?.rollout : recordOf(progress)?.rollout;
  const isRefused = progress.outcome?.name === "refused" && progress.state === undefined;
  return [
    ...outcomeLines(progress),
    ...(isRefused ? [] : [serving(progress, forLog)]),
    ...(rollout === undefined ? [] : [`Rollout: ${forLog(rollout, 80)}`]),
    ...(progress.report === undefined ? [] : [`Report: ${forLog(progress.report, 300)}`]),
    ...(isRefused ? [] : stepLines(progress)),
  ];
}
