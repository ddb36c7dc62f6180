import { expect, test } from "vitest";
import { watchStatus } from "../../src/app/watch-status.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { Ports, ProgressUpdate } from "../../src/ports/run-ports.ts";
import type { Outcome } from "../../src/rollout/outcome.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import { judged, minute, plan, progressing, promoted, start } from "../reports/samples.ts";

const inProgress: Outcome = { name: "in-progress", exitCode: 0, reason: said("4 of 10 min") };
const told = (state: State | undefined, outcome: Outcome): ProgressUpdate => ({
  at: start + 15 * minute,
  state,
  kind: "finish",
  reason: outcome.reason,
  outcome,
  warnings: [],
});

/** Looks that find one after another, and a person who goes away after `patience` waits. */
async function watched(finds: readonly (readonly [State | undefined, Outcome])[], patience: number, by?: Plan) {
  const tellings: ProgressUpdate[] = [];
  const away = new AbortController();
  let asked = 0;
  let waits = 0;
  const ports = {
    clock: {
      now: () => 0,
      sleep: async () => {
        waits += 1;
        if (waits >= patience) away.abort();
      },
    },
    signal: away.signal,
    tell: (telling: ProgressUpdate) => void tellings.push(telling),
    evidence: async () => {
      asked += 1;
      return judged;
    },
    readiness: async () =>
      ({ stable: "ready", canary: "ready", reasons: [], ready: { stable: 3, canary: 1 } }) as const,
  };
  let look = 0;
  const outcome = await watchStatus(ports, by, async (tell: Ports["tell"]) => {
    const [state, found] = finds[Math.min(look, finds.length - 1)] ?? [undefined, inProgress];
    look += 1;
    tell(told(state, found));
    return found;
  });
  return { outcome, tellings, asked };
}

test("it looks until the rollout is over, and says each time who is ready and what the metrics say", async () => {
  const over: Outcome = { name: "promoted", exitCode: 0, reason: said("passed") };
  const { outcome, tellings, asked } = await watched(
    [
      [progressing, inProgress],
      [promoted, over],
    ],
    9,
    plan,
  );
  expect(outcome).toBe(over);
  expect(tellings).toEqual([
    expect.objectContaining({
      kind: "wait",
      waitMs: 10_000,
      judged,
      reason: judged.reason,
      health: expect.objectContaining({ ready: { stable: 3, canary: 1 } }),
    }),
    expect.objectContaining({ kind: "finish", outcome: over }),
  ]);
  expect(tellings[0]).not.toHaveProperty("outcome");
  expect(asked).toBe(1);
});

test("without the rollout's own plan nothing is measured", async () => {
  expect((await watched([[progressing, inProgress]], 1)).asked).toBe(0);
  expect((await watched([[progressing, inProgress]], 1, { ...plan, digest: "another" })).asked).toBe(0);
});

test("whoever goes away is told how it stood; a route that nobody can read at first ends it", async () => {
  const { outcome, tellings } = await watched([[progressing, inProgress]], 2);
  expect(outcome).toBe(inProgress);
  expect(tellings.map(({ kind }) => kind)).toEqual(["wait", "wait", "finish"]);
  const failed: Outcome = { name: "failed", exitCode: 1, reason: said("the cluster did not answer") };
  expect((await watched([[undefined, failed]], 9)).tellings).toEqual([told(undefined, failed)]);
});

test("whoever goes away is told what the metrics said last", async () => {
  const { outcome, tellings } = await watched([[progressing, inProgress]], 1, plan);
  expect(outcome).toEqual({ ...inProgress, reason: judged.reason });
  expect(tellings.at(-1)).toMatchObject({ kind: "finish", reason: judged.reason });
});

test("what cannot be read in between is trouble, and no end", async () => {
  const failed: Outcome = { name: "failed", exitCode: 1, reason: said("the cluster answered 503") };
  const { tellings } = await watched(
    [
      [progressing, inProgress],
      [undefined, failed],
      [progressing, inProgress],
    ],
    3,
  );
  expect(tellings.map(({ kind }) => kind)).toEqual(["wait", "trouble", "wait", "finish"]);
});

test("a rollout that has not begun is waited for", async () => {
  const none: Outcome = { name: "none", exitCode: 0, reason: said("no rollout") };
  const { tellings } = await watched([[undefined, none]], 2);
  expect(tellings.map(({ kind }) => kind)).toEqual(["wait", "wait", "finish"]);
});
