import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { githubPage } from "../../scripts/github-page.ts";
import { said, saidNotice } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { comment } from "../../src/reports/comment.ts";
import { summaryText } from "../../src/reports/job-summary-reporter.ts";
import { textOf } from "../../src/text/index.ts";
import { compared } from "../reports/live/compared.ts";
import { hostileProgress, layout, plan, situations, start } from "../reports/samples.ts";
import { executable, openBrowser, why } from "./chromium.ts";

/** The comment and the summary as GitHub shows them: its style sheet, its Markdown, its charts. */

const longMs = 120_000;

if (executable === undefined) console.error(`\n${why}\n`);

/** What the reader's program has made of a text. */
type Seen = {
  readonly failures: string;
  readonly charts: number;
  readonly elements: readonly string[];
  readonly links: readonly string[];
  readonly chartText: string;
};

/** Asked in the page itself. */
const look = `(() => {
  const own = [...document.querySelectorAll("article *")].filter((one) => one.closest(".chart") === null);
  return {
    failures: document.body.dataset.failures,
    charts: document.querySelectorAll(".chart svg").length,
    elements: [...new Set(own.map((one) => one.tagName.toLowerCase()))],
    links: [...document.querySelectorAll("article a")].map((one) => one.getAttribute("href")),
    chartText: document.querySelector(".chart")?.textContent ?? "",
  };
})()`;

describe.skipIf(executable === undefined)("as GitHub shows it", { timeout: longMs }, () => {
  let browser: Browser;
  let page: Page;
  const heard: string[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 920, height: 800 } });
    page.on("console", (message) => heard.push(message.text()));
    page.on("pageerror", (error) => heard.push(String(error)));
    page.on("request", (request) => {
      if (!/^(about|data):/.test(request.url())) heard.push(request.url());
    });
  }, longMs);
  afterAll(() => browser?.close());

  async function seen(markdown: string): Promise<Seen> {
    await page.setContent(await githubPage(markdown));
    await page.waitForSelector("body[data-drawn]");
    return page.evaluate<Seen>(look);
  }

  const harmless = [
    "h3",
    "h4",
    "p",
    "strong",
    "code",
    "pre",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "sub",
    "details",
    "summary",
    "a",
    "ul",
    "li",
    "div",
  ];

  test.each(Object.entries({ ...situations, compared }))(
    "%s: the chart is drawn, and nothing but text stands around it",
    async (_, progress) => {
      const found = await seen(comment(progress, plan.rollout));
      expect(found.failures).toBe("[]");
      expect(found.charts).toBe(progress.outcome?.name === "superseded" ? 0 : 1);
      expect(found.elements.filter((element) => !harmless.includes(element))).toEqual([]);
      expect(heard.splice(0)).toEqual([]);
    },
  );

  test("the summary is drawn as the comment is", async () => {
    const moment = {
      at: start,
      phase: 1,
      weight: 5,
      verdict: "none" as const,
      reason: said("the rollout begins"),
      committed: true,
    };
    const found = await seen(
      summaryText({
        ...(situations["rolled-back"] as Progress),
        timeline: [moment, moment],
        notes: [saidNotice("a note\n```\nevil")],
      }),
    );
    expect([found.failures, found.charts]).toEqual(["[]", 1]);
    expect(found.elements.filter((element) => !harmless.includes(element))).toEqual([]);
    expect(heard.splice(0)).toEqual([]);
  });

  test("hostile names in every field, and in the chart, are shown as text and do nothing", async () => {
    // Each attack once, in the richest situation.
    const each = hostileProgress.filter((_, at) => at % Object.keys(situations).length === 0);
    for (const progress of each) {
      const attack = textOf(progress.reason);
      const foul = {
        ...layout,
        name: attack,
        hosts: [attack, `1. ${attack}`],
        entries: [{ kind: "gateway", name: attack }],
        rules: layout.rules.map((rule) => ({
          ...rule,
          label: attack,
          takes: ["%%{init: {}}%%", "- end style:x#y;", attack],
        })),
      };
      const found = await seen(comment({ ...progress, sight: { layouts: [foul] } }, "r"));
      expect([attack, found.failures, found.charts]).toEqual([attack, "[]", 1]);
      expect(
        found.elements.filter((element) => !harmless.includes(element)),
        attack,
      ).toEqual([]);
      expect(
        found.links.filter((href) => !href.startsWith("https://")),
        attack,
      ).toEqual([]);
      expect(found.chartText).not.toContain("Unsupported markdown");
      expect(found.chartText).toContain("%%{init: {}}%% or - end style:x#y;");
      expect(heard.splice(0), attack).toEqual([]);
    }
  });
});
