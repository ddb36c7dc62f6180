import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { type Counting, countAll } from "../../src/evidence/count-requests.ts";
import { gridOf, measureChecks } from "../../src/evidence/measure-checks.ts";
import { looksOf } from "../../src/judge/intervals-from-counters.ts";
import { gridsOf } from "../../src/judge/phase-grid.ts";
import { rangeClient } from "../../src/metrics/prometheus/range-client.ts";
import { sourceOver } from "../../src/metrics/prometheus/source.ts";
import type { MetricSource, VersionTargets } from "../../src/ports/metric-source.ts";
import type { RangeQueries } from "../../src/ports/range-queries.ts";
import type { Check } from "../../src/rollout/plan.ts";
import { frozen, plan } from "../judge/support.ts";
import { executable, openStore, type Store, type Written, why } from "./victoria-metrics.ts";

/** VictoriaMetrics moves a range of fifty points or more to multiples of the step. What was written must come out at every point. */

if (executable === undefined) console.error(`\n${why}\n`);

const second = 1000;
/** A multiple of the interval of 15 s. */
const start = Date.UTC(2025, 0, 1, 12);
const entered = start + 7 * second;
/** An hour of them: a check that takes a value a minute has more than fifty as well. */
const points = 240;
const now = start + points * 15 * second + plan.lagMs + 3 * second;

const arm = (version: string) => ({
  ...{ host: "reviews.shop.svc.cluster.local", service: "reviews", namespace: "shop", subset: version },
  workloads: [`reviews-${version}`],
});
const arms: VersionTargets = { namespace: "shop", stable: arm("v1"), canary: arm("v2"), reporter: "source" };

/** Scraped every 15 s at a moment of its own, from a minute before the grid; what it counted by then is the sum of `added`. */
function counter(version: string, code: string, offsetMs: number, added: (scrape: number) => number): Written {
  const scrapes = Array.from({ length: points + 8 }, (_, k) => k);
  let sum = 1000;
  return {
    metric: {
      __name__: "istio_requests_total",
      reporter: "source",
      destination_workload: `reviews-${version}`,
      destination_workload_namespace: "shop",
      response_code: code,
      response_flags: "-",
      instance: `gateway-${version}`,
    },
    timestamps: scrapes.map((k) => start - 60 * second + k * 15 * second + offsetMs),
    values: scrapes.map((k) => {
      sum += added(k);
      return sum;
    }),
  };
}

const written = [
  counter("v1", "200", 4 * second, (k) => 900 + (k % 7)),
  counter("v1", "500", 4 * second, (k) => k % 3),
  counter("v2", "200", 11_500, (k) => 90 + (k % 5)),
  counter("v2", "500", 11_500, (k) => (k % 4 === 0 ? 1 : 0)),
];

/** What a counter showed last at a moment. */
function shown({ timestamps, values }: Written, at: number): number {
  return values[timestamps.findLastIndex((time) => time <= at)] ?? Number.NaN;
}

describe.runIf(executable !== undefined)("VictoriaMetrics", () => {
  let store: Store;
  let queries: RangeQueries;
  let source: MetricSource;
  beforeAll(async () => {
    store = await openStore();
    await store.write(written);
    const asking = rangeClient({ url: store.url });
    queries = {
      ...asking,
      // The samples are of another year than the store's clock.
      async measure(...given) {
        const { date: _, ...measured } = { date: undefined, ...(await asking.measure(...given)) };
        return measured;
      },
    };
    source = sourceOver(queries, { lagMs: plan.lagMs });
  });
  afterAll(async () => {
    source.close();
    await store.close();
  });

  const query = 'last_over_time(istio_requests_total{reporter="source"}[45s])';
  const counted = (from: number) =>
    queries.measure({ kind: "counters", query, stepMs: 15 * second }, from, from + (points - 1) * 15 * second);

  test("shows what was written at every point of a grid of multiples of the step", async () => {
    const measured = await counted(start);
    expect(measured.kind).toBe("series");
    const series = measured.kind === "series" ? measured.series : [];
    expect(series).toHaveLength(written.length);
    for (const { labels, values } of series) {
      const of = written.find(
        ({ metric }) =>
          metric["instance"] === labels["instance"] && metric["response_code"] === labels["response_code"],
      );
      if (of === undefined) throw new Error(JSON.stringify(labels));
      expect(values).toEqual(Array.from({ length: points }, (_, k) => shown(of, start + k * 15 * second)));
    }
  });

  test("moves any other grid, which is an error and not an absence of data", async () => {
    expect(await counted(start + 7 * second)).toEqual({
      kind: "error",
      reason: reason("metric-off-grid", { asked: start + 7 * second, answered: start }),
    });
  });

  test("loses no interval of a comparison", async () => {
    const record = { rollout: "r", phases: [{ weight: 10, enteredAt: entered }], frozen };
    const counting: Counting = {
      ...{ arms, of: "both", requests: true, boundariesMs: [], metrics: [] },
      ...{ stepMs: plan.lookMs, staleAfterMs: plan.staleAfterMs },
    };
    const grids = gridsOf(plan, record, now);
    const answer = await countAll(source, counting, grids, { now });
    if (answer.kind !== "counted") throw new Error(answer.reason.code);
    const found = looksOf(plan, record, answer.phases, now);
    if (found.kind === "error") throw new Error(found.reason.code);
    expect(found.looks).toHaveLength(points);
    const [stableGood, stableBad, canaryGood, canaryBad] = written as [Written, Written, Written, Written];
    for (const { from, to, seen, pairs } of found.looks) {
      const added = (one: Written) => shown(one, to) - shown(one, from);
      expect(seen).toBe(true);
      expect([from % plan.lookMs, pairs.get("errors")]).toEqual([
        0,
        {
          canary: { n: added(canaryGood) + added(canaryBad), x: added(canaryBad) },
          stable: { n: added(stableGood) + added(stableBad), x: added(stableBad) },
        },
      ]);
    }
  });

  test("loses no point of a check", async () => {
    const usual = {
      everyMs: 60 * second,
      failAfter: { consecutive: 3, total: 5 },
      silentAfter: { consecutive: 5, total: 10 },
      onSilent: "wait",
    } as const;
    const query = 'sum(last_over_time(istio_requests_total{destination_workload="reviews-v2"}[{{window}}]))';
    const checks: readonly Check[] = [
      { ...usual, name: "requests", ask: { query } },
      { ...usual, name: "success-rate", ask: { preset: "success-rate" } },
    ];
    const watch = { watchFrom: entered, now, lagMs: plan.lagMs };
    const { samples } = await measureChecks(source, checks, arms, watch);
    const grid = gridOf(usual.everyMs, watch);
    expect(grid.length).toBeGreaterThan(50);
    const both = (at: number) => shown(written[2] as Written, at) + shown(written[3] as Written, at);
    expect(samples.get("requests")).toEqual(grid.map((at) => ({ at, kind: "value", value: both(at) })));
    // One request of four scrapes fails, of some ninety in each.
    const rates = samples
      .get("success-rate")
      ?.map((sample) => (sample.kind === "value" ? sample.value : sample.reason.code));
    expect(rates?.map((rate) => typeof rate === "number" && rate > 0.996 && rate < 0.998)).toEqual(
      grid.map(() => true),
    );
  });
});
