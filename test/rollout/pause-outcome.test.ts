import { describe, expect, it } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import { isReached, type PausedState, pausedOutcome } from "../../src/rollout/pause-outcome.ts";
import type { PauseCause } from "../../src/rollout/rollout-state.ts";
import { asked, record } from "./samples.ts";

const pause = (cause: PauseCause) => record(cause) as PausedState;

describe("a pause", () => {
  it.each([
    ["person", 1],
    ["evidence", 1],
    ["schedule", 0],
    ["until", 0],
  ] as const)("by %s ends the step with %i, for the reason of the pause", (by, exitCode) => {
    expect(pausedOutcome(pause(by))).toEqual({ name: "paused", exitCode, reason: said("it was good") });
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
