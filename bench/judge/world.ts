import type { Millis } from "../../src/base/units.ts";
import type { ArmName } from "../../src/judge/counter-increments.ts";

export const SCRAPE: Millis = 15_000;
export const MINUTE: Millis = 60_000;

/** What truly happens in one course: everything that a judge may only guess from counters. */
export type World = {
  readonly rps: number;
  readonly phases: readonly { readonly weight: number; readonly minutes: number }[];
  readonly stablePods: number;
  readonly canaryPods: number;
  /** So many client proxies report both versions; 0: every pod reports itself. */
  readonly gateways: number;
  /** The chance that a request fails. */
  readonly rate: (arm: ArmName, atMs: Millis, weight: number) => number;
  /** The share of the requests that the canary truly gets. */
  readonly share?: (weight: number) => number;
  /** Coefficient of variation of each pod's own factor on its rate, drawn anew each minute. */
  readonly noise?: number;
  /** So many requests fail together. */
  readonly burst?: number;
  /** Each pod restarts now and then; some come back under a new name. */
  readonly restarts?: { readonly everyMs: Millis; readonly renamed: number };
  readonly scrapes?: { readonly staggered: boolean; readonly lost: number };
  /** Nothing is scraped from then on. */
  readonly blindFromMs?: Millis;
  /** The chance of each bucket, the last one open. */
  readonly latency?: (arm: ArmName, atMs: Millis) => readonly number[];
  readonly metrics?: { readonly count: number; readonly rate: number; readonly worse: number };
  /** What was otherwise before the start. */
  readonly before?: { readonly traffic?: number; readonly noise?: number; readonly burst?: number };
};

/** What a cell is there to show, and so how it is scored. */
export type Aim = "equal" | "noisy" | "calm" | "harm" | "margin" | "twice" | "split" | "low" | "blind" | "culprit";

export type Cell = {
  readonly id: string;
  readonly family: string;
  readonly aim: Aim;
  readonly rps: number;
  readonly base: number;
  readonly weight: number;
  /** In words: `5x`, `+1 pp`, `shift 1.5x`. */
  readonly harm: string;
  /** When the harm begins. */
  readonly fromMs: Millis;
  /** The canary's rate while it is harmed, where that is one number. */
  readonly canaryRate?: number;
  /** Also the peers that take long to compute. */
  readonly peers: boolean;
  readonly world: World;
};

export const bucketEdges: readonly Millis[] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** What one counter-bearing program shows of one version at a point of the grid; undefined where there is no sample. */
export type Shown = {
  readonly arm: ArmName;
  readonly target: string;
  /** Requests that went well. */
  good: number | undefined;
  /** Failed ones. Their counter is born with the first of them. */
  bad: number | undefined;
  /** Cumulative, by `bucketEdges` and then `+Inf`. */
  readonly buckets: (number | undefined)[];
  /** Bad events of each user metric; their totals are all requests. */
  readonly metrics: (number | undefined)[];
};

export type Snapshot = { readonly shown: readonly Shown[]; readonly up: readonly string[] };
