import { expect, test } from "vitest";
import type { Progress } from "../../src/ports/reporter.ts";
import { nextWords, timeLeft } from "../../src/reports/what-happens-next.ts";
import { minute, plan, progressing, promoted, situations, start, watching } from "./samples.ts";

// Phase 2 was entered at 11 min; its watch begins 45 s later and lasts 10 min at least, 40 min at most.
const entered = start + 11 * minute;

test("how long the present phase lasts, from when it is watched", () => {
  expect(timeLeft(watching, entered + 45_000 + 4 * minute)).toEqual({ leastMs: 6 * minute, mostMs: 36 * minute });
  expect(timeLeft(watching, entered + 60 * minute)).toEqual({ leastMs: 0, mostMs: 0 });
  const resumed = { ...progressing, watchedFrom: entered + 30 * minute };
  expect(timeLeft({ ...watching, state: resumed }, entered + 31 * minute)).toEqual({ leastMs: 0, mostMs: 39 * minute });
  expect(timeLeft({ ...watching, plan: undefined }, entered)).toBeUndefined();
  expect(timeLeft(watching, undefined)).toBeUndefined();
  expect(timeLeft({ ...watching, state: promoted }, entered)).toBeUndefined();
});

test("what happens if nobody does anything", () => {
  expect(nextWords(watching)).toBe("20% is watched for 6 min more; if the metrics pass, then a person is asked.");
  const late = entered + 20 * minute;
  expect(nextWords(watching, late)).toBe(
    "A person is asked as soon as the metrics pass; if still undecided in 20 min, the rollout pauses.",
  );
  const third = { ...progressing, phase: 3, weight: 50, entered: [start, entered, entered] };
  const goesBack = { ...plan, policy: { ...plan.policy, onInconclusive: "rollback" as const } };
  expect(nextWords({ ...watching, state: third, plan: goesBack }, entered + 200 * minute)).toBe(
    "100% as soon as the metrics pass; if undecided, the traffic goes back.",
  );
  const last = { ...progressing, phase: 4, weight: 100, entered: [start, entered, entered, entered] };
  expect(nextWords({ ...watching, state: last }, entered)).toBe(
    "100% is watched for 10 min more; if the metrics pass, then the rollout is finished.",
  );
});

test("where the route could not be seen, when it is looked at again; where all is over, nothing", () => {
  expect(nextWords(situations["trouble"] as Progress)).toBe(
    "Sluice looks again in 15 s, and again until it sees the route.",
  );
  for (const name of ["promoted", "rolled-back", "paused-person", "drifted", "superseded", "unknown"]) {
    expect(nextWords(situations[name] as Progress), name).toBeUndefined();
  }
});
