import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions } from "playwright-core";
import { writePage } from "../../src/app/write-page-file.ts";
import { stagings } from "./states.ts";
import { textViews } from "./text-views.ts";
import type { View } from "./view.ts";

type Look = BrowserContextOptions & {
  readonly name: string;
  readonly states?: readonly string[];
  /** Up to the end of this element; without it up to the end of the window. */
  readonly upTo?: string;
};

/** The report page, as it opens. */
function reportPage({ name, states, upTo, ...options }: Look): View {
  return {
    name,
    ...(states === undefined ? {} : { states }),
    async shoot(browser, { progress, moments, lastJudged }) {
      const folder = mkdtempSync(join(tmpdir(), "sluice-screenshots-"));
      const context = await browser.newContext(options);
      try {
        const file = join(folder, "report.html");
        const trouble = await writePage(file, {
          progress,
          moments,
          ...(lastJudged === undefined ? {} : { lastJudged }),
        });
        if (trouble !== undefined) throw new Error(trouble);
        const page = await context.newPage();
        await page.goto(pathToFileURL(file).href);
        await page.waitForSelector("html[data-ready]");
        const box = upTo === undefined ? null : await page.locator(upTo).boundingBox();
        const width = options.viewport?.width ?? 1000;
        const height = box === null ? (options.viewport?.height ?? 800) : Math.ceil(box.y + box.height + 20);
        return await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } });
      } finally {
        await context.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

const charted: readonly string[] = ["progressing", "rolled-back", "promoted"];
const desk = { viewport: { width: 1000, height: 800 }, colorScheme: "light" as const };

export const views: readonly View[] = [
  // The charts of three states show what the charts are; of the others the answers at the top do.
  reportPage({ ...desk, name: "report", upTo: "#charts", states: charted }),
  reportPage({
    ...desk,
    name: "report",
    upTo: ".flow",
    states: Object.keys(stagings).filter((name) => !charted.includes(name)),
  }),
  reportPage({ ...desk, name: "report-dark", colorScheme: "dark", upTo: "#charts", states: ["rolled-back"] }),
  reportPage({
    name: "report-phone",
    viewport: { width: 360, height: 800 },
    upTo: ".answers",
    states: ["progressing"],
  }),
  ...textViews,
];
