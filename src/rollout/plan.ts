import type { Tolerance } from "../base/judging-types.ts";
import type { RouteRef } from "../base/kube-object.ts";
import type { Millis, Percent } from "../base/units.ts";
import type { DataPlane, MetricReporter } from "./data-planes-and-reporters.ts";
import type { Forcible } from "./forcible.ts";

/** One weight of the schedule and how long it is watched. `thenPause`: a person is asked before the next one. */
export type Phase = {
  readonly weight: Percent;
  readonly holdMs: Millis;
  readonly maxHoldMs: Millis;
  readonly thenPause: boolean;
};

/** What the user asked to be moved, in the user's own words; the lens of the route resolves them. */
export type RolloutTarget = {
  /** The first route holds the record. Never empty. */
  readonly routes: readonly RouteRef[];
  readonly stable?: string;
  readonly canary?: string;
  readonly rules: readonly string[];
  readonly startWeight: Percent;
  /** What becomes of destinations that are neither: by default they share what the canary leaves, in their ratio. */
  readonly others?: "fixed";
  /** A canary that no rule sends to is added, with the first weight, to the rules that send to stable. */
  readonly createDestination?: true;
  /** Flux is kept from the route for the time of the rollout. */
  readonly pauseFlux?: true;
  /** Refusals that a person overrides. They say nothing of what is rolled out, so they are no part of its id. */
  readonly force?: readonly Forcible[];
};

export type PointLimits = { readonly consecutive: number; readonly total: number };

/** An absolute limit on one number. `query` is of the source's own language, with placeholders; `preset` names a query that Sluice knows. */
export type Check = {
  readonly name: string;
  readonly ask:
    | { readonly query: string }
    | { readonly preset: "success-rate" }
    | { readonly preset: "connections" }
    | { readonly preset: "latency"; readonly quantile: number };
  readonly min?: number;
  readonly max?: number;
  readonly everyMs: Millis;
  /** A query for the number of requests behind the value; below `requests` the point counts as missing. */
  readonly count?: string;
  readonly requests?: number;
  readonly failAfter: PointLimits;
  readonly silentAfter: PointLimits;
  readonly onSilent: "wait" | "rollback";
};

/** The metric source without any secret: secrets travel beside the plan, never in it. */
export type MetricsPlan = {
  /** The kind of source: its key in the plan file. */
  readonly provider: string;
  readonly url: string;
  readonly scrapeIntervalMs: Millis;
  readonly lagMs: Millis;
  readonly hosts: readonly string[];
  readonly allowHttp: boolean;
  /** Where the source counts by itself, over times of this length: what it is asked for are multiples of it. */
  readonly bucketMs?: Millis;
  /** Whose metrics these are, where the user says so instead of having it read from the route. */
  readonly dataPlane?: DataPlane;
  /** Who counts, where the user says so. */
  readonly reporter?: MetricReporter;
};

/** What is tolerated of one kind of bad request, and the limit below which the canary must be shown to lie. */
export type ComparisonLimits = { readonly tolerance: Tolerance; readonly limit: Tolerance };

/** A pair of the user's own counters. Both are selectors, written for the canary; placeholders name the versions. */
export type ComparedMetric = ComparisonLimits & {
  readonly name: string;
  readonly total: string;
  readonly bad: string;
  /** Whether a phase passes only when the canary is shown to be within its limit. */
  readonly gate: boolean;
};

/** The comparison of canary with stable. */
export type Compare = {
  /** Nobody asked for it by name, and there are checks: it is left out where the mesh counts no request of stable. */
  readonly optional?: true;
  /** Of all healthy canaries, at most this share is rolled back. */
  readonly falseRollback: number;
  /** Of all canaries worse than the limit, at most this share is promoted. */
  readonly falsePromotion: number;
  readonly weights: { readonly errors: number; readonly latency: number; readonly metrics: number };
  readonly errors: ComparisonLimits;
  readonly latency: ComparisonLimits & { readonly sloMs?: Millis };
  readonly metrics: readonly ComparedMetric[];
  readonly dispersion: "auto" | number;
  readonly split: "off" | { readonly tolerance: number; readonly falseAlarm: number };
  /** Canary requests needed in each half of a phase. */
  readonly requests: number;
  readonly lookMs: Millis;
  readonly restartEveryMs: Millis;
};

export type Policy = {
  readonly settleMs: Millis;
  /** How late a patch may land after it was decided; samples are taken only after it. */
  readonly allowanceMs: Millis;
  readonly onInconclusive: "pause" | "rollback" | "promote";
  readonly onCancel: "rollback" | "leave";
};

/** What was asked for: read once, validated whole, never changed. */
export type Plan = {
  /** The rollout's id: a digest of `digest` and `revision`. */
  readonly rollout: string;
  readonly digest: string;
  readonly revision: string;
  readonly target: RolloutTarget;
  readonly phases: readonly Phase[];
  readonly metrics?: MetricsPlan;
  readonly checks: readonly Check[];
  /** `off` where nothing is measured, where the user says so, or where metrics cannot tell the versions of such a route apart. */
  readonly compare: "off" | Compare;
  readonly policy: Policy;
};
