import { describe, expect, it } from "vitest";
import { isReached, type PausedState, pausedOutcome } from "../../src/rollout/pause-outcome.ts";
import type { PauseCause } from "../../src/rollout/rollout-state.ts";
import { asked, record } from "./samples.ts";

const pause = (cause: PauseCause) => record(cause) as PausedState;

describe("a pause", () => {
  it.each([
    ["person", 1, "resume"],
    ["evidence", 1, "promote` or `resume"],
    ["schedule", 0, "promote"],
    ["until", 0, "run"],
  ] as const)("by %s ends the step with %i and prints the command that goes on", (cause, exitCode, word) => {
    const outcome = pausedOutcome(pause(cause));
    expect(outcome).toMatchObject({ name: "paused", exitCode });
    expect(outcome.because).toContain(`To go on run \`${word}\`; to take it back run \`rollback\`.`);
  });

  it("ends its reason once", () => {
    const outcome = pausedOutcome({ ...pause("person"), because: "Paused on purpose." });
    expect(outcome.because).toMatch(/^Paused on purpose\. To go on/);
  });

  it.each([
    ["at the weight that was asked for", "until", 20, true],
    ["beyond it", "until", 5, true],
    ["before it", "until", 50, false],
    ["where nothing was asked for", "until", undefined, false],
    ["for another reason", "person", 20, false],
  ] as const)("is reached or not: %s", (_, cause, until, expected) => {
    expect(isReached(asked(until === undefined ? {} : { until }), pause(cause))).toBe(expected);
  });
});
