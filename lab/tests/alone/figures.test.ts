import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { until } from "../../inside/processes.ts";
import { isMeasured, prometheusUrl } from "../../prometheus.ts";
import { startTraffic } from "../../traffic.ts";
import { envoyPage } from "../world/envoy.ts";
import { behave, editRoute, folder, openShop, readRoute } from "../world/place.ts";
import { weightsOf } from "../world/route.ts";
import { startSluice } from "../world/sluice.ts";
import { watchRoutes } from "../world/watch.ts";

/** The figures that docs/lab.md quotes. They are printed; a test fails only where something did not happen at all. */

const percentile = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);

it("measures how long a patch takes to reach the traffic", async () => {
  const shop = await openShop("flips");
  const traffic = startTraffic({ host: shop.host, perSecond: 100 });
  const { spec } = await readRoute(shop.namespace);
  const [rule] = (spec as { http: { route: object[] }[] }).http;
  const took: number[] = [];
  for (let flip = 0; flip < 20; flip += 1) {
    const toCanary = flip % 2 === 0;
    const weights = toCanary ? [0, 100] : [100, 0];
    const route = (rule?.route ?? []).map((entry, index) => ({ ...entry, weight: weights[index] }));
    await wait(200 + 40 * flip);
    await editRoute(shop.namespace, { spec: { http: [{ ...rule, route }] } });
    const patched = performance.now();
    const wanted = toCanary ? "v2" : "v1";
    const first = () => traffic.answers.find(({ at, version }) => at >= patched && version === wanted);
    await until(`the traffic on ${wanted}`, async () => first() !== undefined, 10_000);
    const { at = 0, tookMs = 0 } = first() ?? {};
    took.push(at + tookMs - patched);
  }
  const answers = await traffic.stop();
  const sorted = took.toSorted((one, other) => one - other);
  const failed = answers.filter(({ status }) => status !== 200).length;
  console.log(
    `figure: PATCH to the first answer of the new side, ${took.length} changes: p50 ${percentile(sorted, 0.5)} ms, p95 ${percentile(sorted, 0.95)} ms, max ${percentile(sorted, 1)} ms; ${failed} of ${answers.length} requests failed`,
  );
  expect(failed).toBe(0);
});

it("measures a rollback, from Envoy's first counted error to the weights, and what it asks of the API server", async () => {
  const shop = await openShop("bad-news");
  const traffic = startTraffic({ host: shop.host, perSecond: 100 });
  await isMeasured(shop.namespace);
  const watch = await watchRoutes(shop.namespace);
  const plan = {
    route: `${shop.namespace}/virtualservice/shop`,
    phases: "20@60s/100@60s",
    settle: "1s",
    "write-allowance": "0s",
    prometheus: { url: prometheusUrl, "scrape-interval": "1s", lag: "1s" },
    compare: "off",
    checks: [{ preset: "success-rate", min: "95%", every: "4s" }],
  };
  const started = performance.now();
  const run = startSluice(shop, ["run"], { plan });
  await until("20 %", async () => weightsOf(await readRoute(shop.namespace))[1] === 20);
  await wait(10_000);
  await behave(shop.namespace, "v2", { errors: 1 });
  await until("an error in Envoy's counters", async () => (await errorsOf(shop.namespace)) > 0);
  const bad = performance.now();
  const ended = await run.ended;
  const over = performance.now();
  const versions = await watch.stop();
  const home = versions.weighted().at(-1);
  // Everybody is on the old version again, and stays there.
  const isHome = () =>
    traffic.answers.length > 100 && traffic.answers.slice(-100).every(({ version }) => version === "v1");
  await until("home", async () => isHome());
  const answers = await traffic.stop();
  const lastBad = answers.findLast(({ status }) => status === 500);
  const lost = answers.filter(({ status }) => status === 500).length;
  expect(ended, ended.log).toMatchObject({ exitCode: 1, result: { outcome: "rolled-back" } });
  expect(home?.weights).toEqual([100, 0]);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.log(
    `figure: first error counted by Envoy to home weights ${seconds((home?.at ?? 0) - bad)}, to the last bad answer ${seconds((lastBad?.at ?? 0) - bad)}; ${lost} bad answers at 20 % of 100 requests a second; checks every 4 s, three in a row`,
  );
  const calls = callsOf(shop.namespace);
  const turns = calls.filter(
    ({ verb, resource, name }) => verb === "get" && resource === "virtualservices" && name === "shop",
  ).length;
  console.log(
    `figure: ${calls.length} calls to the API server in ${turns} turns of ${seconds(over - started)}: ${(calls.length / turns).toFixed(1)} a turn (${tally(calls.map(({ verb, resource }) => `${verb} ${resource}`))})`,
  );
  expect(calls.every(({ code }) => code < 400 || code === 403)).toBe(true);
});

/** Errors that Envoy has counted for the canary. */
async function errorsOf(namespace: string): Promise<number> {
  const text = await envoyPage(`/stats?filter=${encodeURIComponent(`v2.shop.${namespace}\\..*upstream_rq_500$`)}`);
  return [...text.matchAll(/: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

type Call = {
  readonly verb: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly code: number;
};

/** What the shop's service account has asked for, by the API server's own audit log. */
function callsOf(namespace: string): readonly Call[] {
  const lines = readFileSync(join(folder, "audit.log"), "utf8").split("\n");
  return lines
    .filter((line) => line.includes(`system:serviceaccount:${namespace}:sluice`))
    .map((line) => {
      const { verb, objectRef, responseStatus } = JSON.parse(line) as {
        verb: string;
        objectRef?: { resource: string; name?: string };
        responseStatus?: { code: number };
      };
      return { verb, resource: objectRef?.resource ?? "-", name: objectRef?.name, code: responseStatus?.code ?? 0 };
    });
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${word} ${count}`).join(", ");
}
