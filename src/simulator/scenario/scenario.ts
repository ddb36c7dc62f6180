import type { Millis, Percent } from "../../base/units.ts";
import type { Layer, ScenarioSpan, ScenarioTime } from "./value-at-time.ts";

export type ScenarioArm = "stable" | "canary";
export type PerArm<T> = Readonly<Record<ScenarioArm, T>>;

/** What Prometheus does while a span lasts. `down` also means that nothing is scraped meanwhile. */
export type MetricsFault = ScenarioSpan & {
  readonly kind: "down" | "nan" | "html" | "two-series" | "slow" | "empty" | "server-error";
};

/** What happens at a moment besides the traffic. Whoever runs the rehearsal plays it. */
export type ScenarioEvent = { readonly at: ScenarioTime } & (
  | { readonly kind: "runner-dies"; readonly returnsAfterMs: Millis | null }
  | { readonly kind: "weight-set"; readonly weight: Percent }
  | { readonly kind: "command"; readonly command: "pause" | "promote" | "resume" | "rollback" }
  | { readonly kind: "gitops-reverts"; readonly everyMs: Millis | null; readonly until: ScenarioTime | null }
  | { readonly kind: "route-written"; readonly everyMs: Millis; readonly until: ScenarioTime | null }
  | { readonly kind: "record-removed" }
);

/** A metric of the application itself, so that a plan's own queries find something. */
type OwnMetric = { readonly name: string } & (
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
  readonly ignored: readonly ScenarioSpan[];
  readonly followsAfterMs: Millis;
  /** How long a call to the API server takes, there and back. */
  readonly callMs: Millis;
  readonly pods: PerArm<number>;
  readonly unready: PerArm<readonly ScenarioSpan[]>;
  /** Connections are refused: the failures show in the callers' metrics only. */
  readonly crashes: PerArm<readonly ScenarioSpan[]>;
  readonly restarts: readonly { readonly of: ScenarioArm | "gateway"; readonly at: ScenarioTime }[];
  readonly scrapeMs: Millis;
  readonly noData: readonly ScenarioSpan[];
  readonly faults: readonly MetricsFault[];
  readonly protocol: "http" | "grpc" | "tcp";
  /** Without noise every rate comes out exactly, up to whole requests. */
  readonly noise: boolean;
  readonly metrics: readonly OwnMetric[];
  readonly events: readonly ScenarioEvent[];
};
