import { expect, it } from "vitest";
import { rehearsalCluster } from "../../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore } from "../../../src/simulator/cluster/object-store.ts";
import { createScheduler } from "../../../src/simulator/engine/scheduler.ts";
import { createRecorder, recorded } from "../../../src/simulator/engine/trace.ts";
import { furnish, virtualService } from "../../servers/shop.ts";

const startOfServer = Date.UTC(2026, 0, 5, 9);

async function trace(seed: number, weight: number, keep = true) {
  const recorder = createRecorder({ keep });
  const scheduler = createScheduler();
  const store = furnish(createStore({ seed }), startOfServer);
  scheduler.actor("run", async (clock) => {
    const plain = rehearsalCluster({ store, clock, serverNow: () => startOfServer + scheduler.now() });
    const cluster = recorded(plain, recorder, clock);
    await cluster.read(virtualService);
    await clock.sleep(5_000);
    const operations = [{ op: "add", path: "/spec/http/0/route/1/weight", value: weight }] as const;
    await cluster.patch(virtualService, operations, { dryRun: false });
  });
  await scheduler.run();
  return recorder;
}

it("notes each call and each answer with its virtual time", async () => {
  const { events } = await trace(1, 5);
  expect(events.map(({ at, what }) => `${at} ${what}`)).toEqual([
    "0 run read",
    "0 run read answered",
    "5000 run patch",
    "5000 run patch answered",
  ]);
  expect(events[3]?.data).toMatchObject({ kind: "applied" });
});

it("gives equal hashes for equal traces alone, whether or not it keeps them", async () => {
  const hash = (await trace(1, 5)).hash();
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect((await trace(1, 5, false)).hash()).toBe(hash);
  expect((await trace(1, 5, false)).events).toEqual([]);
  expect((await trace(1, 6)).hash()).not.toBe(hash);
  expect((await trace(2, 5)).hash()).not.toBe(hash);
});

it("tells apart what differs in time, word or data, and does not mind the order of members", () => {
  const hashOf = (at: number, what: string, data: unknown) => {
    const recorder = createRecorder();
    recorder.note(at, what, data);
    return recorder.hash();
  };
  const hashes = [hashOf(1, "a", null), hashOf(2, "a", null), hashOf(1, "b", null), hashOf(1, "a", { x: 1, y: 2 })];
  expect(new Set(hashes).size).toBe(4);
  expect(hashOf(1, "a", { y: 2, x: 1 })).toBe(hashes[3]);
});
