import type { Progress } from "../ports/reporter.ts";
import { asLine } from "../text/escape.ts";
import { closingLines } from "./closing-lines.ts";
import type { LiveView } from "./live/live-view.ts";
import { turnsOf } from "./log-lines.ts";
import { newNotes, newWarnings } from "./log-reporter.ts";
import { type MakeReporter, type ReporterContext, scrubbed } from "./reporter-context.ts";
import { timelineLines } from "./status-text.ts";

/** What Ctrl-C does to whoever sits in front of it. */
export function interruptWords({ command, plan }: Pick<Progress, "command" | "plan">): string {
  if (command === "status") return "Ctrl-C ends the watching, not the rollout";
  if (command !== "run" && command !== "promote" && command !== "resume") return "Ctrl-C ends the command";
  return plan?.policy.onCancel === "leave" ? "Ctrl-C leaves the rollout as it stands" : "Ctrl-C takes the traffic back";
}

/** What a person at a terminal sees: a live screen where one can be drawn, else one line a turn. */
export const terminalReporter: MakeReporter = (means: ReporterContext) => {
  const { terminal, clock } = means;
  if (terminal === undefined) return undefined;
  const scrub = (text: string) => scrubbed(means, text);
  const warned = new Set<string>();
  const turns = turnsOf();
  let view: LiveView | undefined;
  let isOver = false;
  /** What the screen has no room for is said when it is gone. */
  let kept: string[] = [];

  const line = (text: string) => terminal.write(`${asLine(scrub(text))}\n`);

  const show = async (progress: Progress): Promise<void> => {
    // Most commands end before there is anything to draw.
    const { openView } = await import("./live/live-view.ts");
    if (isOver) return;
    view ??= openView(terminal, { clock, scrub, onInterrupt: interruptWords(progress), ticks: true });
    view.show(progress);
  };

  function end(progress: Progress): void {
    isOver = true;
    view?.close();
    const moments = timelineLines(progress.timeline ?? []);
    const timeline = moments.length < 3 ? [] : ["Timeline:", ...moments.map((text) => `  ${text}`)];
    for (const text of [...kept, ...timeline, ...closingLines(progress)]) line(text);
    kept = [];
  }

  return {
    name: "terminal",
    async tell(progress) {
      const said = [...newWarnings(warned, progress), ...newNotes(warned, progress)];
      if (terminal.isInteractive) {
        kept.push(...said);
        if (progress.outcome === undefined) await show(progress);
      } else {
        for (const text of [turns.opening(progress), turns.left(progress), ...said, turns.turn(progress)]) {
          if (text !== undefined) line(text);
        }
      }
      if (progress.outcome !== undefined) end(progress);
    },
  };
};
