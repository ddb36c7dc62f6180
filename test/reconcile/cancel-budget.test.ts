import { describe, expect, it } from "vitest";
import { cancelBudget } from "../../src/reconcile/cancel-budget.ts";
import { createScheduler } from "../../src/simulator/engine/scheduler.ts";

function cancelled(atMs: number) {
  const scheduler = createScheduler();
  const cancel = new AbortController();
  const rush = cancelBudget(scheduler.clock, cancel.signal);
  scheduler.at(atMs, () => cancel.abort());
  return { scheduler, cancel, rush };
}

describe("the seconds after a cancel", () => {
  it("begin with the first signal; before it every call has its ordinary time", async () => {
    const { scheduler, rush } = cancelled(1_000);
    expect([rush.isOn(), rush.isOver(), rush.hasTimeForAnother()]).toEqual([false, false, true]);
    expect(rush.readOptions().deadlineMs).toBe(10_000);
    expect(rush.patchOptions()).toEqual({ deadlineMs: 10_000, timeoutMs: 5_000 });
    expect(rush.readinessOptions().deadlineMs).toBe(8_000);
    expect(rush.readinessAheadOptions().deadlineMs).toBe(1_000);
    await scheduler.run();
    expect(rush.isOn()).toBe(true);
    expect(rush.readinessAheadOptions()).toEqual({ deadlineMs: 700 });
  });

  it("are divided: a read, a patch, another try if there is time, and at six seconds the traffic ends", async () => {
    const { scheduler, rush } = cancelled(0);
    const told: unknown[] = [];
    for (const at of [10, 4_000, 4_600, 5_999, 6_000]) {
      scheduler.at(at, () =>
        told.push([
          rush.readOptions().deadlineMs,
          rush.patchOptions(),
          rush.readinessOptions().deadlineMs,
          rush.hasTimeForAnother(),
          rush.isOver(),
        ]),
      );
    }
    await scheduler.run();
    expect(told).toEqual([
      [1_900, { deadlineMs: 2_500, timeoutMs: 2_000 }, 700, true, false],
      [1_900, { deadlineMs: 2_000, timeoutMs: 2_000 }, 700, true, false],
      [1_400, { deadlineMs: 1_400, timeoutMs: 2_000 }, 700, false, false],
      [1, { deadlineMs: 1, timeoutMs: 2_000 }, 1, false, false],
      [1, { deadlineMs: 1, timeoutMs: 2_000 }, 1, false, true],
    ]);
  });

  it("do not begin again with a second signal", async () => {
    const { scheduler, cancel, rush } = cancelled(0);
    scheduler.at(5_000, () => cancel.abort());
    await scheduler.run(6_000);
    expect(rush.isOver()).toBe(true);
  });

  it("hand no signal to calls that are made in them, which would be cut at once", async () => {
    const { scheduler, rush } = cancelled(0);
    expect(rush.readOptions().signal).toBeDefined();
    await scheduler.run();
    expect(rush.readOptions().signal).toBeUndefined();
  });

  it("are on from the start in a process that was cancelled before", () => {
    const rush = cancelBudget(createScheduler().clock, AbortSignal.abort());
    expect(rush.isOn()).toBe(true);
  });
});

describe("a patch that is under way when the signal comes", () => {
  const outcome = async (answersAtMs: number | undefined, signalAtMs: number) => {
    const { scheduler, rush } = cancelled(signalAtMs);
    const seen: { what: string; at: number }[] = [];
    scheduler.actor("run", async (clock) => {
      const call =
        answersAtMs === undefined ? new Promise<string>(() => {}) : clock.sleep(answersAtMs).then(() => "answer");
      const what = await rush.cutShort(call, "unknown");
      seen.push({ what, at: scheduler.now() });
      await clock.sleep(0);
    });
    // What never answers is waited for by nobody but the budget.
    scheduler.at(60_000, () => {});
    await scheduler.run();
    return seen[0];
  };

  it("has a second and a half, then nobody knows", async () => {
    expect(await outcome(10_000, 1_000)).toEqual({ what: "unknown", at: 2_500 });
  });

  it("is believed if it answers in that time", async () => {
    expect(await outcome(2_000, 1_000)).toEqual({ what: "answer", at: 2_000 });
  });

  it("is not cut without a signal", async () => {
    expect(await outcome(3_000, 50_000)).toEqual({ what: "answer", at: 3_000 });
  });
});
