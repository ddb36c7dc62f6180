import type { Progress } from "../ports/reporter.ts";
import { asLine, forMarkdown, inBlock } from "../text/escape.ts";
import { dayTime, measured, percent } from "../text/format.ts";
import { textOf } from "../text/index.ts";
import { pictureMermaid } from "./diagram-mermaid.ts";
import { pictureLines } from "./diagram-text.ts";
import { courseOf } from "./error-sparkline.ts";
import { evidenceHead, evidenceNote, evidenceRows, figures } from "./evidence-table.ts";
import { type PhaseRow, phaseRows } from "./phase-rows.ts";
import { whyLine } from "./told-reason.ts";
import { picture } from "./traffic-diagram.ts";

/** The tables of the comment, and the picture below them. */

const mostChecks = 20;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** A reason that stands above already is not said again. */
const reasonOnce = (progress: Progress, because: string | undefined, cap: number): string => {
  if (because === undefined) return "–";
  // An end says the record's reason, and sometimes more.
  const above = whyLine(progress);
  return because !== "" && above.startsWith(because) ? "as above" : forMarkdown(because, cap);
};

/** More phases than this are folded, but for those around the present one. */
const mostPhases = 8;
const phasesAround = 2;

export function phaseTable(progress: Progress, cap: number): string | undefined {
  const rows = phaseRows(progress);
  if (rows.length === 0) return undefined;
  const drawn = (some: readonly PhaseRow[]) =>
    table(
      ["Phase", "Weight", "Entered (UTC)", "Held", "Verdict", "Reason"],
      some.map((row) => phaseCells(progress, row, cap)),
    );
  if (rows.length <= mostPhases) return drawn(rows);
  const at = Math.max(
    0,
    rows.findIndex(({ current }) => current),
  );
  const near = rows.slice(Math.max(0, at - phasesAround), at + phasesAround + 1);
  return `${drawn(near)}\n\n<details><summary>All ${rows.length} phases</summary>\n\n${drawn(rows)}\n\n</details>`;
}

function phaseCells(progress: Progress, row: PhaseRow, cap: number): readonly string[] {
  const strong = (text: string) => (row.current ? `**${text}**` : text);
  return [
    strong(String(row.phase)),
    strong(row.weight === undefined ? "–" : percent(row.weight)),
    row.enteredAt === undefined ? "–" : dayTime(row.enteredAt),
    row.held,
    row.verdict,
    reasonOnce(progress, row.because, cap),
  ];
}

/** How the errors of both versions went, where no chart is drawn either. */
function courseLine(progress: Progress): string | undefined {
  const course = courseOf(progress, 40);
  if (course === undefined) return undefined;
  const top = `${figures(course.top * 100)}%`;
  return `Errors since the rollout began, the highest block ${top}: canary \`${course.canary}\`, stable \`${course.stable}\``;
}

export function evidenceTable(progress: Progress): string | undefined {
  const rows = evidenceRows(progress);
  if (rows.length === 0) return undefined;
  const note = `<sub>${evidenceNote(progress) ?? ""}</sub>`;
  return [table(evidenceHead, rows), courseLine(progress), note].filter((part) => part !== undefined).join("\n\n");
}

export function checkTable(progress: Progress, cap: number): string | undefined {
  const checks = progress.judged?.checks ?? [];
  if (checks.length === 0) return undefined;
  const rows = checks
    .slice(0, mostChecks)
    .map((check) => [
      forMarkdown(check.name, 60),
      check.kind,
      measured(check.latest, check.unit),
      String(check.values),
      String(check.failures),
      String(check.missing),
      reasonOnce(progress, textOf(check.reason), cap),
    ]);
  const more = checks.length > mostChecks ? `\n\n${checks.length - mostChecks} further checks stand in the log.` : "";
  return `${table(["Check", "Stands", "Latest", "Values", "Outside limits", "Missing", "Reason"], rows)}${more}`;
}

const mostDrawn = { mostRoutes: 3, mostRules: 6 };

/** The picture where no chart can be drawn. */
export function pictureInWords(progress: Progress): string | undefined {
  const drawn = picture(progress, mostDrawn);
  return drawn === undefined ? undefined : inBlock(pictureLines(drawn).map(asLine));
}

/** Drawn where the reader's program draws it, and in words for where none does. */
export function pictureSection(progress: Progress): string | undefined {
  const drawn = picture(progress, mostDrawn);
  if (drawn === undefined) return undefined;
  return `${inBlock(pictureMermaid(drawn).split("\n"), "mermaid")}\n\n<details><summary>The same in words</summary>\n\n${pictureInWords(progress)}\n\n</details>`;
}
