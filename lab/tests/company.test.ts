import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isRec, recordOf } from "../../test/simulation/oracle/record.ts";
import { until } from "../inside/processes.ts";
import { shopObjects } from "../shop.ts";
import { apply, editRoute, openShop, readRoute, type Shop } from "./world/place.ts";
import { weightsOf } from "./world/route.ts";
import { type Plan, type Run, sluice, startSluice } from "./world/sluice.ts";
import { watchRoutes } from "./world/watch.ts";

const planFor = ({ namespace }: Shop, phases = "20@3s/50@3s/100@3s"): Plan => ({
  route: `${namespace}/virtualservice/shop`,
  phases,
  settle: "0s",
  "write-allowance": "0s",
});

const routeOf = ({ namespace }: Shop) => ["--route", `${namespace}/virtualservice/shop`];
const weightIs = (shop: Shop, canary: number) =>
  until(`${canary} % in ${shop.namespace}`, async () => weightsOf(await readRoute(shop.namespace))[1] === canary);

/** Until somebody has written into the record that the rollout goes on. */
const isDriven = (shop: Shop) =>
  until(`a run of ${shop.namespace}`, async () => {
    const record = recordOf(await readRoute(shop.namespace));
    return isRec(record) && record.status === "progressing";
  });

const ended = async (run: Run) => {
  const { exitCode, result, log } = await run.ended;
  return { exitCode, outcome: result?.outcome, log };
};

describe.concurrent("a route that Sluice does not have to itself", () => {
  it("is driven by two runs of one rollout at once, each phase entered once", async () => {
    const shop = await openShop("both");
    const watch = await watchRoutes(shop.namespace);
    const runs = [1, 2, 3].map(() => startSluice(shop, ["run"], { plan: planFor(shop) }));
    for (const run of runs) expect(await ended(run)).toMatchObject({ exitCode: 0, outcome: "promoted" });
    const versions = await watch.stop();
    expect(versions.weighted().map(({ weights }) => weights[1])).toEqual([0, 20, 50, 100]);
    expect(versions.violations()).toEqual([]);
  });

  it("goes to the later rollout, and the older one ends superseded", async () => {
    const shop = await openShop("later");
    const watch = await watchRoutes(shop.namespace);
    const older = startSluice(shop, ["run"], { plan: planFor(shop, "20@3s/50@60s/100@3s"), revision: "older" });
    await weightIs(shop, 50);
    const newer = startSluice(shop, ["run"], { plan: planFor(shop), revision: "newer" });
    expect(await ended(older)).toMatchObject({ exitCode: 1, outcome: "superseded" });
    expect(await ended(newer)).toMatchObject({ exitCode: 0, outcome: "promoted" });
    const versions = await watch.stop();
    expect(versions.weighted().map(({ weights }) => weights[1])).toEqual([0, 20, 50, 20, 50, 100]);
    expect(versions.violations()).toEqual([]);
  });

  it("obeys a pause, a promotion and a rollback that other runs command", async () => {
    const shop = await openShop("command");
    const watch = await watchRoutes(shop.namespace);
    const plan = planFor(shop, "20@60s/50@60s/100@60s");
    const driver = startSluice(shop, ["run"], { plan });
    await weightIs(shop, 20);
    // Within a moment of a phase's beginning a promotion would be taken for a double click.
    await wait(1_500);
    expect(await sluice(shop, ["promote"], { plan })).toMatchObject({ exitCode: 0 });
    await weightIs(shop, 50);
    expect(await sluice(shop, ["pause", ...routeOf(shop)])).toMatchObject({ exitCode: 0 });
    expect(await ended(driver)).toMatchObject({ exitCode: 1, outcome: "paused" });
    const resumed = startSluice(shop, ["resume"], { plan });
    await isDriven(shop);
    expect(await sluice(shop, ["rollback", ...routeOf(shop)])).toMatchObject({ exitCode: 0 });
    expect(await ended(resumed)).toMatchObject({ exitCode: 1, outcome: "rolled-back" });
    const versions = await watch.stop();
    expect(versions.weighted().map(({ weights }) => weights[1])).toEqual([0, 20, 50, 0]);
    expect(versions.violations()).toEqual([]);
  });

  it("is left alone after a person has moved it, until a commanded rollback", async () => {
    const shop = await openShop("person");
    const run = startSluice(shop, ["run"], { plan: planFor(shop, "20@60s/100@60s") });
    await weightIs(shop, 20);
    const { spec } = await readRoute(shop.namespace);
    const [rule] = (spec as { http: { route: object[] }[] }).http;
    const route = (rule?.route ?? []).map((entry, index) => ({ ...entry, weight: index === 0 ? 65 : 35 }));
    await editRoute(shop.namespace, { spec: { http: [{ ...rule, route }] } });
    const { log, ...end } = await ended(run);
    expect(end, log).toEqual({ exitCode: 1, outcome: "drifted" });
    expect(log).toContain("kubectl-edit");
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([65, 35]);
    expect(await sluice(shop, ["rollback", ...routeOf(shop)])).toMatchObject({ exitCode: 0 });
    expect(weightsOf(await readRoute(shop.namespace))).toEqual([100, 0]);
  });

  it("is not fought over with a controller that re-applies the manifest every 5 s", async () => {
    const shop = await openShop("gitops");
    const manifest = shopObjects({ namespace: shop.namespace }).find(({ kind }) => kind === "VirtualService");
    if (manifest === undefined) throw new Error("The shop has no route.");
    const run = startSluice(shop, ["run"], { plan: planFor(shop, "20@60s/100@60s") });
    await weightIs(shop, 20);
    const watch = await watchRoutes(shop.namespace);
    const sync = setInterval(() => void apply(manifest, "argocd-controller").catch(() => {}), 5_000);
    const { log, ...end } = await ended(run);
    await wait(6_000);
    clearInterval(sync);
    expect(end, log).toEqual({ exitCode: 1, outcome: "drifted" });
    expect(log).toContain("argocd-controller");
    const versions = await watch.stop();
    expect(versions.weighted().map(({ weights }) => weights[1])).toEqual([20, 0]);
  });

  it("shares the route with a controller that leaves the weights out of its manifest", async () => {
    const shop = await openShop("respectful");
    const manifest = shopObjects({ namespace: shop.namespace }).find(({ kind }) => kind === "VirtualService");
    const { http: _http, ...spec } = (manifest?.spec ?? {}) as { http: unknown };
    const respectful = { ...manifest, spec } as NonNullable<typeof manifest>;
    await apply(respectful, "argocd-controller");
    const sync = setInterval(() => void apply(respectful, "argocd-controller").catch(() => {}), 1_000);
    const run = startSluice(shop, ["run"], { plan: planFor(shop) });
    const { log, ...end } = await ended(run);
    clearInterval(sync);
    expect(end, log).toEqual({ exitCode: 0, outcome: "promoted" });
  });
});
