import type { Progress, TimelineEntry } from "../ports/reporter.ts";
import { asLine, forMarkdown, inBlock } from "../text/escape.ts";
import { clockTime, percent } from "../text/format.ts";
import { noticeText, textOf } from "../text/index.ts";
import { fitted, link } from "./comment.ts";
import { type MakeReporter, scrubbed } from "./reporter-context.ts";

/** GitHub refuses a summary above 1 MiB per step, other tools' share included. */
const summaryLimitBytes = 1024 * 1024;
const momentsShown = 200;
const noteLinesShown = 400;

function timelineTable(moments: readonly TimelineEntry[]): string {
  const rows = moments
    .slice(-momentsShown)
    .map((moment) =>
      [
        clockTime(moment.at),
        moment.phase === null ? "–" : String(moment.phase),
        moment.weight === null ? "?" : percent(moment.weight),
        moment.verdict === "none" ? "–" : moment.verdict,
        forMarkdown(textOf(moment.reason)),
      ].join(" | "),
    );
  const head = ["Time (UTC) | Phase | Weight | Verdict | Reason", "--- | --- | --- | --- | ---"];
  return [...head, ...rows].map((row) => `| ${row} |`).join("\n");
}

/** Snippets and patches as they are to be copied: in a block that their text cannot end. */
function noteBlock(notes: readonly string[]): string {
  const lines = notes
    .flatMap((note) => note.split("\n"))
    .slice(0, noteLinesShown)
    .map((line) => asLine(line).slice(0, 600));
  return `\n\n#### Also worth knowing\n\n${inBlock(lines)}`;
}

/** Where the page about the whole rollout is: a runner's file has no address of its own, but the run's artifacts have. */
function pageLine({ report, links }: Progress): string | undefined {
  if (report === undefined) return undefined;
  const name = forMarkdown(report.split(/[\\/]/).at(-1) ?? report, 100);
  const artifacts = link("the run's artifacts", links.run === undefined ? undefined : `${links.run}#artifacts`);
  const where = artifacts === undefined ? "" : ` among ${artifacts}, if the workflow uploads the output \`report\``;
  return `**The whole rollout on one page:** ${name}${where}`;
}

/** The summary page's text: the comment's, and below it what else is worth knowing, and the run's timeline. */
export function summaryText(progress: Progress): string {
  const page = pageLine(progress);
  const notes = (progress.notes ?? []).map((note) => noticeText(note));
  const timeline = progress.timeline ?? [];
  const table = timeline.length < 2 ? "" : `\n\n#### Timeline of this run\n\n${timelineTable(timeline)}`;
  return `${fitted(progress, summaryLimitBytes / 2)}${page === undefined ? "" : `\n\n${page}`}${notes.length === 0 ? "" : noteBlock(notes)}${table}\n\n`;
}

/** The run's summary page: it cannot show progress, so it is written when the outcome is known. */
export const summaryReporter: MakeReporter = (means) => {
  const { appendSummary } = means;
  if (appendSummary === undefined) return undefined;
  let written: string | undefined;
  return {
    name: "summary",
    async tell(progress) {
      if (progress.outcome === undefined) return;
      const text = scrubbed(means, summaryText(progress));
      if (text === written) return;
      await appendSummary(text);
      written = text;
    },
  };
};
