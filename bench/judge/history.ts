import type { PodMinutes } from "../../src/judge/dispersion.ts";
import { latencyName } from "../../src/judge/judge-plan.ts";
import type { ArmCounts } from "../../src/judge/types.ts";
import type { Chance } from "./rng.ts";
import { draw } from "./traffic.ts";
import { bucketEdges, MINUTE, type World } from "./world.ts";

/** By process: the minutes of each pod of the stable version before the start. */
export type History = ReadonlyMap<string, readonly PodMinutes[]>;

const WINDOWS = [60, 120, 240, 480, 960, 1440];
const ENOUGH_BAD = 30;

/** As much of the last day as a judge would go back for: until it holds enough bad requests. */
export function historyOf(world: World, chance: Chance): History {
  const history = new Map([["errors", errorsBefore(world, chance)]]);
  if (world.latency !== undefined) {
    for (const [name, pods] of latencyBefore(world, chance, world.latency("stable", -MINUTE))) history.set(name, pods);
  }
  for (let i = 0; i < (world.metrics?.count ?? 0); i += 1) {
    history.set(`metric-${i}`, steadyBefore(world, chance, world.metrics?.rate ?? 0));
  }
  return history;
}

function errorsBefore(world: World, chance: Chance): readonly PodMinutes[] {
  const { stablePods, before, rate } = world;
  const mean = (world.rps * (before?.traffic ?? 1) * 60) / stablePods;
  const noise = before?.noise ?? world.noise ?? 0;
  const burst = before?.burst ?? world.burst ?? 1;
  const pods: ArmCounts[][] = Array.from({ length: stablePods }, () => []);
  let bad = 0;
  let minute = 0;
  for (const window of WINDOWS) {
    // Where nothing ever fails, the rest of the day has nothing to add.
    if (bad >= ENOUGH_BAD || (minute > 0 && rate("stable", -MINUTE, 0) === 0)) break;
    for (; minute < window; minute += 1) {
      const base = rate("stable", -(minute + 0.5) * MINUTE, 0);
      for (const pod of pods) {
        const arm = draw(chance, mean, Math.min(1, base * (noise === 0 ? 1 : chance.gamma(noise))), burst);
        bad += arm.x;
        pod.push(arm);
      }
    }
  }
  return pods.map((pod) => pod.reverse());
}

function steadyBefore(world: World, chance: Chance, rate: number): readonly PodMinutes[] {
  const mean = (world.rps * 60) / world.stablePods;
  return Array.from({ length: world.stablePods }, () => Array.from({ length: 60 }, () => draw(chance, mean, rate, 1)));
}

/** One multinomial draw a minute serves all boundaries. */
function latencyBefore(world: World, chance: Chance, chances: readonly number[]): History {
  const mean = (world.rps * 60) / world.stablePods;
  const history = new Map<string, ArmCounts[][]>();
  for (let pod = 0; pod < world.stablePods; pod += 1) {
    for (let minute = 0; minute < 60; minute += 1) {
      const n = chance.poisson(mean);
      let slower = n;
      let rest = 1;
      for (const [i, edge] of bucketEdges.entries()) {
        const each = chances[i] ?? 0;
        slower -= chance.binomial(slower, Math.min(1, each / rest));
        rest -= each;
        const pods = history.get(latencyName(edge)) ?? Array.from({ length: world.stablePods }, (): ArmCounts[] => []);
        history.set(latencyName(edge), pods);
        pods[pod]?.push({ n, x: slower });
      }
    }
  }
  return history;
}
