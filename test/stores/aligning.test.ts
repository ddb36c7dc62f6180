import { describe, expect, onTestFinished, test } from "vitest";
import { unpackBaseline } from "../../src/evidence/calibration-record.ts";
import { evidenceFrom, freezeFrom } from "../../src/evidence/index.ts";
import { trialOf } from "../../src/evidence/measure-checks.ts";
import { unroutedBefore } from "../../src/evidence/unrouted-check.ts";
import { rangeClient } from "../../src/metrics/prometheus/range-client.ts";
import { sourceOver } from "../../src/metrics/prometheus/source.ts";
import type { VersionTargets } from "../../src/ports/metric-source.ts";
import { createWorld } from "../../src/simulator/traffic/index.ts";
import { handClock } from "../metrics/prometheus/servers.ts";
import { planFrom, scenarioFrom } from "../rehearsal/rehearsed.ts";
import { minute, record, second, selection } from "../rollout/samples.ts";
import { startAligningFrontEnd } from "../servers/aligning.ts";
import { startPrometheus } from "../servers/prometheus.ts";

/** What people read their Prometheus through may answer at times of its own: multiples of the step, whatever was asked for. */

const start = Date.UTC(2026, 0, 1, 12);
/** No multiple of any step. */
const entered = start + 7 * second;
const now = entered + 18 * minute;
const host = "reviews.shop.svc.cluster.local";
const arm = (version: string) => ({
  host,
  service: "reviews",
  namespace: "shop",
  subset: version,
  workloads: [`reviews-${version}`],
});
const still = handClock();
const arms: VersionTargets = { namespace: "shop", stable: arm("v1"), canary: arm("v2") };

const common = `
route: virtualservice/reviews
namespace: shop
canary: v2
phases: 50/100
hold: 5m
prometheus: {url: "https://prometheus.example.com", scrape-interval: 2s}
`;
const compared = `${common}compare: {look: 15s}`;
const checked = `${common}compare: off
checks:
  - {preset: success-rate, min: 99%, every: 15s}
`;

type Past = { readonly historyMs?: number; readonly entered?: number };

/** A real client, over real connections, of a front end before a Prometheus that has scraped this until `at`. */
async function behind(words: string, at: number, { historyMs, entered: moved }: Past) {
  const subsets = { stable: { host, subset: "v1" }, canary: { host, subset: "v2" } };
  const history = historyMs === undefined ? {} : { historyMs };
  const world = createWorld({ scenario: scenarioFrom(words), seed: 5, startMs: start, ...history, ...subsets });
  if (moved !== undefined) world.weightChanged(moved, 50);
  const server = await startPrometheus({ world, now: () => at });
  const front = await startAligningFrontEnd(server.url);
  const source = sourceOver(rangeClient({ url: front.url }), { lagMs: 0 });
  onTestFinished(() => source.close());
  return { source, points: front.points };
}

/** The verdict on a phase that was entered eighteen minutes ago. */
async function judged(text: string, canary: string) {
  const plan = await planFrom(text);
  const words = `traffic 100 rps; errors 0.3%; scrape every 2s; ${canary}`;
  const { source, points } = await behind(words, now, { entered });
  const evidence = evidenceFrom(source, async () => arms, still);
  const state = record("progressing", { phase: 1, weight: 50, entered: [entered], grounds: null });
  const verdict = await evidence(plan, state, now, new AbortController().signal);
  return { verdict, points: Math.max(...points) };
}

describe("behind a front end that aligns ranges to the step", () => {
  test("the comparison sees every interval", async () => {
    const { verdict, points } = await judged(compared, "canary errors 0.3%");
    expect(points).toBeGreaterThan(50);
    expect(verdict).toMatchObject({ kind: "pass" });
    const looks = verdict.numbers?.looks ?? [];
    expect(looks.map(({ seen }) => seen)).toEqual(Array(points - 1).fill(true));
    // A hundred requests a second, half of them the canary's but for those of before the entry.
    for (const { index, pairs } of looks) {
      const [canary = 0, , stable = 0] = pairs["errors"] ?? [];
      if (index > 0) expect([canary > 500, stable > 500]).toEqual([true, true]);
    }
  });

  test("the comparison finds harm", async () => {
    const { verdict } = await judged(compared, "canary errors 0.3% until 10m, then 3%");
    expect(verdict).toMatchObject({ kind: "fail", culprit: "errors" });
  });

  test("a check passes and fails", async () => {
    const good = await judged(checked, "canary errors 0.3%");
    expect(good.points).toBeGreaterThan(50);
    expect(good.verdict).toMatchObject({ kind: "pass", checks: [{ kind: "passing", missing: 0 }] });
    const bad = await judged(checked, "canary errors 0.3% until 10m, then 20%");
    expect(bad.verdict).toMatchObject({ kind: "fail", culprit: "success-rate" });
  });
});

/** When the first weight is to be written, of a service that has been scraped for less than a minute. */
async function young() {
  const plan = await planFrom(`${common}checks:\n  - {preset: success-rate, min: 99%, every: 15s}\n`);
  const at = start + 47 * second;
  const words = "no noise; traffic 100 rps; errors 0.3%; scrape every 2s";
  return { plan, at, ...(await behind(words, at, { historyMs: 0 })) };
}

describe("before the first write, behind the same front end", () => {
  test("stable is found by what it counts now", async () => {
    const { plan, source, at } = await young();
    const freezing = await freezeFrom(source, async () => arms, still)(plan, selection(), at, {});
    expect(freezing).toMatchObject({ findings: [] });
    expect(unpackBaseline(freezing?.frozen)).toMatchObject({ kind: "compared", reporter: "source" });
  });

  test("the trial of a check finds it too, at whatever moment", async () => {
    const { plan, source, at } = await young();
    expect(
      await source.probe(
        plan.checks.map((check) => trialOf(check, arms)),
        at + 123,
      ),
    ).toEqual([]);
  });

  test("requests that reach neither version have their share of the past", async () => {
    const at = start + 12 * minute + 7 * second;
    const words = "no noise; traffic 100 rps; canary unready from 2m for 8m";
    const { source } = await behind(words, at, { entered });
    expect(await unroutedBefore(source, arms, "source", at, new AbortController().signal)).toBeGreaterThan(0.01);
  });
});
