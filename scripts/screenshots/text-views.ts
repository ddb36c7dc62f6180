import type { Browser } from "playwright-core";
import type { Progress } from "../../src/ports/reporter.ts";
import { closingLines } from "../../src/reports/closing-lines.ts";
import { comment } from "../../src/reports/comment.ts";
import { summaryText } from "../../src/reports/job-summary-reporter.ts";
import { screenLines } from "../../src/reports/live/compose-screen.ts";
import { written } from "../../src/reports/live/styled-text.ts";
import { timelineLines } from "../../src/reports/status-text.ts";
import { interruptWords } from "../../src/reports/terminal-reporter.ts";
import { githubPage, type Looks } from "../github-page.ts";
import type { State } from "./states.ts";
import type { View } from "./view.ts";

/** The comment, the run's summary page, and the terminal. */

const frame = { width: 860, height: 600 };

type Cut = { readonly within: string; readonly ready: string /** Where it is cut off. */; readonly upTo?: string };

async function shot(browser: Browser, html: string, { within, ready, upTo }: Cut): Promise<Buffer> {
  const page = await browser.newPage({ viewport: frame });
  try {
    await page.setContent(html);
    await page.waitForSelector(ready);
    if (upTo === undefined) return await page.locator(within).screenshot();
    const last = await page.locator(upTo).first().boundingBox();
    const height = last === null ? frame.height : Math.ceil(last.y + last.height + 16);
    return await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width: frame.width, height } });
  } finally {
    await page.close();
  }
}

/** What a turn was judged by stands on the page of its end too. */
const whole = ({ progress, lastJudged }: State): Progress =>
  progress.judged !== undefined || lastJudged === undefined ? progress : { ...progress, judged: lastJudged };

type Kind = Looks & { readonly name: string; readonly states?: readonly string[]; readonly upTo?: string };

function onGitHub(text: (progress: Progress) => string, { name, states, upTo, ...looks }: Kind): View {
  const cut = { within: "article", ready: "body[data-drawn]", ...(upTo === undefined ? {} : { upTo }) };
  return {
    name,
    ...(states === undefined ? {} : { states }),
    shoot: async (browser, state) =>
      shot(browser, await githubPage(text(whole(state)), { width: frame.width, ...looks }), cut),
  };
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const styles: Readonly<Record<string, string>> = {
  "1": "font-weight:bold;color:#fff",
  "2": "color:#8b949e",
  "31": "color:#ff7b72",
  "32": "color:#56d364",
  "33": "color:#e3b341",
};

/** What a terminal makes of a line with its colours. */
function coloured(line: string): string {
  const safe = line.replace(/[&<>]/g, (sign) => escapes[sign] ?? sign);
  const [first = "", ...others] = safe.split(`${String.fromCharCode(27)}[`);
  const spans = others.map((part) => {
    const [, code = "0", text = ""] = /^(\d+)m([\s\S]*)$/.exec(part) ?? [];
    return code === "0" ? text : `<span style="${styles[code] ?? ""}">${text}</span>`;
  });
  return first + spans.join("");
}

const size = { columns: 100, rows: 36 };

/** The live screen while the rollout goes on; what is left in the terminal when it is over. */
function terminalLines(progress: Progress): readonly string[] {
  if (progress.outcome === undefined) {
    const wait = progress.waitMs === undefined ? {} : { nextTurnMs: progress.waitMs };
    const view = { progress, now: progress.at, onInterrupt: interruptWords(progress), ...wait };
    return screenLines(view, size).map((one) => written(one, size.columns, true));
  }
  const timeline = timelineLines(progress.timeline ?? []).map((line) => `  ${line}`);
  return ["$ sluice run --plan rollout.yml", "Timeline:", ...timeline, ...closingLines(progress)];
}

const terminal: View = {
  name: "terminal",
  shoot(browser, state) {
    const lines = terminalLines(whole(state)).map(coloured).join("\n");
    const style = `margin:0;padding:16px;width:${size.columns + 3}ch;background:#0d1117;color:#c9d1d9;font:14px/1.35 'DejaVu Sans Mono',monospace;white-space:pre-wrap;word-break:break-all`;
    return shot(
      browser,
      `<!doctype html><meta charset="utf-8"><body style="margin:0"><pre style="${style}">${lines}</pre>`,
      { within: "pre", ready: "pre" },
    );
  },
};

const commentOf = (progress: Progress): string => comment(progress, progress.state?.rollout ?? "");

export const textViews: readonly View[] = [
  onGitHub(commentOf, { name: "comment" }),
  onGitHub(commentOf, { name: "comment-dark", dark: true, states: ["progressing"] }),
  // As much of it as stands at the top of the README.
  onGitHub(commentOf, { name: "comment-top", states: ["rolled-back"], upTo: "article table:nth-of-type(2) + p" }),
  onGitHub(summaryText, { name: "summary", states: ["promoted", "rolled-back"] }),
  terminal,
];
