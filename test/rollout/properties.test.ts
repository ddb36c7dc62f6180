import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/base/judging-types.ts";
import { finding } from "../../src/base/reasons/finding.ts";
import { said } from "../../src/base/reasons/said.ts";
import { commands } from "../../src/rollout/command-names.ts";
import { decide } from "../../src/rollout/decide-next-step.ts";
import type { Observation } from "../../src/rollout/observation.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import { encodeRecord } from "../../src/rollout/record/encode.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import type { RunRequest } from "../../src/rollout/run-request.ts";
import { firstSight } from "../../src/rollout/run-request.ts";
import { textOf } from "../../src/text/index.ts";
import {
  another,
  asked,
  day,
  differs,
  entered,
  failing,
  hour,
  inPhase,
  lacking,
  me,
  minute,
  mismatched,
  passing,
  plan,
  record,
  second,
  seen,
  selection,
  unrecorded,
  watch,
  withPauseAfter,
} from "./samples.ts";

type Turn = {
  readonly plan: Plan;
  readonly asked: RunRequest;
  readonly state: State | undefined;
  readonly seen: Observation;
};

const verdicts: readonly (Verdict | undefined)[] = [
  undefined,
  passing,
  failing,
  lacking("traffic"),
  lacking("data"),
  mismatched,
];
const whats = ["progressing", "held", "person", "schedule", "until", "evidence", "promoted", "rolled-back"] as const;
/** The first word far more often than the others: where everything goes wrong at once nothing is raised. */
const often = <T>(first: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 4 * others.length, arbitrary: fc.constant(first) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );
const signed = fc.constantFrom(me, another, null);
const existing: fc.Arbitrary<State> = fc
  .record({
    what: fc.constantFrom(...whats),
    phase: fc.integer({ min: 1, max: 4 }),
    by: signed,
    own: fc.boolean(),
    samePlan: fc.boolean(),
    passed: fc.boolean(),
    took: fc.boolean(),
    listed: often(false, true),
    uid: often("uid", "gone"),
  })
  .map(({ what, phase, by, own, samePlan, passed, took, listed, uid }) => {
    const { weight, entered: times } = inPhase(phase);
    const common = {
      by,
      uid,
      rollout: own ? "ours" : "theirs",
      planDigest: own || samePlan ? "plan" : "other",
      phase,
      entered: times,
      weight: what === "rolled-back" ? 0 : what === "promoted" ? 100 : weight,
      grounds: passed ? ({ phase, kind: "pass", reason: said("good") } as const) : null,
      tookPart: took ? [me] : [another],
      superseded: listed ? [me] : [],
    };
    return record(what, common);
  });
const times = fc.constantFrom(
  undefined,
  entered - minute,
  entered,
  watch,
  watch + minute - second,
  watch + minute,
  watch + 5 * minute,
  watch + 20 * minute,
  entered + 2 * hour,
  entered + 31 * day,
);
const side = often<"ready" | "empty" | "unknown" | "unchecked">("ready", "empty", "unknown", "unchecked");
type Without = {
  readonly remembered: State | undefined;
  readonly isDriven: boolean;
  readonly isHome: boolean;
  readonly drift: boolean;
  readonly orphaned: boolean;
};
/** What a turn finds that finds no record. Only an unfinished rollout of this very object is remembered. */
function withoutRecord({ remembered, isDriven, isHome, drift, orphaned }: Without) {
  const isKept = remembered !== undefined && !("endedAt" in remembered) && remembered.uid === "uid";
  const standing = drift ? differs : ({ kind: "as-recorded" } as const);
  return {
    ...(isKept ? { remembered: { state: remembered, standing, isHome, isDriven } } : {}),
    ...(orphaned ? { unrecorded } : {}),
  };
}

const turns: fc.Arbitrary<Turn> = fc
  .record({
    state: fc.option(existing, { nil: undefined }),
    before: fc.option(existing, { nil: undefined }),
    remembered: fc.option(existing, { nil: undefined }),
    isDriven: fc.boolean(),
    isHome: fc.boolean(),
    orphaned: fc.boolean(),
    takesBack: often(false, true),
    command: fc.oneof(
      fc.constant("run" as const),
      fc.constantFrom("promote" as const, "resume" as const),
      fc.constantFrom(...commands),
    ),
    now: times,
    verdict: fc.constantFrom(...verdicts),
    stable: side,
    canary: side,
    emptyMs: fc.constantFrom(0, minute),
    abort: often(false, true),
    drift: often(false, true),
    share: often(0, 20),
    blocked: often(false, true),
    rejected: often(0, 1, 2),
    sawOwnRecord: often(false, true),
    wroteItself: often(false, true),
    until: fc.constantFrom(undefined, 5, 20, 100),
    turns: fc.constantFrom(undefined, 1),
    startedAt: fc.constantFrom(undefined, entered - 2 * hour, entered - hour, entered + 3 * hour),
    onlyContinues: fc.boolean(),
    revisionGiven: fc.boolean(),
    onInconclusive: fc.constantFrom("pause" as const, "rollback" as const, "promote" as const),
    onCancel: fc.constantFrom("rollback" as const, "leave" as const),
    pauseAfter: fc.constantFrom(0, 5, 20),
    ended: fc.boolean(),
    done: often(false, true),
  })
  .map((one) => ({
    plan: plan({
      phases: withPauseAfter(one.pauseAfter),
      policy: { onInconclusive: one.onInconclusive, onCancel: one.onCancel },
    }),
    asked: asked({
      command: one.command,
      startedAt: one.startedAt,
      onlyContinues: one.onlyContinues,
      revisionGiven: one.revisionGiven,
      ...(one.until === undefined ? {} : { until: one.until }),
      ...(one.turns === undefined ? {} : { turns: one.turns }),
      ...(one.before === undefined ? {} : { first: { ...firstSight(one.before), done: one.done } }),
    }),
    state: one.state,
    seen: seen({
      now: one.now,
      verdict: one.verdict,
      abort: one.abort,
      driverHasEnded: one.ended,
      selection: selection({ share: one.share }),
      ...(one.drift ? { standing: differs } : {}),
      ...(one.state === undefined ? withoutRecord(one) : {}),
      findings: one.blocked ? [finding("subset-overlap", { stable: "v1", canary: "v2", pods: [], more: 0 })] : [],
      health: { stable: one.stable, canary: one.canary, canaryEmptyMs: one.emptyMs },
      run: {
        sawOwnRecord: one.sawOwnRecord || (one.state === undefined && one.remembered !== undefined && one.isDriven),
        wroteItself: one.wroteItself,
        ...(one.takesBack && one.state === undefined ? { takesBack: said("errors") } : {}),
        ...(one.rejected === 0 ? {} : { rejected: { times: one.rejected, reason: said("no") } }),
      },
    }),
  }));

const drawn = fc.sample(turns, 60_000);
const decision = (turn: Turn) => decide(turn.plan, turn.asked, turn.state, turn.seen);
const made = drawn.map((turn) => ({ turn, decision: decision(turn) }));
/** What the canary has now: the weight of the record, or of the one that is acted on from memory; else it is at rest. */
const present = ({ state, seen: { remembered, run } }: Turn): number => {
  const isActedOn = remembered?.isDriven === true || run.takesBack !== undefined;
  return state?.weight ?? (isActedOn ? (remembered?.state.weight ?? 0) : 0);
};
/** The records that would raise the canary, with the turns that decided on them. */
const raises = made.flatMap(({ turn, decision: { kind, ...rest } }) =>
  kind === "commit" && "state" in rest && rest.state.weight > present(turn) ? [{ turn, next: rest.state }] : [],
);

/** Tells the turn that breaks a rule. */
function holds<T>(cases: readonly T[], rule: (one: T) => void) {
  for (const one of cases) {
    try {
      rule(one);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${JSON.stringify(one)}`, { cause: error });
    }
  }
}
const everyRaise = (rule: (turn: Turn, next: State) => void) => holds(raises, ({ turn, next }) => rule(turn, next));

describe("a raise", () => {
  it("goes from rest to the first phase, or from a phase to the next one", () => {
    everyRaise(({ plan: { phases }, state }, next) => {
      const step = next.phase === 1 || next.phase === (state?.phase ?? 0) + 1;
      expect([step, next.weight]).toEqual([true, phases[next.phase - 1]?.weight]);
      if (next.phase === 1 && state !== undefined && state.rollout === next.rollout)
        expect(["promoted", "rolled-back"]).toContain(state.status);
    });
  });

  it("to a further phase stands on a recorded pass, a person, or the user's waiver where only traffic lacks", () => {
    everyRaise(({ plan: { policy }, asked: { command }, state, seen: { verdict } }, next) => {
      if (next.phase === 1) return;
      expect(next.grounds?.phase).toBe(next.phase - 1);
      if (next.grounds?.kind === "person") expect(["promote", "resume"]).toContain(command);
      else if (next.grounds?.kind === "waiver")
        expect([policy.onInconclusive, verdict]).toEqual([
          "promote",
          expect.objectContaining({ kind: "inconclusive", lacking: "traffic" }),
        ]);
      else if (state?.status === "paused") expect(state.grounds).toEqual(next.grounds);
      else expect(verdict?.kind).toBe("pass");
    });
  });

  it("never happens over a fail, but by a person who takes it upon himself", () => {
    everyRaise(({ seen: { verdict } }, next) => {
      if (verdict?.kind === "fail" && next.phase > 1) expect(next.grounds?.kind).toBe("person");
    });
  });

  it("needs server time", () => everyRaise(({ seen: { now } }) => expect(now).toBeDefined()));
  it("needs a canary that is not known to be down, nor unanswered for", () =>
    everyRaise(({ seen: { health } }) => expect(["ready", "unchecked"]).toContain(health.canary)));
  it("never happens after a cancel", () => everyRaise(({ seen: { abort } }) => expect(abort).toBe(false)));
  it("never happens on an unfinished record whose weights are foreign", () =>
    everyRaise(({ state, seen: { standing, uid } }) => {
      const unfinished = state !== undefined && state.uid === uid && !("endedAt" in state);
      if (unfinished) expect(standing?.kind).toBe("as-recorded");
    }));
  it("never happens past the deadline", () =>
    everyRaise(({ state, seen: { now } }, next) => {
      if (state !== undefined && next.phase > 1) expect(now ?? 0).toBeLessThanOrEqual(state.deadline);
    }));
  it("without a person comes after allowance, settling and hold", () =>
    everyRaise(({ seen: { now }, state }, next) => {
      if (next.phase > 1 && next.grounds?.kind !== "person" && state?.status === "progressing")
        expect(now ?? 0).toBeGreaterThanOrEqual(watch + minute);
    }));
  it("never comes of a command that only looks, pauses or takes back", () =>
    everyRaise(({ asked: { command } }) => expect(["run", "promote", "resume"]).toContain(command)));
  it("never comes of a run that is listed as superseded", () =>
    everyRaise(({ asked: { command }, state, seen: { uid } }) => {
      if (command === "run" && state?.uid === uid) expect(state.superseded).not.toContainEqual(me);
    }));
  it("never comes of a run that took part in an end", () =>
    everyRaise(({ asked: { command }, state, seen: { uid } }) => {
      const ended = state !== undefined && state.uid === uid && "endedAt" in state && state.rollout === "ours";
      if (ended && command === "run") expect(state.tookPart).not.toContainEqual(me);
    }));
  it("never begins beside a version that has no ready endpoint", () =>
    everyRaise(({ seen: { health } }, next) => {
      if (next.phase === 1) expect(health.stable).not.toBe("empty");
    }));
});

describe("every decision", () => {
  it("is drawn from turns that raise, hold, wait and end", () => {
    expect(raises.length).toBeGreaterThan(300);
    expect(new Set(made.map(({ decision: { kind } }) => kind))).toEqual(new Set(["commit", "wait", "finish"]));
  });

  it("moves no traffic to a stable version that is known to be down", () =>
    holds(made, ({ turn, decision }) => {
      if (decision.kind === "commit" && decision.state.weight < present(turn))
        expect(turn.seen.health.stable).not.toBe("empty");
    }));

  it("that is made from memory lowers the canary that it remembers, or leaves it where it is", () => {
    const fromMemory = made.flatMap(({ turn, decision }) => {
      const { isDriven, state: before } = turn.seen.remembered ?? {};
      return decision.kind === "commit" && isDriven === true && before !== undefined
        ? [{ before, next: decision.state }]
        : [];
    });
    expect(fromMemory.length).toBeGreaterThan(300);
    holds(fromMemory, ({ before, next: { status, weight, rollout, phase } }) => {
      expect(["rolled-back", "held"]).toContain(status);
      expect(weight).toBeLessThanOrEqual(before.weight);
      expect([rollout, phase]).toEqual([before.rollout, before.phase]);
    });
  });

  it("writes nothing on an object that is not the record's, but a rollout that begins where the canary is at rest", () =>
    holds(
      made,
      ({
        turn: {
          state,
          seen: { uid, selection: found },
        },
        decision,
      }) => {
        if (decision.kind !== "commit" || state === undefined || state.uid === uid) return;
        expect([decision.state.phase, decision.state.rollout === state.rollout, found?.share]).toEqual([1, false, 0]);
      },
    ));

  it("says why, and waits no less than a second", () =>
    holds(made, ({ decision }) => {
      expect(textOf(decision.reason)).toMatch(/\w/);
      if (decision.kind === "wait") expect(decision.ms).toBeGreaterThanOrEqual(second);
    }));

  it("commits a record that any later run can read", () =>
    holds(made, ({ decision }) => {
      if (decision.kind === "commit")
        expect(decodeRecord(encodeRecord(decision.state))).toEqual({ kind: "state", state: decision.state });
    }));

  it("of a status or a preflight writes nothing", () =>
    holds(
      made,
      ({
        turn: {
          asked: { command },
        },
        decision,
      }) => {
        if (command === "status" || command === "preflight") expect(decision.kind).toBe("finish");
      },
    ));
});
