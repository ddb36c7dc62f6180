import type { Reason } from "../base/reasons/index.ts";
import type { MetricCode } from "../base/reasons/metric-reasons.ts";
import type { Millis } from "../base/units.ts";
import type { CounterRow, PhaseCounters } from "../judge/intervals-from-counters.ts";
import type { ArmCounts } from "../judge/types.ts";
import type { DataPlane, MetricReporter } from "../rollout/data-planes-and-reporters.ts";
import type { Check, ComparedMetric } from "../rollout/plan.ts";

/** The points `from`, `from + step`, … up to `to`, all server time in milliseconds. */
export type Grid = { readonly from: Millis; readonly to: Millis; readonly stepMs: Millis };

type Preset = Extract<Check["ask"], { readonly preset: string }>;

/** A number a point, over the time of one window before it. It says what is asked, never how. */
export type ValueQuestion = {
  /** What reasons call it by. */
  readonly name: string;
  readonly versions: VersionTargets;
  readonly windowMs: Millis;
  readonly ask:
    | Check["ask"]
    /** The user's own query for the number of requests behind a value. */
    | { readonly count: string }
    /** How many requests stand behind the value of a preset. */
    | { readonly requestsOf: Preset }
    /** The share of the route's requests that reached neither version. */
    | { readonly preset: "unrouted" };
};

/** What is counted of the versions: requests and failed ones, slow ones by boundary, pairs of the user's own counters. */
export type CountQuestion = {
  readonly arms: VersionTargets;
  /** History is counted of stable alone: a bad canary would hide itself. */
  readonly of: "both" | "stable";
  readonly requests: boolean;
  /** Only these buckets are asked for; none: latency is not counted. `all`: whichever there are. */
  readonly boundariesMs: readonly Millis[] | "all";
  readonly metrics: readonly ComparedMetric[];
  /** A value older than this does not stand for the present. */
  readonly staleAfterMs: Millis;
};

/** One point of an answer: a value, or why there is none. */
export type PointValue = { readonly at: Millis } & (
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "missing"; readonly reason: Reason<MetricCode> }
);

/** The source's own clock whenever it answered, where it said so. */
type Dated = { readonly dates: readonly Millis[] };

export type PointValues = Dated & { readonly kind: "values"; readonly samples: readonly PointValue[] };

/** One raw counter on the grid, null where the source had none. */
export type CounterSeries = CounterRow & {
  /** The same in every answer. */
  readonly id: string;
  /** Series with one of these count the same, as when a program is scraped twice. An answer holds one of them. */
  readonly counter: string;
};

export type Counters = Dated & { readonly kind: "counters"; readonly series: readonly CounterSeries[] };
export type Scraped = Dated & { readonly kind: "scraped"; readonly up: PhaseCounters["up"] };

/** What was counted between two points that follow each other; `at` is the later one. A version that is absent is not known. */
export type Increment = { readonly at: Millis; readonly canary?: ArmCounts; readonly stable?: ArmCounts };
export type Increments = Dated & { readonly kind: "increments"; readonly increments: readonly Increment[] };

export type MetricError =
  /** No answer: it belongs to this turn. `unusable`: there was an answer, but not one of what was asked for. */
  | { readonly kind: "error"; readonly reason: Reason<MetricCode>; readonly unusable?: true }
  /** There is no such question for these versions: they cannot be told apart, or the user's query cannot be written. */
  | { readonly kind: "impossible"; readonly reason: Reason<MetricCode> };

/** What is known of a source before it is asked anything. */
export type SourceFacts = {
  /** Who may count, the preferred first. */
  readonly reporters: readonly MetricReporter[];
  /** Who counts each pod of a version by itself, where anyone does. */
  readonly perPod?: MetricReporter;
  /** What it calls the requests of a version, and the times they took where it knows them. */
  readonly requests: string;
  readonly durations?: string;
  /** Whether it knows connections, of which a route without HTTP has nothing else to count. */
  readonly hasConnections: boolean;
  /** Whether it knows the requests that reached neither version. */
  readonly hasUnrouted: boolean;
};

/** What is tried of a check before anything is written. */
export type Trial = { readonly value: ValueQuestion; readonly count?: ValueQuestion };

/**
 * A place where numbers come from. Never throws, never retries; no data, an error and a bad value stay three things. It has
 * `counters` or `increments` where it can compare the versions, and neither where it cannot.
 */
export interface MetricSource {
  /** After so long a value is final. */
  readonly lagMs: Millis;
  /** What it counts it counts over so long at least; grids are multiples of it. */
  readonly bucketMs: Millis;
  facts(versions: VersionTargets): SourceFacts;
  values(question: ValueQuestion, grid: Grid, signal?: AbortSignal): Promise<PointValues | MetricError>;
  /** Raw: the caller finds where a counter began again. */
  counters?(question: CountQuestion, grid: Grid, signal?: AbortSignal): Promise<Counters | MetricError>;
  /** At which points these programs were scraped, whatever they counted. */
  scraped?(
    programs: readonly string[],
    question: CountQuestion,
    grid: Grid,
    signal?: AbortSignal,
  ): Promise<Scraped | MetricError>;
  /** Between the points of the grid, as far as it is known. */
  increments?(question: CountQuestion, grid: Grid, signal?: AbortSignal): Promise<Increments | MetricError>;
  /** Every question once, at a moment before the first write: what it finds would be wrong in every turn. */
  probe(trials: readonly Trial[], at: Millis, signal?: AbortSignal): Promise<readonly Reason<MetricCode>[]>;
  close(): void;
}

/** One of the two versions, as far as a data plane can tell it from the other. */
export type VersionTarget = {
  /** The destination's host in full, as `reviews.shop.svc.cluster.local`. */
  readonly host: string;
  readonly service: string;
  readonly namespace: string;
  readonly port?: number;
  readonly subset?: string;
  /** The labels of the subset, as its DestinationRule names them. */
  readonly subsetLabels?: Readonly<Record<string, string>>;
  /** The names of the workloads behind this version, where they are known. */
  readonly workloads?: readonly string[];
  /** How many of its pods are ready, where that is known. */
  readonly pods?: number;
  /** What it is where it is no Service. */
  readonly backendKind?: string;
  /** Clusters of its own that a gateway makes for it in the selected rules; none where rule and version share one. */
  readonly clusters?: readonly string[];
};

/** Both versions of one rollout. `namespace` is the route's. */
export type VersionTargets = {
  readonly canary: VersionTarget;
  readonly stable: VersionTarget;
  readonly namespace: string;
  readonly reporter?: MetricReporter;
  /** What the moved rules carry; HTTP where nothing is said. */
  readonly protocol?: "http" | "tcp" | "tls";
  /** The object that is moved, its kind as Kubernetes spells it. */
  readonly route?: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** Who answers for the route, as its status says. */
  readonly controllers?: readonly string[];
  /** The hosts that the route itself serves, in full; a leading `*` stands for any name. */
  readonly hosts?: readonly string[];
  /** Whose metrics these are, where the user says so. */
  readonly dataPlane?: DataPlane;
};
