import { routeTitles } from "../../base/kube-object.ts";
import type { ProcessEvidence } from "../../judge/types.ts";
import type { Progress } from "../../ports/reporter.ts";
import { clockTime, dayTime, duration, measured, percent } from "../../text/format.ts";
import { noticeText, textOf } from "../../text/index.ts";
import { count, evidenceNote, figures, rated, worseBy } from "../evidence-table.ts";
import { phaseRows } from "../phase-rows.ts";
import { problemLines, recordOf } from "../status-text.ts";
import { anchor, type HtmlPart, html, lines, type Markup, prose } from "./html.ts";
import { latencyWords } from "./latency-buckets.ts";
import { type PageInput, shownOf } from "./page-data.ts";
import { planRows } from "./plan-summary.ts";
import { eventsOf, type PageEvent } from "./rollout-events.ts";

/** All that stands below the charts: decisions, comparisons, checks, plan, what was checked before, versions. */

const table = (label: string, head: readonly string[], rows: readonly Markup[], kind = ""): Markup =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}, as a table"><table class="${kind}"><thead><tr>${head.map((one) => html`<th scope="col">${one}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;

const section = (id: string, title: string, content: HtmlPart): Markup =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;

const pairs = (rows: readonly (readonly [string, HtmlPart])[]): Markup =>
  html`<dl class="pairs">${rows.map(([word, says]) => html`<div><dt>${word}</dt><dd>${says}</dd></div>`)}</dl>`;

const decision = ({ at, until, kind, title, because, weight }: PageEvent): Markup => {
  const lasted = until === undefined ? null : html` <small>for ${duration(until - at)}</small>`;
  return html`<li class="${kind}"><button type="button" class="at" data-at="${at}" aria-label="${clockTime(at)}: show it in the charts">${clockTime(at)}</button><div><p><b>${title}</b>${lasted}${weight === null ? null : html` <span class="chip">${percent(weight)}</span>`}</p><p class="quiet">${prose(because)}</p></div></li>`;
};

export function decisions(account: PageInput): Markup {
  const events = eventsOf(shownOf(account), account.moments);
  const content = events.length === 0 ? html`<p>None.</p>` : html`<ol class="decisions">${events.map(decision)}</ol>`;
  return section("decisions", "Every decision, and why", content);
}

export function phases({ progress }: PageInput): Markup | null {
  const rows = phaseRows(progress).map(
    ({ phase, weight, current, enteredAt, held, verdict, because }) =>
      html`<tr${current ? html` class="now" aria-current="step"` : null}><th scope="row">${phase}</th><td>${weight === undefined ? "–" : percent(weight)}</td><td>${enteredAt === undefined ? "–" : dayTime(enteredAt)}</td><td>${held}</td><td>${verdict}</td><td class="reason">${because === undefined ? "–" : prose(because)}</td></tr>`,
  );
  if (rows.length === 0) return null;
  return section(
    "phases",
    "Phases",
    table("Phases", ["Phase", "Weight", "Entered (UTC)", "Held", "Verdict", "Reason"], rows),
  );
}

export function comparisons(account: PageInput): Markup | null {
  const { judged } = shownOf(account);
  const numbers = judged?.numbers;
  if (numbers === undefined) return null;
  const limit = count(1 / numbers.plan.alpha);
  const row = (name: string, one: ProcessEvidence) =>
    html`<tr><th scope="row">${name}</th><td>${figures(Math.exp(one.logE))} of ${limit}</td><td>${figures(Math.exp(one.peakLogE))}</td><td>${rated(one.canary)}</td><td>${rated(one.stable)}</td><td>${worseBy(one)}</td></tr>`;
  const rows = Object.entries(numbers.evidence).flatMap(([name, one]) => [
    row(name, one),
    ...Object.entries(one.boundaries ?? {})
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([edge, each]) => row(`over ${latencyWords(Number(edge))}`, each)),
  ]);
  const all = html`<tr><th scope="row">all together</th><td>${figures(Math.exp(numbers.combined.logE))} of ${limit}</td><td>${figures(Math.exp(numbers.combined.peakLogE))}</td><td></td><td></td><td></td></tr>`;
  const caveats = (judged?.caveats ?? []).map((caveat) => html`<li>${textOf(caveat)}</li>`);
  return section(
    "comparisons",
    "Canary against stable",
    html`${table("Canary against stable", ["Compared", "Evidence", "Peak", "Canary", "Stable", "Worse by"], [...rows, all], "numbers")}<p class="quiet">${evidenceNote({ ...account.progress, judged } as Progress)?.replaceAll("`", "")}</p>${caveats.length === 0 ? null : html`<ul class="caveats">${caveats}</ul>`}`,
  );
}

export function checks(account: PageInput): Markup | null {
  const found = shownOf(account).judged?.checks ?? [];
  if (found.length === 0) return null;
  const rows = found.map(
    ({ name, kind, latest, unit, values, failures, missing, reason }) =>
      html`<tr class="is-${kind}"><th scope="row">${name}</th><td>${kind}</td><td>${measured(latest, unit)}</td><td>${values}</td><td>${failures}</td><td>${missing}</td><td class="reason">${textOf(reason)}</td></tr>`,
  );
  return section(
    "checks",
    "Checks",
    table("Checks", ["Check", "Stands", "Latest", "Values", "Outside limits", "Missing", "Reason"], rows),
  );
}

export function planSection({ progress: { plan } }: PageInput): Markup {
  if (plan === undefined)
    return section(
      "plan",
      "Plan",
      html`<p>The command that wrote this page was given no plan. What the record holds is all that is known.</p>`,
    );
  return section("plan", "Plan", pairs(planRows(plan)));
}

const checked =
  "rights and credentials, rules and destinations, who is ready behind them, who else writes the route, the data plane, every metric query, and a dry run of every patch up and back";

/** What was known before the first write. */
export function before({ progress }: PageInput): Markup {
  const begun = (progress.timeline ?? []).some(
    ({ committed, reason }) => committed && (reason.code === "rollout-started" || reason.code === "taken-over"),
  );
  const { problems = [], warnings, notes = [] } = progress;
  const head =
    problems.length > 0
      ? html`<ul>${problemLines(problems).map((line) => html`<li>${line}</li>`)}</ul>`
      : begun
        ? html`<p>Checked before the first write: ${checked}. Nothing stood against it.</p>`
        : html`<p>Another run began this rollout; what its preflight said stands in its own log.</p>`;
  const told = [...warnings.map((one) => `Warning: ${noticeText(one)}`), ...notes.map((one) => noticeText(one))];
  const list = told.map((text) =>
    text.includes("\n") ? html`<li><pre tabindex="0">${lines(text)}</pre></li>` : html`<li>${prose(text)}</li>`,
  );
  return section(
    "before",
    "Checked before, and worth knowing",
    html`${head}${list.length === 0 ? null : html`<ul class="notes">${list}</ul>`}`,
  );
}

export function versions({ progress, version, rehearsal }: PageInput): Markup {
  const record = recordOf(progress);
  const { links, plan } = progress;
  const runs = (record?.tookPart ?? []).map(({ id, attempt }) => {
    const url =
      links.repository === undefined || !/^\d+$/.test(id)
        ? undefined
        : `${links.repository}/actions/runs/${id}/attempts/${attempt}`;
    return html`<li>${anchor(`run ${id}, attempt ${attempt}`, url) ?? `run ${id}, attempt ${attempt}`}</li>`;
  });
  const rows: (readonly [string, HtmlPart])[] = [
    ["Route", routeTitles(progress.routes)],
    ["Stable", record?.stable ?? plan?.target.stable ?? "–"],
    ["Canary", record?.canary ?? plan?.target.canary ?? "–"],
    ["Rollout", record?.rollout ?? plan?.rollout ?? "–"],
    ["Revision", record?.revision ?? plan?.revision ?? "–"],
    ["Plan", record?.planDigest ?? plan?.digest ?? "–"],
    ["Begun", record === undefined ? "–" : `${dayTime(record.startedAt)} UTC`],
    ...(rehearsal === undefined ? [] : [["Seed", String(rehearsal.seed)] as const]),
    ["Sluice", version],
    ...(links.run === undefined ? [] : [["This run", anchor("on GitHub", links.run) ?? links.run] as const]),
    ...(links.pullRequest === undefined
      ? []
      : [["Pull request", anchor("on GitHub", links.pullRequest) ?? links.pullRequest] as const]),
    ...(runs.length === 0 ? [] : [["Runs that took part", html`<ul class="plain">${runs}</ul>`] as const]),
  ];
  return section("versions", "Versions and runs", pairs(rows));
}
