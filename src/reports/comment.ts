import { type RouteRef, routeTitle, routeTitles } from "../base/kube-object.ts";
import type { Progress } from "../ports/reporter.ts";
import { forMarkdown, forMarker } from "../text/escape.ts";
import { bar, dayTime, duration, percent } from "../text/format.ts";
import { noticeText, textOf } from "../text/index.ts";
import { checkTable, evidenceTable, phaseTable, pictureSection, table } from "./comment-tables.ts";
import { nextSteps, stepNote } from "./next-commands.ts";
import { isUnknown, names, phaseWords, problemLines, recordOf, serving } from "./status-text.ts";
import { whyLine } from "./told-reason.ts";
import { shownShare } from "./traffic-diagram.ts";
import { nextWords } from "./what-happens-next.ts";

/** GitHub's own limit is stated as 65,536 characters; what is longer is refused whole. */
export const commentLimitBytes = 60_000;

/** The hidden mark by which the comment of a rollout is found again. */
export const marker = (rollout: string, routes: readonly RouteRef[]): string =>
  `<!-- sluice:rollout=${forMarker(rollout)} route=${forMarker(firstOf(routes))} -->`;

/** The mark of the one short comment that tells an unasked rollback. */
export const newsMarker = (rollout: string, routes: readonly RouteRef[]): string =>
  `<!-- sluice:taken-back=${forMarker(rollout)} route=${forMarker(firstOf(routes))} -->`;

/** Of several routes the first holds the record, and is named by every run that has anything to say. */
function firstOf([first]: readonly RouteRef[]): string {
  return first === undefined ? "" : routeTitle(first);
}

/** How a rollout stands, in a few words. */
export function headline(progress: Progress): string {
  if (progress.kind === "trouble" && progress.outcome === undefined) return "The route cannot be read just now";
  if (isUnknown(progress)) return "Nobody knows how the rollout stands";
  const { outcome, state } = progress;
  switch (outcome?.name) {
    case "refused":
      return "The rollout was refused";
    case "superseded":
      return "A newer rollout has taken over";
    case "drifted":
      return outcome.code === "record-missing"
        ? "Stopped: the record of the rollout is gone"
        : "Stopped: somebody else moved the weights";
    case "failed":
      return "The rollout stopped with an error";
    case "reached":
      return `Reached ${percent(outcome.weight ?? state?.weight ?? 0)}, waiting for the next job`;
    case "ready":
      return progress.isOnlyRead === true ? "The plan has no problems" : "Everything is ready";
    default:
      break;
  }
  switch (state?.status) {
    case "progressing":
      return `${percent(state.weight)} of the traffic is on the new version`;
    case "paused":
      return {
        person: `Paused at ${percent(state.weight)} by a person`,
        schedule: `Waiting at ${percent(state.weight)} for a person, as scheduled`,
        until: `Waiting at ${percent(state.weight)} for the next job`,
        evidence: `Paused at ${percent(state.weight)}: not enough evidence`,
      }[state.cause];
    case "held":
      return `Failed and held at ${percent(state.weight)}: stable is not ready`;
    case "promoted":
      return "Promoted";
    case "rolled-back":
      return "Rolled back";
    case undefined:
      return "No rollout";
  }
}

function weightBar(progress: Progress): string {
  const recorded = isUnknown(progress) ? undefined : (progress.outcome?.weight ?? progress.state?.weight);
  const weight = progress.outcome?.name === "drifted" ? shownShare(progress) : recorded;
  // A word of our own before a foreign one: a name that is written from the right turns the line around no more.
  const share = weight === undefined ? "nobody knows how much goes to" : `${percent(weight)} to`;
  return `\`${bar(weight)}\` ${share} ${forMarkdown(names(progress).canary)}`;
}

function stepsTable(progress: Progress): string | undefined {
  const steps = nextSteps(progress, forMarkdown);
  const note = stepNote(progress);
  if (steps.length === 0) return note;
  const rows = steps.map((step) => [
    step.to,
    step.command === undefined ? "–" : `\`command: ${step.command}\``,
    forMarkdown(step.line, 400),
  ]);
  const head = ["What you can do now", "In GitHub, by `workflow_dispatch`", "In a terminal"];
  return note === undefined ? table(head, rows) : `${table(head, rows)}\n\n${note}`;
}

/** Only an address of http or https becomes a link, and nothing in it can end the link. */
export function link(words: string, url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  return `[${words}](${href.replace(/[()<>\\`|@]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)})`;
}

function footer(progress: Progress): string {
  const record = progress.outcome?.name === "superseded" ? undefined : recordOf(progress);
  const rollout = record?.rollout ?? progress.plan?.rollout;
  const revision = record?.revision ?? progress.plan?.revision;
  const { repository } = progress.links;
  const isCommit = revision !== undefined && /^[0-9a-f]{40}$/.test(revision);
  const commit = isCommit && repository !== undefined ? `${repository}/commit/${revision}` : undefined;
  const parts = [
    link("This run", progress.links.run),
    rollout === undefined ? undefined : `rollout ${forMarkdown(rollout, 80)}`,
    revision === undefined
      ? undefined
      : `revision ${link(`\`${revision.slice(0, 10)}\``, commit) ?? forMarkdown(revision, 80)}`,
    progress.at === undefined ? undefined : `as of ${dayTime(progress.at)} UTC`,
  ];
  return `<sub>${parts.filter((part) => part !== undefined).join(" · ")}</sub>`;
}

/** Why it stands so: the words of the decision, and below them what else is worth knowing. */
function why(progress: Progress, cap: number): string {
  const caveats = (progress.judged?.caveats ?? []).map((caveat) => `- Note: ${forMarkdown(textOf(caveat), cap)}`);
  const warnings = progress.warnings.map((warning) => `- Warning: ${forMarkdown(noticeText(warning), cap)}`);
  const lines = [...caveats.slice(0, 10), ...warnings.slice(0, 10)];
  const reason = `**Why:** ${forMarkdown(whyLine(progress), cap * 2)}`;
  return lines.length === 0 ? reason : `${reason}\n\n${lines.join("\n")}`;
}

function problems(progress: Progress): string | undefined {
  if (progress.problems === undefined || progress.problems.length === 0) return undefined;
  const [first = "", ...rest] = problemLines(progress.problems.slice(0, 50));
  return `${first}\n\n${rest.map((line) => `- ${forMarkdown(line, 600)}`).join("\n")}`;
}

function phaseSentence(progress: Progress): string {
  const state = progress.state;
  if (state === undefined) return "";
  if (state.status !== "promoted" && state.status !== "rolled-back") return ` This is ${phaseWords(progress)}.`;
  const after = duration(state.endedAt - state.startedAt);
  return ` It ended in ${phaseWords(progress)}, on ${dayTime(state.endedAt)} UTC, ${after} after it began.`;
}

/** What happens if nobody does anything. */
function next(progress: Progress): string | undefined {
  const words = nextWords(progress);
  return words === undefined ? undefined : `**Next:** ${words}`;
}

/** Everything but the marker: the same text stands in the comment and on the run's summary page. */
export function body(progress: Progress, cap: number, draw = pictureSection): string {
  const shown = progress.outcome?.name !== "superseded";
  const sections = [
    `### ${headline(progress)} – ${forMarkdown(routeTitles(progress.routes), 200)}`,
    `**${serving(progress, forMarkdown)}**${shown ? phaseSentence(progress) : ""}`,
    shown && recordOf(progress) !== undefined ? weightBar(progress) : undefined,
    problems(progress) ?? why(progress, cap),
    next(progress),
    shown ? phaseTable(progress, cap) : undefined,
    shown ? evidenceTable(progress) : undefined,
    shown ? checkTable(progress, cap) : undefined,
    stepsTable(progress),
    shown && cap > 40 ? draw(progress) : undefined,
    footer(progress),
  ];
  return sections.filter((section) => section !== undefined).join("\n\n");
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** The text with the longest reasons that fit: a reason is what can grow. The first two lines fit always. */
export function fitted(progress: Progress, limitBytes: number): string {
  const fits = [300, 120, 40].map((cap) => body(progress, cap)).find((text) => bytesOf(text) <= limitBytes);
  return fits ?? `### ${headline(progress)}\n\n**${serving(progress, forMarkdown)}**`;
}

/** The one comment of a rollout on its pull request. */
export function comment(progress: Progress, rollout: string): string {
  const mark = marker(rollout, progress.routes);
  return `${mark}\n${fitted(progress, commentLimitBytes - bytesOf(mark) - 2)}\n`;
}

/** Edits notify nobody, so what was taken back without being asked is told once more, shortly. */
export function news(progress: Progress, rollout: string, commentUrl: string | undefined): string {
  const more = link("How it came about", commentUrl) ?? link("The run", progress.links.run);
  const lines = [
    newsMarker(rollout, progress.routes),
    `**Rolled back:** ${forMarkdown(routeTitles(progress.routes), 200)}. ${serving(progress, forMarkdown)}`,
    `**Why:** ${forMarkdown(whyLine(progress), 600)}`,
    ...(more === undefined ? [] : [more]),
  ];
  return `${lines.join("\n\n")}\n`;
}
