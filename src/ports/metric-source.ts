import type { Sample } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import type { DataPlane, MetricReporter } from "../rollout/data-planes-and-reporters.ts";

/** `number`: one series with one finite number a grid point. `counters`: raw counters, every series by itself. */
export type Question = { readonly kind: "number" | "counters"; readonly query: string; readonly stepMs: Millis };

/** One raw counter on the grid: `values[i]` stands at `from + i * step`, null where the source had none. */
export type CounterSeries = {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
};

export type Measurement =
  | {
      readonly kind: "samples";
      readonly samples: readonly Sample[];
      /** How many series the answer held in all, whatever their values: 0 says that nothing matches the query. */
      readonly seriesCount?: number;
      /** Why this query cannot give one number at a time, as it stands: several series, or no numbers at all. */
      readonly unfit?: string;
      /** The source's own clock when it answered, where it said so. */
      readonly date?: Millis;
    }
  | { readonly kind: "series"; readonly series: readonly CounterSeries[]; readonly date?: Millis }
  /** No answer at all: it belongs to this turn. */
  | {
      readonly kind: "error";
      readonly because: string;
      /** There was an answer, but not one of counters. */
      readonly unusable?: true;
    };

/** A place where numbers come from. Never throws, never retries; no data, an error and a bad value stay three things. */
export interface MetricSource {
  /** The grid points are `from`, `from + step`, … up to `to`, all server time in milliseconds. */
  measure(question: Question, from: Millis, to: Millis, signal?: AbortSignal): Promise<Measurement>;
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
  /** The names of the workloads behind this version, where somebody has looked. */
  readonly workloads?: readonly string[];
  /** How many of its pods are ready, where somebody has looked. */
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
