import { describe, expect, it } from "vitest";
import { plannedStates } from "../../src/rollout/planned-states.ts";
import { asked, entered, inPhase, plan, record, rule, selection } from "./samples.ts";

const steps = (present: Parameters<typeof plannedStates>[4], of = plan()) =>
  plannedStates(of, asked(), "uid", selection(), present, entered).map(({ status, weight }) => `${status} ${weight}`);

describe("what lies ahead of a run", () => {
  it("is every phase and the way back, before a rollout begins", () => {
    expect(steps(undefined)).toEqual([
      "progressing 5",
      "progressing 20",
      "progressing 50",
      "progressing 100",
      "rolled-back 0",
    ]);
  });

  it("is the rest of the schedule and the way back, where the rollout is under way", () => {
    expect(steps(inPhase(3))).toEqual(["progressing 100", "rolled-back 0"]);
    expect(steps(record("person"))).toEqual(["progressing 50", "progressing 100", "rolled-back 0"]);
  });

  it("is the way back alone in the last phase", () => {
    expect(steps(inPhase(4))).toEqual(["rolled-back 0"]);
  });

  it("is the whole schedule again after an end", () => {
    expect(steps(record("promoted"))).toHaveLength(5);
  });

  it("leads home to the weights that an unfinished older rollout recorded", () => {
    const older = record("progressing", { rollout: "theirs", planDigest: "other", rules: [rule({ home: [70, 30] })] });
    const states = plannedStates(plan(), asked(), "uid", selection(), older, entered);
    expect(states.map(({ weight }) => weight)).toEqual([5, 20, 50, 100, 30]);
    expect(states.at(-1)?.rules[0]?.home).toEqual([70, 30]);
  });
});
