import type { Progress } from "../ports/reporter.ts";
import { asLine, forCommand, forLog } from "../text/escape.ts";
import { noticeText } from "../text/index.ts";
import { closingLines } from "./closing-lines.ts";
import { turnsOf } from "./log-lines.ts";
import { type MakeReporter, type ReporterContext, scrubbed } from "./reporter-context.ts";
import { groupTitle, timelineLines } from "./status-text.ts";

/** Tells each warning once, however many turns repeat it. */
export function newWarnings(known: Set<string>, progress: Progress): readonly string[] {
  const fresh = progress.warnings.map((one) => noticeText(one)).filter((warning) => !known.has(warning));
  for (const warning of fresh) known.add(warning);
  return fresh.map((warning) => `Warning: ${forLog(warning, 600)}`);
}

/** A snippet or a patch has many lines, and all of them are wanted; but no server may fill the log. */
const linesPerNote = 400;

/** What else is worth knowing, each note once: its first line, and the others below it as they were laid out. */
export function newNotes(known: Set<string>, progress: Progress): readonly string[] {
  const fresh = (progress.notes ?? []).map((one) => noticeText(one)).filter((note) => !known.has(note));
  for (const note of fresh) known.add(note);
  return fresh.flatMap((note) => {
    const [first = "", ...others] = note.split("\n").slice(0, linesPerNote);
    return [`Note: ${forLog(first, 600)}`, ...others.map((line) => `  ${asLine(line).slice(0, 600)}`)];
  });
}

/** The log of the run: one line a turn, a group a phase where a runner folds them, and the closing lines. */
export const logReporter: MakeReporter = (means: ReporterContext) => {
  const line = (text: string) => means.write(asLine(scrubbed(means, text)));
  const warned = new Set<string>();
  const turns = turnsOf();
  let group: string | undefined;

  function openGroup(progress: Progress): void {
    const title = groupTitle(progress);
    // A turn that saw nothing belongs to the phase it was in.
    if (title === group || (progress.state === undefined && group !== undefined)) return;
    if (means.inAction && group !== undefined) means.write("::endgroup::");
    means.write(means.inAction ? `::group::${forCommand(scrubbed(means, title))}` : asLine(scrubbed(means, title)));
    group = title;
  }

  function close(progress: Progress): void {
    if (means.inAction && group !== undefined) means.write("::endgroup::");
    group = undefined;
    const moments = progress.timeline ?? [];
    // Folded away, so that what is seen last is how it ended.
    if (moments.length > 1) {
      means.write(means.inAction ? "::group::Timeline" : "Timeline:");
      for (const text of timelineLines(moments)) line(`  ${text}`);
      if (means.inAction) means.write("::endgroup::");
    }
    for (const text of closingLines(progress)) line(text);
  }

  return {
    name: "log",
    async tell(progress) {
      for (const text of [turns.opening(progress), turns.left(progress)]) if (text !== undefined) line(text);
      if (progress.outcome === undefined) openGroup(progress);
      for (const text of [...newWarnings(warned, progress), ...newNotes(warned, progress)]) line(text);
      const text = turns.turn(progress);
      if (text !== undefined) line(text);
      if (progress.outcome !== undefined) close(progress);
    },
  };
};
