import { minutesOf } from "../evidence/history-counts.ts";
import type { PhaseCounters } from "../judge/intervals-from-counters.ts";
import type { ArmCounts } from "../judge/types.ts";
import { sourceOver } from "../metrics/prometheus/source.ts";
import type { Grid, Increment, MetricSource } from "../ports/metric-source.ts";
import type { RangeQueries } from "../ports/range-queries.ts";
import type { MetricsPlan } from "../rollout/plan.ts";

/** What a plan's source would say of the world that is played, whatever its kind: raw counters, or what it counts by itself. */
export function rehearsedSource(metrics: MetricsPlan, world: RangeQueries): MetricSource {
  const { lagMs, bucketMs } = metrics;
  const raw = sourceOver(world, { lagMs });
  if (bucketMs === undefined) return raw;
  const { counters: _, scraped: __, ...others } = raw;
  return {
    ...others,
    bucketMs,
    facts: (versions) => {
      const { requests } = raw.facts(versions);
      return { reporters: ["source"], requests, hasConnections: false, hasUnrouted: false };
    },
    async increments(question, grid, signal) {
      const answer = await raw.counters?.(question, grid, signal);
      if (answer?.kind !== "counters") return answer ?? { kind: "increments", increments: [], dates: [] };
      // Programs are added while the world is played, never found late: what is new to a series it has counted.
      const phase = {
        counters: answer.series,
        up: [...new Set(answer.series.map(({ target }) => target))].map(upFrom(grid)),
      };
      return { kind: "increments", increments: incrementsOf(phase, grid), dates: answer.dates };
    },
  };
}

/** As if it had been scraped all the time. */
const upFrom =
  ({ from, to, stepMs }: Grid) =>
  (target: string) => ({
    target,
    values: Array.from({ length: Math.round((to - from) / stepMs) + 1 }, () => 1),
  });

/** A version without a series has had no requests where the other has; where neither has one, nothing is known. */
function incrementsOf(phase: PhaseCounters, { from, to, stepMs }: Grid): readonly Increment[] {
  if (phase.counters.length === 0) return [];
  const sums = (arm: "canary" | "stable") => minutesOf(phase, arm, ["errors"], []).get("errors") ?? [];
  const [canary, stable] = [sums("canary"), sums("stable")];
  const at = (pods: ReturnType<typeof sums>, k: number): ArmCounts =>
    pods.reduce((sum, pod) => ({ n: sum.n + (pod[k]?.n ?? 0), x: sum.x + (pod[k]?.x ?? 0) }), { n: 0, x: 0 });
  const steps = Math.round((to - from) / stepMs);
  return Array.from({ length: steps }, (_, k) => {
    return { at: from + (k + 1) * stepMs, canary: at(canary, k), stable: at(stable, k) };
  });
}
