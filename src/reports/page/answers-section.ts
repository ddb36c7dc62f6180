import { visibleLine } from "../../base/foreign.ts";
import { routeTitles } from "../../base/kube-object.ts";
import type { ReasonCode } from "../../base/reasons/index.ts";
import type { Millis } from "../../base/units.ts";
import type { ProcessEvidence } from "../../judge/types.ts";
import type { Progress } from "../../ports/reporter.ts";
import { countedFrom, watchOf } from "../../rollout/transitions.ts";
import { clockTime, dayTime, percent } from "../../text/format.ts";
import { textOf } from "../../text/index.ts";
import { headline } from "../comment.ts";
import { count, figures, worseBy } from "../evidence-table.ts";
import { nextSteps, stepNote } from "../next-commands.ts";
import { type PhaseRow, phaseRows } from "../phase-rows.ts";
import { isUnknown, names, phaseWords, recordOf, serving, stands } from "../status-text.ts";
import { whyLine } from "../told-reason.ts";
import { type HtmlPart, html, type Markup, prose } from "./html.ts";
import { latencyWords } from "./latency-buckets.ts";
import { type PageInput, shownOf } from "./page-data.ts";
import { onInconclusiveWords } from "./plan-summary.ts";

/** The five questions that everybody asks first, answered in this order. */

type AnswerTone = "good" | "bad" | "warn" | "live";

const tones: Readonly<Record<string, AnswerTone>> = {
  promoted: "good",
  reached: "good",
  pass: "good",
  ready: "good",
  "rolled-back": "bad",
  held: "bad",
  failed: "bad",
  drifted: "bad",
  fail: "bad",
  unknown: "bad",
  paused: "warn",
  superseded: "warn",
  cancelled: "warn",
  refused: "warn",
};

export const toneOf = (progress: Progress): AnswerTone => tones[stands(progress)] ?? "live";

/** A bar as a picture: a page that forbids every style but its own cannot give a box its width. */
function shareBar(weight: number | undefined, label: string): Markup {
  const share = weight === undefined ? 0 : Math.min(100, Math.max(0, weight));
  const parts =
    weight === undefined
      ? html`<rect class="unknown" width="100" height="1"/>`
      : html`<rect class="stable" width="100" height="1"/><rect class="canary" width="${share}" height="1"/>`;
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="${label}">${parts}</svg>`;
}

function servingNow(progress: Progress): Markup {
  const lost = isUnknown(progress) || progress.outcome?.name === "drifted";
  const weight = lost ? undefined : (progress.outcome?.weight ?? progress.state?.weight);
  const { stable, canary } = names(progress);
  const label = weight === undefined ? "unknown" : `canary ${percent(weight)}, stable ${percent(100 - weight)}`;
  const shares =
    weight === undefined
      ? null
      : html`<dl class="shares">
<div class="of-canary"><dt>${canary} <span>canary</span></dt><dd>${percent(weight)}</dd></div>
<div class="of-stable"><dt>${stable} <span>stable</span></dt><dd>${percent(100 - weight)}</dd></div>
</dl>`;
  return html`${shares}${shareBar(weight, label)}<p>${serving(progress, visibleLine)}</p>`;
}

/** In a word, whether the canary does worse. Only what the metrics said counts, never how the rollout ended. */
function worseWord(progress: Progress): { readonly word: string; readonly tone: AnswerTone } {
  const { judged } = progress;
  if (judged === undefined) return { word: "Nobody asked", tone: "warn" };
  const logE = judged.numbers?.combined.logE;
  switch (judged.kind) {
    case "fail":
      return { word: "Yes", tone: "bad" };
    case "pass":
      return logE === undefined && judged.checks.length === 0
        ? { word: "Nothing is measured", tone: "warn" }
        : { word: "No", tone: "good" };
    case "inconclusive": {
      if (blind.includes(judged.reason.code)) return { word: "Cannot be told now", tone: "warn" };
      if (logE !== undefined && logE >= Math.log(10)) return { word: "There are signs of it", tone: "warn" };
      const record = recordOf(progress);
      const isOver = record?.status === "paused" && record.cause === "evidence";
      return isOver
        ? { word: "Too little traffic to tell", tone: "warn" }
        : { word: "No sign of it yet", tone: "live" };
    }
  }
}

/** What is measured says nothing of the canary while it is so. */
const blind: readonly ReasonCode[] = [
  "no-data",
  "no-series",
  "sample-ratio-mismatch",
  "check-no-data",
  "check-unanswered",
];

/** A rate in bold, and below or beside it what it was counted from. */
const share = ({ n, x }: ProcessEvidence["canary"]): Markup =>
  n === 0 ? html`no requests` : html`<b>${figures((100 * x) / n)}%</b> <small>${count(x)} of ${count(n)}</small>`;

/** The rates side by side: what the word above them was said about. */
function rates(progress: Progress): Markup | null {
  const evidence = progress.judged?.numbers?.evidence;
  if (evidence === undefined) return null;
  const { stable, canary } = names(progress);
  const rows = Object.entries(evidence)
    .slice(0, 4)
    .map(
      ([name, one]) =>
        html`<tr><th scope="row">${name === "latency" ? leadingName(one) : name}</th><td class="canary">${share(one.canary)}</td><td class="stable">${share(one.stable)}</td></tr>`,
    );
  return html`<table class="rates"><thead><tr><td></td><th scope="col">${canary}</th><th scope="col">${stable}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** The figures of latency are those of the boundary that says most. */
function leadingName({ boundaries = {}, canary }: ProcessEvidence): string {
  const leading = Object.entries(boundaries).find(([, one]) => one.canary.n === canary.n && one.canary.x === canary.x);
  return leading === undefined ? "latency" : `slower than ${latencyWords(Number(leading[0]))}`;
}

function isWorse(account: PageInput, progress: Progress): Markup {
  const { judged } = progress;
  const { word, tone } = worseWord(progress);
  const isOld = account.progress.judged === undefined && judged !== undefined;
  const asOf =
    isOld && judged.numbers !== undefined ? html` <small>as of ${clockTime(judged.numbers.now)} UTC</small>` : null;
  const because =
    judged === undefined ? "This run has not asked the metrics: the record alone is known." : textOf(judged.reason);
  // What stands in large letters at the top of the page is not said again.
  const isSaid = whyLine(progress).startsWith(because);
  return html`<p class="word ${tone}">${word}${asOf}</p>${rates(progress)}${isSaid ? null : html`<p>${because}</p>`}`;
}

/** How far the evidence has gone on its way to a rollback, on the scale on which it grows. */
function meter(logE: number, alpha: number): Markup {
  const part = Math.min(100, Math.max(0, (100 * logE) / -Math.log(alpha)));
  const label = `evidence of harm: ${figures(Math.exp(logE))} of ${count(1 / alpha)}`;
  return html`<svg class="bar meter" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="${label}"><rect class="track" width="100" height="1"/><rect class="harm" width="${Number(part.toFixed(1))}" height="1"/></svg>`;
}

function howSure(progress: Progress): Markup {
  const numbers = progress.judged?.numbers;
  if (numbers === undefined) {
    const checks = progress.judged?.checks.length ?? 0;
    const words =
      checks === 0
        ? "Nothing was measured, so nothing is known."
        : "The canary was held against fixed limits. A limit knows no error bound.";
    return html`<p class="word live">${checks === 0 ? "Not at all" : "As sure as the limits are right"}</p><p>${words}</p>`;
  }
  const { alpha, beta } = numbers.plan;
  const errors = numbers.evidence["errors"];
  const limit = figures(numbers.plan.errors.limit.difference * 100);
  const bounds =
    errors === undefined
      ? null
      : html`<p>By errors the canary is worse by <b>${worseBy(errors)}</b>; to be promoted it must be shown to stay below ${limit}.</p>`;
  return html`<p class="word">${figures(Math.exp(numbers.combined.logE))} <small>of ${count(1 / alpha)} evidence of harm</small></p>
${meter(numbers.combined.logE, alpha)}${bounds}
<p class="quiet">At ${count(1 / alpha)} the traffic goes back; a healthy canary gets there in at most ${figures(alpha * 100)} of 100 rollouts. The bounds are ${figures(100 - alpha * 100)}% and ${figures(100 - beta * 100)}% sure, whenever one looks.</p>`;
}

const until = (at: Millis): string => `${clockTime(at).slice(0, 5)} UTC`;

/** What comes next by itself, if nobody does anything. */
export function nextWords(progress: Progress): string {
  const { plan, outcome, state } = progress;
  const note = stepNote(progress);
  if (isUnknown(progress)) return "Nobody knows until somebody can read the route again.";
  if (outcome?.name === "drifted") return "Nothing: Sluice does not fight over the route. A person decides.";
  if (state === undefined) return "Nothing: no rollout is under way.";
  if (state.status === "promoted" || state.status === "rolled-back") return "Nothing: this rollout is over.";
  if (state.status !== "progressing") return note ?? "Nothing.";
  const phase = plan?.phases[state.phase - 1];
  if (plan === undefined || phase === undefined) return "A run that drives it goes on with its schedule.";
  const next = plan.phases[state.phase];
  const onward = phase.thenPause
    ? "a person is asked"
    : next === undefined
      ? "the rollout is finished"
      : `${percent(next.weight)} follows`;
  const earliest = until(watchOf(plan, state) + phase.holdMs);
  const latest = until(countedFrom(plan, state) + phase.maxHoldMs);
  const who = outcome === undefined ? "" : " A later run has to go on with it.";
  return `If the metrics pass, ${onward}, at ${earliest} at the earliest. What is still undecided at ${latest} ${onInconclusiveWords[plan.policy.onInconclusive]}.${who}`;
}

function rowState(row: PhaseRow, progress: Progress): string {
  const state = recordOf(progress);
  if (row.current && state?.status === "rolled-back") return "back";
  if (row.current && state?.status !== "promoted") return "now";
  return state !== undefined && row.phase <= state.phase ? "done" : "ahead";
}

function phaseTrack(progress: Progress): Markup | null {
  const rows = phaseRows(progress);
  if (rows.length === 0) return null;
  return html`<ol class="track">${rows.map(
    (row) =>
      html`<li class="${rowState(row, progress)}"${row.current ? html` aria-current="step"` : null}><b>${row.weight === undefined ? "?" : percent(row.weight)}</b> <span>${row.held}</span></li>`,
  )}</ol>`;
}

function whatCanIDo(progress: Progress): Markup {
  const steps = nextSteps(progress, visibleLine);
  if (steps.length === 0) return html`<p>${prose(stepNote(progress) ?? "Nothing has to be done.")}</p>`;
  const rows = steps.map(
    ({ to, command, line }) =>
      html`<li><p>${to}</p><code class="copy" tabindex="0">${line}</code>${
        command === undefined
          ? null
          : html`<p class="quiet">In GitHub: <code>workflow_dispatch</code> with <code>command: ${command}</code></p>`
      }</li>`,
  );
  return html`<ul class="steps">${rows}</ul>`;
}

const question = (id: string, words: string, content: HtmlPart): Markup =>
  html`<section class="answer" aria-labelledby="${id}"><h2 id="${id}">${words}</h2>${content}</section>`;

export function answers(account: PageInput): Markup {
  const progress = shownOf(account);
  return html`<div class="answers">
${question("serves", "What serves how much now?", servingNow(progress))}
${question("worse", "Is the canary worse?", isWorse(account, progress))}
${question("sure", "How sure are we?", howSure(progress))}
${question("next", "What happens next?", html`${phaseTrack(progress)}<p>${prose(nextWords(progress))}</p>`)}
${question("steps", "What can I do?", whatCanIDo(progress))}
</div>`;
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

export function masthead(account: PageInput): Markup {
  const { progress, rehearsal } = account;
  const why = whyLine(progress);
  const said =
    rehearsal === undefined
      ? null
      : html`<p class="rehearsal"><b>A rehearsal.</b> Nothing of this has happened: virtual traffic in virtual time. Scenario: ${rehearsal.scenario}</p>`;
  const asOf = progress.at === undefined ? null : html`<time>as of ${dayTime(progress.at)} UTC</time>`;
  return html`<header class="${toneOf(progress)}">
<p class="kicker"><span class="mark" aria-hidden="true"></span>Sluice <span>rollout of</span> <b>${routeTitles(progress.routes)}</b></p>
<h1>${headline(progress)}</h1>
<p class="why">${prose(why)}</p>
<p class="quiet">${capital(phaseWords(progress))}${asOf === null ? null : html` · ${asOf}`}</p>
${said}
</header>`;
}
