import { expect, test } from "vitest";
import { reachAlong } from "../../src/app/follower-ports.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import type { FaultPoint } from "../../src/simulator/cluster/fault-injection.ts";
import { rehearsalCluster } from "../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore } from "../../src/simulator/cluster/object-store.ts";
import { createScheduler } from "../../src/simulator/engine/scheduler.ts";

function reaching() {
  const calls: FaultPoint["kind"][] = [];
  const { clock } = createScheduler();
  const cluster = rehearsalCluster({
    store: createStore({ seed: 1 }),
    clock,
    serverNow: () => 0,
    around: async (call, effect) => {
      calls.push(call.kind);
      return effect();
    },
  });
  const first = { driver: virtualservice, version: "v1beta1", route: "shop/virtualservice/web" };
  return { calls, reach: reachAlong({ cluster, first, together: [], further: [] }) };
}

test("a route of the first one's kind is reached in its version, without a request", async () => {
  const { calls, reach } = reaching();
  const found = await reach({ kind: "virtualservice", namespace: "edge", name: "inner" }, {});
  expect(found).toMatchObject({
    kind: "reached",
    ports: { route: "edge/virtualservice/inner", resource: { version: "v1beta1", namespace: "edge", name: "inner" } },
  });
  expect(calls).toEqual([]);
});

test("which version of another kind is served is asked once", async () => {
  const { calls, reach } = reaching();
  for (const name of ["edge", "edge", "door"]) {
    const found = await reach({ kind: "httproute", namespace: "edge", name }, {});
    expect(found).toMatchObject({
      kind: "reached",
      ports: { resource: { plural: "httproutes", version: "v1", name } },
    });
  }
  expect(calls).toEqual(["versions"]);
});

test("a kind that a record names and nobody knows is not reached", async () => {
  const { reach } = reaching();
  expect(await reach({ kind: "ingress", namespace: "edge", name: "web" }, {})).toMatchObject({ kind: "failed" });
});
