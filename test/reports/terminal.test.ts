import { expect, test } from "vitest";
import type { Terminal } from "../../src/reports/means.ts";
import type { Progress } from "../../src/reports/reporter.ts";
import { terminalReporter } from "../../src/reports/terminal.ts";
import { HandClock, hostileProgress, situations, watching } from "./samples.ts";

const never = new AbortController().signal;
const escapeSign = String.fromCharCode(27);

async function shown(progresses: readonly Progress[], over: Partial<Terminal> = {}): Promise<string> {
  let text = "";
  const terminal = {
    write: (part: string) => (text += part),
    isInteractive: true,
    hasColour: false,
    columns: 100,
    ...over,
  };
  const reporter = terminalReporter({ clock: new HandClock(), write: () => {}, inAction: false, terminal });
  for (const progress of progresses) await reporter?.tell(progress, never);
  return text;
}

test("without a terminal to draw on there is one line a turn", async () => {
  const text = await shown([watching, watching], { isInteractive: false });
  expect(text.split("\n").length).toBe(3);
  expect(text).not.toContain(escapeSign);
});

test("a live line is drawn over itself, and only news stays", async () => {
  const text = await shown([watching, watching, watching]);
  expect(text.split("\n").length).toBe(2);
  expect(text.split("\r").length).toBe(4);
  expect(text.split("\r").at(-1)).toContain("████░░░░░░░░░░░░░░░░ 20% v2, phase 2 of 4: undecided  success-rate has 2");
});

test("the live line never wraps", async () => {
  const text = await shown([{ ...watching, because: "x".repeat(500) }], { columns: 60 });
  const live = text.split(`${escapeSign}[2K`).at(-1) ?? "";
  expect([...live].length).toBeLessThan(60);
});

test("colour only where it is wanted", async () => {
  expect(await shown([watching], { hasColour: true })).toContain(`${escapeSign}[33mundecided${escapeSign}[0m`);
  expect(await shown([watching])).not.toContain(`${escapeSign}[33m`);
});

test("the end clears the live line and says how it ended", async () => {
  const text = await shown([watching, situations["promoted"] as Progress]);
  const last = text.split(`${escapeSign}[2K`).at(-1) ?? "";
  expect(last).toMatch(/^Outcome: promoted, phase 4 of 4\n/);
  expect(last).toContain("Now v2 (canary) serves 100%, v1 (stable) serves 0%.\n");
});

test("foreign text moves no cursor", async () => {
  for (const progress of hostileProgress) {
    const text = await shown([progress]);
    const foreign = text.replaceAll(`\r${escapeSign}[2K`, "").replaceAll("\n", "");
    expect(foreign).not.toMatch(/[\p{Cc}\u202e\u2066\u2028]/u);
  }
});
