import { expect, test } from "vitest";
import { said } from "../../../src/base/reasons/said.ts";
import type { Progress } from "../../../src/ports/reporter.ts";
import { screenLines } from "../../../src/reports/live/compose-screen.ts";
import { toneOf } from "../../../src/reports/live/screen-sections.ts";
import { rowsOf, widthOfLine, written } from "../../../src/reports/live/styled-text.ts";
import { hostileProgress, minute, situations, start, watching } from "../samples.ts";
import { compared } from "./compared.ts";

const shown = (progress: Progress, columns: number, rows: number) =>
  screenLines(
    { progress, now: progress.at, nextTurnMs: 12_000, onInterrupt: "Ctrl-C takes the traffic back" },
    { columns, rows },
  ).map((one) => written(one, columns, false));

const timeline = [
  { at: start, phase: 1, weight: 5, verdict: "none" as const, reason: said("the rollout begins"), committed: true },
  {
    at: start + 11 * minute,
    phase: 2,
    weight: 20,
    verdict: "pass" as const,
    reason: said("no harm found"),
    committed: true,
  },
];

test("the whole screen in a usual window", async () => {
  const text = shown({ ...compared, timeline }, 80, 40);
  await expect(`${text.join("\n")}\n`).toMatchFileSnapshot(
    new URL("../../fixtures/reports/screen-80x40.txt", import.meta.url).pathname,
  );
});

test("in forty columns the weight, the phase, both error rates, the evidence and the commands are left", async () => {
  const text = shown({ ...compared, timeline }, 40, 15);
  expect(text.length).toBeLessThanOrEqual(15);
  await expect(`${text.join("\n")}\n`).toMatchFileSnapshot(
    new URL("../../fixtures/reports/screen-40x15.txt", import.meta.url).pathname,
  );
});

test("whatever is shown fits into the window, whatever the window", () => {
  for (const progress of [...Object.values(situations), ...hostileProgress, compared]) {
    for (const [columns, rows] of [
      [20, 4],
      [40, 15],
      [80, 24],
      [200, 50],
      [1, 1],
    ] as const) {
      const lines = screenLines({ progress, now: undefined, onInterrupt: "Ctrl-C" }, { columns, rows });
      expect(lines.reduce((sum, one) => sum + rowsOf(one, Math.max(10, columns)), 0)).toBeLessThanOrEqual(rows);
      for (const one of lines) {
        const text = written(one, columns, false);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        if (one.wraps !== true) expect(widthOfLine({ spans: [{ text }] })).toBeLessThanOrEqual(columns);
      }
    }
  }
});

test("a command is whole, however narrow the window, so that it can be copied", () => {
  const lines = screenLines({ progress: watching, now: watching.at, onInterrupt: "" }, { columns: 40, rows: 30 });
  const commands = lines.filter(({ wraps }) => wraps === true).map((one) => written(one, 40, false));
  expect(commands).toEqual([
    "$ sluice promote --route shop/virtualservice/reviews --rollout r-5f2c9a",
    "$ sluice pause --route shop/virtualservice/reviews --rollout r-5f2c9a",
    "$ sluice rollback --route shop/virtualservice/reviews --rollout r-5f2c9a",
  ]);
});

test("in virtual time the clock is told as time since the start, under its own title", () => {
  const [title] = screenLines(
    { progress: watching, now: 90_000, onInterrupt: "", title: "Rehearsal" },
    { columns: 80, rows: 24 },
  );
  expect(written(title ?? { spans: [] }, 80, false)).toMatch(
    /^Rehearsal {2}shop\/virtualservice\/reviews +phase 2 of 4 {2}00:01:30$/,
  );
});

test("no colour means two things", () => {
  expect([toneOf("pass"), toneOf("fail"), toneOf("undecided"), toneOf("watching")]).toEqual([
    "good",
    "bad",
    "warn",
    undefined,
  ]);
});
