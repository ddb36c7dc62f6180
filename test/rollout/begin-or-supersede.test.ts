import { describe, expect, it } from "vitest";
import { type Finding, finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import {
  isFinal,
  isPassing,
  isSettling,
  recordedOutcome,
  supersededBy,
  unexpectedStart,
} from "../../src/rollout/begin-or-supersede.ts";
import { decide } from "../../src/rollout/decide-next-step.ts";
import type { RunId } from "../../src/rollout/rollout-state.ts";
import {
  another,
  asked,
  decided,
  differs,
  entered,
  hour,
  me,
  plan,
  type Row,
  readyBehind,
  record,
  rule,
  second,
  seen,
  selection,
  words,
} from "./samples.ts";

const check = (rows: readonly Row[]) =>
  it.each(rows)("$rule", ({ ends, says, ...row }) => {
    const decision = decided({ ...row, seen: { ...row.seen, run: { sawOwnRecord: false, ...row.seen?.run } } });
    expect(words(decision)).toBe(ends);
    if (says !== undefined) expect(decision.reason).toEqual(says);
  });

const theirs = (what: Parameters<typeof record>[0] = "progressing", more: Parameters<typeof record>[1] = {}) =>
  record(what, {
    rollout: "theirs",
    planDigest: "other",
    revision: "old",
    revisions: ["old"],
    tookPart: [another],
    by: another,
    ...more,
  });

describe("a rollout begins", () => {
  const nothing = { state: undefined } as const;
  const twice = { rejected: { times: 2, reason: said("admission says no") } };
  const missing = finding("subset-missing", { subset: "v2", host: "reviews", misspelt: [] });
  const unanswered = finding("cluster-unreachable", { asked: "rivals", object: "virtualservices" });
  check([
    {
      rule: "on a route without a record, at its first phase",
      ...nothing,
      ends: "ours: progressing 5 in phase 1",
      says: reason("rollout-started", {}),
    },
    {
      rule: "not while anything stands in the way, and all of it is said",
      ...nothing,
      seen: { findings: [missing, unanswered] },
      ends: "refused 2 subset-missing",
      says: reason("preflight-findings", { findings: [missing.reason, unanswered.reason] }),
    },
    {
      rule: "not yet while the API server has not answered a question",
      ...nothing,
      seen: { findings: [unanswered] },
      ends: "wait 2 s",
      says: unanswered.reason,
    },
    {
      rule: "not where the canary has traffic that nobody explains",
      ...nothing,
      seen: { selection: selection({ share: 30 }) },
      ends: "refused 2 unexpected-start-weight",
      says: reason("unexpected-start-weight", { share: 30, expected: 0, first: 5 }),
    },
    {
      rule: "where the canary has the start weight that was named",
      plan: plan({ target: { routes: [], rules: [], startWeight: 30 } }),
      ...nothing,
      seen: { selection: selection({ share: 30 }) },
      ends: "ours: progressing 5 in phase 1",
    },
    { rule: "not without server time", ...nothing, seen: { now: undefined }, ends: "wait 2 s" },
    {
      rule: "not before this run knows when it started",
      asked: { startedAt: undefined },
      ...nothing,
      ends: "wait 2 s",
    },
    {
      rule: "not on a canary without a ready endpoint",
      ...nothing,
      seen: { health: { canary: "empty" } },
      ends: "refused 2 backend-empty",
      says: reason("version-not-ready", { side: "canary", says: readyBehind("v2", 2) }),
    },
    {
      rule: "not beside a stable version without a ready endpoint",
      ...nothing,
      seen: { health: { stable: "empty" } },
      ends: "refused 2 backend-empty",
      says: reason("version-not-ready", { side: "stable", says: readyBehind("v2", 2) }),
    },
    {
      rule: "not while nobody could say whether the canary is ready",
      ...nothing,
      seen: { health: { canary: "unknown" } },
      ends: "wait 2 s",
    },
    {
      rule: "where the right to look was never there, which preflight said",
      ...nothing,
      seen: { health: { canary: "unchecked", stable: "unchecked" } },
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "not once the cluster refused the first patch twice at one version",
      ...nothing,
      seen: { run: twice },
      ends: "failed 1 write-rejected",
      says: reason("first-phase-rejected", { says: said("admission says no") }),
    },
    {
      rule: "after one refusal all the same",
      ...nothing,
      seen: { run: { rejected: { times: 1, reason: said("conflict") } } },
      ends: "ours: progressing 5 in phase 1",
    },
  ]);

  it("names the whole traffic as the first step of a schedule that has none", () => {
    expect(unexpectedStart(plan({ phases: [] }), 30, {})).toEqual(
      reason("unexpected-start-weight", { share: 30, expected: 0, first: 100 }),
    );
  });

  it("not before anything is known of what would be moved", () => {
    const { selection: _, ...rest } = seen({ run: { sawOwnRecord: false } });
    expect(words(decide(plan(), asked(), undefined, rest))).toBe("wait 2 s");
  });
});

describe("another rollout is on the route", () => {
  const abouts = { startedAt: entered - hour };
  check([
    {
      rule: "that started earlier: it is taken over from the first phase",
      asked: { startedAt: entered },
      state: theirs(),
      ends: "ours: progressing 5 in phase 1",
      says: reason("taken-over", { rollout: "theirs", weight: 20 }),
    },
    {
      rule: "that started later: this run is superseded",
      state: theirs("progressing", { startedAt: entered }),
      ends: "superseded 1",
      says: reason("newer-rollout-active", { rollout: "theirs" }),
    },
    {
      rule: "that started in the same second with the smaller id: it is taken over",
      state: theirs("progressing", { rollout: "a", ...abouts }),
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "that started in the same second with the greater id: this run is superseded",
      state: theirs("progressing", abouts),
      ends: "superseded 1",
    },
    {
      rule: "whose start cannot be compared: waits",
      asked: { startedAt: undefined },
      state: theirs(),
      ends: "wait 2 s",
    },
    {
      rule: "at a weight that its record explains: nobody asks for the start weight",
      asked: { startedAt: entered },
      state: theirs(),
      seen: { selection: selection({ share: 20 }) },
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "at weights that its record does not explain: drifted",
      asked: { startedAt: entered },
      state: theirs(),
      seen: { standing: differs },
      ends: "drifted 1 drifted",
    },
    {
      rule: "paused by a person: a later rollout takes over",
      asked: { startedAt: entered },
      state: theirs("person"),
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "held: a takeover would send traffic back to a stable version that is down",
      asked: { startedAt: entered },
      state: theirs("held"),
      seen: { health: { stable: "empty" } },
      ends: "refused 2 backend-empty",
    },
    {
      rule: "finished before this run started: a new one begins",
      asked: { startedAt: entered + 2 * hour },
      state: theirs("promoted"),
      ends: "ours: progressing 5 in phase 1",
      says: reason("rollout-started", {}),
    },
    {
      rule: "finished in the second in which this run started: a new one begins",
      asked: { startedAt: entered + hour },
      state: { ...theirs("promoted"), endedAt: entered + hour + 400 } as never,
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "finished after this run started: this run is superseded",
      state: theirs("rolled-back"),
      ends: "superseded 1",
      says: reason("newer-rollout-ended", { rollout: "theirs" }),
    },
    {
      rule: "finished, and the start of this run is not known: waits",
      asked: { startedAt: undefined },
      state: theirs("promoted"),
      ends: "wait 2 s",
    },
    {
      rule: "finished, at weights that it did not leave: history is not compared",
      asked: { startedAt: entered + 2 * hour },
      state: theirs("promoted"),
      seen: { standing: differs },
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "finished on an object that is gone, and the canary is at rest: a new one begins",
      asked: { startedAt: entered + 2 * hour },
      state: theirs("promoted", { uid: "gone" }),
      ends: "ours: progressing 5 in phase 1",
    },
    {
      rule: "that was there before this run's own has come back: nothing starts again",
      asked: { startedAt: entered },
      state: theirs(),
      seen: { run: { sawOwnRecord: true } },
      ends: "drifted 1 drifted",
      says: reason("rollout-drifted", { found: reason("record-came-back", { rollout: "theirs" }) }),
    },
    {
      rule: "finished, and was there before this run's own: nothing starts again",
      asked: { startedAt: entered + 2 * hour },
      state: theirs("promoted"),
      seen: { run: { wroteItself: true } },
      ends: "drifted 1 drifted",
    },
    {
      rule: "that went home, where a write of this run may have landed before: nothing is begun a second time",
      asked: { startedAt: entered + 2 * hour },
      state: theirs("rolled-back"),
      seen: { run: { sawOwnRecord: false, mayHaveWritten: true } },
      ends: "drifted 1 drifted",
      says: reason("first-write-unsure", { rollout: "theirs", status: "rolled-back" }),
    },
    {
      rule: "copied to an object on which the canary has traffic: refused",
      asked: { startedAt: entered + 2 * hour },
      state: theirs("progressing", { uid: "gone" }),
      seen: { selection: selection({ share: 20 }) },
      ends: "refused 2 foreign-record",
    },
    {
      rule: "on an object that replaced the one this run drove: no new start",
      asked: { startedAt: entered + 2 * hour },
      state: theirs("progressing", { uid: "gone" }),
      seen: { run: { sawOwnRecord: true } },
      ends: "refused 2 foreign-record",
    },
  ]);

  it("lists every run that took part in it, or was superseded by it, as superseded", () => {
    const before = theirs("progressing", { superseded: [{ id: "1", attempt: 2 }, me] });
    const decision = decided({
      asked: { startedAt: entered, me: { ...me, attempt: 2 } },
      state: before,
      seen: { run: { sawOwnRecord: false } },
    });
    expect(decision).toMatchObject({
      state: { superseded: [{ id: "1", attempt: 2 }, me, another], tookPart: [{ ...me, attempt: 2 }] },
    });
  });

  it("leaves its home weights to the one that takes over, and its uid, names and revisions follow the new plan", () => {
    const before = theirs("progressing", { rules: [rule({ home: [90, null] })], further: { later: 1 } });
    const decision = decided({
      asked: { startedAt: entered },
      state: before,
      seen: {
        selection: selection({ share: 20, rules: [rule({ home: [80, 20] })] }),
        run: { sawOwnRecord: false },
      },
    });
    expect(decision).toMatchObject({
      state: {
        startedAt: entered,
        rules: [{ home: [90, null] }],
        revisions: ["old", "abc"],
        further: { later: 1 },
        revision: "abc",
        planDigest: "plan",
      },
    });
  });
});

describe("superseded runs", () => {
  const late = (more: Partial<RunId> = {}) => asked({ me: { ...me, ...more } });
  const newer: RunId = { id: "8", attempt: 1, workflow: "deploy", number: 8 };
  it.each([
    ["a run that is listed never comes back", late(), theirs("progressing", { superseded: [me] }), true, true],
    ["nor to its own rollout, which a re-run drives", late(), record("progressing", { superseded: [me] }), false, true],
    ["its re-run may start", late({ attempt: 2 }), theirs("progressing", { superseded: [me] }), true, false],
    [
      "a first attempt with a lower number of the same workflow is too late, though it never wrote",
      late(),
      theirs("progressing", { tookPart: [newer] }),
      true,
      true,
    ],
    [
      "also where the newer run has itself been superseded",
      late(),
      theirs("progressing", { superseded: [newer] }),
      true,
      true,
    ],
    [
      "a re-run with a lower number may start",
      late({ attempt: 2 }),
      theirs("progressing", { tookPart: [newer] }),
      true,
      false,
    ],
    [
      "a lower number of another workflow says nothing",
      late({ workflow: "release" }),
      theirs("progressing", { tookPart: [newer] }),
      true,
      false,
    ],
    [
      "a run without a number is judged by its start alone",
      asked({ me: { id: "7", attempt: 1, workflow: "deploy" } }),
      theirs("progressing", { tookPart: [newer] }),
      true,
      false,
    ],
    [
      "a newer run without a number says nothing",
      late(),
      theirs("progressing", { tookPart: [{ id: "8", attempt: 1, workflow: "deploy" }] }),
      true,
      false,
    ],
    [
      "a terminal has no workflow and is judged by its start alone",
      asked({ me: { id: "x", attempt: 1 } }),
      theirs("progressing", { tookPart: [newer] }),
      true,
      false,
    ],
    ["a higher number is in time", late({ number: 9 }), theirs("progressing", { tookPart: [newer] }), true, false],
    [
      "a newer run of one's own rollout is joined, not feared",
      late(),
      record("progressing", { tookPart: [newer] }),
      false,
      false,
    ],
  ] as const)("%s", (_, who, state, other, expected) => {
    const decision = supersededBy(who, state, other);
    expect(decision === undefined ? undefined : words(decision)).toBe(expected ? "superseded 1" : undefined);
  });
});

describe("the end of a rollout", () => {
  it("is told as promoted with success, whoever brought it about", () => {
    expect(words(recordedOutcome(asked(), record("promoted", { by: another }) as never))).toBe("promoted 0");
  });

  it("is final when promoted or rolled back, and only then", () => {
    const all = ["progressing", "held", "person", "promoted", "rolled-back"] as const;
    expect(all.filter((what) => isFinal(record(what)))).toEqual(["promoted", "rolled-back"]);
  });

  it("what a controller has not said yet may come for half a minute, counted by the server's clock", () => {
    const late = { ...finding("parent-not-accepted", { why: "unanswered", parent: "edge" }), mayPass: true } as const;
    const settles = (now: number | undefined, startedAt: number | undefined, one: Finding = late) =>
      isSettling(one, asked({ startedAt }), seen({ now }));
    expect(settles(entered + 29 * second, entered)).toBe(true);
    expect(settles(entered + 30 * second, entered)).toBe(false);
    expect(settles(undefined, entered)).toBe(false);
    expect(settles(entered, undefined)).toBe(false);
    expect(settles(entered, entered, { reason: late.reason })).toBe(false);
  });

  it("a question that was not answered passes; what was answered stays", () => {
    expect(isPassing(finding("cluster-unreachable", { asked: "read", object: "shop/reviews" }))).toBe(true);
    expect(isPassing(finding("subset-empty", { subset: "v2", labels: [] }))).toBe(false);
  });

  it("without server time is dated so that it orders later runs, never earlier than this run's start", () => {
    const back = decided({ asked: { startedAt: entered + 5 * second }, seen: { now: undefined, abort: true } });
    expect(back).toMatchObject({ state: { status: "rolled-back", endedAt: entered + 5 * second } });
    const unknown = decided({ asked: { startedAt: undefined }, seen: { now: undefined, abort: true } });
    expect(unknown).toMatchObject({ state: { endedAt: entered } });
    const early = decided({
      asked: { startedAt: undefined },
      state: record("progressing", { entered: [] }),
      seen: { now: undefined, abort: true },
    });
    expect(early).toMatchObject({ state: { endedAt: entered - hour } });
  });
});
