import { expect, test } from "vitest";
import type { Problem } from "../../src/base/problem.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import {
  annotationsReporter,
  endAnnotations,
  problemAnnotations,
  warningLine,
} from "../../src/reports/workflow-annotations.ts";
import { ended, HandClock, hostileProgress, rolledBack, situations, start } from "./samples.ts";

const never = new AbortController().signal;

test("an unasked rollback is exactly one error", async () => {
  const lines: string[] = [];
  const reporter = annotationsReporter({ clock: new HandClock(), write: (line) => lines.push(line), inAction: true });
  await reporter?.tell(situations["progressing"] as Progress, never);
  await reporter?.tell(situations["rolled-back"] as Progress, never);
  await reporter?.tell(situations["rolled-back"] as Progress, never);
  expect(lines).toEqual([
    "::error title=Rolled back%3A shop/virtualservice/reviews::success-rate was 0.91, below 0.99, at 3 points in a row. Now v2 (canary) serves 0%25, v1 (stable) serves 100%25. Nothing is left to do on the route. A new `run` begins anew, from the first weight.",
  ]);
});

test("whoever sees the annotation alone knows what to do next", () => {
  expect(endAnnotations(situations["paused-evidence"] as Progress)).toEqual([
    "::error title=Paused%3A shop/virtualservice/reviews::success-rate had no value at 5 points in a row; paused at 20%25, nobody is watching. Now v2 (canary) serves 20%25, v1 (stable) serves 80%25. Watch once more where it stands: `sluice resume --route shop/virtualservice/reviews --rollout r-5f2c9a`.",
  ]);
  expect(endAnnotations(situations["unknown"] as Progress)[0]).toContain(
    "See what the route says: `sluice status --route",
  );
});

test("a record that is gone is named as that", () => {
  const outcome = { name: "drifted", exitCode: 1, code: "record-missing", reason: said("the record is gone") } as const;
  expect(endAnnotations({ ...(situations["drifted"] as Progress), state: undefined, outcome })).toEqual([
    "::error title=The record of a rollout is gone%3A shop/virtualservice/reviews::the record is gone. The weights of a rollout serve that no record names any more; Sluice wrote nothing over them.",
  ]);
});

test("what was asked for is no error", () => {
  expect(endAnnotations(situations["promoted"] as Progress)).toEqual([]);
  expect(endAnnotations(situations["paused-schedule"] as Progress)).toEqual([]);
  const commanded = ended(
    rolledBack,
    { name: "rolled-back", exitCode: 0, reason: said("rolled back") },
    { command: "rollback" },
  );
  expect(endAnnotations(commanded)).toEqual([]);
});

test("a sweep that took traffic back warns; one that found it taken back says nothing", () => {
  const swept = ended(rolledBack, { name: "rolled-back", exitCode: 0, reason: said("swept") }, { command: "sweep" });
  expect(endAnnotations(swept)).toEqual([]);
  const moment = { at: start, phase: 2, weight: 0, verdict: "none" as const, reason: said("swept"), committed: true };
  expect(endAnnotations({ ...swept, timeline: [moment] })).toEqual([
    "::warning title=Rolled back%3A shop/virtualservice/reviews::swept. Now v2 (canary) serves 0%25, v1 (stable) serves 100%25. Nothing is left to do on the route. A new `run` begins anew, from the first weight.",
  ]);
});

const problem = (line: number): Problem => ({
  code: "input",
  message: "hold is 10%: write a duration",
  place: { file: ".github/a,b:c.yml", line, column: 4 },
});

test("each problem points to its place", () => {
  expect(problemAnnotations([problem(3), { code: "input", message: "unknown", place: { input: "holdd" } }])).toEqual([
    "::error file=.github/a%2Cb%3Ac.yml,line=3,col=4,title=Sluice%3A input::hold is 10%25: write a duration",
    "::error title=Sluice%3A input holdd::unknown",
  ]);
});

test("there are never more than ten, and the last says what is missing", () => {
  expect(problemAnnotations(Array.from({ length: 10 }, (_, at) => problem(at + 1))).length).toBe(10);
  const lines = problemAnnotations(Array.from({ length: 25 }, (_, at) => problem(at + 1)));
  expect(lines.length).toBe(10);
  expect(lines.at(-1)).toBe("::error title=Sluice::16 further problems stand in the log and on the summary page.");
});

test("foreign text cannot end the command, or add a property", () => {
  for (const progress of hostileProgress) {
    for (const line of endAnnotations(progress)) {
      expect(line).toMatch(/^::(error|warning) title=[^:,\r\n]*::[^\r\n]*$/);
      expect(line).not.toContain("##[");
    }
  }
});

test("outside of a runner a warning is a plain line", () => {
  expect(warningLine(false, "off")).toBe("Warning: off");
  expect(warningLine(true, "off")).toBe("::warning title=Sluice%3A reporting::off");
  expect(annotationsReporter({ clock: new HandClock(), write: () => {}, inAction: false })).toBeUndefined();
});
