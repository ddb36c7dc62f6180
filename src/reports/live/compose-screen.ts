import { routeTitles } from "../../base/kube-object.ts";
import { cutTo, widthOf, wrapTo } from "../../base/text-width.ts";
import { forLog } from "../../text/escape.ts";
import { bar, clockTime, duration, percent } from "../../text/format.ts";
import { headline } from "../comment.ts";
import { isUnknown, names, phaseWords, stands } from "../status-text.ts";
import { nextWords } from "../what-happens-next.ts";
import { fitted, type Section, type Wish } from "./fit-sections.ts";
import {
  checkSizes,
  commandSizes,
  decisionSizes,
  errorLines,
  evidenceSizes,
  phaseSizes,
  pictureSection,
  type ScreenView,
  type Size,
  toneOf,
  whySizes,
} from "./screen-sections.ts";
import { line, type StyledLine, toned } from "./styled-text.ts";

/** The screen, no wider and no higher than the window. */
export function screenLines(view: ScreenView, { columns, rows }: Size): readonly StyledLine[] {
  const width = Math.max(10, columns);
  const sections: readonly Section[] = [
    { name: "title", sizes: [[titleLine(view, width)]] },
    { name: "headline", sizes: [[headlineLine(view)]] },
    { name: "bar", sizes: [[barLine(view, width)]] },
    { name: "next", sizes: nextSizes(view, width) },
    { name: "phases", sizes: phaseSizes(view, width) },
    { name: "errors", sizes: [errorLines(view, width)] },
    { name: "evidence", sizes: evidenceSizes(view, width) },
    { name: "checks", sizes: checkSizes(view) },
    { name: "why", sizes: whySizes(view, width) },
    { name: "picture", sizes: [pictureSection(view, width)] },
    { name: "decisions", sizes: decisionSizes(view, width) },
    { name: "commands", sizes: commandSizes(view, width) },
    { name: "footer", sizes: [[footerLine(view, width)]] },
  ];
  return fitted(sections, wishes, { columns: width, rows }).flat();
}

/** What is given up last stands first: what serves now, whether the canary is worse, what happens next, what to do. */
const wishes: readonly Wish[] = [
  ["bar", 0],
  ["title", 0],
  ["phases", 0],
  ["why", 0],
  ["errors", 0],
  ["evidence", 0],
  ["checks", 0],
  ["footer", 0],
  ["commands", 0],
  ["decisions", 0],
  ["next", 0],
  ["headline", 0],
  ["why", 1],
  ["commands", 1],
  ["phases", 1],
  ["evidence", 1],
  ["checks", 1],
  ["decisions", 1],
  ["next", 1],
  ["picture", 0],
  ["why", 2],
  ["phases", 2],
  ["decisions", 2],
];

function titleLine({ progress, now, title = "Sluice" }: ScreenView, width: number): StyledLine {
  const route = forLog(routeTitles(progress.routes), 120);
  // A rehearsal begins at midnight: there the clock says how long it has been going on.
  const time = now === undefined ? "" : `${clockTime(now)}${title === "Sluice" ? " UTC" : ""}`;
  const phase = phaseWords(progress);
  const right = [phase, width < 60 ? "" : time].filter((word) => word !== "").join("  ");
  const left = cutTo(route, Math.max(8, width - widthOf(title) - widthOf(right) - 4));
  const gap = Math.max(2, width - widthOf(title) - 2 - widthOf(left) - widthOf(right));
  return line(toned("strong", title), `  ${left}${" ".repeat(gap)}`, toned("dim", right));
}

const headlineLine = ({ progress }: ScreenView): StyledLine =>
  line(toned(toneOf(stands(progress)) ?? "strong", headline(progress)));

function barLine({ progress }: ScreenView, width: number): StyledLine {
  const weight = isUnknown(progress) ? undefined : (progress.outcome?.weight ?? progress.state?.weight);
  const { stable, canary } = names(progress);
  const share = weight === undefined ? "unknown" : percent(weight);
  const label = ` ${share} to ${cutTo(forLog(canary, 60), Math.max(6, Math.floor(width / 3)))}`;
  const rest = weight === undefined ? "" : `, ${percent(100 - weight)} to ${forLog(stable, 60)}`;
  const room = width - widthOf(label);
  const isWide = room - widthOf(rest) >= 30;
  const cells = Math.max(4, Math.min(50, isWide ? room - widthOf(rest) : room));
  const drawn = bar(weight, cells);
  const full = drawn.lastIndexOf("█") + 1;
  return line(toned("canary", drawn.slice(0, full)), toned("dim", drawn.slice(full)), label, isWide ? rest : "");
}

function nextSizes({ progress, now }: ScreenView, width: number): readonly (readonly StyledLine[])[] {
  const words = nextWords(progress, now);
  if (words === undefined) return [[]];
  return [1, 2].map((most) => wrapTo(`Next: ${words}`, width, most).map((text) => line(text)));
}

function footerLine({ nextTurnMs, onInterrupt }: ScreenView, width: number): StyledLine {
  const next = nextTurnMs === undefined || width < 60 ? "" : `next turn in ${duration(nextTurnMs)} · `;
  return line(toned("dim", `${next}${onInterrupt}`));
}
