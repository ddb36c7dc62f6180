import { describe, expect, it } from "vitest";
import { type Fault, faulty, steady } from "../../../src/simulator/cluster/fault-injection.ts";
import { rehearsalCluster } from "../../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore } from "../../../src/simulator/cluster/object-store.ts";
import { createScheduler } from "../../../src/simulator/engine/scheduler.ts";
import { furnish, virtualService } from "../../servers/shop.ts";

const startOfServer = Date.UTC(2026, 0, 5, 9);
const operations = [{ op: "add", path: "/spec/http/0/route/1/weight", value: 5 }] as const;

/** One patch that meets a fault: what the caller saw, when, and when the weight changed, if ever. */
async function patchUnder(fault: Fault) {
  const scheduler = createScheduler();
  const store = furnish(createStore({ seed: 1 }), startOfServer);
  const actor = scheduler.actor("run", async (clock, self) => {
    const around = faulty({
      clock,
      latencyMs: 20,
      pick: () => fault,
      crash: () => self.kill(),
      later: (ms, act) => scheduler.at(scheduler.now() + ms, act),
    });
    const serverNow = () => startOfServer + scheduler.now();
    const cluster = rehearsalCluster({ store, clock, serverNow, around });
    const result = await cluster.patch(virtualService, operations, { dryRun: false, deadlineMs: 10_000 });
    return { result, at: clock.now() };
  });
  await scheduler.run();
  const landed = store.history.find((version) => version.write.manager === "sluice")?.at;
  return {
    state: actor.state,
    seen: actor.result,
    landedAfterMs: landed === undefined ? undefined : landed - startOfServer,
  };
}

describe("what the caller sees, and what is true", () => {
  it("none: there and back", async () => {
    expect(await patchUnder({ kind: "none" })).toMatchObject({
      seen: { result: { kind: "applied" }, at: 40 },
      landedAfterMs: 20,
    });
  });

  it("request lost: unknown, and nothing happened", async () => {
    expect(await patchUnder({ kind: "request-lost" })).toMatchObject({
      seen: { result: { kind: "unknown" }, at: 20 },
      landedAfterMs: undefined,
    });
  });

  it("answer lost: unknown, and it happened", async () => {
    expect(await patchUnder({ kind: "answer-lost" })).toMatchObject({
      seen: { result: { kind: "unknown" } },
      landedAfterMs: 20,
    });
  });

  it("hang: unknown at the deadline, and it happens later, or never", async () => {
    const late = await patchUnder({ kind: "hang", effectAfterMs: 34_000 });
    expect(late).toMatchObject({ seen: { result: { kind: "unknown" }, at: 10_000 }, landedAfterMs: 34_000 });
    expect((await patchUnder({ kind: "hang" })).landedAfterMs).toBeUndefined();
  });

  it("crash: the caller is dead, before the effect or after it", async () => {
    expect(await patchUnder({ kind: "crash-before" })).toMatchObject({ state: "dead", landedAfterMs: undefined });
    expect(await patchUnder({ kind: "crash-after" })).toMatchObject({ state: "dead", landedAfterMs: 20 });
  });

  it("answer: a 4xx is a refusal with its Retry-After, a 5xx says nothing", async () => {
    const busy = await patchUnder({ kind: "answer", code: 429, message: "too many requests", retryAfterSeconds: 3 });
    expect(busy).toMatchObject({ seen: { result: { kind: "refused", status: 429, retryAfterMs: 3_000 } } });
    expect(await patchUnder({ kind: "answer", code: 503, message: "busy" })).toMatchObject({
      seen: { result: { kind: "unknown", reason: { code: "api-server-error", data: { status: 503, says: "busy" } } } },
      landedAfterMs: undefined,
    });
  });
});

it("cuts a call off when its signal is aborted, also while the answer is on its way", async () => {
  for (const [abortAt, landed] of [
    [10, false],
    [30, true],
  ] as const) {
    const scheduler = createScheduler();
    const store = furnish(createStore({ seed: 1 }), startOfServer);
    const abort = new AbortController();
    const actor = scheduler.actor("run", async (clock) => {
      const serverNow = () => startOfServer + scheduler.now();
      const cluster = rehearsalCluster({ store, clock, serverNow, around: steady(clock, 20) });
      return [await cluster.patch(virtualService, operations, { dryRun: false, signal: abort.signal }), clock.now()];
    });
    scheduler.at(abortAt, () => abort.abort());
    await scheduler.run();
    expect(actor.result).toMatchObject([
      { kind: "unknown", reason: { code: "api-unreachable", data: { cause: { code: "network-cancelled" } } } },
      abortAt,
    ]);
    expect(store.history.some((version) => version.write.manager === "sluice")).toBe(landed);
  }
});
