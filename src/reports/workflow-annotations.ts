import { routeTitles } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import type { Progress } from "../ports/reporter.ts";
import { forCommand, forLog, forProperty, sentence } from "../text/escape.ts";
import { textOf } from "../text/index.ts";
import { nextSteps, stepNote } from "./next-commands.ts";
import { type MakeReporter, scrubbed } from "./reporter-context.ts";
import { recordOf, serving } from "./status-text.ts";

/** The runner keeps ten annotations of a kind per step and drops the rest unseen. */
const mostAnnotations = 10;

type Property = readonly [name: "file" | "line" | "col" | "title", value: string];

function command(kind: "error" | "warning", properties: readonly Property[], message: string): string {
  const written = properties.map(([name, value]) => `${name}=${forProperty(value)}`).join(",");
  return `::${kind}${written === "" ? "" : ` ${written}`}::${forCommand(message, 2000)}`;
}

function problemCommand({ message, place, code }: Problem): string {
  const properties: Property[] = [];
  if (place?.file !== undefined) {
    properties.push(["file", place.file]);
    if (place.line !== undefined) properties.push(["line", String(place.line)]);
    if (place.line !== undefined && place.column !== undefined) properties.push(["col", String(place.column)]);
  }
  const where = place?.input === undefined ? code : `input ${place.input}`;
  return command("error", [...properties, ["title", `Sluice: ${where}`]], message);
}

/** One error per problem, ten at most; the last one says how many more there are. */
export function problemAnnotations(problems: readonly Problem[]): readonly string[] {
  if (problems.length <= mostAnnotations) return problems.map(problemCommand);
  const shown = problems.slice(0, mostAnnotations - 1).map(problemCommand);
  const more = `${problems.length - shown.length} further problems stand in the log and on the summary page.`;
  return [...shown, command("error", [["title", "Sluice"]], more)];
}

const titles: Readonly<Record<string, string>> = {
  "rolled-back": "Rolled back",
  paused: "Paused",
  held: "Held: stable is not ready",
  superseded: "Superseded by a newer rollout",
  drifted: "Somebody else moved the weights",
  "record-missing": "The record of a rollout is gone",
  refused: "Refused",
  cancelled: "Cancelled",
};

/** Whoever sees nothing else knows why it ended, what serves now, and what can be done. */
function endWords(progress: Progress, because: string): string {
  const [step] = nextSteps(progress, forLog);
  const next = step === undefined ? stepNote(progress) : `${step.to}: \`${step.line}\``;
  const known = progress.outcome?.name === "refused" ? [] : [serving(progress, forLog), next];
  return [because, ...known]
    .filter((words) => words !== undefined)
    .map((words) => sentence(words))
    .join(" ");
}

/** At most one line for how a run ended: an error where it was not asked for, a warning where a sweep took traffic back. */
export function endAnnotations(progress: Progress): readonly string[] {
  const { outcome, problems } = progress;
  if (outcome === undefined) return [];
  if (problems !== undefined && problems.length > 0) return problemAnnotations(problems);
  const title = `${titles[outcome.code ?? ""] ?? titles[outcome.name] ?? "The rollout failed"}: ${routeTitles(progress.routes)}`;
  const message = endWords(progress, textOf(outcome.reason));
  if (outcome.exitCode !== 0) return [command("error", [["title", title]], message)];
  const swept = progress.command === "sweep" && progress.timeline?.some((moment) => moment.committed) === true;
  if (swept && recordOf(progress)?.status === "rolled-back") return [command("warning", [["title", title]], message)];
  return [];
}

/** Annotations on the run's page. Only a runner understands them. */
export const annotationsReporter: MakeReporter = (means) => {
  if (!means.inAction) return undefined;
  let isTold = false;
  return {
    name: "annotations",
    async tell(progress) {
      if (isTold || progress.outcome === undefined) return;
      isTold = true;
      for (const line of endAnnotations(progress)) means.write(scrubbed(means, line));
    },
  };
};

/** One warning on the run's page, as for a report that could not be made. */
export const warningLine = (inAction: boolean, text: string): string =>
  inAction ? command("warning", [["title", "Sluice: reporting"]], text) : `Warning: ${text}`;
