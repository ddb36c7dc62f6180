import { expect, test } from "vitest";
import { said, saidNotice } from "../../src/base/reasons/said.ts";
import type { Progress, TimelineEntry } from "../../src/ports/reporter.ts";
import { logReporter } from "../../src/reports/log-reporter.ts";
import type { ReporterContext } from "../../src/reports/reporter-context.ts";
import { HandClock, hostileProgress, progressing, situations, start, watching } from "./samples.ts";

const never = new AbortController().signal;

async function logged(progresses: readonly Progress[], means: Partial<ReporterContext> = {}): Promise<string[]> {
  const lines: string[] = [];
  const reporter = logReporter({ clock: new HandClock(), write: (line) => lines.push(line), inAction: true, ...means });
  for (const progress of progresses) await reporter?.tell(progress, never);
  return lines;
}

const golden = (name: string) => new URL(`../fixtures/reports/log-${name}.txt`, import.meta.url).pathname;

test.each(Object.entries(situations))("what the log says at the end: %s", async (name, progress) => {
  await expect(`${(await logged([progress])).join("\n")}\n`).toMatchFileSnapshot(golden(name));
});

const moment = (
  at: number,
  phase: number,
  weight: number,
  verdict: TimelineEntry["verdict"],
  because: string,
): TimelineEntry => ({
  at: start + at * 1000,
  phase,
  weight,
  verdict,
  reason: said(because),
  committed: true,
});

test("a whole rollout: a group a phase, a line a turn, the timeline at the end", async () => {
  const first: Progress = {
    ...watching,
    at: start,
    kind: "commit",
    reason: said("the rollout begins"),
    state: { ...progressing, phase: 1, weight: 5, entered: [start] },
  };
  const end = situations["rolled-back"] as Progress;
  const timeline = [
    moment(0, 1, 5, "none", "the rollout begins"),
    moment(660, 2, 20, "pass", "success-rate is 0.998, at least 0.99"),
    moment(900, 2, 0, "fail", "success-rate was 0.91, below 0.99, at 3 points in a row"),
  ];
  const warned = { ...watching, warnings: [saidNotice("the destination rule has no subset v3")] };
  const blind = situations["trouble"] as Progress;
  const lines = await logged([first, { ...first, kind: "wait" }, warned, warned, blind, { ...end, timeline }]);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(golden("rollout"));
});

test("at a terminal that is none of a runner's there are no workflow commands", async () => {
  const lines = await logged([watching, situations["promoted"] as Progress], { inAction: false });
  expect(lines.filter((line) => line.includes("::"))).toEqual([]);
  expect(lines[1]).toBe("Phase 2 of 4: 20%, watched for at least 10 min");
});

test("unusable input is told as a list, without a turn or a word about traffic", async () => {
  const problems = [
    {
      code: "input" as const,
      message: "phases[2].weight is 20 but follows 50. Weights must rise; move 20 before 50.",
      place: { file: "rollout.yml", line: 7, column: 13 },
    },
    { code: "input" as const, message: 'kubeconfig user "ci" runs "aws" to log in.', place: { input: "exec-allow" } },
    { code: "event-refused" as const, message: "`run` is refused on the event pull_request_target." },
  ];
  const because = problems.map(({ message }) => message).join("\n");
  const { state: _, ...rest } = watching;
  const refused: Progress = {
    ...rest,
    state: undefined,
    kind: "finish",
    reason: said(because),
    problems,
    outcome: { name: "refused", exitCode: 2, reason: said(because) },
  };
  expect(await logged([refused])).toEqual([
    "Sluice cannot start: 3 problems. Nothing was written.",
    "  1. rollout.yml:7:13  phases[2].weight is 20 but follows 50. Weights must rise; move 20 before 50.",
    '  2. input exec-allow  kubeconfig user "ci" runs "aws" to log in.',
    "  3. event-refused     `run` is refused on the event pull_request_target.",
  ]);
});

test("no foreign text is a command to the runner or leaves its line", async () => {
  for (const progress of hostileProgress) {
    const lines = await logged([
      { ...progress, timeline: [...(progress.timeline ?? []), ...(progress.timeline ?? [])] },
    ]);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u202e\u2066\u2028]/u);
      expect(line).not.toContain("##[");
      if (/^\s*::/.test(line)) expect(line).toMatch(/^::(group::Phase|group::Before|group::Timeline$|endgroup::$)/);
    }
  }
});

test("a known secret is taken out of every line", async () => {
  const lines = await logged([{ ...watching, reason: said("server said hunter2") }], {
    scrub: (text) => text.replaceAll("hunter2", "***"),
  });
  expect(lines.join("\n")).not.toContain("hunter2");
  expect(lines.join("\n")).toContain("server said ***");
});

test("an end that only reads the last step back is told by the closing lines alone", async () => {
  const end = situations["rolled-back"] as Progress;
  const { outcome: _, ...step } = end;
  const lines = await logged([{ ...step, kind: "commit" }, end]);
  expect(lines.filter((line) => line.includes("UTC  phase"))).toEqual([
    expect.stringContaining("rolled-back  success-rate was 0.91"),
  ]);
});

test("a note is told once, with its snippet as it was laid out", async () => {
  const notes = [
    "VirtualService reviews is managed by Flux. Set in Git:\nspec:\n  ignore: true",
    "the cluster warns: old",
  ].map((text) => saidNotice(text));
  const lines = await logged([
    { ...watching, notes },
    { ...watching, notes: [...notes, saidNotice("one more")] },
  ]);
  expect(lines.slice(1).filter((line) => !/UTC|::/.test(line))).toEqual([
    "Note: VirtualService reviews is managed by Flux. Set in Git:",
    "  spec:",
    "    ignore: true",
    "Note: the cluster warns: old",
    "Note: one more",
  ]);
});
