import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import {
  advanced,
  begun,
  countedFrom,
  homeShare,
  joined,
  paused,
  phaseOf,
  resumed,
  rollbackBlocked,
  rolledBack,
  watchOf,
  withRun,
} from "../../src/rollout/transitions.ts";
import {
  another,
  asked,
  day,
  entered,
  hour,
  inPhase,
  me,
  minute,
  plan,
  record,
  rule,
  second,
  seen,
  selection,
  watch,
} from "./samples.ts";

const why = reason("job-cancelled", {});
const grounds = { phase: 2, kind: "pass", reason: said("good") } as const;
const first = { plan: plan(), asked: asked(), seen: seen(), selection: selection(), now: entered };

describe("when a phase is watched", () => {
  it("begins after the write allowance and the settling", () => {
    expect(watchOf(plan(), record())).toBe(watch);
    expect(watchOf(plan({ policy: { settleMs: 0, allowanceMs: 0 } }), record())).toBe(entered);
  });

  it("falls back on the rollout's start where no entry is recorded", () => {
    expect(watchOf(plan(), record("progressing", { entered: [] }))).toBe(entered - hour + 30 * second);
  });

  it("counts from the pause that was left, if that came later", () => {
    expect(countedFrom(plan(), record("progressing", { watchedFrom: watch + minute }))).toBe(watch + minute);
    expect(countedFrom(plan(), record("progressing", { watchedFrom: entered }))).toBe(watch);
  });

  it("is the phase that the record names, counted from 1", () => {
    expect([1, 4, 5].map((phase) => phaseOf(plan(), inPhase(phase))?.weight)).toEqual([5, 100, undefined]);
  });
});

describe("begun", () => {
  it("writes down whom it serves, where to report, and the home weights", () => {
    expect(begun(first, undefined, false)).toMatchObject({
      rollout: "ours",
      planDigest: "plan",
      revision: "abc",
      repository: "owner/shop",
      pullRequest: 12,
      startedAt: entered - hour,
      uid: "uid",
      status: "progressing",
      phase: 1,
      weight: 5,
      entered: [entered],
      deadline: watch + 4 * minute + 5 * minute,
      by: me,
      tookPart: [me],
      superseded: [],
      revisions: ["abc"],
      rules: [rule()],
      grounds: null,
      onCancel: "rollback",
      notes: [{ at: entered, phase: 1, weight: 5, status: "progressing", reason: reason("rollout-started", {}) }],
    });
  });

  it("writes down that third destinations keep their weight, where the plan says so", () => {
    const target = { routes: [], rules: [], startWeight: 0 };
    expect(begun({ ...first, plan: plan({ target: { ...target, others: "fixed" } }) }, undefined, false).others).toBe(
      "fixed",
    );
    expect(begun(first, undefined, false)).not.toHaveProperty("others");
  });

  it("dates the start by the first write where no earlier time is known", () => {
    expect(begun({ ...first, asked: asked({ startedAt: undefined }) }, undefined, false).startedAt).toBe(entered);
  });

  it("counts in tenths only where a phase needs them and the route can", () => {
    const total = (weight: number, fineTotal?: number) => {
      const phases = [{ weight, holdMs: 0, maxHoldMs: 0, thenPause: false }];
      const chosen = selection(fineTotal === undefined ? {} : { fineTotal });
      return begun({ ...first, plan: plan({ phases }), selection: chosen }, undefined, false).total;
    };
    expect([total(5, 1000), total(2.5, 1000), total(2.5)]).toEqual([100, 1000, 100]);
  });

  it("of an empty schedule would be everything at once", () => {
    expect(begun({ ...first, plan: plan({ phases: [] }) }, undefined, false)).toMatchObject({
      weight: 100,
      deadline: watch + 5 * minute,
    });
  });

  it("after a finished rollout takes what is there for home", () => {
    const before = record("promoted", { rollout: "theirs", rules: [rule({ home: [55, 45] })] });
    expect(begun(first, before, false).rules).toEqual([rule()]);
  });

  it("keeps the last eight revisions, the present one last", () => {
    const before = record("promoted", { rollout: "theirs", revisions: ["1", "abc", "3", "4", "5", "6", "7", "8"] });
    expect(begun(first, before, false).revisions).toEqual(["1", "3", "4", "5", "6", "7", "8", "abc"]);
  });
});

describe("who signs", () => {
  it.each([
    ["a run", asked(), me],
    ["a run with turns nobody", asked({ turns: 3 }), null],
    ["a command that drives", asked({ command: "promote" }), me],
    ["a rollback nobody", asked({ command: "rollback" }), null],
    ["a sweep nobody", asked({ command: "sweep" }), null],
  ])("%s", (_, who, by) => {
    const state = record("progressing", { by: another });
    expect(rolledBack(who, state, why, entered).by).toEqual(by);
    expect(rollbackBlocked(who, state, why, entered).by).toEqual(by);
    expect(paused(who, state, "person", why, entered, null).by).toEqual(by);
    expect(joined(who, state)).toMatchObject({ by: who.turns === undefined ? me : null, reason: state.reason });
  });

  it("keeps the last twenty runs, each once", () => {
    const runs = Array.from({ length: 25 }, (_, index) => ({ id: `${index}`, attempt: 1 })).reduce(
      withRun,
      [] as readonly { id: string; attempt: number }[],
    );
    expect(runs).toHaveLength(20);
    expect(withRun(runs, { id: "24", attempt: 1 })).toEqual(runs);
    expect(withRun(runs, { id: "24", attempt: 2 })).toHaveLength(20);
  });
});

describe("advanced", () => {
  it("enters the next phase on its grounds", () => {
    const next = advanced(plan(), asked(), record(), grounds, watch + minute, true);
    expect(next).toMatchObject({
      status: "progressing",
      phase: 3,
      weight: 50,
      grounds,
      reason: said("good"),
      watchedFrom: null,
    });
    expect(next.notes.at(-1)).toMatchObject({ phase: 3, weight: 50, reason: said("good") });
  });

  it("from the last phase is the promotion, in the same patch as its pass", () => {
    expect(advanced(plan(), asked(), inPhase(4), { ...grounds, phase: 4 }, watch, true)).toMatchObject({
      status: "promoted",
      phase: 4,
      weight: 100,
      endedAt: watch,
      grounds: { phase: 4 },
    });
  });

  it("keeps the last notes", () => {
    const notes = Array.from({ length: 30 }, (_, at) => ({
      at,
      phase: 1,
      weight: 5,
      status: "progressing" as const,
      reason: why,
    }));
    expect(advanced(plan(), asked(), record("progressing", { notes }), grounds, watch, true).notes).toHaveLength(24);
  });
});

describe("paused and resumed", () => {
  it("keep the weight, and the grounds where there are no new ones", () => {
    const state = paused(asked(), record(), "person", why, watch, null);
    expect(state).toMatchObject({
      status: "paused",
      cause: "person",
      weight: 20,
      phase: 2,
      grounds: { phase: 1 },
      deadline: watch + 30 * day,
    });
    expect(paused(asked(), record(), "until", why, watch, grounds)).toMatchObject({ grounds });
    expect(resumed(plan(), asked(), state, why, watch + hour)).toMatchObject({
      status: "progressing",
      weight: 20,
      phase: 2,
      watchedFrom: watch + hour,
    });
  });
});

describe("the way back", () => {
  it("ends at the share that the canary had before", () => {
    expect(homeShare(record())).toBe(0);
    expect(homeShare(record("progressing", { rules: [rule({ home: [2, 1] })] }))).toBe(33.3);
    expect(homeShare(record("progressing", { rules: [rule({ home: [null, null] })] }))).toBe(0);
    expect(homeShare(record("progressing", { rules: [rule({ atHome: true })] }))).toBe(0);
    expect(homeShare(record("progressing", { rules: [rule({ destinations: ["v1"], home: [100] })] }))).toBe(0);
  });

  it("never gives the canary more than the phase did, wherever the rollout began at rest", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3, 4), fc.boolean(), (phase, hasTime) => {
        const state = inPhase(phase);
        return rolledBack(asked(), state, why, hasTime ? watch : undefined).weight <= state.weight;
      }),
    );
  });
});
