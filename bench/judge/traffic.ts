import type { Millis } from "../../src/base/units.ts";
import type { ArmName } from "../../src/judge/counter-increments.ts";
import type { Chance } from "./rng.ts";
import { bucketEdges, MINUTE, SCRAPE, type Shown, type Snapshot, type World } from "./world.ts";

const STALE: Millis = 3 * SCRAPE;

/** One program as it counts one version, with the sample that its last successful scrape took. */
type Source = {
  readonly shown: Shown;
  readonly program: Program;
  readonly pods: readonly Pod[];
  good: number;
  bad: number;
  readonly buckets: number[];
  readonly metrics: number[];
  sample: { good: number; bad: number; buckets: number[]; metrics: number[] };
};
type Program = { target: string; readonly offsetMs: Millis; sampledAt: Millis; gone: boolean };
type Pod = { minute: number; factor: number };

/** What the canary truly served. */
export type Truth = { requests: number; bad: number; excess: number };

export type Traffic = {
  readonly snapshot: Snapshot;
  readonly truth: Truth;
  /** Goes on to the next point of the grid. */
  advance(toMs: Millis): void;
};

export function openTraffic(world: World, chance: Chance): Traffic {
  const sources: Source[] = sourcesOf(world, chance);
  const truth: Truth = { requests: 0, bad: 0, excess: 0 };
  const shown = sources.map((source) => source.shown);
  const up: string[] = [];
  const programs = new Set(sources.map(({ program }) => program));
  const scrape = (atMs: Millis) => {
    up.length = 0;
    for (const program of programs) {
      const isLost = program.gone || atMs >= (world.blindFromMs ?? Number.POSITIVE_INFINITY);
      const isTaken = !isLost && !(world.scrapes && chance.unit() < world.scrapes.lost);
      if (isTaken) program.sampledAt = atMs;
      if (isTaken) up.push(program.target);
    }
    for (const source of sources) show(source, atMs);
  };
  scrape(0);
  const advance = (toMs: Millis) => {
    // A pod that restarts under a new name is scraped as a new program from its next scrape on.
    for (const source of [...sources]) {
      if (source.program.gone) continue;
      count(world, chance, source, toMs, truth);
      const { restarts } = world;
      if (restarts === undefined || !(chance.unit() < SCRAPE / restarts.everyMs)) continue;
      const successor = restarted(world, chance, source);
      if (successor === undefined) continue;
      sources.push(successor);
      shown.push(successor.shown);
      programs.add(successor.program);
    }
    scrape(toMs);
  };
  return { snapshot: { shown, up }, truth, advance };
}

function sourcesOf(world: World, chance: Chance): Source[] {
  const pods = (count: number): Pod[] => Array.from({ length: count }, () => ({ minute: -1, factor: 1 }));
  const offset = () => (world.scrapes?.staggered === true ? Math.floor(chance.unit() * SCRAPE) : 0);
  const program = (target: string): Program => ({ target, offsetMs: offset(), sampledAt: 0, gone: false });
  if (world.gateways > 0) {
    return Array.from({ length: world.gateways }, (_, i) => program(`gateway-${i}`)).flatMap((each) => [
      sourceOf(world, chance, "canary", each, pods(world.canaryPods)),
      sourceOf(world, chance, "stable", each, pods(world.stablePods)),
    ]);
  }
  const own = (arm: ArmName, count: number) =>
    pods(count).map((pod, i) => sourceOf(world, chance, arm, program(`${arm}-${i}`), [pod]));
  return [...own("canary", world.canaryPods), ...own("stable", world.stablePods)];
}

function sourceOf(world: World, chance: Chance, arm: ArmName, program: Program, pods: readonly Pod[]): Source {
  // Stable has counted for a while; the canary has seen nothing yet.
  const past = arm === "stable" ? 1000 + Math.floor(chance.unit() * 100_000) : 0;
  const metrics = Array.from({ length: world.metrics?.count ?? 0 }, () => 0);
  const buckets = world.latency === undefined ? [] : [...bucketEdges.map(() => 0), past];
  const source = { good: past, bad: 0, buckets, metrics };
  return {
    shown: { arm, target: program.target, good: undefined, bad: undefined, buckets: [], metrics: [] },
    program,
    pods,
    ...source,
    sample: { ...source, buckets: [...buckets], metrics: [...metrics] },
  };
}

/** Requests of one scrape interval of this program, which ends a little before the point of the grid. */
function count(world: World, chance: Chance, source: Source, toMs: Millis, truth: Truth): void {
  const { arm } = source.shown;
  const atMs = toMs - SCRAPE / 2 - source.program.offsetMs;
  const weight = weightAt(world, atMs);
  const canary = world.share?.(weight) ?? weight / 100;
  const rps = world.rps * (arm === "canary" ? canary / world.canaryPods : (1 - canary) / world.stablePods);
  const mean = (rps * SCRAPE) / 1000 / Math.max(1, world.gateways);
  const base = world.rate(arm, atMs, weight);
  const normal = world.rate("stable", atMs, weight);
  for (const pod of source.pods) {
    const rate = Math.min(1, base * factorOf(world.noise, chance, pod, atMs));
    const { n, x } = draw(chance, mean, rate, world.burst ?? 1);
    source.good += n - x;
    source.bad += x;
    if (world.latency !== undefined) spread(chance, source.buckets, n, world.latency(arm, atMs));
    if (world.metrics !== undefined) countMetrics(chance, source, n, world.metrics);
    if (arm === "stable") continue;
    truth.requests += n;
    truth.bad += x;
    truth.excess += x - n * normal;
  }
}

/** Failures come in clusters of `burst`; everything else comes by itself. */
export function draw(chance: Chance, mean: number, rate: number, burst: number): { n: number; x: number } {
  if (burst === 1) {
    const n = chance.poisson(mean);
    return { n, x: chance.binomial(n, rate) };
  }
  const x = burst * chance.poisson((mean * rate) / burst);
  return { n: x + chance.poisson(mean * (1 - rate)), x };
}

function factorOf(noise: number | undefined, chance: Chance, pod: Pod, atMs: Millis): number {
  if (noise === undefined) return 1;
  const minute = Math.floor(atMs / MINUTE);
  if (pod.minute !== minute) {
    pod.minute = minute;
    pod.factor = chance.gamma(noise);
  }
  return pod.factor;
}

function spread(chance: Chance, buckets: number[], n: number, chances: readonly number[]): void {
  let left = n;
  let rest = 1;
  let below = 0;
  for (const [i, each] of chances.entries()) {
    const taken = i === chances.length - 1 ? left : chance.binomial(left, Math.min(1, each / rest));
    left -= taken;
    rest -= each;
    below += taken;
    buckets[i] = (buckets[i] ?? 0) + below;
  }
}

/** The first metric is the one in which the canary is worse. */
function countMetrics(chance: Chance, { shown, metrics }: Source, n: number, of: NonNullable<World["metrics"]>): void {
  for (let i = 0; i < of.count; i += 1) {
    const rate = of.rate * (i === 0 && shown.arm === "canary" ? of.worse : 1);
    metrics[i] = (metrics[i] ?? 0) + chance.binomial(n, rate);
  }
}

export function weightAt({ phases }: World, atMs: Millis): number {
  let end = 0;
  for (const { weight, minutes } of phases) {
    end += minutes * MINUTE;
    if (atMs < end) return weight;
  }
  return phases.at(-1)?.weight ?? 0;
}

/** Somewhere within the scrape interval: what came before is lost, what came after is all that the counter shows. */
function restarted(world: World, chance: Chance, source: Source): Source | undefined {
  const kept = chance.unit();
  const good = chance.binomial(source.good - source.sample.good, kept);
  const bad = chance.binomial(source.bad - source.sample.bad, kept);
  if (!(chance.unit() < (world.restarts?.renamed ?? 0))) {
    source.good = good;
    source.bad = bad;
    source.buckets.fill(0);
    return undefined;
  }
  const { program, shown, pods } = source;
  program.gone = true;
  const next = { ...program, target: `${program.target}'`, gone: false };
  const fresh = sourceOf(world, chance, shown.arm, next, pods);
  fresh.good = good;
  fresh.bad = bad;
  fresh.sample = { good: 0, bad: 0, buckets: [], metrics: [] };
  return fresh;
}

/** What a metric source holds of it: the last sample, until it is stale. */
function show(source: Source, atMs: Millis): void {
  const { program, shown, good, bad, buckets, metrics } = source;
  if (program.sampledAt === atMs) source.sample = { good, bad, buckets: [...buckets], metrics: [...metrics] };
  const isSeen = !program.gone && atMs - program.sampledAt < STALE;
  const { sample } = source;
  shown.good = isSeen && sample.good > 0 ? sample.good : undefined;
  shown.bad = isSeen && sample.bad > 0 ? sample.bad : undefined;
  for (const [i, value] of sample.buckets.entries()) shown.buckets[i] = isSeen ? value : undefined;
  for (const [i, value] of sample.metrics.entries()) shown.metrics[i] = isSeen ? value : undefined;
}
