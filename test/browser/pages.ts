import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { writePage } from "../../src/app/write-page-file.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import type { Rehearsed } from "../../src/rehearsal/index.ts";
import { comparingPlan, type Rehearsing, rehearsed } from "../rehearsal/rehearsed.ts";

export type Rolled = {
  readonly rehearsal: Rehearsed;
  readonly lastJudged?: NonNullable<Progress["judged"]>;
};

/** A rollout from a rehearsal, with what the metrics said last. */
export async function rolled(options: Rehearsing): Promise<Rolled> {
  let lastJudged: Progress["judged"];
  const told = (progress: Progress) => {
    lastJudged = progress.judged ?? lastJudged;
  };
  const rehearsal = await rehearsed({ plan: comparingPlan, ...options, watch: { told } });
  return { rehearsal, ...(lastJudged === undefined ? {} : { lastJudged }) };
}

/** The page about it, in a folder of its own that goes at the end. */
export async function pageOn(
  { rehearsal, ...more }: Rolled,
  change: (progress: Progress) => Progress = (same) => same,
) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-page-"));
  const file = join(folder, "report.html");
  const progress = change(rehearsal.progress);
  const trouble = await writePage(file, { progress, moments: rehearsal.moments, ...more });
  if (trouble !== undefined) throw new Error(trouble);
  return { url: pathToFileURL(file).href, file, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

export type Seen = { readonly page: Page; readonly said: readonly string[]; readonly asked: readonly string[] };

/** The page open in the browser, and everything that it says or asks for. */
export async function opened(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Seen> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  const said: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => void said.push(message.text()));
  page.on("pageerror", (error) => void said.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("blob:")) asked.push(request.url());
  });
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return { page, said, asked };
}

/** A file beside the page, as a reader would keep it. */
export const keep = (file: string, text: string): void => writeFileSync(file, text);
