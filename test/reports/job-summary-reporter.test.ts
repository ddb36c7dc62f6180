import { expect, test } from "vitest";
import { said, saidNotice } from "../../src/base/reasons/said.ts";
import type { Progress, TimelineEntry } from "../../src/ports/reporter.ts";
import { summaryReporter, summaryText } from "../../src/reports/job-summary-reporter.ts";
import { HandClock, hostileProgress, situations, start, watching } from "./samples.ts";

const never = new AbortController().signal;
const timeline: readonly TimelineEntry[] = Array.from({ length: 400 }, (_, at) => ({
  at: start + at * 1000,
  phase: 1,
  weight: 5,
  verdict: "undecided",
  reason: said("🙂@".repeat(5000)),
  committed: false,
}));

test("the page is written once, when the outcome is known", async () => {
  const written: string[] = [];
  const reporter = summaryReporter({
    clock: new HandClock(),
    write: () => {},
    inAction: true,
    appendSummary: (text) => void written.push(text),
  });
  await reporter?.tell(watching, never);
  expect(written).toEqual([]);
  await reporter?.tell(situations["rolled-back"] as Progress, never);
  await reporter?.tell(situations["rolled-back"] as Progress, never);
  expect(written.length).toBe(1);
  expect(written[0]).toContain("### Rolled back");
  expect(written[0]).not.toContain("<!--");
});

test("the page ends with the timeline of the run and stays far below the limit of 1 MiB", () => {
  for (const progress of hostileProgress) {
    const text = summaryText({ ...progress, timeline });
    expect(new TextEncoder().encode(text).length).toBeLessThan(1024 * 1024);
    expect(text).toContain("#### Timeline of this run");
  }
});

test("unusable input stands on the page with every place and remedy", () => {
  const problem = {
    code: "input" as const,
    message: "hold is 10. Write a duration, as 10m.",
    place: { file: ".github/rollout.yml", line: 3, column: 7 },
  };
  const { state: _, ...rest } = situations["promoted"] as Progress;
  const text = summaryText({
    ...rest,
    state: undefined,
    problems: [problem],
    outcome: { name: "refused", exitCode: 2, reason: said(problem.message) },
  });
  expect(text).toContain("Sluice cannot start: 1 problem. Nothing was written.");
  expect(text).toContain("- `1. .github/rollout.yml:3:7 hold is 10. Write a duration, as 10m.`");
});

test("without a place to write there is no reporter", () => {
  expect(summaryReporter({ clock: new HandClock(), write: () => {}, inAction: true })).toBeUndefined();
});

test("what else is worth knowing stands there to be copied, in a block that it cannot leave", () => {
  const text = summaryText({
    ...watching,
    notes: ["Managed by Flux. Set in Git:\nspec:\n  ignore: true", "```\n# x"].map((text) => saidNotice(text)),
  });
  expect(text).toContain(
    "#### Also worth knowing\n\n````text\nManaged by Flux. Set in Git:\nspec:\n  ignore: true\n```\n# x\n````",
  );
});
