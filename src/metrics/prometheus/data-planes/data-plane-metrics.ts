import type { Reason } from "../../../base/reasons/index.ts";
import type { VersionTargets } from "../../../ports/metric-source.ts";
import type { MetricReporter } from "../../../rollout/data-planes-and-reporters.ts";
import type { VersionSelectors } from "../version-selectors.ts";

type Labels = Readonly<Record<string, string>>;

/** Counters of requests, one series for each kind of answer. */
export type Requests = {
  readonly metric: string;
  /** Leaves out what no version is to blame for; empty where a data plane does not tell. */
  readonly blameless: string;
  /** Matchers of what has failed; no series fits two of them. */
  readonly failed: readonly string[];
  readonly hasFailed: (labels: Labels) => boolean;
  /** Why failures are not all seen here; then nothing may be said of them. */
  readonly unseen?: Reason<"metric-grpc-unseen">;
};

/** A histogram of response times. */
export type Durations = {
  readonly metric: string;
  readonly blameless: string;
  /** Milliseconds in a unit of its buckets. */
  readonly unitMs: 1 | 1000;
};

/** Counters of connections: a share of them has no other figure. */
export type Connections = {
  readonly opened: string;
  readonly closed: string;
  /** Matchers of the closed ones that did not end well. */
  readonly cut: string;
  readonly blameless: string;
};

/** How one data plane counts. Facts only: what is asked with them is the same for all. */
export type DataPlaneMetrics = {
  /** As people call it. */
  readonly title: string;
  /** The beginnings of the names of its controllers, as the status of a route gives them. */
  readonly controllers: readonly string[];
  /** Who may count, the preferred first. */
  readonly reporters: readonly MetricReporter[];
  readonly selectors: (arms: VersionTargets) => VersionSelectors;
  readonly requests: (arms: VersionTargets) => Requests;
  readonly durations: (arms: VersionTargets) => Durations;
  readonly connections?: Connections;
  /** Whether it counts requests that reached neither version under the names of both. */
  readonly countsUnrouted: boolean;
};
