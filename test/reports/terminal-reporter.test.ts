import { expect, test } from "vitest";
import { said, saidNotice } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import type { Terminal } from "../../src/reports/reporter-context.ts";
import { interruptWords, terminalReporter } from "../../src/reports/terminal-reporter.ts";
import { HandClock, hostileProgress, plan, situations, start, watching } from "./samples.ts";

const never = new AbortController().signal;
const escapeSign = String.fromCharCode(27);
const [enter, leave] = [`${escapeSign}[?1049h`, `${escapeSign}[?1049l`];

async function shown(progresses: readonly Progress[], over: Partial<Terminal> = {}): Promise<string> {
  let text = "";
  const terminal: Terminal = {
    write: (part) => {
      text += part;
    },
    isInteractive: true,
    hasColour: false,
    columns: 100,
    rows: 30,
    ...over,
  };
  const reporter = terminalReporter({ clock: new HandClock(), write: () => {}, inAction: false, terminal });
  for (const progress of progresses) await reporter?.tell(progress, never);
  return text;
}

const promoted = situations["promoted"] as Progress;

test("without a terminal to draw on there is one line a turn, after one that says what will happen", async () => {
  const lines = (await shown([watching, watching, promoted], { isInteractive: false })).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    expect.stringMatching(
      /^Sluice goes on in phase 2 of 4 with moving shop\/virtualservice\/reviews to v2: 5% for 10 min/,
    ),
    expect.stringMatching(/^14:17:15 UTC {2}phase 2 of 4 {3}20% {2}undecided {4}Check success-rate has 2/),
    expect.stringMatching(/undecided {4}as before$/),
    "Outcome: promoted, phase 4 of 4",
  ]);
  expect(lines.join("\n")).not.toContain(escapeSign);
});

test("a live screen is given back, and only a final summary is left", async () => {
  const text = await shown([{ ...watching, warnings: [saidNotice("no subset v3")] }, watching, promoted]);
  expect(text.split(enter)).toHaveLength(2);
  expect(text.split(leave)).toHaveLength(2);
  const left = text.slice(text.indexOf(leave) + leave.length);
  expect(left).not.toContain(escapeSign);
  expect(left).toMatch(/^Warning: no subset v3\nOutcome: promoted, phase 4 of 4\n/);
  expect(left).toContain("Now v2 (canary) serves 100%, v1 (stable) serves 0%.\n");
});

test("what ends at once draws no screen", async () => {
  expect(await shown([promoted])).not.toContain(escapeSign);
});

test("the timeline stands before the end, so that the last lines say how it ended", async () => {
  const moment = {
    at: start,
    phase: 1,
    weight: 5,
    verdict: "none" as const,
    reason: said("the rollout begins"),
    committed: true,
  };
  const text = await shown([{ ...promoted, timeline: [moment, moment] }]);
  expect(text.indexOf("Timeline:")).toBeLessThan(text.indexOf("Outcome:"));
});

test("colour only where it is wanted", async () => {
  expect(await shown([watching], { hasColour: true })).toContain(`${escapeSign}[33mundecided${escapeSign}[0m`);
  expect(await shown([watching])).not.toMatch(new RegExp(`${escapeSign}\\[\\d+m`));
});

test("foreign text moves no cursor", async () => {
  for (const progress of hostileProgress) {
    const text = await shown([progress]);
    const foreign = text.replaceAll(new RegExp(`${escapeSign}\\[\\??\\d*[a-zA-Z]`, "g"), "").replaceAll(/\r?\n/g, "");
    expect(foreign).not.toMatch(/[\p{Cc}\u202e\u2066\u2028]/u);
  }
});

test("a known secret is on no screen", async () => {
  let text = "";
  const terminal: Terminal = {
    write: (part) => {
      text += part;
    },
    isInteractive: true,
    hasColour: false,
  };
  const reporter = terminalReporter({
    clock: new HandClock(),
    write: () => {},
    inAction: false,
    terminal,
    scrub: (given) => given.replaceAll("hunter2", "***"),
  });
  await reporter?.tell({ ...watching, reason: said("server said hunter2") }, never);
  expect(text).toContain("server said ***");
  expect(text).not.toContain("hunter2");
});

test("what Ctrl-C does is said of the command that it would end", () => {
  expect(interruptWords(watching)).toBe("Ctrl-C takes the traffic back");
  const leaves = { ...plan, policy: { ...plan.policy, onCancel: "leave" as const } };
  expect(interruptWords({ command: "resume", plan: leaves })).toBe("Ctrl-C leaves the rollout as it stands");
  expect(interruptWords({ command: "status", plan })).toBe("Ctrl-C ends the watching, not the rollout");
  expect(interruptWords({ command: "pause", plan })).toBe("Ctrl-C ends the command");
});
