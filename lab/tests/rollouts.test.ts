import { describe, expect, it } from "vitest";
import { isMeasured, prometheusUrl } from "../prometheus.ts";
import type { Shape } from "../shop.ts";
import { served, startTraffic } from "../traffic.ts";
import { openShop } from "./world/place.ts";
import { type Plan, sluice } from "./world/sluice.ts";
import { watchRoutes } from "./world/watch.ts";

const prometheus = { url: prometheusUrl, "scrape-interval": "1s", lag: "1s" };
const plan = (namespace: string): Plan => ({
  route: `${namespace}/virtualservice/shop`,
  phases: "20/50/100",
  hold: "8s",
  settle: "2s",
  "write-allowance": "1s",
  prometheus,
  compare: "off",
  checks: [
    { preset: "success-rate", min: "95%", every: "4s" },
    { preset: "latency", max: "2500ms", every: "4s" },
  ],
});

/** Time from the API server's answer to Envoy's new weights: measured elsewhere, here merely left out. */
const propagationMs = 1_500;

describe.concurrent("a rollout over a VirtualService", () => {
  it.each<Shape>(["subsets", "services", "header"])("is promoted on Prometheus' word, %s", async (shape) => {
    const shop = await openShop(`good-${shape}`, { shape });
    const traffic = startTraffic({ host: shop.host, perSecond: 60 });
    const testers = startTraffic({ host: shop.host, perSecond: 5, headers: { "x-tester": "yes" } });
    await isMeasured(shop.namespace);
    const watch = await watchRoutes(shop.namespace);
    const { exitCode, result, log } = await sluice(shop, ["run"], { plan: plan(shop.namespace) });
    const [answers, tested] = [await traffic.stop(), await testers.stop()];
    const versions = await watch.stop();
    expect({ exitCode, outcome: result?.outcome, weight: result?.weight }, log).toEqual({
      exitCode: 0,
      outcome: "promoted",
      weight: 100,
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    if (shape === "header") expect(new Set(tested.map(({ version }) => version))).toEqual(new Set(["v2"]));
    for (const { at, next, weights } of versions.weighted()) {
      const { v1, v2 } = served(answers, at + propagationMs, next);
      if (v1 + v2 < 100) continue;
      agrees(v2, v1 + v2, weights[1] ?? 0);
    }
    expect(versions.weighted().map(({ weights }) => weights)).toEqual([
      [100, 0],
      [80, 20],
      [50, 50],
      [0, 100],
    ]);
    expect(versions.violations()).toEqual([]);
  });

  it.each([
    ["errors", { ERROR_RATE: "0.3" }, /success-rate/],
    ["latency", { DELAY_MS: "4000" }, /latency/],
  ])("is taken back when the canary is bad: %s", async (name, canary, because) => {
    const shop = await openShop(`bad-${name}`, { canary });
    const traffic = startTraffic({ host: shop.host, perSecond: 60 });
    await isMeasured(shop.namespace);
    const watch = await watchRoutes(shop.namespace);
    const { exitCode, result, log } = await sluice(shop, ["run"], { plan: plan(shop.namespace) });
    const versions = await watch.stop();
    const home = versions.weighted().at(-1);
    await traffic.stop();
    expect({ exitCode, outcome: result?.outcome, weight: result?.weight }, log).toEqual({
      exitCode: 1,
      outcome: "rolled-back",
      weight: 0,
    });
    expect(result?.reason).toMatch(because);
    expect(home?.weights).toEqual([100, 0]);
    expect(versions.violations()).toEqual([]);
  });
});

/** Whether a share that was drawn at random fits its weight: five standard deviations and two requests, one test in a million errs. */
function agrees(canary: number, all: number, weight: number): void {
  const expected = (all * weight) / 100;
  const deviation = Math.sqrt((all * weight * (100 - weight)) / 10_000);
  expect(Math.abs(canary - expected), `${canary} of ${all} at ${weight} %`).toBeLessThan(5 * deviation + 2);
}
