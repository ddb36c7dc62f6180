import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { partNames } from "../../inside/parts.ts";
import { until } from "../../inside/processes.ts";
import { isMeasured, prometheusUrl } from "../../prometheus.ts";
import { startTraffic, type Traffic } from "../../traffic.ts";
import { apiServerIsReady, control, openShop, readRoute, type Shop } from "../world/place.ts";
import { weightsOf } from "../world/route.ts";
import { type Plan, startSluice } from "../world/sluice.ts";
import { watchRoutes } from "../world/watch.ts";

/** Parts of the lab go away in the middle of a rollout. One test at a time: nobody else can work meanwhile. */

const timed = ({ namespace }: Shop, more: object = {}): Plan => ({
  route: `${namespace}/virtualservice/shop`,
  phases: "30@5s/60@3s/100@3s",
  // However long a part is away, the phase may wait for it.
  "max-hold": "120s",
  settle: "0s",
  "write-allowance": "0s",
  ...more,
});

const judged = (shop: Shop, more: object = {}): Plan =>
  timed(shop, {
    phases: "50@6s/100@6s",
    "max-hold": "28s",
    settle: "1s",
    prometheus: { url: prometheusUrl, "scrape-interval": "1s", lag: "1s" },
    compare: "off",
    checks: [{ preset: "success-rate", min: "95%", every: "4s" }],
    ...more,
  });

const weightIs = (shop: Shop, canary: number) =>
  until(`${canary} % in ${shop.namespace}`, async () => weightsOf(await readRoute(shop.namespace))[1] === canary);

/** Whatever a test has left behind, the next finds everything there. */
afterEach(async () => {
  for (const part of partNames) {
    await control(part, "release");
    await control(part, "start");
  }
  await apiServerIsReady();
});

const failures = async (traffic: Traffic) => (await traffic.stop()).filter(({ status }) => status !== 200);

it("goes on when the API server has been away, and no request is lost", async () => {
  const shop = await openShop("no-api");
  const traffic = startTraffic({ host: shop.host, perSecond: 30 });
  const watch = await watchRoutes(shop.namespace);
  const run = startSluice(shop, ["run"], { plan: timed(shop) });
  await weightIs(shop, 30);
  await control("apiserver", "kill");
  await wait(8_000);
  await control("apiserver", "start");
  await apiServerIsReady();
  expect(await run.ended, run.log()).toMatchObject({ exitCode: 0, result: { outcome: "promoted" } });
  expect(await failures(traffic)).toEqual([]);
  expect((await watch.stop()).violations()).toEqual([]);
});

it("goes on when etcd has been away for 20 s", async () => {
  const shop = await openShop("no-etcd");
  const traffic = startTraffic({ host: shop.host, perSecond: 30 });
  const watch = await watchRoutes(shop.namespace);
  const run = startSluice(shop, ["run"], { plan: timed(shop) });
  await weightIs(shop, 30);
  await control("etcd", "stop");
  await wait(20_000);
  await control("etcd", "start");
  expect(await run.ended, run.log()).toMatchObject({ exitCode: 0, result: { outcome: "promoted" } });
  expect(await failures(traffic)).toEqual([]);
  expect((await watch.stop()).violations()).toEqual([]);
});

it("raises nothing while istiod, and its admission with it, is away", async () => {
  const shop = await openShop("no-istiod");
  const traffic = startTraffic({ host: shop.host, perSecond: 30 });
  const watch = await watchRoutes(shop.namespace);
  const run = startSluice(shop, ["run"], { plan: timed(shop, { phases: "30@15s/60@3s/100@3s" }) });
  await weightIs(shop, 30);
  await control("istiod", "stop");
  await until("a raise that admission could not allow", async () => run.log().includes("validation.istio.io"));
  expect(weightsOf(await readRoute(shop.namespace))).toEqual([70, 30]);
  await control("istiod", "start");
  expect(await run.ended, run.log()).toMatchObject({ exitCode: 0, result: { outcome: "promoted" } });
  expect(await failures(traffic)).toEqual([]);
  expect((await watch.stop()).violations()).toEqual([]);
});

it("pauses for lack of evidence when Prometheus is away, and goes on when told to", async () => {
  const shop = await openShop("no-metrics");
  const traffic = startTraffic({ host: shop.host, perSecond: 60 });
  await isMeasured(shop.namespace);
  const plan = judged(shop);
  const run = startSluice(shop, ["run"], { plan });
  await weightIs(shop, 50);
  await control("prometheus", "kill");
  const { log, ...ended } = await run.ended;
  expect(ended, log).toMatchObject({ exitCode: 1, result: { outcome: "paused", weight: 50 } });
  await control("prometheus", "start");
  const resumed = await startSluice(shop, ["resume"], { plan }).ended;
  await traffic.stop();
  expect(resumed, resumed.log).toMatchObject({ exitCode: 0, result: { outcome: "promoted" } });
});

it("does not take Envoy's restart for the canary's fault", async () => {
  const shop = await openShop("new-envoy");
  const traffic = startTraffic({ host: shop.host, perSecond: 60 });
  await isMeasured(shop.namespace);
  const watch = await watchRoutes(shop.namespace);
  const run = startSluice(shop, ["run"], { plan: judged(shop) });
  await weightIs(shop, 50);
  await wait(3_000);
  await control("envoy", "kill");
  await control("envoy", "start");
  const { log, ...ended } = await run.ended;
  const answers = await traffic.stop();
  expect(ended, log).toMatchObject({ exitCode: 0, result: { outcome: "promoted" } });
  // What was under way when Envoy was killed is lost; whoever answers afterwards is one of the two versions.
  expect(new Set(answers.filter(({ status }) => status !== 0).map(({ status }) => status))).toEqual(new Set([200]));
  expect((await watch.stop()).violations()).toEqual([]);
});
