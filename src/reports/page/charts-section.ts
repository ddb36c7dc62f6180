import type { EvidenceByInterval } from "../../judge/evidence-by-interval.ts";
import type { Progress } from "../../ports/reporter.ts";
import { clockTime, percent } from "../../text/format.ts";
import { count, figures } from "../evidence-table.ts";
import { names } from "../status-text.ts";
import { html, type Markup } from "./html.ts";
import { latencyShares } from "./latency-buckets.ts";
import { type PageInput, shownOf } from "./page-data.ts";
import { endOf, eventsOf, weightsOf } from "./rollout-events.ts";
import { tableHead, tableRows } from "./timeline-table.ts";

/** The charts as far as they are words, and the same data as a table. The page's script draws into them. */

type Numbers = NonNullable<NonNullable<Progress["judged"]>["numbers"]>;

type Chart = {
  readonly id: string;
  readonly title: string;
  readonly keys: readonly (readonly [swatch: string, words: string])[];
  readonly label: string;
};

const chart = ({ id, title, keys, label }: Chart): Markup => html`<figure id="chart-${id}">
<figcaption><h3>${title}</h3><ul class="keys">${keys.map(([swatch, words]) => html`<li class="${swatch}">${words}</li>`)}</ul></figcaption>
<div class="plot" role="img" aria-label="${label}"></div>
</figure>`;

function comparedCharts(numbers: Numbers, { canary, stable }: { canary: string; stable: string }): Markup {
  const { alpha, beta, errors } = numbers.plan;
  const limit = count(1 / alpha);
  const both = [
    ["canary", canary],
    ["stable", stable],
  ] as const;
  const { latency, errors: compared } = numbers.evidence;
  const of = (arm: "canary" | "stable") =>
    compared === undefined ? "unknown" : `${figures((100 * compared[arm].x) / Math.max(1, compared[arm].n))}%`;
  return html`${chart({
    id: "errors",
    title: "Errors",
    keys: [
      ["canary line", `${canary}, so far`],
      ["stable line", `${stable}, so far`],
      ["dots", "at the time"],
      ["band", `canary's bounds, ${figures(100 - alpha * 100)}% and ${figures(100 - beta * 100)}% sure`],
      ["limit", `limit: stable + ${figures(errors.limit.difference * 100)}%`],
    ],
    label: `Share of failed requests over time. At the end canary ${of("canary")}, stable ${of("stable")}.`,
  })}
${chart({
  id: "evidence",
  title: "Evidence of harm",
  keys: [
    ["harm line", "all together"],
    ...Object.keys(numbers.evidence)
      .slice(0, 4)
      .map(
        (name) => [`part part-${name === "errors" ? "errors" : name === "latency" ? "latency" : "own"}`, name] as const,
      ),
    ["limit", `limit ${limit}: taken back`],
  ],
  label: `Evidence of harm over time on a logarithmic scale, ${figures(Math.exp(numbers.combined.logE))} at the end and ${figures(Math.exp(numbers.combined.peakLogE))} at most. At ${limit} the traffic goes back.`,
})}
${chart({ id: "requests", title: "Requests a second", keys: both.map(([arm, name]) => [`${arm} line`, name] as const), label: "Requests a second of canary and stable over time." })}
${
  latency === undefined
    ? null
    : chart({
        id: "latency",
        title: "Latency",
        keys: both.map(([arm, name]) => [`${arm} box`, name] as const),
        label:
          "Share of the requests of canary and stable in each latency bucket, side by side; the same stands in the table of buckets.",
      })
}`;
}

function looksTable(numbers: Numbers, course: EvidenceByInterval | undefined): Markup {
  const rows = tableRows(numbers.looks, course ?? null);
  const cells = rows.map(
    ([first, ...others]) => html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="The timeline as a table"><table class="numbers" id="looks">
<caption>Each row adds up what was counted until its time. Times are UTC.</caption>
<thead><tr>${tableHead.map((word) => html`<th scope="col">${word}</th>`)}</tr></thead>
<tbody>${cells}</tbody></table></div>`;
}

function bucketTable(numbers: Numbers): Markup | null {
  const shares = latencyShares(numbers.looks);
  if (shares === undefined) return null;
  const percentOf = (value: number | undefined) => (value === undefined ? "–" : `${figures(value * 100)}%`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Latency by bucket as a table"><table class="numbers" id="buckets"><caption>Latency by bucket, over the whole rollout</caption>
<thead><tr><th scope="col">Bucket</th><th scope="col">Canary</th><th scope="col">Stable</th></tr></thead>
<tbody>${shares.labels.map((label, i) => html`<tr><th scope="row">${label}</th><td>${percentOf(shares.canary[i])}</td><td>${percentOf(shares.stable[i])}</td></tr>`)}</tbody></table></div>`;
}

const controls = html`<div class="controls" hidden>
<label for="reading">Reading line</label>
<input id="reading" type="range" min="0" max="1000" value="1000" step="1">
<div class="buttons" role="group" aria-label="Zoom">
<button type="button" id="zoom-in" title="Zoom in at the reading line (+)">+</button>
<button type="button" id="zoom-out" title="Zoom out (−)">−</button>
<button type="button" id="zoom-reset" title="Show all of it (0)">All</button>
</div>
<dl class="readout" id="readout"></dl>
<p class="quiet hint">Drag over a chart to zoom in, double-click to see all of it. Keys on the reading line: arrows move it, + and − zoom, 0 shows all, n and p jump to the next and the previous decision.</p>
</div>`;

/** The section with every chart. */
export function timeline(account: PageInput): Markup {
  const progress = shownOf(account);
  const numbers = progress.judged?.numbers;
  const named = names(progress);
  const steps = weightsOf(progress, account.moments);
  if (steps.length === 0)
    return html`<section id="timeline"><h2>Timeline</h2><p>Nothing was moved, so there is nothing to draw.</p></section>`;
  const last = steps.at(-1);
  const events = eventsOf(progress, account.moments);
  const weight = chart({
    id: "weight",
    title: "Weight of the canary",
    keys: [
      ["canary line", named.canary],
      ["step", "step"],
      ["command", "command or pause"],
      ["unseen", "failed look"],
      ["drift", "drift or back"],
    ],
    label: `Weight of the canary over time, from ${clockTime(steps[0]?.at)} to ${clockTime(endOf(progress))} UTC: ${steps.map((one) => percent(one.weight)).join(", ")}.`,
  });
  const empty = numbers === undefined || numbers.looks.length === 0;
  return html`<section id="timeline" aria-labelledby="timeline-head"><h2 id="timeline-head">Timeline</h2>
${controls}
<div class="charts" id="charts">${weight}${empty ? null : comparedCharts(numbers, named)}</div>
${empty ? html`<p class="quiet">No look was complete by the end of this page, so there is nothing to compare in a chart. The weight ended at ${last === undefined ? "?" : percent(last.weight)}, after ${events.length} events.</p>` : html`<details class="same"><summary>The same as tables</summary>${looksTable(numbers, account.course)}${bucketTable(numbers)}</details>`}
<p class="download" hidden><button type="button" id="download-json">Download all numbers (JSON)</button> <button type="button" id="download-csv">Looks as CSV</button> <span class="quiet">The JSON is what the output <code>result-json</code> holds; <code>sluice replay</code> makes the verdict from it again.</span></p>
<noscript><p class="quiet">The charts need JavaScript; everything else on this page does not.</p></noscript>
</section>`;
}
