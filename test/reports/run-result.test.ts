import { expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { outputsOf, resultOf } from "../../src/reports/run-result.ts";
import { hostileProgress, situations, start, watching } from "./samples.ts";

test("the outputs name how the run ended, and the result holds all of it", () => {
  const progress: Progress = {
    ...(situations["rolled-back"] as Progress),
    timeline: [
      { at: start, phase: 1, weight: 5, verdict: "none", reason: said("the rollout begins"), committed: true },
      {
        at: start + 900_000,
        phase: 2,
        weight: 0,
        verdict: "fail",
        reason: said("success-rate was 0.91"),
        committed: true,
      },
    ],
  };
  const { "result-json": json, ...flat } = outputsOf(progress);
  expect(flat).toEqual({
    outcome: "rolled-back",
    weight: "0",
    phase: "2",
    reason: "success-rate was 0.91, below 0.99, at 3 points in a row",
    "reason-code": "said",
    rollout: "r-5f2c9a",
    report: "",
  });
  expect(JSON.parse(json)).toEqual({
    outcome: "rolled-back",
    weight: 0,
    phase: 2,
    reason: "success-rate was 0.91, below 0.99, at 3 points in a row",
    reasonCode: "said",
    reasonData: { text: "success-rate was 0.91, below 0.99, at 3 points in a row" },
    seconds: 900,
    badRequests: null,
    timeline: [
      { at: 0, phase: 1, weight: 5, verdict: "none", because: "the rollout begins" },
      { at: 900, phase: 2, weight: 0, verdict: "fail", because: "success-rate was 0.91" },
    ],
    rollout: "r-5f2c9a",
    checks: [],
    verdict: null,
    numbers: null,
  });
});

test("what nobody knows is empty, and never 0", () => {
  const outputs = outputsOf(situations["unknown"] as Progress);
  expect(outputs).toMatchObject({ outcome: "failed", weight: "", phase: "", rollout: "r-5f2c9a" });
  expect(JSON.parse(outputs["result-json"])).toMatchObject({ weight: null, phase: null, badRequests: null });
});

test("while a rollout goes on the outputs say so", () => {
  expect(outputsOf(watching)).toMatchObject({ outcome: "in-progress", weight: "20", phase: "2" });
  expect(resultOf(watching).checks.map(({ name, latest }) => [name, latest])).toEqual([["success-rate", 0.9973214]]);
});

test("a reason is one line, whatever it was made of", () => {
  for (const progress of hostileProgress) expect(outputsOf(progress).reason).not.toMatch(/[\p{Cc}\u2028]|##\[|^\s*::/u);
});
