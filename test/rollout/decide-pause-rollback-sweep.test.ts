import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { nothingThere, whoAsks } from "../../src/rollout/decide-pause-rollback-sweep.ts";
import { firstSight } from "../../src/rollout/run-request.ts";
import {
  another,
  asked,
  day,
  decided,
  differs,
  entered,
  me,
  minute,
  passing,
  type Row,
  readyBehind,
  record,
  rule,
  seen,
  unrecorded,
  watch,
  words,
} from "./samples.ts";

const check = (asks: Row["asked"], rows: readonly Row[]) =>
  it.each(rows)("$rule", ({ ends, says, ...row }) => {
    const decision = decided({ ...row, asked: { ...asks, ...row.asked } });
    expect(words(decision)).toBe(ends);
    if (says !== undefined) expect(decision.reason).toEqual(says);
  });
const first = (what: Parameters<typeof record>[0] = "progressing", more: Parameters<typeof record>[1] = {}) => ({
  first: firstSight(record(what, more)),
});
const orphaned = {
  state: undefined,
  seen: { unrecorded },
  ends: "drifted 1 record-missing",
  says: unrecorded.reason,
};
const twice = { run: { rejected: { times: 2, reason: said("denied by policy") } } };

describe("status", () => {
  check({ command: "status" }, [
    { rule: "says that there is nothing", state: undefined, ends: "none 0", says: reason("no-rollout", {}) },
    { rule: "fails over what a lost record left", ...orphaned },
    { rule: "says that a rollout is under way", ends: "in-progress 0", says: said("it was good") },
    { rule: "says that it is paused, without failing", state: record("person"), ends: "paused 0" },
    { rule: "says that it is held, without failing", state: record("held"), ends: "held 0" },
    { rule: "says that it was promoted", state: record("promoted"), ends: "promoted 0" },
    { rule: "says that it was rolled back, without failing", state: record("rolled-back"), ends: "rolled-back 0" },
  ]);
});

describe("pause", () => {
  check({ command: "pause", me: another }, [
    { rule: "needs a rollout", state: undefined, ends: "refused 2 command-refused" },
    {
      rule: "pauses what is in progress, and says that nobody is watching",
      ends: "ours: paused (person) 20 in phase 2",
      says: reason("paused-person", { weight: 20, command: "pause", run: "9" }),
    },
    { rule: "of what is paused has nothing to do", state: record("schedule"), ends: "paused 0" },
    {
      rule: "seen to have landed although its answer was lost is done",
      asked: first(),
      state: record("person"),
      ends: "paused 0",
    },
    {
      rule: "that was written is done, though somebody has ended it since",
      seen: { run: { wroteItself: true } },
      ends: "in-progress 0",
      says: reason("pause-ended-since", { stands: said("it was good") }),
    },
    {
      rule: "that was written is done, though the rollout has ended since",
      state: record("rolled-back"),
      seen: { run: { wroteItself: true } },
      ends: "rolled-back 0",
    },
    {
      rule: "of a held rollout is refused",
      state: record("held"),
      ends: "refused 2 command-refused",
      says: reason("wrong-status", { command: "pause", status: "held" }),
    },
    { rule: "of a finished rollout is refused", state: record("promoted"), ends: "refused 2 command-refused" },
    {
      rule: "does not pause a phase that it was not given for",
      asked: first("progressing", { phase: 1 }),
      ends: "refused 2 command-refused",
      says: reason("phase-passed-before-pause", { phase: 1, weight: 20 }),
    },
    {
      rule: "does not pause a rollout that took over meanwhile",
      asked: first("progressing", { rollout: "older" }),
      ends: "superseded 1",
      says: reason("replaced-meanwhile", { rollout: "ours", command: "pause" }),
    },
    {
      rule: "of another rollout than the one named is refused",
      asked: { rollout: "theirs" },
      ends: "refused 2 command-refused",
      says: reason("other-rollout-found", { wanted: "theirs", found: "ours" }),
    },
    { rule: "writes nothing where the weights are foreign", seen: { standing: differs }, ends: "drifted 1 drifted" },
    {
      rule: "writes nothing where both the weights are foreign and the cluster refuses",
      seen: { standing: differs, ...twice },
      ends: "drifted 1 drifted",
    },
    { rule: "writes nothing on another object", seen: { uid: "other" }, ends: "failed 1 foreign-record" },
    { rule: "writes nothing after a cancel", seen: { abort: true }, ends: "cancelled 1" },
    { rule: "waits for server time", seen: { now: undefined }, ends: "wait 2 s" },
    {
      rule: "that the cluster refused for good says its words",
      seen: twice,
      ends: "failed 1 write-rejected",
      says: reason("write-rejected", { says: said("denied by policy"), weight: 20 }),
    },
    {
      rule: "finds that the record has been taken away",
      asked: first(),
      state: undefined,
      ends: "drifted 1 drifted",
      says: reason("record-vanished", { shows: "unknown" }),
    },
  ]);

  it("leaves nobody as the driver, keeps the grounds, and may wait for 30 days", () => {
    const now = watch + minute;
    expect(decided({ asked: { command: "pause", me: another } })).toMatchObject({
      state: { by: null, tookPart: [me, another], grounds: { phase: 1, kind: "pass" }, deadline: now + 30 * day },
    });
  });
});

describe("rollback", () => {
  const byHand = { byHand: true, revision: "" };
  check({ command: "rollback", me: another }, [
    {
      rule: "finds nothing where there is no record",
      state: undefined,
      ends: "none 0",
      says: reason("nothing-to-roll-back", {}),
    },
    { rule: "fails over what a lost record left", ...orphaned },
    { rule: "fails over it too where it has seen the record", ...orphaned, asked: first() },
    {
      rule: "takes home what is in progress",
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("rollback-requested", { command: "rollback", run: "9" }),
    },
    { rule: "takes home what is paused", state: record("person"), ends: "ours: rolled-back 0 in phase 2" },
    { rule: "takes home what was promoted", state: record("promoted"), ends: "ours: rolled-back 0 in phase 4" },
    { rule: "of what is back has nothing to do", state: record("rolled-back"), ends: "rolled-back 0" },
    {
      rule: "of what is back on an object that is gone has nothing to do either",
      state: record("rolled-back"),
      seen: { uid: "other" },
      ends: "rolled-back 0",
    },
    { rule: "does not touch another object", seen: { uid: "other" }, ends: "failed 1 foreign-record" },
    {
      rule: "goes home over foreign weights and records what it found",
      seen: { standing: differs },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("rollback-requested", { command: "rollback", run: "9", found: differs.weights }),
    },
    {
      rule: "needs neither server time nor an answer about readiness",
      seen: { now: undefined, health: { stable: "unknown", canary: "unknown" } },
      ends: "ours: rolled-back 0 in phase 2",
    },
    { rule: "is tried again though the cluster refused it", seen: twice, ends: "ours: rolled-back 0 in phase 2" },
    { rule: "is not stopped by a cancel", seen: { abort: true }, ends: "ours: rolled-back 0 in phase 2" },
    {
      rule: "does not send traffic to a stable version that is down",
      seen: { health: { stable: "empty" } },
      ends: "ours: held 20 in phase 2",
    },
    {
      rule: "of a held rollout goes home when stable is ready",
      state: record("held"),
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "means the rollout of this revision and never a newer one",
      asked: { revision: "older" },
      ends: "none 0",
      says: reason("nothing-to-roll-back", { rollout: "ours", revision: "abc" }),
    },
    { rule: "by hand means whatever is there", asked: byHand, ends: "ours: rolled-back 0 in phase 2" },
    {
      rule: "of a named rollout means that one alone, also by hand",
      asked: { ...byHand, rollout: "theirs" },
      ends: "none 0",
    },
    {
      rule: "of a named rollout needs no revision",
      asked: { revision: "older", rollout: "ours" },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "by hand does not take back a rollout that took over meanwhile",
      asked: { ...byHand, ...first("progressing", { rollout: "older" }) },
      ends: "superseded 1",
      says: reason("replaced-meanwhile", { rollout: "ours", command: "rollback" }),
    },
    {
      rule: "finds that the record has been taken away: nobody knows what was home",
      asked: first(),
      state: undefined,
      ends: "drifted 1 drifted",
    },
  ]);

  it("brings home what the canary had before, not what a third destination has", () => {
    const state = record("progressing", { rules: [rule({ atHome: true }), rule({ index: 1, home: [90, 10] })] });
    expect(decided({ asked: { command: "rollback" }, state })).toMatchObject({ state: { weight: 10, by: null } });
  });
});

describe("sweep", () => {
  const late = { now: watch + 10 * minute };
  const ended = { driverHasEnded: true };
  check({ command: "sweep", me: another }, [
    { rule: "finds nothing where there is no record", state: undefined, ends: "none 0" },
    { rule: "fails over what a lost record left", ...orphaned },
    {
      rule: "does not end well where the record that it had seen is gone",
      asked: first(),
      state: undefined,
      ends: "drifted 1 drifted",
      says: reason("record-vanished", { shows: "unknown" }),
    },
    {
      rule: "does nothing for another rollout than the one named",
      asked: { rollout: "theirs" },
      seen: ended,
      ends: "none 0",
    },
    {
      rule: "leaves a promotion alone, whatever the weights are now",
      state: record("promoted"),
      seen: { standing: differs, uid: "other" },
      ends: "promoted 0",
    },
    { rule: "leaves a rollback alone", state: record("rolled-back"), ends: "rolled-back 0" },
    {
      rule: "takes back what is past its deadline",
      seen: late,
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("deadline-passed", { phase: 2, weight: 20 }),
    },
    {
      rule: "takes back what is past its deadline at 100 % too",
      state: record("progressing", { weight: 100, phase: 4 }),
      seen: late,
      ends: "ours: rolled-back 0 in phase 4",
    },
    {
      rule: "takes back a pause that waited for more than 30 days",
      state: record("schedule"),
      seen: { now: entered + 31 * day },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("pause-expired", { weight: 20, limitMs: 2592000000 }),
    },
    {
      rule: "takes back what a run drove that has ended",
      seen: ended,
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("owner-gone", { run: "7" }),
    },
    {
      rule: "needs no server time for that",
      seen: { ...ended, now: undefined },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "leaves what was to be left on a cancel",
      state: record("progressing", { onCancel: "leave" }),
      seen: ended,
      ends: "in-progress 0",
    },
    {
      rule: "takes even that back past its deadline",
      state: record("progressing", { onCancel: "leave" }),
      seen: late,
      ends: "ours: rolled-back 0 in phase 2",
    },
    { rule: "leaves a pause alone before its deadline", state: record("person"), seen: ended, ends: "paused 0" },
    {
      rule: "leaves what is under way alone",
      ends: "in-progress 0",
      says: reason("nothing-to-sweep", { stands: said("it was good") }),
    },
    { rule: "does not judge a deadline without server time", seen: { now: undefined }, ends: "in-progress 0" },
    {
      rule: "takes back what is held once stable is ready",
      state: record("held"),
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("stable-recovered", { failed: said("it was good") }),
    },
    {
      rule: "takes back what is held where nobody may look",
      state: record("held"),
      seen: { health: { stable: "unchecked" } },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "raises the alarm for what stays held",
      state: record("held"),
      seen: { health: { stable: "empty", reasons: [readyBehind("v1", 0)] } },
      ends: "held 1",
      says: reason("stable-still-down", { failed: said("it was good"), says: readyBehind("v1", 0) }),
    },
    {
      rule: "does not go back on an unreadable answer about a held rollout",
      state: record("held"),
      seen: { health: { stable: "unknown" } },
      ends: "held 1",
    },
    {
      rule: "holds what is late while stable is down",
      seen: { ...late, health: { stable: "empty" } },
      ends: "ours: held 20 in phase 2",
    },
    { rule: "names foreign weights and does nothing", seen: { ...late, standing: differs }, ends: "drifted 1 drifted" },
    {
      rule: "names a record of another object and does nothing",
      seen: { ...late, uid: "other" },
      ends: "failed 1 foreign-record",
    },
  ]);

  it("leaves nobody as the driver of what it takes back", () => {
    expect(decided({ asked: { command: "sweep", me: another }, seen: late })).toMatchObject({
      state: { by: null, tookPart: [me, another] },
    });
  });
});

describe("commands", () => {
  it("never raise the canary, whatever they find", () => {
    for (const command of ["status", "pause", "rollback", "sweep"] as const) {
      for (const what of ["progressing", "held", "person", "promoted", "rolled-back"] as const) {
        const state = record(what);
        const decision = decided({ asked: { command }, state, seen: { verdict: passing } });
        const weight = decision.kind === "commit" ? decision.state.weight : 0;
        expect(weight).toBeLessThanOrEqual(state.weight);
      }
    }
  });

  it("name themselves and their run in the record", () => {
    expect(whoAsks(asked({ command: "promote" }))).toEqual({ command: "promote", run: "7" });
  });

  it("tell a route that never had a record from one that lost it", () => {
    expect(words(nothingThere(asked(), seen()))).toBe("refused 2 command-refused");
    expect(words(nothingThere(asked(first()), seen()))).toBe("drifted 1 drifted");
    expect(seen().run.sawOwnRecord).toBe(true);
  });
});
