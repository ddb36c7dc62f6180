import type { Millis, Percent } from "../../base/units.ts";
import type { Layer, Moment, Span } from "./value-at-time.ts";

export type Arm = "stable" | "canary";
export type PerArm<T> = Readonly<Record<Arm, T>>;

/** What Prometheus does while a span lasts. `down` also means that nothing is scraped meanwhile. */
export type MetricsFault = Span & {
  readonly kind: "down" | "nan" | "html" | "two-series" | "slow" | "empty" | "server-error";
};

/** What happens at a moment besides the traffic. Whoever runs the rehearsal plays it. */
export type Event = { readonly at: Moment } & (
  | { readonly kind: "runner-dies"; readonly returnsAfterMs: Millis | null }
  | { readonly kind: "weight-set"; readonly weight: Percent }
  | { readonly kind: "command"; readonly command: "pause" | "promote" | "resume" | "rollback" }
  | { readonly kind: "gitops-reverts"; readonly everyMs: Millis | null; readonly until: Moment | null }
  | { readonly kind: "route-written"; readonly everyMs: Millis; readonly until: Moment | null }
  | { readonly kind: "record-removed" }
);

/** A metric of the application itself, so that a plan's own queries find something. */
export type OwnMetric = { readonly name: string } & (
  | { readonly kind: "counter"; readonly counts: "all" | "good" | "bad" }
  | { readonly kind: "gauge"; readonly values: PerArm<readonly Layer[]> }
);

/** The truth of a rehearsal. Rates and shares are numbers from 0 to 1, layers as in `valueAt`. */
export type Scenario = {
  readonly traffic: readonly Layer[];
  readonly errors: PerArm<readonly Layer[]>;
  /** Errors that hit both versions alike, on top of their own. */
  readonly incidents: readonly Layer[];
  readonly latencyMs: PerArm<readonly Layer[]>;
  readonly latencyFactor: PerArm<readonly Layer[]>;
  /** A share of the requests that takes `byMs` longer. */
  readonly slow: PerArm<readonly (Layer & { readonly byMs: Millis })[]>;
  /** How many errors come at once. */
  readonly burst: number;
  /** The share that the canary really gets, where it is not the weight. */
  readonly share: readonly Layer[];
  readonly ignored: readonly Span[];
  readonly followsAfterMs: Millis;
  /** How long a call to the API server takes, there and back. */
  readonly callMs: Millis;
  readonly pods: PerArm<number>;
  readonly unready: PerArm<readonly Span[]>;
  /** Connections are refused: the failures show in the callers' metrics only. */
  readonly crashes: PerArm<readonly Span[]>;
  readonly restarts: readonly { readonly of: Arm | "gateway"; readonly at: Moment }[];
  readonly scrapeMs: Millis;
  readonly noData: readonly Span[];
  readonly faults: readonly MetricsFault[];
  readonly protocol: "http" | "grpc" | "tcp";
  /** Without noise every rate comes out exactly, up to whole requests. */
  readonly noise: boolean;
  readonly metrics: readonly OwnMetric[];
  readonly events: readonly Event[];
};
