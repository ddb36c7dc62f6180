import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { said, saidNotice } from "../../../src/base/reasons/said.ts";
import { courseOf } from "../../../src/judge/evidence-by-interval.ts";
import { judgeWithNumbers } from "../../../src/judge/verdict-with-numbers.ts";
import type { Progress } from "../../../src/ports/reporter.ts";
import { unpacked } from "../../../src/reports/page/pack-intervals.ts";
import { dataOf, type PageInput } from "../../../src/reports/page/page-data.ts";
import { pageLimitBytes, pageOf } from "../../../src/reports/page/render-page.ts";
import { resultOf } from "../../../src/reports/run-result.ts";
import { plan as judgePlan, looksOfPhase, recordOf } from "../../judge/support.ts";
import { hostileProgress, situations, start, watching } from "../samples.ts";

const assets = { script: "void 0;", styles: "p{color:red}" };
const account = (progress: Progress, more: Partial<PageInput> = {}): PageInput => ({
  progress,
  version: "0.1.0",
  ...more,
});
const shown = (progress: Progress, more: Partial<PageInput> = {}) => pageOf(account(progress, more), assets);

/** So many looks of 15 s, with boundaries as a mesh has them. */
function compared(looks: number): Progress {
  const edges = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];
  const frozen = { phi: {}, rate: {}, phiFrom: "default" as const, boundariesMs: edges };
  const rows = Array.from({ length: looks }, (_, i) => {
    const noise = (k: number) => (Math.imul(i * 31 + k, 0x9e3779b1) >>> 20) % 97;
    const slow = edges.map((edge, k) => [
      `latency>${edge}`,
      [700 + noise(1), Math.max(0, 650 - k * 50 + noise(k)), 900 + noise(2), Math.max(0, 850 - k * 60 + noise(k + 40))],
    ]);
    return { errors: [700 + noise(1), noise(3) % 4, 900 + noise(2), noise(4) % 4], ...Object.fromEntries(slow) };
  });
  const { verdict, numbers } = judgeWithNumbers(
    { ...judgePlan, phases: [{ weight: 44, maxHoldMs: 4e9 }] },
    recordOf([44], 0, { frozen }),
    looksOfPhase(1, 44, 0, rows as unknown as Parameters<typeof looksOfPhase>[3]),
    new Map(),
    looks * 15_000 + 60_000,
    {},
  );
  return { ...watching, judged: { ...verdict, numbers } };
}

test("a page answers five questions, in this order", () => {
  const page = shown(watching);
  const asked = [
    "What serves how much now?",
    "Is the canary worse?",
    "How sure are we?",
    "What happens next?",
    "What can I do?",
  ];
  expect(asked.map((words) => page.indexOf(words)).every((at, i, all) => at > (all[i - 1] ?? 0))).toBe(true);
  expect(page).toContain("Now v2 (canary) serves 20%, v1 (stable) serves 80%.");
  expect(page).toContain("sluice rollback --route shop/virtualservice/reviews --rollout r-5f2c9a");
});

test.each(Object.keys(situations))("%s: a page says how it stands, and its numbers are those of the result", (name) => {
  const progress = situations[name] as Progress;
  const page = shown(progress);
  expect(page).toContain("<h1>");
  expect(page).not.toMatch(/undefined|NaN|\[object/);
  const { numbers: _, ...result } = resultOf(progress);
  expect(dataOf(account(progress)).result).toEqual(result);
});

test("nothing but its own script and styles is allowed on it, by their digests", () => {
  const page = shown(watching);
  const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const [, policy = ""] = /Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  expect(policy.split("; ")).toEqual([
    "default-src 'none'",
    `script-src ${digest(assets.script)}`,
    `style-src ${digest(assets.styles)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(page).not.toMatch(/\s(src|style|on\w+)=/);
  expect(page.match(/<(link|img|iframe|object|form|base)\b/g)).toBeNull();
});

test("hostile text stays text, wherever it comes from", () => {
  const worst = "</script><script>evil()</script><!-- \u2028 \"'><img src=x onerror=evil()>";
  const evil = hostileProgress.map((progress) => ({
    ...progress,
    notes: [saidNotice(worst), saidNotice(`${worst}\n${worst}`)],
    reason: said(worst),
  }));
  for (const progress of evil) {
    const page = shown(progress, { rehearsal: { scenario: worst, seed: 1 } });
    expect(page.match(/<script/g)?.length).toBe(2);
    expect(page.match(/<\/script/g)?.length).toBe(2);
    expect(page).not.toMatch(/<!--|<img|onerror=evil\(\)>|[\u2028\u202e]|javascript:alert\(1\)"/);
    expect(page.match(/<a href="(?!https?:)/g)).toBeNull();
  }
});

test("six hours fit, with every number, to the last digit", () => {
  const progress = compared(1440);
  const numbers = progress.judged?.numbers;
  if (numbers === undefined) throw new Error("nothing was compared");
  const course = courseOf(numbers);
  const page = shown(progress, { course });
  // The script and the styles of a real page take 70 kB of it.
  expect(Buffer.byteLength(page)).toBeLessThan(pageLimitBytes - 70_000);
  const data = dataOf(account(progress, { course }));
  expect(data.isCut).toBe(false);
  const told = JSON.parse(
    JSON.stringify({
      ...data.result,
      numbers: { ...data.numbers, looks: unpacked(data.numbers?.looks ?? (undefined as never)) },
    }),
  );
  expect(told).toEqual(JSON.parse(JSON.stringify(resultOf(progress))));
});

test("what would be too much is left out, and the page says where it is", () => {
  const progress = compared(400);
  const numbers = progress.judged?.numbers;
  if (numbers === undefined) throw new Error("nothing was compared");
  const samples = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [
      `check ${i}`,
      Array.from({ length: 300 }, (_, k) => ({ at: start + k, kind: "value" as const, value: Math.sin(i * k + k) })),
    ]),
  );
  const big = { ...progress, judged: { ...progress.judged, numbers: { ...numbers, samples } } } as Progress;
  expect(Buffer.byteLength(shown(big))).toBeLessThanOrEqual(pageLimitBytes);
  expect(dataOf(account(big), 1)).toMatchObject({ isCut: true, numbers: { samples: {} } });
  expect(dataOf(account(big), 2)).toMatchObject({ isCut: true, numbers: null, course: null });
});

test("where the end itself asked nobody, the page shows what the metrics said last, and when", () => {
  const { judged, ...progress } = compared(40);
  const page = shown({ ...progress, judged: undefined } as unknown as Progress, { lastJudged: judged });
  expect(page).toMatch(/as of 00:11:00 UTC/);
  expect(page).toContain('id="chart-evidence"');
});

test("the same account gives the same bytes", () => {
  const progress = compared(40);
  expect(shown(progress)).toBe(shown(progress));
});
