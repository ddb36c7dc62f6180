import { describe, expect, it } from "vitest";
import { countAll } from "../../src/evidence/count-requests.ts";
import { minutesOf, totalOf } from "../../src/evidence/history-counts.ts";
import type { MetricSource, VersionTargets } from "../../src/ports/metric-source.ts";
import { rehearsedSource } from "../../src/rehearsal/rehearsed-source.ts";
import type { MetricsPlan } from "../../src/rollout/plan.ts";
import { rehearsedMetrics } from "../../src/simulator/simulated-metric-source.ts";
import { createWorld } from "../../src/simulator/traffic/index.ts";
import { scenarioFrom } from "./rehearsed.ts";

const start = 1_760_000_040_000;
const minute = 60_000;
const host = "reviews.shop.svc.cluster.local";
const arm = (version: string) => ({
  host,
  service: "reviews",
  namespace: "shop",
  subset: version,
  workloads: [`reviews-${version}`],
});
const arms: VersionTargets = { canary: arm("v2"), stable: arm("v1"), namespace: "shop" };
const metrics: MetricsPlan = {
  ...{ provider: "any", url: "https://p.example.com", scrapeIntervalMs: 15_000, lagMs: 0, hosts: [], allowHttp: false },
};

function sourcesOf(words: string) {
  const subsets = { stable: { host, subset: "v1" }, canary: { host, subset: "v2" } };
  const world = createWorld({ scenario: scenarioFrom(words), seed: 1, startMs: start, ...subsets });
  world.weightChanged(start, 20);
  const now = start + 10 * minute;
  world.advanceTo(now);
  const queries = rehearsedMetrics({ world, now: () => now });
  return [rehearsedSource(metrics, queries), rehearsedSource({ ...metrics, bucketMs: minute }, queries)] as const;
}

async function totals(source: MetricSource) {
  const asked = { arms, of: "both", requests: true, boundariesMs: [], metrics: [], staleAfterMs: 45_000 } as const;
  const points = { from: start + minute, to: start + 9 * minute, points: 9 };
  const counted = await countAll(source, { ...asked, stepMs: minute }, [points], { now: start + 10 * minute });
  if (counted.kind !== "counted") return counted;
  const [phase = { counters: [], up: [] }] = counted.phases;
  return (["canary", "stable"] as const).map((which) => totalOf(minutesOf(phase, which, ["errors"], []).get("errors")));
}

describe("a source of any kind over the world that is played", () => {
  it("counts the same by itself as raw counters show", async () => {
    const [raw, counting] = sourcesOf("traffic 50 rps; errors 1%; canary errors 5%; pods 3 and 2");
    expect([raw.increments, counting.counters]).toEqual([undefined, undefined]);
    const found = await totals(counting);
    expect(found).toEqual(await totals(raw));
    expect(found).toMatchObject([{ n: expect.any(Number) }, { n: expect.any(Number) }]);
  });

  it("knows nothing while the store is silent", async () => {
    const [, counting] = sourcesOf("traffic 50 rps; prometheus down from 1m");
    expect(await totals(counting)).toMatchObject({ kind: "error", reason: { code: "metric-unreachable" } });
  });
});
