import { expect, test } from "vitest";
import type { Progress } from "../../src/ports/reporter.ts";
import { jsonReporter } from "../../src/reports/json-lines-reporter.ts";
import { HandClock, minute, situations, watching } from "./samples.ts";

const never = new AbortController().signal;

test("a line of JSON a turn; the end is left to whoever prints the result", async () => {
  const lines: string[] = [];
  const means = { clock: new HandClock(), write: () => {}, inAction: false };
  const reporter = jsonReporter({ ...means, writeTurn: (line) => lines.push(line) });
  for (const progress of [watching, situations["trouble"] as Progress, situations["promoted"] as Progress]) {
    await reporter?.tell(progress, never);
  }
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      turn: "wait",
      at: (15 * minute) / 1000,
      status: "progressing",
      weight: 20,
      phase: 2,
      verdict: "undecided",
      reason: "Check success-rate has 2 of the 3 values it needs in this phase.",
      nextTurn: 15,
      rollout: "r-5f2c9a",
      evidence: null,
    }),
    expect.objectContaining({
      turn: "trouble",
      at: null,
      status: null,
      weight: null,
      reason: "the cluster answered 503",
    }),
  ]);
  expect(jsonReporter(means)).toBeUndefined();
});
