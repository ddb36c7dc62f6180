import { expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { intentLine, turnsOf } from "../../src/reports/log-lines.ts";
import { minute, plan, progressing, situations, start, watching } from "./samples.ts";

const beginning: Progress = {
  ...watching,
  at: start,
  kind: "commit",
  reason: said("the rollout begins"),
  state: { ...progressing, phase: 1, weight: 5, entered: [start] },
};
const raised: Progress = { ...watching, at: start + 11 * minute, kind: "commit", reason: progressing.reason };

test("the first line says what a run sets out to do, and on what it goes by", () => {
  const schedule = "5% for 10 min, 20% for 10 min, then a person, 50% for 30 min, 100% for 10 min";
  expect(intentLine(beginning)).toBe(
    `Sluice moves shop/virtualservice/reviews to v2: ${schedule}. Nothing is measured: each phase passes by time alone.`,
  );
  expect(intentLine(watching)).toMatch(
    /^Sluice goes on in phase 2 of 4 with moving shop\/virtualservice\/reviews to v2: /,
  );
  const check = { name: "success-rate" } as (typeof plan.checks)[number];
  const measured = { ...plan, metrics: {} as NonNullable<typeof plan.metrics>, checks: [check] };
  expect(intentLine({ ...beginning, plan: measured })).toMatch(
    /The traffic goes back for a value outside the limits of success-rate\.$/,
  );
  const comparing = { ...measured, compare: {} as Exclude<typeof plan.compare, "off"> };
  expect(intentLine({ ...beginning, plan: comparing })).toMatch(
    /goes back for a canary that is worse than stable, or a value outside the limits of success-rate\.$/,
  );
  expect(intentLine({ ...beginning, plan: { ...measured, checks: [] } })).toMatch(
    /Nothing is judged: each phase passes by time alone\.$/,
  );
  expect(intentLine({ ...watching, command: "rollback", plan: undefined })).toBe(
    "Sluice takes the traffic back to the weights from before the rollout: shop/virtualservice/reviews",
  );
});

test("a phase that is left says what became of it, and the next one what will happen", () => {
  const turns = turnsOf();
  expect(turns.opening(beginning)).toMatch(/^Sluice moves/);
  expect(turns.left(beginning)).toBeUndefined();
  expect(turns.turn(beginning)).toMatch(/watching +the rollout begins$|undecided +the rollout begins$/);
  expect(turns.opening(raised)).toBeUndefined();
  expect(turns.left(raised)).toBe("Phase 1 of 4 passed after 11 min: success-rate is 0.998, at least 0.99.");
  expect(turns.turn(raised)).toMatch(/20% is watched for 10 min more; if the metrics pass, then a person is asked\.$/);
});

test("who ended a phase is said too, also where another run did", () => {
  const by = (kind: "person" | "waiver"): string | undefined => {
    const turns = turnsOf();
    turns.turn(beginning);
    return turns.left({ ...watching, state: { ...progressing, grounds: { phase: 1, kind, reason: said("") } } });
  };
  expect(by("person")).toMatch(/^Phase 1 of 4 was ended by a person after 11 min: /);
  expect(by("waiver")).toMatch(/^Phase 1 of 4 was left without proof after 11 min: /);
});

test("a turn that found the same says so in two words, and the pace is said where it changes", () => {
  const turns = turnsOf();
  expect(turns.turn(watching)).toMatch(
    /success-rate has 2 of the 3 values it needs in this phase\. \(next turn in 15 s\)$/,
  );
  expect(turns.turn(watching)).toMatch(/undecided +as before$/);
  expect(turns.turn({ ...watching, waitMs: 5_000 })).toMatch(/as before \(next turn in 5 s\)$/);
  expect(turns.turn(situations["trouble"] as Progress)).toMatch(/unknown +the cluster answered 503$/);
});

test("the end is left to the closing lines, and an end that comes first has no opening", () => {
  const end = situations["rolled-back"] as Progress;
  expect(turnsOf().turn(end)).toBeUndefined();
  expect(turnsOf().opening(end)).toBeUndefined();
});
