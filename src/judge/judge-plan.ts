import type { Tolerance } from "../base/judging-types.ts";
import type { Millis } from "../base/units.ts";
import { type Constants, constants } from "./constants.ts";
import type { Threshold } from "./types.ts";

/** How one comparison is judged: what is tolerated, and the limit below which the canary must be shown to lie. */
type ComparisonRule = { readonly tolerance: Tolerance; readonly limit: Tolerance };

/** All that the judge needs of the plan. */
export type JudgePlan = {
  /** Of all healthy canaries, at most this share is rolled back by the comparison. */
  readonly alpha: number;
  /** Of all canaries worse than the limit, at most this share is called safe. */
  readonly beta: number;
  /** Shares of alpha, scaled to what is configured. A weight of 0 switches a comparison off. */
  readonly weights: { readonly errors: number; readonly latency: number; readonly metrics: number };
  readonly errors: ComparisonRule & { readonly gate: boolean };
  /** With an `sloMs` the boundary next to it gates the promotion. */
  readonly latency: ComparisonRule & { readonly sloMs?: number };
  readonly metrics: readonly (ComparisonRule & { readonly name: string; readonly gate: boolean })[];
  readonly restartEveryMs: Millis;
  /** How many requests fail together: measured on the history, or said by the user. */
  readonly dispersion: "auto" | number;
  readonly split: "off" | { readonly tolerance: number; readonly falseAlarm: number };
  /** Canary requests needed in each half of a phase. */
  readonly requests: number;
  readonly lookMs: Millis;
  readonly lagMs: Millis;
  /** A value older than this does not stand for the present. */
  readonly staleAfterMs: Millis;
  readonly settleMs: Millis;
  readonly allowanceMs: Millis;
  /** `weight`: percent of what both versions get together. */
  /** `maxHoldMs`: for how long evidence can be gathered; the moments at which it starts again are shared out over it. */
  readonly phases: readonly { readonly weight: number; readonly maxHoldMs: Millis }[];
  readonly checks: readonly Threshold[];
  readonly constants: Constants;
};

const tolerance: Tolerance = { ratio: 1.1, difference: 0.0005 };
const maxHoldMs = 1_200_000;

/** What holds where the user says nothing. */
export const defaultPlan: JudgePlan = {
  alpha: 0.01,
  beta: 0.05,
  weights: { errors: 0.5, latency: 0.3, metrics: 0.2 },
  errors: { tolerance, limit: { ratio: 1, difference: 0.005 }, gate: true },
  latency: { tolerance, limit: { ratio: 1, difference: 0.01 } },
  metrics: [],
  restartEveryMs: 900_000,
  dispersion: "auto",
  split: { tolerance: 1.1, falseAlarm: 0.001 },
  requests: 50,
  lookMs: 15_000,
  lagMs: 30_000,
  staleAfterMs: 45_000,
  settleMs: 15_000,
  allowanceMs: 15_000,
  phases: [5, 20, 50, 100].map((weight) => ({ weight, maxHoldMs })),
  checks: [],
  constants,
};

/** One comparison as it is counted: a boundary of the latency is one of its own. */
export type Process = ComparisonRule & {
  readonly name: string;
  /** Its part of the group's share. */
  readonly share: number;
  readonly gate: boolean;
  /** A crash must count at once; everything else waits until traffic has settled. */
  readonly skipsSettling: boolean;
  /** Bad is what took longer than this; 0 where bad is what failed. */
  readonly boundaryMs: Millis;
};

/** Comparisons that bear one name and one share of alpha: `errors`, `latency`, or a user's own. */
export type Group = { readonly name: string; readonly weight: number; readonly processes: readonly Process[] };

/** The comparisons of a rollout, with their shares scaled to sum to 1. None: comparison is off. */
export function groupsOf(plan: JudgePlan, boundariesMs: readonly number[]): readonly Group[] {
  const metricWeight = plan.weights.metrics / plan.metrics.length;
  const groups: readonly Group[] = [
    {
      name: "errors",
      weight: plan.weights.errors,
      processes: [{ ...plan.errors, name: "errors", share: 1, skipsSettling: false, boundaryMs: 0 }],
    },
    { name: "latency", weight: plan.weights.latency, processes: boundaryProcesses(plan, boundariesMs) },
    ...plan.metrics.map((metric) => ({
      name: metric.name,
      weight: metricWeight,
      processes: [{ ...metric, share: 1, skipsSettling: true, boundaryMs: 0 }],
    })),
  ];
  const configured = groups.filter((group) => group.weight > 0 && group.processes.length > 0);
  const sum = configured.reduce((total, group) => total + group.weight, 0);
  return configured.map((group) => ({ ...group, weight: group.weight / sum }));
}

/** The boundary that stands for the service level objective: the next one at or above it. */
export function sloBoundary(plan: JudgePlan, boundariesMs: readonly number[]): number | undefined {
  const { sloMs } = plan.latency;
  if (sloMs === undefined) return undefined;
  return boundariesMs.filter((boundary) => boundary >= sloMs).toSorted((a, b) => a - b)[0];
}

function boundaryProcesses(plan: JudgePlan, boundariesMs: readonly number[]): readonly Process[] {
  const slo = sloBoundary(plan, boundariesMs);
  const others = boundariesMs.length - 1;
  const share = (boundary: number) => {
    if (slo === undefined || others === 0) return 1 / boundariesMs.length;
    return boundary === slo ? 0.5 : 0.5 / others;
  };
  return boundariesMs.map((boundary) => ({
    tolerance: plan.latency.tolerance,
    limit: plan.latency.limit,
    name: latencyName(boundary),
    share: share(boundary),
    gate: boundary === slo,
    skipsSettling: true,
    boundaryMs: boundary,
  }));
}

export function latencyName(boundaryMs: number): string {
  return `latency>${boundaryMs}`;
}

type PlannedStart = { readonly phase: number; readonly offsetMs: Millis; readonly share: number };

/** When the evidence starts anew, as far as the plan alone tells: the first entry, the later entries, and steps inside each phase. */
export function startsOf(plan: JudgePlan): readonly [PlannedStart, ...PlannedStart[]] {
  const below = plan.phases.map((one, i) => ({ ...one, phase: i + 1 })).filter((one) => one.weight < 100);
  const entries = below.filter((one) => one.phase > 1).map((one) => ({ phase: one.phase, offsetMs: 0 }));
  const steps = below.flatMap((one) => {
    const count = Math.max(0, Math.ceil(one.maxHoldMs / plan.restartEveryMs) - 1);
    return Array.from({ length: count }, (_, k) => ({ phase: one.phase, offsetMs: (k + 1) * plan.restartEveryMs }));
  });
  const groups = [entries, steps].filter((group) => group.length > 0);
  const { firstShare } = plan.constants;
  const first = { phase: 1, offsetMs: 0, share: groups.length === 0 ? 1 : firstShare };
  const shared = groups.flatMap((group) =>
    group.map((start) => ({ ...start, share: (1 - firstShare) / groups.length / group.length })),
  );
  return [first, ...shared];
}
