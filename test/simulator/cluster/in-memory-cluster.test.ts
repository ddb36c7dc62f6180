import { expect, it } from "vitest";
import { steady } from "../../../src/simulator/cluster/fault-injection.ts";
import { rehearsalCluster } from "../../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore } from "../../../src/simulator/cluster/object-store.ts";
import { createScheduler } from "../../../src/simulator/engine/scheduler.ts";
import { clusterContract } from "../../cluster/contract.ts";
import { furnish, virtualService } from "../../servers/shop.ts";

/** Whatever is waited for is over at once. */
const atOnce = { now: () => 0, sleep: async () => {} };

clusterContract("the double", async () => {
  const store = createStore({ seed: 7 });
  const now = () => Date.UTC(2026, 0, 5, 9);
  const options = { store, clock: atOnce, serverNow: now };
  return {
    cluster: rehearsalCluster(options),
    stranger: rehearsalCluster({ ...options, user: "stranger", rights: [] }),
    namespace: "shop",
    now,
    create: async (object) => {
      store.place(now(), object);
    },
    remove: async (resource) => {
      store.remove(now(), resource);
    },
    close: async () => {},
  };
});

const startOfServer = Date.UTC(2026, 0, 5, 9, 0, 0, 700);

function scene() {
  const scheduler = createScheduler();
  const store = furnish(createStore({ seed: 3 }), startOfServer);
  const serverNow = () => startOfServer + scheduler.now();
  return { scheduler, store, serverNow };
}

it("names the server's time in whole seconds, and when the caller's own clock had the answer", async () => {
  const { scheduler, store, serverNow } = scene();
  const actor = scheduler.actor(
    "run",
    (clock) => rehearsalCluster({ store, clock, serverNow, around: steady(clock, 400) }).read(virtualService),
    { offsetMs: 5_000 },
  );
  await scheduler.run();
  // The request arrives 400 ms after the start, in the second after 09:00:01; the answer is there 400 ms later.
  expect(actor.result).toMatchObject({
    kind: "found",
    time: { dateMs: Date.UTC(2026, 0, 5, 9, 0, 1), receivedAt: 5_800 },
  });
});

it("gives no time where the server sends no date", async () => {
  const { scheduler, store, serverNow } = scene();
  const actor = scheduler.actor("run", (clock) =>
    rehearsalCluster({ store, clock, serverNow, date: () => undefined }).read(virtualService),
  );
  await scheduler.run();
  expect(actor.result).toMatchObject({ kind: "found", time: undefined });
});

it("allows a list by name to whoever may list that name alone", async () => {
  const { scheduler, store, serverNow } = scene();
  const rights = [
    { groups: ["networking.istio.io"], plurals: ["virtualservices"], verbs: ["list"], names: ["reviews"] },
  ];
  const actor = scheduler.actor("run", async (clock) => {
    const cluster = rehearsalCluster({ store, clock, serverNow, rights });
    return [
      await cluster.list(virtualService, { fieldSelector: "metadata.name=reviews" }),
      await cluster.list(virtualService),
    ];
  });
  await scheduler.run();
  expect(actor.result).toMatchObject([{ kind: "listed" }, { kind: "forbidden" }]);
});
