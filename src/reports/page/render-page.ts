import { createHash } from "node:crypto";
import { routeTitles } from "../../base/kube-object.ts";
import { headline } from "../comment.ts";
import { answers, masthead } from "./answers-section.ts";
import { timeline } from "./charts-section.ts";
import { before, checks, comparisons, decisions, phases, planSection, versions } from "./detail-sections.ts";
import { pictureSection } from "./diagram-section.ts";
import { html, Markup } from "./html.ts";
import { type Cut, dataOf, dataText, type PageInput } from "./page-data.ts";

/** What a page carries along to need nothing from anywhere. */
type Assets = { readonly script: string; readonly styles: string };

/** What a page may weigh: it is opened on phones, and kept by the hundred. */
export const pageLimitBytes = 300_000;

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Nothing is allowed but this very script and these very styles: not even they could fetch anything. */
function policy({ script, styles }: Assets): string {
  const rules = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(styles)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return rules.join("; ");
}

function bodyOf(account: PageInput): Markup {
  return html`<main>
${masthead(account)}
${answers(account)}
${pictureSection(account)}
${timeline(account)}
${decisions(account)}
${phases(account)}
${comparisons(account)}
${checks(account)}
${planSection(account)}
${before(account)}
${versions(account)}
</main>
<footer><p>Written by Sluice ${account.version}. All times are the cluster's, in UTC. This file asks nothing of any network. Charts by uPlot, © Leon Sorokin, MIT licence.</p></footer>`;
}

function pageWith(account: PageInput, assets: Assets, cut: Cut): string {
  const { scrub = (text: string) => text } = account;
  // The policy is made here from digests alone: as text its quotes would be escaped, and mean nothing.
  const rules = new Markup(policy(assets));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${rules}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${new Markup(scrub(html`${headline(account.progress)} – ${routeTitles(account.progress.routes)}`.text))}</title>
<style>${new Markup(assets.styles)}</style>
</head>
<body>
${new Markup(scrub(bodyOf(account).text))}
<script type="application/octet-stream" id="data">${new Markup(dataText(dataOf(account, cut), scrub))}</script>
<script>${new Markup(assets.script)}</script>
</body>
</html>
`;
  return page.text;
}

/** One page about one rollout, which needs nothing but itself. The same account always gives the same bytes. */
export function pageOf(account: PageInput, assets: Assets): string {
  for (const cut of [0, 1] as const) {
    const page = pageWith(account, assets, cut);
    if (Buffer.byteLength(page) <= pageLimitBytes) return page;
  }
  return pageWith(account, assets, 2);
}
