import { describe, expect, it } from "vitest";
import { finding } from "../../src/base/reasons/finding.ts";
import { type Reason, reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { paceMs } from "../../src/rollout/decide-in-progress.ts";
import { unmetCriterion } from "../../src/rollout/pass-criteria.ts";
import { rejection } from "../../src/rollout/rollback-reasons.ts";
import {
  decided,
  entered,
  failing,
  hour,
  inPhase,
  lacking,
  minute,
  mismatched,
  passing,
  phases,
  plan,
  type Row,
  readyBehind,
  record,
  second,
  seen,
  watch,
  words,
} from "./samples.ts";

const empty = finding("subset-empty", { subset: "v2", labels: ["version=v2"] });

const check = (rows: readonly Row[]) =>
  it.each(rows)("$rule", ({ ends, says, ...row }) => {
    const decision = decided(row);
    expect(words(decision)).toBe(ends);
    if (says !== undefined) expect(decision.reason).toEqual(says);
  });

describe("time in a phase", () => {
  check([
    {
      rule: "nothing counts before the write allowance and the settling are over",
      seen: { now: watch - 10 * second, verdict: passing },
      ends: "wait 10 s",
      says: reason("settling", { weight: 20 }),
    },
    {
      rule: "the hold is watched whole, even if the metrics pass",
      seen: { now: watch + minute - 1, verdict: passing },
      ends: "wait 1 s",
    },
    {
      rule: "a long way to go is waited in steps",
      seen: { now: watch + second },
      ends: "wait 15 s",
      says: reason("holding", { weight: 20 }),
    },
    {
      rule: "at the end of the hold a pass goes on",
      seen: { now: watch + minute, verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "a server date before the phase was entered counts as no time at all",
      seen: { now: entered - 5 * minute, verdict: passing },
      ends: "wait 15 s",
    },
    {
      rule: "max-hold runs from the later of watch and resume",
      state: record("progressing", { watchedFrom: watch + 10 * minute, deadline: watch + hour }),
      seen: { now: watch + 14 * minute - second, verdict: lacking("traffic") },
      ends: "wait 1 s",
    },
    {
      rule: "a resume before watching began does not shorten it",
      state: record("progressing", { watchedFrom: entered }),
      seen: { now: watch + 4 * minute - second, verdict: lacking("traffic") },
      ends: "wait 1 s",
    },
    {
      rule: "the hold does not start again after a pause",
      state: record("progressing", { watchedFrom: watch + 10 * minute, deadline: watch + hour }),
      seen: { now: watch + 10 * minute + second, verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "past max-hold a pass still counts",
      seen: { now: watch + 5 * minute, verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "past max-hold a fail still counts",
      plan: plan({ policy: { onInconclusive: "promote" } }),
      seen: { now: watch + 5 * minute, verdict: failing },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "past the deadline the rollout goes back, whatever the metrics say",
      seen: { now: watch + 9 * minute + 1, verdict: passing },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("deadline-passed", { phase: 2, weight: 20 }),
    },
    {
      rule: "at the deadline it does not yet",
      seen: { now: watch + 9 * minute, verdict: passing },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "without server time nothing is raised",
      seen: { now: undefined, verdict: passing },
      ends: "wait 15 s",
      says: reason("no-server-time", {}),
    },
    {
      rule: "without server time a fail still goes back",
      seen: { now: undefined, verdict: failing },
      ends: "ours: rolled-back 0 in phase 2",
    },
  ]);

  it("looks as often as there can be something new, between 1 and 15 s", () => {
    const source = { provider: "prometheus", url: "https://p", lagMs: 0, hosts: [], allowHttp: false };
    const pace = (scrapeIntervalMs: number) => paceMs(plan({ metrics: { ...source, scrapeIntervalMs } }));
    expect([pace(100), pace(5 * second), pace(minute), paceMs(plan())]).toEqual([
      second,
      5 * second,
      15 * second,
      15 * second,
    ]);
  });

  it("gives each phase a deadline: entry, allowance, settling, max-hold and five minutes", () => {
    const now = watch + 2 * minute;
    const decision = decided({ seen: { now, verdict: passing } });
    expect(decision).toMatchObject({
      state: {
        entered: [entered - 10 * minute, entered, now],
        watchedFrom: null,
        deadline: now + 30 * second + 4 * minute + 5 * minute,
      },
    });
  });
});

describe("what a raise needs besides a pass", () => {
  const blocked = (rule: string, health: object, says: Reason): Row => ({
    rule,
    seen: { verdict: passing, health },
    ends: "wait 15 s",
    says,
  });
  check([
    blocked(
      "a canary that is not known to be down",
      { canary: "empty", because: "v2 has none" },
      reason("canary-not-ready", { says: readyBehind("v2", 2) }),
    ),
    blocked(
      "an answer to the question who is ready",
      { canary: "unknown", because: "list failed" },
      reason("canary-not-ready", { says: readyBehind("v2", 2) }),
    ),
    {
      rule: "no right to look is no reason to wait: preflight has said so",
      seen: { verdict: passing, health: { canary: "unchecked" } },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "it needs no stable version that is ready: traffic leaves it",
      seen: { verdict: passing, health: { stable: "unknown" } },
      ends: "ours: progressing 50 in phase 3",
    },
    { rule: "inconclusive is not a pass", seen: { verdict: lacking("data") }, ends: "wait 15 s" },
    { rule: "no verdict is not a pass", ends: "wait 15 s", says: reason("no-verdict", { phase: 2 }) },
  ]);

  it("records on what grounds it was made", () => {
    expect(decided({ seen: { verdict: passing } })).toMatchObject({
      state: { grounds: { phase: 2, kind: "pass", reason: passing.reason } },
    });
  });

  it("says the first thing that stands in the way", () => {
    expect(unmetCriterion(seen())).toBeUndefined();
    expect(unmetCriterion(seen({ now: undefined }))).toEqual(reason("no-server-time", {}));
    expect(unmetCriterion(seen({ findings: [empty] }))).toEqual(
      reason("finding", { refusal: "subset-empty", says: empty.reason }),
    );
  });
});

describe("a phase that stays undecided until max-hold", () => {
  const now = watch + 4 * minute;
  const policy = (onInconclusive: "pause" | "rollback" | "promote") => plan({ policy: { onInconclusive } });
  check([
    {
      rule: "pauses by default and fails the step",
      seen: { now, verdict: lacking("traffic") },
      ends: "ours: paused (evidence) 20 in phase 2",
      says: reason("paused-inconclusive", { weight: 20, policy: "pause", verdict: lacking("traffic").reason }),
    },
    {
      rule: "goes back where the plan says so",
      plan: policy("rollback"),
      seen: { now, verdict: lacking("traffic") },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("inconclusive", { weight: 20, policy: "rollback", verdict: lacking("traffic").reason }),
    },
    {
      rule: "goes on where the plan says so and only traffic is lacking",
      plan: policy("promote"),
      seen: { now, verdict: lacking("traffic") },
      ends: "ours: progressing 50 in phase 3",
      says: reason("promoted-unproven", { weight: 20, verdict: lacking("traffic").reason }),
    },
    {
      rule: "does not go on where data are lacking",
      plan: policy("promote"),
      seen: { now, verdict: lacking("data") },
      ends: "ours: paused (evidence) 20 in phase 2",
    },
    {
      rule: "does not go on while something stands in the way of a raise",
      plan: policy("promote"),
      seen: { now, verdict: lacking("traffic"), health: { canary: "empty" } },
      ends: "ours: paused (evidence) 20 in phase 2",
    },
    {
      rule: "does not go on with no verdict at all",
      plan: policy("promote"),
      seen: { now },
      ends: "ours: paused (evidence) 20 in phase 2",
    },
    {
      rule: "a pass that something stands in the way of is no pass",
      plan: policy("promote"),
      seen: { now, verdict: passing, findings: [empty] },
      ends: "ours: paused (evidence) 20 in phase 2",
    },
    {
      rule: "stops at `until` on a waiver as on a pass",
      plan: policy("promote"),
      asked: { until: 20 },
      seen: { now, verdict: lacking("traffic") },
      ends: "ours: paused (until) 20 in phase 2",
    },
  ]);

  it("is told by what became of it, with what the metrics said as the cause", () => {
    const told = (onInconclusive: "pause" | "rollback" | "promote") =>
      decided({ plan: policy(onInconclusive), seen: { now, verdict: lacking("traffic") } }).reason;
    const verdict = lacking("traffic").reason;
    expect(told("pause")).toEqual(reason("paused-inconclusive", { weight: 20, policy: "pause", verdict }));
    expect(told("rollback")).toEqual(reason("inconclusive", { weight: 20, policy: "rollback", verdict }));
    expect(told("promote")).toEqual(reason("promoted-unproven", { weight: 20, verdict }));
  });

  check([
    {
      rule: "goes back where traffic never followed the weight, whatever the plan says",
      plan: policy("promote"),
      seen: { now, verdict: mismatched, findings: [empty] },
      ends: "ours: rolled-back 0 in phase 2",
      says: mismatched.reason,
    },
    {
      rule: "and until then it waits",
      plan: policy("rollback"),
      seen: { now: now - second, verdict: mismatched },
      ends: "wait 1 s",
      says: mismatched.reason,
    },
  ]);

  it("records a waiver, never a pass", () => {
    const decision = decided({ plan: policy("promote"), seen: { now, verdict: lacking("traffic") } });
    expect(decision).toMatchObject({ state: { grounds: { phase: 2, kind: "waiver" } } });
  });

  it("keeps the record for 30 days once it is paused", () => {
    expect(decided({ seen: { now, verdict: lacking("traffic") } })).toMatchObject({
      state: { deadline: now + 30 * 24 * hour },
    });
  });
});

describe("reasons to go back that need no metrics", () => {
  const empty = (canaryEmptyMs: number) =>
    ({ canary: "empty", canaryEmptyMs, because: "v2 has no ready endpoint" }) as const;
  check([
    {
      rule: "a canary without a ready endpoint in every turn of a minute",
      seen: { now: watch, health: empty(minute) },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("canary-unready", { forMs: 60000, says: readyBehind("v2", 2) }),
    },
    { rule: "not before the minute is over", seen: { now: watch, health: empty(minute - 1) }, ends: "wait 15 s" },
    {
      rule: "not while the canary has no traffic",
      state: inPhase(1, { weight: 0 }),
      seen: { now: watch, health: empty(minute) },
      ends: "wait 15 s",
    },
    {
      rule: "a patch that the cluster refused twice at one version",
      seen: { run: { rejected: { times: 2, reason: said("denied by policy") } } },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("step-rejected", { says: said("denied by policy") }),
    },
    {
      rule: "one refusal means nothing",
      seen: { verdict: passing, run: { rejected: { times: 1, reason: said("conflict") } } },
      ends: "ours: progressing 50 in phase 3",
    },
    {
      rule: "a phase that the plan does not have",
      plan: plan({ phases: phases.slice(0, 1) }),
      seen: { verdict: passing },
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("phase-not-in-plan", { phase: 2 }),
    },
  ]);

  it("a refusal counts from the second time", () => {
    expect(rejection(seen())).toBeUndefined();
    expect(rejection(seen({ run: { rejected: { times: 1, reason: said("x") } } }))).toBeUndefined();
    expect(rejection(seen({ run: { rejected: { times: 3, reason: said("x") } } }))).toEqual(said("x"));
  });
});

describe("a way back while stable is down", () => {
  const held = record("held", { reason: reason("rollback-blocked", { weight: 20, failed: said("errors") }) });
  check([
    {
      rule: "holds the traffic where it still works",
      seen: { verdict: failing, health: { stable: "empty" } },
      ends: "ours: held 20 in phase 2",
      says: reason("rollback-blocked", { weight: 20, failed: failing.reason }),
    },
    {
      rule: "an unreadable answer does not stop it",
      seen: { verdict: failing, health: { stable: "unknown" } },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "held: a look every five seconds",
      state: held,
      seen: { health: { stable: "empty" } },
      ends: "wait 5 s",
      says: reason("waiting-for-stable", { says: readyBehind("v2", 2) }),
    },
    {
      rule: "held: what nobody could say is not ready",
      state: held,
      seen: { health: { stable: "unknown" } },
      ends: "wait 5 s",
    },
    {
      rule: "held: back as soon as stable is ready",
      state: held,
      ends: "ours: rolled-back 0 in phase 2",
      says: reason("stable-recovered", { failed: said("errors") }),
    },
    {
      rule: "held: back without a right to look",
      state: held,
      seen: { health: { stable: "unchecked" } },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "held: back when stable is ready, also past the deadline",
      state: held,
      seen: { now: watch + hour },
      ends: "ours: rolled-back 0 in phase 2",
    },
    {
      rule: "held: given up at the deadline, and the step fails",
      state: held,
      seen: { now: watch + hour, health: { stable: "empty" } },
      ends: "held 1",
      says: reason("stable-down-past-deadline", { failed: said("errors") }),
    },
    {
      rule: "held: not given up without server time",
      state: held,
      seen: { now: undefined, health: { stable: "empty" } },
      ends: "wait 5 s",
    },
    {
      rule: "held: signed by the run that goes on with it",
      state: record("held", { by: null }),
      seen: { health: { stable: "empty" } },
      ends: "ours: held 20 in phase 2",
    },
  ]);

  it("is what a commanded rollback of a held rollout does too", () => {
    const decision = decided({ asked: { command: "rollback" }, state: held, seen: { health: { stable: "empty" } } });
    expect(words(decision)).toBe("wait 5 s");
  });
});
