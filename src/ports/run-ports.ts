import type { Clock } from "../base/clock.ts";
import type { KubeObject, RouteRef } from "../base/kube-object.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { ForecastCode } from "../base/reasons/verdict-reasons.ts";
import type { Millis } from "../base/units.ts";
import type { JudgeVerdict } from "../judge/types.ts";
import type { Numbers } from "../judge/verdict-with-numbers.ts";
import type { ExpectedDuration } from "../rollout/expected-duration.ts";
import type { EndpointHealth, Ready, Selection } from "../rollout/observation.ts";
import type { Plan } from "../rollout/plan.ts";
import type { DestinationId, RecordedRule, RunId, State } from "../rollout/rollout-state.ts";
import type { CallOptions, Cluster, ResourceName } from "./cluster.ts";
import type { Progress } from "./reporter.ts";
import type { RouteAdapter } from "./route-adapter.ts";

export type Readiness = {
  readonly stable: EndpointHealth;
  readonly canary: EndpointHealth;
  /** What was found behind each of them. */
  readonly reasons: readonly Reason[];
  readonly ready?: Ready;
};

/** Which two destinations a turn is about. */
export type VersionPair = {
  readonly stable: DestinationId;
  readonly canary: DestinationId;
  /** The rules that hold both: they say what kind of traffic it is. */
  readonly rules?: readonly RecordedRule[];
};

/** What is checked before the first write, and again before a raise that it stood against. */
export type Preflight = (
  object: KubeObject,
  plan: Plan,
  ahead: readonly State[],
  selection: Selection,
  now: Millis | undefined,
  options: CallOptions,
  stretch: ExpectedDuration,
) => Promise<{ readonly findings: readonly Finding[]; readonly notices: readonly Notice[] }>;

/** A verdict, and all that it was made of where canary and stable were compared. */
export type Judged = JudgeVerdict & { readonly numbers?: Numbers };

/** The metrics of the present phase, judged. */
export type Evidence = (plan: Plan, state: State, now: Millis, signal: AbortSignal) => Promise<Judged>;

/** What was measured before the first write: what goes into the record, what speaks against beginning, what to tell. */
export type CalibrationResult = {
  readonly frozen: unknown;
  readonly findings: readonly Finding[];
  readonly notes: readonly Reason<ForecastCode | "not-compared">[];
};

/** Measures what evidence is weighed with, once, before a rollout's first write: it goes into the record. */
export type CalibratePort = (
  plan: Plan,
  versions: Selection,
  now: Millis,
  options: CallOptions,
) => Promise<CalibrationResult | undefined>;

/** What the phase that begins can show at the traffic of the past. */
export type ForecastPort = (plan: Plan, state: State) => Reason<ForecastCode> | undefined;

/** What a turn tells; who asked, for which route and under which plan does not change from turn to turn. */
export type ProgressUpdate = Omit<Progress, "command" | "routes" | "plan" | "links" | "problems"> & {
  /** What a refusal rests on. */
  readonly findings?: readonly Finding[];
};

/** One route: its lens, and what is asked about it alone. */
export type RoutePorts = {
  readonly driver: RouteAdapter;
  readonly resource: ResourceName;
  /** The route as people name it, `shop/virtualservice/reviews`. */
  readonly route: string;
  readonly preflight: Preflight;
  readonly readiness: (versions: VersionPair, options: CallOptions) => Promise<Readiness>;
};

/** A further route, by its name: a plan or a record says which. */
export type ReachFollower = (
  ref: RouteRef,
  options: CallOptions,
) => Promise<
  | { readonly kind: "reached"; readonly ports: RoutePorts }
  | { readonly kind: "failed"; readonly reason: Reason; readonly denied: boolean }
>;

/** Everything that a run needs from outside. The loop knows no implementation of any of it. */
export type Ports = RoutePorts & {
  readonly cluster: Cluster;
  /** Absent where nothing but the first route can be reached: then no rollout of several is driven. */
  readonly reach?: ReachFollower;
  readonly clock: Clock;
  /** Between 0 and 1; spreads the retries of several runs. */
  readonly random: () => number;
  readonly evidence: Evidence;
  readonly freeze?: CalibratePort;
  readonly outlook?: ForecastPort;
  /** Whether a run that signed a record is known to have ended: what a sweep goes by. */
  readonly hasEnded: (run: RunId) => Promise<boolean>;
  /** Told of a record before it is written, so that whoever comes after a crash knows what to look for. */
  readonly announce: (state: State) => void;
  readonly tell: (progress: ProgressUpdate) => void;
  /** The job is being cancelled. */
  readonly signal: AbortSignal;
};
