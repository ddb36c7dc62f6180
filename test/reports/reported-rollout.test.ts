import { expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import { isElsewhere, subjectOf, wrote } from "../../src/reports/reported-rollout.ts";
import type { ReporterContext } from "../../src/reports/reporter-context.ts";
import { ended, HandClock, plan, progressing, promoted, rolledBack, start, watching } from "./samples.ts";

const means: ReporterContext = {
  clock: new HandClock(),
  write: () => {},
  inAction: true,
  repository: { owner: "octo", name: "shop" },
  pullRequest: 77,
};
const newer = { ...plan, rollout: "r-newer", revision: "f".repeat(40) };
const committed = [{ at: start, phase: 1, weight: 5, verdict: "none" as const, reason: said(""), committed: true }];

test("a run is about its own rollout, on the pull request that the record names", () => {
  expect(subjectOf(watching, means)).toEqual({
    rollout: plan.rollout,
    revision: plan.revision,
    pullRequest: 12,
    repository: "octo/shop",
  });
  const state = { ...progressing, pullRequest: null };
  expect(subjectOf({ ...watching, state }, means)?.pullRequest).toBe(77);
});

test("a command on some other commit never tells that commit's pull request", () => {
  const state = { ...rolledBack, pullRequest: null };
  const done = ended(
    state,
    { name: "rolled-back", exitCode: 0, reason: said("") },
    { command: "rollback", plan: undefined },
  );
  expect(subjectOf({ ...done, timeline: committed }, means)).toMatchObject({ pullRequest: undefined });
});

test("a new run says nothing in the name of the finished rollout that it found", () => {
  expect(subjectOf({ ...watching, plan: newer, state: promoted }, means)).toBeUndefined();
  const refused = ended(progressing, { name: "refused", exitCode: 2, reason: said("") }, { plan: newer });
  expect(subjectOf(refused, means)).toBeUndefined();
});

test("a scheduled run tells the rollout that it goes on with", () => {
  expect(subjectOf({ ...watching, plan: newer }, means)?.rollout).toBe(plan.rollout);
  expect(subjectOf({ ...watching, plan: { ...newer, digest: "d-else" } }, means)).toBeUndefined();
});

test("a superseded run tells its own end, on its own pull request", () => {
  const end = ended(progressing, { name: "superseded", exitCode: 1, reason: said("") }, { plan: newer });
  expect(subjectOf(end, means)).toMatchObject({ rollout: "r-newer", pullRequest: 77, repository: undefined });
});

test("whoever only looked, or found nothing to do, says nothing", () => {
  const idle = ended(progressing, { name: "in-progress", exitCode: 0, reason: said("") }, { command: "sweep" });
  expect(subjectOf(idle, means)).toBeUndefined();
  expect(subjectOf({ ...idle, timeline: committed }, means)?.rollout).toBe(plan.rollout);
  expect(subjectOf({ ...watching, command: "status" }, means)).toBeUndefined();
  const drifted = ended(progressing, { name: "drifted", exitCode: 1, reason: said("") }, { command: "sweep" });
  expect(subjectOf(drifted, means)?.rollout).toBe(plan.rollout);
});

test("post tells what main had no time for, also where nothing was left to do, but nothing of another rollout", () => {
  const idle = ended(rolledBack, { name: "rolled-back", exitCode: 0, reason: said("") }, { command: "sweep" });
  expect(subjectOf({ ...idle, isAfterMain: true }, means)?.rollout).toBe(plan.rollout);
  const other = ended(
    progressing,
    { name: "none", exitCode: 0, reason: said("") },
    { command: "sweep", isAfterMain: true },
  );
  expect(subjectOf(other, means)).toBeUndefined();
});

test("a commit counts at once, also before it stands in the timeline", () => {
  expect(wrote({ ...watching, kind: "commit" })).toBe(true);
  expect(wrote(watching)).toBe(false);
});

test("the repository is compared as GitHub does, whatever its letters", () => {
  const subject = { rollout: "r", revision: "", pullRequest: 1 };
  expect(isElsewhere({ ...subject, repository: "Octo/Shop" }, means)).toBe(false);
  expect(isElsewhere({ ...subject, repository: "mallory/shop" }, means)).toBe(true);
  expect(isElsewhere({ ...subject, repository: "" }, means)).toBe(false);
});

test("a command that was refused leaves the comment to whoever drives the rollout", () => {
  const refused = ended(progressing, { name: "refused", exitCode: 2, reason: said("") }, { command: "promote" });
  expect(subjectOf(refused, means)).toBeUndefined();
});
