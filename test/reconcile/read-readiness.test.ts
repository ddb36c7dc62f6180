import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Readiness, RoutePorts } from "../../src/ports/run-ports.ts";
import { cancelBudget } from "../../src/reconcile/cancel-budget.ts";
import { lookAhead, lookAtHealth } from "../../src/reconcile/read-readiness.ts";
import type { RouteSnapshot } from "../../src/reconcile/read-route.ts";
import type { RunContext } from "../../src/reconcile/run-context.ts";
import { newRunMemory, type RunMemory } from "../../src/reconcile/run-memory.ts";
import type { Follower, State } from "../../src/rollout/rollout-state.ts";
import type { RunRequest } from "../../src/rollout/run-request.ts";
import { createScheduler } from "../../src/simulator/engine/scheduler.ts";
import { asked, record, rule } from "../rollout/samples.ts";

const follower = (name: string, more: Partial<Follower> = {}): Follower => ({
  kind: "httproute",
  namespace: "edge",
  name,
  uid: `uid-${name}`,
  stable: `${name}-v1`,
  canary: `${name}-v2`,
  rules: [rule()],
  total: 100,
  ...more,
});
const state = (...followers: readonly Follower[]): State => ({ ...record(), followers });

/** A run that is on its way back, beside routes of which each says who is ready behind it. */
function going(memory: Partial<RunMemory>, told: Readonly<Record<string, Partial<Readiness>>> = {}) {
  const questions: string[] = [];
  const portsOf = (name: string) =>
    ({
      readiness: async ({ stable, canary }) => {
        questions.push(`${name}: ${stable} ${canary}`);
        const reasons = [reason("not-there", { object: name })];
        return { stable: "ready", canary: "ready", reasons, ...told[name] };
      },
    }) as Partial<RoutePorts> as RoutePorts;
  const clock = createScheduler().clock;
  const trip = {
    ports: {
      ...portsOf("first"),
      clock,
      reach: async ({ name }: Follower) => ({ kind: "reached", ports: portsOf(name) }),
    },
    order: { command: "run" },
    memory: { ...newRunMemory(), ...memory },
    inHurry: cancelBudget(clock, new AbortController().signal),
  } as unknown as RunContext;
  const sight = (now: State, ...there: readonly Follower[]) =>
    ({
      state: now,
      others: there.map((ref) => ({
        ref,
        title: `${ref.namespace}/${ref.kind}/${ref.name}`,
        found: { kind: "found", ports: portsOf(ref.name) },
      })),
    }) as unknown as RouteSnapshot;
  return { trip, questions, sight };
}

const run: RunRequest = asked();
const { rollout, startedAt } = record();
const takesBack = { rollout, startedAt, reason: said("errors rose") };

const notFound = (object: string) => reason("not-there", { object });

describe("who is ready, on the way back", () => {
  it("is asked before the route is read, of every route of the record as it was last seen", async () => {
    const [edge, inner] = [follower("edge"), follower("inner", { stable: "v1", canary: "v2" })];
    const { trip, questions, sight } = going({ takesBack, lastState: state(edge, inner) });
    const ahead = await lookAhead(trip);
    expect(questions).toEqual(["first: v1 v2", "edge: edge-v1 edge-v2"]);
    const health = await lookAtHealth(trip, run, sight(state(edge, inner), edge, inner), undefined, ahead);
    expect(health).toMatchObject({ stable: "ready", canary: "ready" });
    expect(questions).toHaveLength(2);
  });

  it("is the worst of all, but of a route that is gone", async () => {
    const [edge, inner] = [follower("edge"), follower("inner")];
    const told = { edge: { stable: "empty" }, inner: { canary: "unknown" } } as const;
    const { trip, sight } = going({ takesBack, lastState: state(edge, inner) }, told);
    const ahead = await lookAhead(trip);
    const all = await lookAtHealth(trip, run, sight(state(edge, inner), edge, inner), undefined, ahead);
    expect(all).toMatchObject({
      stable: "empty",
      canary: "unknown",
      reasons: ["first", "edge", "inner"].map(notFound),
    });
    const one = await lookAtHealth(trip, run, sight(state(edge, inner), inner), undefined, ahead);
    expect(one).toMatchObject({
      stable: "ready",
      canary: "unknown",
      reasons: ["first", "inner"].map(notFound),
    });
  });

  it("is asked once more where the record names other versions by now", async () => {
    const { trip, questions, sight } = going({ takesBack, lastState: record() });
    const ahead = await lookAhead(trip);
    await lookAtHealth(trip, run, sight({ ...record(), canary: "v3" }), undefined, ahead);
    expect(questions).toEqual(["first: v1 v2", "first: v1 v3"]);
  });

  it("is asked ahead of a record that this run has sent and had no answer to", async () => {
    const sent = { record: "{}", state: record(), at: 0, by: "newcomer" } as const;
    for (const lastState of [undefined, record("rolled-back", { rollout: "theirs" })]) {
      const { trip, questions } = going({ takesBack, sent, lastState });
      expect(await lookAhead(trip)).toBeDefined();
      expect(questions).toEqual(["first: v1 v2"]);
    }
  });

  it("is asked ahead of what is held, too: that waits for stable alone", async () => {
    const { trip, questions } = going({ lastState: record("held") });
    expect(await lookAhead(trip)).toBeDefined();
    expect(questions).toEqual(["first: v1 v2"]);
  });

  it.each([
    ["before anything has been seen", { takesBack }],
    [
      "of another rollout than the one that goes back",
      { takesBack, lastState: record("progressing", { rollout: "theirs" }) },
    ],
    ["while nothing goes back", { lastState: record() }],
    ["of a rollout that is over", { takesBack, lastState: record("rolled-back") }],
  ] as const)("is not asked ahead %s", async (_, memory) => {
    const { trip, questions } = going(memory);
    expect(await lookAhead(trip)).toBeUndefined();
    expect(questions).toEqual([]);
  });
});
