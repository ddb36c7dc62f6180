import { closingLines } from "./closing.ts";
import { bar, percent } from "./format.ts";
import { newNotes, newWarnings } from "./log.ts";
import { type MakeReporter, type Means, scrubbed, type Terminal } from "./means.ts";
import type { Progress } from "./reporter.ts";
import { asLine, forLog } from "./text.ts";
import { isUnknown, names, phaseWords, recordOf, stands, turnLine } from "./words.ts";

const escapeSign = String.fromCharCode(27);
const clearLine = `\r${escapeSign}[2K`;
const colours: Readonly<Record<string, number>> = {
  pass: 32,
  promoted: 32,
  reached: 32,
  fail: 31,
  failed: 31,
  "rolled-back": 31,
  drifted: 31,
  unknown: 31,
  undecided: 33,
  paused: 33,
  held: 33,
};

function coloured(terminal: Terminal, word: string): string {
  const colour = colours[word];
  return terminal.hasColour && colour !== undefined ? `${escapeSign}[${colour}m${word}${escapeSign}[0m` : word;
}

/** The line that is drawn over and over: bar, weight, phase, verdict, and as much of the reason as fits. */
function liveLine(terminal: Terminal, progress: Progress, scrub: (text: string) => string): string {
  const weight = isUnknown(progress) ? undefined : progress.state?.weight;
  const width = Math.max(20, (terminal.columns ?? 80) - 1);
  const word = stands(progress);
  const head = `${bar(weight, 20)} ${weight === undefined ? "?" : percent(weight)} ${forLog(names(progress).canary, 30)}, ${phaseWords(progress)}: `;
  const room = Math.max(0, width - [...head].length - word.length - 2);
  const reason = forLog(scrub(progress.because), 600);
  const cut = [...reason].length <= room ? reason : `${[...reason].slice(0, Math.max(0, room - 1)).join("")}…`;
  return `${asLine(head.slice(0, width))}${coloured(terminal, word)}  ${room < 2 ? "" : cut}`;
}

/** What a person at a terminal sees: a live bar where the terminal can draw one, else one line a turn. */
export const terminalReporter: MakeReporter = (means: Means) => {
  const { terminal } = means;
  if (terminal === undefined) return undefined;
  const scrub = (text: string) => scrubbed(means, text);
  const warned = new Set<string>();
  let drawn = false;
  let last: string | undefined;

  function line(text: string): void {
    if (drawn) terminal?.write(clearLine);
    drawn = false;
    terminal?.write(`${asLine(scrub(text))}\n`);
  }

  function isNews(progress: Progress): boolean {
    const record = recordOf(progress);
    const key = `${record?.phase}/${record?.status}/${stands(progress)}`;
    const news = key !== last || progress.kind === "commit" || progress.kind === "trouble";
    last = key;
    return news;
  }

  return {
    name: "terminal",
    async tell(progress) {
      for (const text of [...newWarnings(warned, progress), ...newNotes(warned, progress)]) line(text);
      if (progress.outcome !== undefined) {
        for (const text of closingLines(progress)) line(text);
        return;
      }
      if (isNews(progress) || !terminal.isInteractive) line(turnLine(progress));
      if (!terminal.isInteractive) return;
      terminal.write(clearLine + liveLine(terminal, progress, scrub));
      drawn = true;
    },
  };
};
