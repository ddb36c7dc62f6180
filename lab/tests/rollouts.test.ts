import { describe, expect, it } from "vitest";
import { isMeasured, prometheusUrl } from "../prometheus.ts";
import type { Shape } from "../shop.ts";
import { type Answer, served, startTraffic } from "../traffic.ts";
import { openShop, type Shop } from "./world/place.ts";
import { type Ended, type Plan, sluice } from "./world/sluice.ts";
import { type Versions, watchRoutes } from "./world/watch.ts";

/** Rollouts over every kind of rule, with real requests, judged by what Prometheus says of them. */

const common = ({ namespace, kind }: Shop): Plan => ({
  route: `${namespace}/${kind}/shop`,
  settle: "2s",
  "write-allowance": "1s",
  prometheus: { url: prometheusUrl, "scrape-interval": "1s", lag: "1s" },
});

/** A machine that misses scrapes or answers few requests may take its time. */
const patient = { every: "4s", "silent-after": { consecutive: 50, total: 100 } };

/** By fixed limits. A sound canary may be as slow as the machine. */
const checked = (shop: Shop, latency = "60s"): Plan => ({
  ...common(shop),
  phases: "20/50/100",
  hold: "8s",
  "max-hold": "4m",
  compare: "off",
  checks: [
    { preset: "success-rate", min: "95%", ...patient },
    { preset: "latency", max: latency, ...patient },
  ],
});

/** By the comparison, with looks as short as the scrapes of the lab allow; all else of it is the default. */
const compared = (shop: Shop, compare: object = {}): Plan => ({
  ...common(shop),
  phases: "20/50/100",
  hold: "8s",
  "max-hold": "4m",
  compare: { look: "2s", ...compare },
});

const promoted = { exitCode: 0, outcome: "promoted", weight: 100 };
const takenBack = { exitCode: 1, outcome: "rolled-back", weight: 0 };
const endOf = ({ exitCode, result }: Ended) => ({ exitCode, outcome: result?.outcome, weight: result?.weight });
const isOk = ({ status }: Answer) => status === 200;

type Story = { readonly ended: Ended; readonly answers: readonly Answer[]; readonly versions: Versions };

/** One rollout from the first request to the last. */
async function rollout(shop: Shop, plan: Plan, perSecond = 50): Promise<Story> {
  const isTcp = shop.port > 9000;
  const traffic = startTraffic({ host: shop.host, port: shop.port, connects: isTcp, perSecond });
  await isMeasured(shop.namespace, isTcp ? "connections" : "requests");
  const watch = await watchRoutes(shop.namespace, shop.kind);
  const ended = await begun(shop, plan);
  const versions = await watch.stop();
  return { ended, answers: await traffic.stop(), versions };
}

/** Where a busy machine has just missed its scrapes, preflight refuses, and rightly so. One tries again, as people do. */
async function begun(shop: Shop, plan: Plan): Promise<Ended> {
  for (let tries = 1; ; tries += 1) {
    const ended = await sluice(shop, ["run"], { plan });
    const missed = ended.result?.outcome === "refused" && ended.log.includes("metric-labels-missing");
    if (!missed || tries === 10) return ended;
  }
}

describe.concurrent("a rollout with real traffic", () => {
  it.each<Shape>(["subsets", "services", "header", "httproute"])("is promoted, %s", async (shape) => {
    const shop = await openShop(`good-${shape}`, { shape });
    const testers = startTraffic({ host: shop.host, port: shop.port, perSecond: 5, headers: { "x-tester": "yes" } });
    const { ended, answers, versions } = await rollout(shop, checked(shop));
    const tested = await testers.stop();
    expect(endOf(ended), ended.log).toEqual(promoted);
    expect(answers.filter((answer) => !isOk(answer))).toEqual([]);
    if (shape === "header") expect(new Set(tested.map(({ version }) => version))).toEqual(new Set(["v2"]));
    wentThrough(shape, versions, answers);
  });

  it.each<[string, Shape, Readonly<Record<string, string>>, RegExp]>([
    ["errors", "subsets", { ERROR_RATE: "0.3" }, /success-rate/],
    ["latency", "subsets", { DELAY_MS: "4000" }, /latency/],
    ["errors", "httproute", { ERROR_RATE: "0.3" }, /success-rate/],
    ["latency", "httproute", { DELAY_MS: "4000" }, /latency/],
  ])("is taken back when the canary is bad: %s, %s", async (name, shape, canary, because) => {
    const shop = await openShop(`bad-${name}-${shape}`, { shape, canary });
    const { ended, versions } = await rollout(shop, checked(shop, name === "latency" ? "2500ms" : "60s"));
    expect(endOf(ended), ended.log).toEqual(takenBack);
    expect(ended.result?.reason).toMatch(because);
    wentHome(ended, versions);
  });
});

describe.concurrent("a rollout that compares both versions", () => {
  it("is promoted where the canary is as good, and says how sure that is", async () => {
    const shop = await openShop("equal");
    const { ended, answers, versions } = await rollout(shop, compared(shop), 100);
    expect(endOf(ended), ended.log).toEqual(promoted);
    expect(ended.log).toMatch(/At most [\d.]+ percentage points more than stable \(95% sure/);
    wentThrough("compared", versions, answers);
  });

  it("is taken back where the canary fails more often, though nobody named a limit", async () => {
    const shop = await openShop("worse", { canary: { ERROR_RATE: "0.15" } });
    const { ended, versions } = await rollout(shop, compared(shop));
    expect(endOf(ended), ended.log).toEqual(takenBack);
    expect(ended.result?.reason).toMatch(/The canary failed .*, stable none of .* \(99% sure\)/);
    wentHome(ended, versions);
  });

  it("is taken back where the canary is slower", async () => {
    const shop = await openShop("slower", { canary: { DELAY_MS: "600" } });
    const { ended, versions } = await rollout(shop, compared(shop));
    expect(endOf(ended), ended.log).toEqual(takenBack);
    expect(ended.result?.reason).toMatch(/of the canary.s requests took longer than/);
    wentHome(ended, versions);
  });

  it("counts connections where they are what is moved, and promotes", async () => {
    const shop = await openShop("tcp-good", { shape: "tcp", port: 9201 });
    const plan = compared(shop, { errors: { margin: "2%" } });
    const { ended, answers, versions } = await rollout(shop, plan);
    expect(endOf(ended), ended.log).toEqual(promoted);
    expect(answers.filter((answer) => !isOk(answer))).toEqual([]);
    wentThrough("tcp", versions, answers);
  });

  it("takes connections back that do not come about", async () => {
    const shop = await openShop("tcp-bad", { shape: "tcp", port: 9202, canaryPort: 8081 });
    const { ended, answers, versions } = await rollout(shop, compared(shop));
    expect(endOf(ended), ended.log).toEqual(takenBack);
    expect(ended.result?.reason).toMatch(/The canary failed .* \(99% sure\)/);
    expect(answers.some((answer) => !isOk(answer))).toBe(true);
    wentHome(ended, versions);
  });
});

function wentHome({ result }: Ended, versions: Versions): void {
  const weighted = versions.weighted();
  expect(weighted.map(({ weights }) => weights)).toEqual([
    [100, 0],
    [80, 20],
    [100, 0],
  ]);
  expect(versions.violations()).toEqual([]);
  const [, raised = 0, home = 0] = weighted.map(({ at }) => at);
  console.log(`figure: home ${((home - raised) / 1000).toFixed(1)} s after the first raise: ${result?.reason}`);
}

/** The weights of every phase, and whether customers were shared out by them. */
function wentThrough(name: string, versions: Versions, answers: readonly Answer[]): void {
  const weighted = versions.weighted();
  expect(weighted.map(({ weights }) => weights)).toEqual([
    [100, 0],
    [80, 20],
    [50, 50],
    [0, 100],
  ]);
  expect(versions.violations()).toEqual([]);
  const end = answers.at(-1)?.at ?? 0;
  const shares = weighted.slice(1).flatMap(({ at, next, weights: [, weight = 0] }) => {
    // Envoy hears of new weights a little later, and a request may wait on a busy machine until the next ones stand.
    const over = Math.min(next, end);
    const inTime = answers.filter((answer) => answer.at + answer.tookMs < over);
    const { v1, v2 } = served(inTime, (at + over) / 2, over);
    if (v1 + v2 === 0) return [];
    agrees(v2, v1 + v2, weight);
    return [`${((100 * v2) / (v1 + v2)).toFixed(1)} % of ${v1 + v2} at ${weight}`];
  });
  expect(shares).not.toEqual([]);
  console.log(`figure: served by the canary, ${name}: ${shares.join(", ")}`);
}

/** Whether a share that was drawn at random fits its weight: five standard deviations and two requests, one test in a million errs. */
function agrees(canary: number, all: number, weight: number): void {
  const expected = (all * weight) / 100;
  const deviation = Math.sqrt((all * weight * (100 - weight)) / 10_000);
  expect(Math.abs(canary - expected), `${canary} of ${all} at ${weight} %`).toBeLessThan(5 * deviation + 2);
}
