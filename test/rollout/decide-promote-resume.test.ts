import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { drivesOn, sinceFirst } from "../../src/rollout/decide-promote-resume.ts";
import type { RunRequest } from "../../src/rollout/run-request.ts";
import { firstSight } from "../../src/rollout/run-request.ts";
import {
  another,
  asked,
  day,
  decided,
  differs,
  entered,
  failing,
  inPhase,
  me,
  minute,
  passing,
  plan,
  type Row,
  readyBehind,
  record,
  second,
  watch,
  withPauseAfter,
  words,
} from "./samples.ts";

const check = (asks: Row["asked"], rows: readonly Row[]) =>
  it.each(rows)("$rule", ({ ends, says, ...row }) => {
    const decision = decided({ ...row, asked: { ...asks, ...row.asked } });
    expect(words(decision)).toBe(ends);
    if (says !== undefined) expect(decision.reason).toEqual(says);
  });
type What = Parameters<typeof record>[0];
const first = (what: What = "progressing", more: Parameters<typeof record>[1] = {}): Partial<RunRequest> => ({
  first: firstSight(record(what, more)),
});
const done = (what: What): Partial<RunRequest> => ({ first: { ...firstSight(record(what)), done: true } });
const byAnother = record("progressing", { by: another, tookPart: [another] });
const late = { now: watch + 10 * minute };

describe("promote", () => {
  check({ command: "promote" }, [
    {
      rule: "needs a rollout",
      state: undefined,
      ends: "refused 2 command-refused",
      says: reason("no-rollout-for", { command: "promote" }),
    },
    {
      rule: "needs the rollout's plan",
      plan: plan({ digest: "other" }),
      state: byAnother,
      ends: "refused 2 command-refused",
      says: reason("plan-differs", { command: "promote" }),
    },
    {
      rule: "goes by the record's revision, whatever the newest commit is",
      plan: plan({ rollout: "newest", revision: "newer" }),
      state: byAnother,
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "ends the present wait of what is in progress",
      state: byAnother,
      ends: "ours: progressing 50 in phase 3",
      says: reason("approved", { weight: 20, command: "promote", run: "7" }),
    },
    { rule: "ends a person's pause", state: record("person"), ends: "ours: progressing 50 in phase 3" },
    { rule: "ends a pause of the schedule", state: record("schedule"), ends: "ours: progressing 50 in phase 3" },
    { rule: "ends a pause for lack of evidence", state: record("evidence"), ends: "ours: progressing 50 in phase 3" },
    { rule: "from the last phase is the promotion", state: inPhase(4), ends: "ours: promoted 100 in phase 4" },
    {
      rule: "does not ask the metrics: the person is the ground",
      state: record("person"),
      seen: { verdict: failing },
      ends: "ours: progressing 50 in phase 3",
    },
    { rule: "of what is promoted has nothing to do", state: record("promoted"), ends: "promoted 0" },
    {
      rule: "over a recorded fail is refused",
      state: record("rolled-back"),
      ends: "refused 2 command-refused",
      says: reason("failed-before", { failed: said("errors") }),
    },
    { rule: "over a fail that could not go back is refused", state: record("held"), ends: "refused 2 command-refused" },
    {
      rule: "onto a canary that is known to be down is refused",
      seen: { health: { canary: "empty", reasons: [readyBehind("v2", 0)] } },
      ends: "refused 2 command-refused",
      says: reason("version-not-ready", { side: "canary", says: readyBehind("v2", 0) }),
    },
    {
      rule: "onto a canary that nobody could ask about waits",
      seen: { health: { canary: "unknown" } },
      ends: "wait 2 s",
    },
    { rule: "without server time waits", seen: { now: undefined }, ends: "wait 2 s" },
    {
      rule: "of a phase that was entered only just now is refused: a double click promotes once",
      seen: { now: watch - 1 },
      ends: "refused 2 command-refused",
      says: reason("phase-just-entered", { phase: 2, weight: 20 }),
    },
    {
      rule: "after the allowance and the settling is not",
      seen: { now: watch },
      ends: "ours: progressing 50 in phase 3",
    },
    { rule: "writes nothing after a cancel", seen: { abort: true }, ends: "cancelled 1" },
    { rule: "writes nothing where the weights are foreign", seen: { standing: differs }, ends: "drifted 1 drifted" },
    { rule: "writes nothing on another object", seen: { uid: "other" }, ends: "failed 1 foreign-record" },
    {
      rule: "of another rollout than the one named is refused",
      asked: { rollout: "theirs" },
      ends: "refused 2 command-refused",
    },
    {
      rule: "past the deadline takes back, as every turn does",
      state: byAnother,
      seen: late,
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("command-too-late", {
        command: "promote",
        run: "7",
        late: reason("deadline-passed", { phase: 2, weight: 20 }),
      }),
    },
    {
      rule: "of a pause past its 30 days takes back",
      state: record("person"),
      seen: { now: entered + 31 * day },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "that the cluster refused for good says its words",
      seen: { run: { rejected: { times: 2, reason: said("denied") } } },
      ends: "failed 1 write-rejected",
    },
    { rule: "finds that the record has been taken away", asked: first(), state: undefined, ends: "drifted 1 drifted" },
  ]);

  it("leaves nobody as the driver of what another run drives, and signs what it drives itself", () => {
    expect(decided({ asked: { command: "promote" }, state: byAnother })).toMatchObject({
      state: { by: null, grounds: { phase: 2, kind: "person" } },
    });
    expect(decided({ asked: { command: "promote" }, state: record("person") })).toMatchObject({ state: { by: me } });
  });
});

describe("promote, after its patch", () => {
  const next = inPhase(3, { by: null });
  check({ command: "promote" }, [
    {
      rule: "is done where another run drives, and ends well",
      asked: first(),
      state: next,
      ends: "in-progress 0",
      says: reason("command-done", { command: "promote" }),
    },
    {
      rule: "twice does not promote two phases: a lost answer is seen in the next phase",
      asked: first(),
      state: inPhase(3, { by: another }),
      seen: { verdict: passing },
      ends: "in-progress 0",
    },
    {
      rule: "drives on where it ended a pause",
      asked: first("person"),
      state: inPhase(3),
      seen: { verdict: passing },
      ends: "ours: progressing 100 in phase 4",
    },
    {
      rule: "drives on where the pause came after its first look",
      asked: first(),
      state: inPhase(3, { by: me }),
      seen: { verdict: passing },
      ends: "ours: progressing 100 in phase 4",
    },
    {
      rule: "ends at the next pause of the schedule",
      asked: first("person"),
      plan: plan({ phases: withPauseAfter(50) }),
      state: record("schedule", { phase: 3 }),
      ends: "paused 0",
    },
    {
      rule: "of the last phase has promoted",
      asked: first("progressing", { phase: 4 }),
      state: record("promoted"),
      ends: "promoted 0",
    },
    {
      rule: "finds what was taken back meanwhile, and fails",
      asked: first(),
      state: record("rolled-back", { by: another }),
      ends: "rolled-back 1",
    },
    {
      rule: "that drives takes back what fails, in its own name",
      asked: first("person"),
      state: inPhase(3),
      seen: { verdict: failing },
      ends: "ours: rolled-back 0 in phase 3",
    },
    {
      rule: "finds another rollout in its place",
      asked: first("progressing", { rollout: "older" }),
      state: next,
      ends: "superseded 1",
    },
    {
      rule: "finds the same rollout begun anew in its place",
      asked: first("progressing", { startedAt: 1 }),
      state: inPhase(1, { by: another }),
      ends: "superseded 1",
      says: reason("rollout-restarted", { rollout: "ours" }),
    },
    {
      rule: "never promotes a rollout that began anew meanwhile",
      asked: done("progressing"),
      state: inPhase(1, { by: another }),
      ends: "in-progress 0",
    },
    {
      rule: "that meets a resume of the same phase still promotes",
      asked: first("person"),
      state: byAnother,
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "cancelled while it drives takes back",
      asked: first("person"),
      state: inPhase(3),
      seen: { abort: true },
      ends: "ours: rolled-back 0 in phase 3",
    },
    {
      rule: "cancelled while another run drives writes nothing",
      asked: first("person"),
      state: inPhase(3, { by: another }),
      seen: { abort: true },
      ends: "cancelled 1",
      says: reason("cancelled", { while: "not-owner" }),
    },
    {
      rule: "cancelled after it wrote takes back, whoever signed since",
      asked: first("person"),
      state: inPhase(3, { by: another }),
      seen: { abort: true, run: { wroteItself: true } },
      ends: "ours: rolled-back 0 in phase 3",
    },
    {
      rule: "cancelled on a record that nobody signed, having written nothing, leaves it",
      asked: first("person"),
      state: inPhase(3, { by: null }),
      seen: { abort: true },
      ends: "cancelled 1",
    },
  ]);

  it("is told as its own rollback", () => {
    const driving = { command: "promote", ...first("person") } as const;
    const back = decided({ asked: driving, state: inPhase(3), seen: { verdict: failing } });
    expect(back).toMatchObject({ state: { by: me } });
    const state = back.kind === "commit" ? back.state : undefined;
    expect(decided({ asked: driving, state }).reason).toEqual(failing.reason);
  });
});

describe("resume", () => {
  check({ command: "resume" }, [
    {
      rule: "begins nothing where the rollout was taken back before it could go on",
      asked: { ...first("person"), startedAt: watch + day },
      state: record("rolled-back", { by: another, tookPart: [another] }),
      ends: "rolled-back 1",
      says: reason("rolled-back-by", { run: "9", rollback: said("errors") }),
    },
    { rule: "needs a rollout", state: undefined, ends: "refused 2 command-refused" },
    {
      rule: "needs the rollout's plan",
      plan: plan({ digest: "other" }),
      state: record("person"),
      ends: "refused 2 command-refused",
    },
    {
      rule: "goes on watching the same phase",
      state: record("person"),
      ends: "ours: progressing 20 in phase 2",
      says: reason("resumed", { weight: 20, command: "resume", run: "7" }),
    },
    {
      rule: "of a pause for lack of evidence watches on",
      state: record("evidence"),
      ends: "ours: progressing 20 in phase 2",
    },
    {
      rule: "after a pause of the schedule equals promote",
      state: record("schedule"),
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "after `until` with a recorded pass equals promote",
      state: record("until", { grounds: { phase: 2, kind: "pass", reason: said("good") } }),
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "after `until` without one watches on",
      state: record("until", { grounds: null }),
      ends: "ours: progressing 20 in phase 2",
    },
    {
      rule: "after a pause of the schedule, onto a canary that is down, is refused",
      state: record("schedule"),
      seen: { health: { canary: "empty" } },
      ends: "refused 2 command-refused",
    },
    { rule: "of what is in progress has nothing to do", state: byAnother, ends: "in-progress 0" },
    {
      rule: "of what is held is refused",
      state: record("held"),
      ends: "refused 2 command-refused",
      says: reason("wrong-status", { command: "resume", status: "held" }),
    },
    { rule: "of what is finished is refused", state: record("promoted"), ends: "refused 2 command-refused" },
    { rule: "writes nothing after a cancel", state: record("person"), seen: { abort: true }, ends: "cancelled 1" },
    { rule: "waits for server time", state: record("person"), seen: { now: undefined }, ends: "wait 2 s" },
    {
      rule: "of a pause past its 30 days takes back",
      state: record("person"),
      seen: { now: entered + 31 * day },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "seen to have landed drives on",
      asked: first("person"),
      state: record("progressing"),
      seen: { verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "never ends a pause that a person made after it",
      asked: done("person"),
      state: record("person"),
      ends: "paused 1",
    },
    {
      rule: "finds that the record has been taken away",
      asked: first("person"),
      state: undefined,
      ends: "drifted 1 drifted",
    },
  ]);

  it("writes when it left the pause; max-hold and deadline run from there", () => {
    const now = watch + 20 * minute;
    expect(decided({ asked: { command: "resume" }, state: record("person"), seen: { now } })).toMatchObject({
      state: {
        watchedFrom: now,
        deadline: now + 4 * minute + 5 * minute,
        entered: [entered - 10 * minute, entered],
        by: me,
      },
    });
    const early = decided({ asked: { command: "resume" }, state: record("person"), seen: { now: entered + second } });
    expect(early).toMatchObject({ state: { watchedFrom: entered + second, deadline: watch + 9 * minute } });
  });

  it("of a phase that the plan does not have is given no time", () => {
    const state = record("person", { phase: 9 });
    expect(words(decided({ asked: { command: "resume" }, state }))).toBe("ours: progressing 20 in phase 9");
  });
});

describe("the one fact that a command keeps", () => {
  it("is done from the moment a later read shows it, for good", () => {
    const seenFirst = firstSight(record("person"));
    const since = sinceFirst("resume", seenFirst, record("progressing"));
    expect(since.done).toBe(true);
    expect(sinceFirst("resume", since, record("person")).done).toBe(true);
  });

  it.each([
    ["the same record says nothing", "promote", record(), record(), false],
    ["the next phase does", "promote", record(), inPhase(3), true],
    ["an end does", "promote", record(), record("rolled-back"), true],
    ["another rollout does", "promote", record(), record("progressing", { rollout: "theirs" }), true],
    ["a left pause does for resume", "resume", record("person"), record(), true],
    ["a left pause does not for promote", "promote", record("person"), record(), false],
    ["it concerns no other command", "rollback", record(), inPhase(3), false],
  ] as const)("%s", (_, command, before, after, expected) => {
    expect(sinceFirst(command, firstSight(before), after).done).toBe(expected);
  });

  it.each([
    ["a run drives its rollout", {}, record(), true],
    ["a command that has seen nothing yet does not", { command: "promote" }, record(), false],
    ["nor one whose step is still to come", { command: "promote", ...first() }, record(), false],
    [
      "nor one that ended the wait of another's rollout",
      { command: "promote", ...first() },
      inPhase(3, { by: another }),
      false,
    ],
    ["nor one whose record nobody has signed", { command: "promote", ...first() }, inPhase(3, { by: null }), false],
    ["one that ended a pause does", { command: "promote", ...first("person") }, inPhase(3, { by: another }), true],
    ["not the same one begun anew", { command: "promote", ...first("person", { startedAt: 1 }) }, inPhase(3), false],
    ["not another rollout's", { command: "promote", ...first("person", { rollout: "older" }) }, inPhase(3), false],
  ] as const)("%s", (_, asks, state, expected) => {
    expect(drivesOn(asked(asks as Partial<RunRequest>), state)).toBe(expected);
  });
});
