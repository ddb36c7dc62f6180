import { describe, expect, it } from "vitest";
import { finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { decide, ownPlan } from "../../src/rollout/decide-next-step.ts";
import {
  another,
  asked,
  decided,
  differs,
  entered,
  failing,
  inPhase,
  lacking,
  me,
  minute,
  passing,
  plan,
  type Row,
  record,
  second,
  seen,
  unrecorded,
  watch,
  withPauseAfter,
  words,
} from "./samples.ts";

const noRight = finding("permission-missing", { asked: "rights", object: "reviews", user: "ci", verbs: ["patch"] });

const check = (rows: readonly Row[]) =>
  it.each(rows)("$rule", ({ ends, says, ...row }) => {
    const decision = decided(row);
    expect(words(decision)).toBe(ends);
    if (says !== undefined) expect(decision.reason).toEqual(says);
  });

const overlap = finding("subset-overlap", { stable: "v1", canary: "v2", pods: ["pod-1"], more: 0 });

describe("a run that finds its own rollout in progress", () => {
  check([
    {
      rule: "goes on to the next phase once the phase has passed",
      seen: { verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "becomes a promotion in the patch that records the last pass",
      state: inPhase(4),
      seen: { verdict: passing },
      ends: "ours: promoted 100 in phase 4",
    },
    {
      rule: "goes back when the metrics fail",
      seen: { verdict: failing },
      ends: "ours: rolled-back 0 in phase 2",
      says: failing.reason,
    },
    {
      rule: "signs the record when another run has driven so far",
      state: record("progressing", { by: another }),
      seen: { now: watch },
      ends: "ours: progressing 20 in phase 2",
    },
    {
      rule: "signs the record when a command has left it unsigned",
      state: record("progressing", { by: null }),
      seen: { now: watch },
      ends: "ours: progressing 20 in phase 2",
    },
    {
      rule: "signs once: two runs that drive together do not sign in turns",
      state: record("progressing", { by: another }),
      seen: { now: watch, run: { wroteItself: true } },
      ends: "wait 15 s",
    },
    {
      rule: "signs after a command even if it wrote before",
      state: record("progressing", { by: null }),
      seen: { now: watch, run: { wroteItself: true } },
      ends: "ours: progressing 20 in phase 2",
    },
    {
      rule: "with `turns` never signs as the driver",
      asked: { turns: 1 },
      state: record("progressing", { by: null }),
      seen: { now: watch },
      ends: "wait 15 s",
    },
    {
      rule: "takes a rollout that fails back at once and signs with that patch",
      state: record("progressing", { by: another }),
      seen: { verdict: failing },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "judges the deadline before it signs",
      state: record("progressing", { by: another }),
      seen: { now: watch + 10 * minute },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("deadline-passed", { phase: 2, weight: 20 }),
    },
    {
      rule: "stops where somebody else moved the weights, and says both ways out",
      seen: { standing: differs, verdict: passing },
      ends: "drifted 1 drifted",
      says: reason("rollout-drifted", {
        found: differs.reason,
      }),
    },
    {
      rule: "takes a finding of preflight as a reason not to raise, never as a refusal",
      seen: {
        verdict: passing,
        findings: [overlap],
      },
      ends: "wait 15 s",
      says: reason("finding", { refusal: "subset-overlap", says: overlap.reason }),
    },
    {
      rule: "is refused where the right to patch is missing",
      seen: { findings: [noRight] },
      ends: "refused 2 permission-missing",
    },
    {
      rule: "is not refused for a right that was there when it wrote",
      seen: {
        verdict: passing,
        run: { wroteItself: true },
        findings: [noRight],
      },
      ends: "wait 15 s",
    },
    {
      rule: "never goes on with a record of another object",
      seen: { uid: "other", verdict: passing },
      ends: "refused 2 foreign-record",
    },
    {
      rule: "ends as failed when its object was replaced under it",
      seen: { uid: "other", run: { wroteItself: true } },
      ends: "failed 1 foreign-record",
    },
    {
      rule: "stops as drifted when the record vanishes, and never starts again",
      state: undefined,
      ends: "drifted 1 drifted",
      says: reason("record-vanished", { shows: "unknown" }),
    },
    {
      rule: "begins nothing where a write of its own may have landed and gone again",
      state: undefined,
      seen: { run: { sawOwnRecord: false, wroteItself: false, mayHaveWritten: true } },
      ends: "drifted 1 drifted",
      says: reason("first-write-unsure", {}),
    },
    {
      rule: "begins nothing there, and names the weights where they are its own",
      state: undefined,
      seen: {
        unrecorded,
        run: { sawOwnRecord: false, wroteItself: false, mayHaveWritten: true },
      },
      ends: "drifted 1 record-missing",
    },
    {
      rule: "stops as drifted when the record vanishes before its own write was seen",
      state: undefined,
      seen: { run: { sawOwnRecord: false, wroteItself: true } },
      ends: "drifted 1 drifted",
    },
    {
      rule: "keeps to a way back that it has decided on, whatever comes of its patch",
      seen: { verdict: passing, run: { takesBack: said("errors rose to 4%") } },
      ends: "ours: rolled-back 0 in phase 2",
      says: said("errors rose to 4%"),
    },
    {
      rule: "does nothing for another rollout than the one it was given",
      asked: { rollout: "theirs" },
      ends: "superseded 1",
      says: reason("other-rollout-found", { wanted: "theirs", found: "ours" }),
    },
    {
      rule: "does nothing for a rollout it was given that is not there",
      asked: { rollout: "theirs" },
      state: undefined,
      seen: { run: { sawOwnRecord: false } },
      ends: "superseded 1",
      says: reason("other-rollout-found", { wanted: "theirs" }),
    },
  ]);

  it("adopts nothing but the signature when it joins: phase, times and start stay", () => {
    const before = record("progressing", { by: another, tookPart: [another] });
    const decision = decided({ state: before, seen: { now: watch } });
    expect(decision).toMatchObject({ kind: "commit", state: { ...before, by: me, tookPart: [another, me] } });
  });
});

describe("until", () => {
  check([
    {
      rule: "pauses there once the weight has passed",
      asked: { until: 20 },
      seen: { verdict: passing },
      ends: "ours: paused (until) 20 in phase 2",
      says: reason("paused-until", { weight: 20, passed: passing.reason }),
    },
    {
      rule: "of the last weight means none",
      asked: { until: 100 },
      state: inPhase(4),
      seen: { verdict: passing },
      ends: "ours: promoted 100 in phase 4",
    },
    {
      rule: "further on lets the run drive through",
      asked: { until: 50 },
      seen: { verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "behind the present weight pauses there",
      asked: { until: 5 },
      seen: { now: watch },
      ends: "ours: paused (until) 20 in phase 2",
      says: reason("beyond-until", { weight: 20, until: 5 }),
    },
    {
      rule: "behind the present weight does not save a rollout that fails",
      asked: { until: 5 },
      seen: { verdict: failing },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "behind the present weight does not save a rollout past its deadline",
      asked: { until: 5 },
      seen: { now: watch + 10 * minute },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "behind the present weight writes nothing without server time",
      asked: { until: 5 },
      seen: { now: undefined },
      ends: "wait 15 s",
    },
    { rule: "reached: the run ends well", asked: { until: 20 }, state: record("until"), ends: "reached 0" },
    {
      rule: "behind a pause by `until` is reached too",
      asked: { until: 5 },
      state: record("until"),
      ends: "reached 0",
    },
    {
      rule: "joined by a run for a later weight: the recorded pass stands",
      asked: { until: 50 },
      state: record("until", { grounds: { phase: 2, kind: "pass", reason: said("good") } }),
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "joined without until: the recorded pass stands",
      state: record("until", { grounds: { phase: 2, kind: "pass", reason: said("good") } }),
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "joined by a run that finds a fail: back",
      state: record("until", { grounds: { phase: 2, kind: "pass", reason: said("good") } }),
      seen: { verdict: failing },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "joined without a recorded pass of this phase: watched on",
      state: record("until", { grounds: { phase: 1, kind: "pass", reason: said("good") } }),
      ends: "ours: progressing 20 in phase 2",
      says: reason("resumed-watching", { weight: 20 }),
    },
    {
      rule: "joined with no grounds at all: watched on",
      state: record("until", { grounds: null }),
      ends: "ours: progressing 20 in phase 2",
    },
    {
      rule: "joined while the canary is not known to be ready: watched on, not raised",
      state: record("until", { grounds: { phase: 2, kind: "pass", reason: said("good") } }),
      seen: { health: { canary: "unknown" } },
      ends: "ours: progressing 20 in phase 2",
    },
    { rule: "joined without server time: waits", state: record("until"), seen: { now: undefined }, ends: "wait 15 s" },
    {
      rule: "joined after 30 days: back",
      state: record("until"),
      seen: { now: entered + 31 * 24 * 60 * minute },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("pause-expired", { weight: 20, limitMs: 2592000000 }),
    },
    {
      rule: "joined by a run whose patch the cluster refuses for good: back",
      state: record("until"),
      seen: { run: { rejected: { times: 2, reason: said("no") } } },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("step-rejected", { says: said("no") }),
    },
    {
      rule: "and a pause of the schedule at the same weight: the person is asked after the join",
      plan: plan({ phases: withPauseAfter(20) }),
      state: record("until", { grounds: { phase: 2, kind: "pass", reason: said("good") } }),
      ends: "ours: paused (schedule) 20 in phase 2",
    },
  ]);
});

describe("a run on a paused record", () => {
  check([
    {
      rule: "of a person ends at once",
      state: record("person"),
      ends: "paused 1",
      says: said("it was good"),
    },
    {
      rule: "of the schedule ends well",
      state: record("schedule"),
      ends: "paused 0",
      says: said("it was good"),
    },
    {
      rule: "for lack of evidence fails the step",
      state: record("evidence"),
      ends: "paused 1",
      says: said("it was good"),
    },
    {
      rule: "of a person past its 30 days takes the traffic back like every run",
      state: record("person"),
      seen: { now: entered + 31 * 24 * 60 * minute },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "asks a person where the schedule says so",
      plan: plan({ phases: withPauseAfter(20) }),
      seen: { verdict: passing },
      ends: "ours: paused (schedule) 20 in phase 2",
      says: reason("paused-schedule", { weight: 20, passed: passing.reason }),
    },
  ]);
});

describe("a run on a final record of its own rollout", () => {
  const later = { startedAt: entered + 2 * 60 * minute };
  check([
    {
      rule: "that is promoted and stands has nothing to do and succeeds",
      asked: later,
      state: record("promoted", { tookPart: [another] }),
      ends: "promoted 0",
    },
    {
      rule: "takes the recorded outcome if it took part, however late it comes back",
      asked: later,
      state: record("rolled-back"),
      ends: "rolled-back 1",
      says: said("errors"),
    },
    {
      rule: "names who took it back",
      asked: later,
      state: record("rolled-back", { by: another }),
      ends: "rolled-back 1",
      says: reason("rolled-back-by", { run: "9", rollback: said("errors") }),
    },
    {
      rule: "names a command that took it back by what it said",
      asked: later,
      state: record("rolled-back", { by: null, reason: said("rolled back by `rollback` in run 9") }),
      ends: "rolled-back 1",
      says: reason("rolled-back-by", { rollback: said("rolled back by `rollback` in run 9") }),
    },
    {
      rule: "begins anew if it is another run that started after the end",
      asked: later,
      state: record("rolled-back", { tookPart: [another] }),
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "does not begin anew if it started before the end",
      state: record("rolled-back", { tookPart: [another] }),
      ends: "rolled-back 1",
    },
    {
      rule: "does not begin anew without a known start",
      asked: { startedAt: undefined },
      state: record("rolled-back", { tookPart: [another] }),
      ends: "rolled-back 1",
    },
    {
      rule: "with `turns` or on a schedule never begins anew",
      asked: { ...later, onlyContinues: true },
      state: record("rolled-back", { tookPart: [another] }),
      ends: "rolled-back 1",
    },
    {
      rule: "that was promoted and no longer stands is begun anew by a later run",
      asked: later,
      state: record("promoted", { tookPart: [another] }),
      seen: { standing: differs },
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "that was promoted and no longer stands has drifted for a run that may not begin",
      asked: { ...later, onlyContinues: true },
      state: record("promoted", { tookPart: [another] }),
      seen: { standing: differs },
      ends: "drifted 1 drifted",
      says: reason("rollout-drifted", {
        found: differs.reason,
      }),
    },
    {
      rule: "cancelled: takes the recorded outcome and begins nothing",
      asked: later,
      state: record("rolled-back", { tookPart: [another] }),
      seen: { abort: true },
      ends: "rolled-back 1",
    },
  ]);

  it("keeps who took part in the end, so that a late job never exposes again what was taken back twice", () => {
    const ended = record("rolled-back", { tookPart: [another], superseded: [{ id: "5", attempt: 1 }] });
    const decision = decided({ state: ended, asked: later });
    expect(decision).toMatchObject({ state: { tookPart: [another, me], superseded: [{ id: "5", attempt: 1 }] } });
  });
});

describe("a cancelled run", () => {
  const abort = { abort: true };
  check([
    {
      rule: "takes its rollout back",
      seen: abort,
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("job-cancelled", {}),
    },
    {
      rule: "takes its rollout back even if another run drives it",
      state: record("progressing", { by: another }),
      seen: abort,
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "needs no server time to go back",
      seen: { ...abort, now: undefined },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "with `on-cancel: leave` in the record leaves it, well",
      state: record("progressing", { onCancel: "leave" }),
      seen: abort,
      ends: "in-progress 0",
    },
    {
      rule: "before anything has begun writes nothing",
      state: undefined,
      seen: { ...abort, run: { sawOwnRecord: false } },
      ends: "cancelled 1",
    },
    {
      rule: "never takes back another rollout",
      state: record("progressing", { rollout: "theirs" }),
      seen: abort,
      ends: "cancelled 1",
      says: reason("cancelled", { while: "another-rollout", rollout: "theirs" }),
    },
    {
      rule: "leaves a pause alone",
      state: record("person"),
      seen: abort,
      ends: "cancelled 1",
      says: reason("cancelled", { while: "paused" }),
    },
    {
      rule: "at the weight that was reached has reached it",
      asked: { until: 20 },
      state: record("until"),
      seen: abort,
      ends: "reached 0",
    },
    {
      rule: "writes nothing where the weights are foreign",
      seen: { ...abort, standing: differs },
      ends: "drifted 1 drifted",
    },
    {
      rule: "holds where stable has no ready endpoint",
      seen: { ...abort, health: { stable: "empty" } },
      ends: "ours: held 20 in phase 2",
    },
    {
      rule: "ends held what is held and cannot go back",
      state: record("held"),
      seen: { ...abort, health: { stable: "empty" } },
      ends: "held 1",
    },
    {
      rule: "takes back what is held once stable is ready",
      state: record("held", { reason: said("errors") }),
      seen: abort,
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("stable-recovered", { failed: said("errors") }),
    },
    {
      rule: "is refused nothing by a record of another object: it writes nothing",
      seen: { ...abort, uid: "other" },
      ends: "refused 2 foreign-record",
    },
    {
      rule: "beside a newer rollout ends as superseded",
      state: record("progressing", { rollout: "theirs", superseded: [me] }),
      seen: abort,
      ends: "superseded 1",
    },
  ]);
});

describe("a run with `turns`, or on a schedule", () => {
  const onlyContinues = { onlyContinues: true, revision: "newer", startedAt: entered + 2 * 60 * minute };
  const fresh = { run: { sawOwnRecord: false } };
  const newest = plan({ rollout: "newest", revision: "newer" });
  const theirs = (what: "progressing" | "promoted", more = {}) =>
    record(what, {
      rollout: "theirs",
      planDigest: "other",
      revision: "old",
      revisions: ["old"],
      tookPart: [another],
      by: another,
      ...more,
    });
  check([
    {
      rule: "begins where the route carries nothing",
      asked: onlyContinues,
      state: undefined,
      seen: { run: { sawOwnRecord: false } },
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "goes on with the record's revision under the same plan",
      plan: newest,
      asked: onlyContinues,
      seen: { verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "never supersedes",
      plan: newest,
      asked: onlyContinues,
      state: theirs("progressing"),
      ends: "superseded 1",
      says: reason("other-rollout-active", { rollout: "theirs" }),
    },
    {
      rule: "never begins anew",
      plan: newest,
      asked: onlyContinues,
      state: theirs("promoted"),
      ends: "promoted 0",
      says: reason("nothing-left", { stands: said("it was good") }),
    },
    {
      rule: "begins a revision that was given and the record has not had",
      plan: newest,
      asked: { ...onlyContinues, revisionGiven: true },
      state: theirs("promoted"),
      seen: fresh,
      ends: "newest: progressing 5 in phase 1",
    },
    {
      rule: "takes over for a revision that was given and the record has not had",
      plan: newest,
      asked: { ...onlyContinues, revisionGiven: true },
      state: theirs("progressing"),
      seen: fresh,
      ends: "newest: progressing 5 in phase 1",
    },
    {
      rule: "does not begin a given revision twice",
      plan: newest,
      asked: { ...onlyContinues, revisionGiven: true },
      state: theirs("promoted", { revisions: ["newer", "old"] }),
      ends: "promoted 0",
    },
    {
      rule: "does not go on with another revision under the same plan when one was given",
      plan: newest,
      asked: { ...onlyContinues, revisionGiven: true },
      state: record("progressing", { revisions: ["newer", "abc"] }),
      ends: "superseded 1",
    },
    {
      rule: "leaves a record of another object alone",
      plan: newest,
      asked: onlyContinues,
      state: theirs("promoted", { uid: "gone" }),
      ends: "refused 2 foreign-record",
    },
  ]);

  it("gives the next phase a deadline six hours after its max-hold, and no driver", () => {
    const decision = decided({ asked: { turns: 1 }, seen: { verdict: passing } });
    const now = watch + minute;
    const deadline = now + 30 * second + 4 * minute + 6 * 60 * minute;
    expect(decision).toMatchObject({ state: { by: null, deadline } });
  });
});

describe("decide", () => {
  it.each(["run", "promote", "resume", "preflight"] as const)("refuses `%s` without the plan", (command) => {
    expect(words(decide(undefined, asked({ command }), record(), seen()))).toBe("refused 2 input");
  });

  it.each(["status", "rollback", "pause", "sweep"] as const)("needs no plan for `%s`", (command) => {
    expect(words(decide(undefined, asked({ command }), record(), seen()))).not.toContain("input");
  });

  it("knows its own record by the rollout, or by the plan where it only continues", () => {
    const theirs = record("progressing", { rollout: "theirs" });
    expect(ownPlan(plan(), asked(), record())).toEqual(plan());
    expect(ownPlan(plan(), asked(), theirs)).toBeUndefined();
    expect(ownPlan(plan(), asked({ onlyContinues: true }), theirs)).toMatchObject({ rollout: "theirs" });
    expect(
      ownPlan(plan(), asked({ onlyContinues: true }), record("progressing", { rollout: "theirs", planDigest: "x" })),
    ).toBeUndefined();
  });

  it("waits with what lacks evidence until max-hold", () => {
    expect(words(decided({ seen: { verdict: lacking("traffic") } }))).toBe("wait 15 s");
  });
});
