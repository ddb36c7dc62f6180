import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { said as reasonOf, saidNotice } from "../../src/base/reasons/said.ts";
import { replay } from "../../src/judge/verdict-with-numbers.ts";
import { resultOf } from "../../src/reports/run-result.ts";
import { executable, openBrowser, why } from "./chromium.ts";
import { opened, pageOn, type Rolled, rolled } from "./pages.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const back = "traffic 60 rps; errors 0.3%; canary errors 0.3% until phase 20, then 2.4%";

if (executable === undefined) console.error(`\n${why}\n`);

/** What the charts and the reading line show, as the page itself says it. */
const shown = async (page: Page) => ({
  view: await page
    .locator("#charts")
    .evaluate((charts) => `${charts.getAttribute("data-from")} to ${charts.getAttribute("data-to")}`),
  reading: (await page.locator("#reading").getAttribute("aria-valuetext")) ?? "",
});

const axeFindings = (page: Page): Promise<readonly string[]> =>
  page
    .evaluate(axe)
    .then(() =>
      page.evaluate(
        "axe.run().then(({violations}) => violations.map(({id, nodes}) => id + ': ' + nodes.map(n => n.html.slice(0, 120)).join(' | ')))",
      ),
    );

describe.runIf(executable !== undefined)("the page in a browser", () => {
  let browser: Browser;
  let rollout: Rolled;
  let file: Awaited<ReturnType<typeof pageOn>>;
  beforeAll(async () => {
    [browser, rollout] = await Promise.all([openBrowser(), rolled({ scenario: back })]);
    file = await pageOn(rollout);
  });
  afterAll(async () => {
    await browser.close();
    file.dispose();
  });

  test("says nothing to the console and asks nobody for anything", async () => {
    const { page, said, asked } = await opened(browser, file.url);
    await page.locator("details.same summary").click();
    expect([said, asked]).toEqual([[], []]);
    expect(await page.locator(".plot canvas").count()).toBe(5);
    await page.context().close();
  });

  test("hands out the numbers of the result, to the last digit, and the verdict comes out of them again", async () => {
    const { page, asked } = await opened(browser, file.url);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#download-json").click()]);
    const given = JSON.parse(readFileSync(await download.path(), "utf8"));
    const { progress } = rollout.rehearsal;
    expect(given).toEqual(JSON.parse(JSON.stringify(resultOf(progress))));
    expect(replay(given.numbers).verdict.kind).toBe("fail");
    expect(download.suggestedFilename()).toMatch(/^sluice-[0-9a-f]{12}\.json$/);
    const [csv] = await Promise.all([page.waitForEvent("download"), page.locator("#download-csv").click()]);
    const rows = readFileSync(await csv.path(), "utf8")
      .trim()
      .split("\r\n");
    expect(rows.length).toBe(given.numbers.looks.length + 1);
    const at = rows[0]?.split(",").indexOf('"look"') ?? -1;
    const indexes = given.numbers.looks.map(({ index }: { readonly index: number }) => index);
    expect(rows.slice(1).map((row) => Number(row.split(",")[at]))).toEqual(indexes);
    expect(asked).toEqual([]);
    await page.context().close();
  });

  test("shows the numbers of the result: rates, counts, evidence, bounds", async () => {
    const { page } = await opened(browser, file.url);
    const numbers = rollout.rehearsal.progress.judged?.numbers;
    const { canary, stable } = numbers?.evidence["errors"] ?? { canary: { n: 0, x: 0 }, stable: { n: 0, x: 0 } };
    const row = page.locator("#comparisons ~ .scroll tbody tr", { hasText: "errors" }).first();
    const spaced = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, " ");
    expect(await row.textContent()).toContain(`(${spaced(canary.x)}/${spaced(canary.n)})`);
    expect(await row.textContent()).toContain(`(${spaced(stable.x)}/${spaced(stable.n)})`);
    await page.locator("details.same summary").click();
    const columns = await page
      .locator("#looks tbody tr")
      .evaluateAll((rows) =>
        rows.map((one) => [...one.children].map((cell) => Number((cell.textContent ?? "").replaceAll(" ", "")))),
      );
    const sum = (at: number) => columns.reduce((total, cells) => total + (cells[at] ?? 0), 0);
    // The looks that hold an entry are shown too, and are no part of the evidence.
    const entries = (numbers?.looks ?? []).filter(({ index }) => index === 0);
    expect(entries.length).toBeGreaterThan(0);
    const beside = (at: 0 | 1 | 2 | 3) => entries.reduce((total, { pairs }) => total + (pairs["errors"]?.[at] ?? 0), 0);
    expect([sum(2) - beside(0), sum(3) - beside(1), sum(5) - beside(2), sum(6) - beside(3)]).toEqual([
      canary.n,
      canary.x,
      stable.n,
      stable.x,
    ]);
    expect((await shown(page)).reading).toContain(
      `Evidence ${Math.round(Number(Math.exp(numbers?.combined.logE ?? 0).toPrecision(2)))} of 100`,
    );
    await page.context().close();
  });

  test("moves one reading line across all charts, by mouse and by keys", async () => {
    const { page } = await opened(browser, file.url);
    const chart = page.locator("#chart-evidence .u-over");
    const box = await chart.boundingBox();
    if (box === null) throw new Error("the chart is not to be seen");
    await chart.hover({ position: { x: box.width / 2, y: 40 } });
    const line = await page.locator(".reading").boundingBox();
    expect(Math.abs((line?.x ?? 0) - (box.x + box.width / 2))).toBeLessThan(2);
    for (const id of ["weight", "errors", "evidence", "requests"]) {
      const over = await page.locator(`#chart-${id} .u-over`).boundingBox();
      expect([over?.x, over?.width]).toEqual([box.x, box.width]);
      expect(line?.y ?? 0).toBeLessThanOrEqual((over?.y ?? 0) + 1);
      expect((line?.y ?? 0) + (line?.height ?? 0)).toBeGreaterThanOrEqual((over?.y ?? 0) + (over?.height ?? 0) - 1);
    }
    const middle = await shown(page);
    await page.locator("#reading").focus();
    await page.keyboard.press("ArrowRight");
    expect((await shown(page)).reading).not.toBe(middle.reading);
    await page.keyboard.press("Home");
    expect((await shown(page)).reading).toContain("Time 00:00:00 UTC");
    await page.keyboard.press("n");
    expect((await shown(page)).reading).toContain("Event On to 20%");
    await page.keyboard.press("p");
    expect((await shown(page)).reading).toContain("Event Begun with 5%");
    await page.context().close();
  });

  test("zooms by dragging and by keys, all charts alike, and back", async () => {
    const { page } = await opened(browser, file.url);
    const whole = await shown(page);
    await page.locator("#chart-errors").scrollIntoViewIfNeeded();
    const box = await page.locator("#chart-errors .u-over").boundingBox();
    if (box === null) throw new Error("the chart is not to be seen");
    await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
    await page.mouse.up();
    const [from = 0, to = 0] = (await shown(page)).view.split(" to ").map(Number);
    const [first = 0, last = 0] = whole.view.split(" to ").map(Number);
    expect((from - first) / (last - first)).toBeCloseTo(0.25, 1);
    expect((to - first) / (last - first)).toBeCloseTo(0.5, 1);
    await page.locator("#chart-weight .u-over").dblclick();
    expect((await shown(page)).view).toBe(whole.view);
    await page.locator("#reading").focus();
    await page.keyboard.press("+");
    expect((await shown(page)).view).not.toBe(whole.view);
    await page.keyboard.press("0");
    expect((await shown(page)).view).toBe(whole.view);
    await page.locator("#zoom-in").click();
    await page.locator("#zoom-out").click();
    expect((await shown(page)).view).toBe(whole.view);
    await page.context().close();
  });

  test("is used from the first to the last control with the keyboard alone", async () => {
    const { page } = await opened(browser, file.url);
    const reached: string[] = [];
    for (let i = 0; i < 80; i += 1) {
      await page.keyboard.press("Tab");
      const where = await page.evaluate(
        "document.activeElement === document.body ? '' : document.activeElement.id || document.activeElement.className || document.activeElement.tagName",
      );
      if (where === "") break;
      reached.push(String(where));
    }
    for (const control of ["reading", "zoom-in", "zoom-out", "zoom-reset", "download-json", "download-csv", "at"]) {
      expect(reached, control).toContain(control);
    }
    await page.locator("button.at").nth(1).focus();
    await page.keyboard.press("Enter");
    expect((await shown(page)).reading).toContain("Event");
    await page.context().close();
  });

  test.each(["light", "dark"] as const)("has nothing that axe-core objects to in %s", async (colorScheme) => {
    const { page } = await opened(browser, file.url, { colorScheme, bypassCSP: true });
    await page.locator("details.same summary").click();
    expect(await axeFindings(page)).toEqual([]);
    await page.context().close();
  });

  test.each([360, 768])("needs no scrolling sideways at %i pixels", async (width) => {
    const { page } = await opened(browser, file.url, { viewport: { width, height: 740 }, deviceScaleFactor: 2 });
    await page.locator("details.same summary").click();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    await page.context().close();
  });

  test("goes on paper with its charts and its tables, in dark ink", async () => {
    const { page, said } = await opened(browser, file.url, { colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await page.locator(".controls").isVisible()).toBe(false);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.length).toBeGreaterThan(50_000);
    expect(await page.locator("details.same").getAttribute("open")).toBe("");
    expect(said).toEqual([]);
    await page.context().close();
  });

  test("says without a script all that it says in words", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(file.url);
    const text = await page.locator("body").textContent();
    for (const words of ["Rolled back", "What can I do?", "Every decision, and why", "The charts need JavaScript"])
      expect(text).toContain(words);
    expect(await page.locator(".controls").isVisible()).toBe(false);
    await context.close();
  });

  test("shows hostile names and reasons as text, and runs none of them", async () => {
    const evil = `</script><script>document.title="evil"</script><img src=x onerror="document.title='evil'"><!-- \u2028`;
    const soiled = await pageOn(rollout, (progress) => ({
      ...progress,
      route: evil,
      reason: reasonOf(evil),
      notes: [saidNotice(evil)],
      warnings: [saidNotice(evil)],
      ...(progress.outcome === undefined ? {} : { outcome: { ...progress.outcome, reason: reasonOf(evil) } }),
      ...(progress.state === undefined
        ? {}
        : {
            state: {
              ...progress.state,
              notes: progress.state.notes.map((note) => ({ ...note, reason: reasonOf(evil) })),
            },
          }),
    }));
    const { page, said, asked } = await opened(browser, soiled.url);
    expect(await page.locator("header .why").textContent()).toContain('<script>document.title="evil"</script>');
    await page.locator("#reading").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("n");
    expect(await page.locator("#readout").textContent()).toContain("<script>");
    expect([await page.title(), await page.locator("img").count(), said, asked]).toEqual([
      expect.not.stringMatching(/^evil$/),
      0,
      [],
      [],
    ]);
    await page.context().close();
    soiled.dispose();
  });
});

if (executable === undefined) test(why, ({ skip }) => skip(why));
