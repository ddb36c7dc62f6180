import type { Command } from "../../src/rollout/command-names.ts";

/** A whole simulated day as data: what it says is all that a run of the simulation depends on. */

export type Millis = number;

/** What is really the matter with the canary; the metrics may say something else. */
export type Truth =
  | { readonly kind: "good" | "bad" }
  | { readonly kind: "bad-after"; readonly atMs: Millis }
  | { readonly kind: "bad-from"; readonly weight: number }
  | { readonly kind: "flapping"; readonly everyMs: Millis }
  | { readonly kind: "leak"; readonly perSecond: number };

/** What the metric source does instead of telling the truth. */
export const metricFaults = [
  "nan",
  "infinite",
  "huge",
  "empty-text",
  "empty-vector",
  "two-series",
  "scalar",
  "status-error",
  "late-scrape",
  "few-requests",
  "down",
  "clock-off",
] as const;
export type MetricFault = (typeof metricFaults)[number];

export type SimPhase = {
  readonly weight: number;
  readonly holdMs: Millis;
  readonly maxHoldMs: Millis;
  readonly thenPause: boolean;
};

export type SimPlan = {
  readonly rollout: string;
  readonly digest: string;
  readonly revision: string;
  readonly stable: string | null;
  readonly canary: string | null;
  readonly phases: readonly SimPhase[];
  readonly settleMs: Millis;
  readonly allowanceMs: Millis;
  readonly onInconclusive: "pause" | "rollback" | "promote";
  readonly onCancel: "rollback" | "leave";
  /** With a number of requests that each point needs, or without. */
  readonly requests: number | null;
  readonly judged: boolean;
};

export type RouteShape = {
  /** Two versions, or a third destination beside them. */
  readonly destinations: 2 | 3;
  /** How many rules hold both versions. */
  readonly rules: 1 | 2;
  /** Whether the canary's weight stands there as 0 or not at all. */
  readonly absentWeight: boolean;
  /** A rule of somebody else's before ours. */
  readonly unmanagedRule: boolean;
  readonly annotations: boolean;
};

/** One call of one run, counted over all its ports. */
export type CallFault = {
  readonly run: string;
  readonly call: number;
  readonly kind: CallFaultKind;
};

export const callFaults = [
  "request-lost",
  "answer-lost",
  "crash-before",
  "crash-after",
  "hang",
  "late-write",
  "very-late-write",
  "stale-read",
  "no-date",
  "redirect",
  "answer-400",
  "answer-401",
  "answer-403",
  "answer-404",
  "answer-405",
  "answer-409",
  "answer-413",
  "answer-415",
  "answer-422",
  "answer-429",
  "answer-429-later",
  "answer-500",
  "answer-502",
  "answer-503",
  "answer-504",
  "freeze",
] as const;
export type CallFaultKind = (typeof callFaults)[number];

/** Something that holds for a while. Times count from the beginning. */
export const spells = [
  "outage",
  "unauthorized",
  "forbidden",
  "webhook-400",
  "webhook-404",
  "webhook-409",
  "webhook-422",
  "webhook-429",
  "webhook-500",
  "altering-webhook",
  "stripping-webhook",
  "stable-empty",
  "canary-empty",
  "readiness-unreadable",
  "no-date",
] as const;
export type SpellKind = (typeof spells)[number] | MetricFault;
export type Spell = { readonly kind: SpellKind; readonly fromMs: Millis; readonly toMs: Millis };

/** What somebody else does to the route at a time. */
export const edits = [
  "weights",
  "weights-home",
  "third-destination",
  "reorder-rules",
  "insert-rule",
  "edit-unmanaged",
  "label",
  "owner",
  "drop-record",
  "corrupt-record",
  "oversized-record",
  "newer-record",
  "later-field",
  "recreate-with-record",
  "recreate-without-record",
  "remove",
  "terminate",
  "date-step",
] as const;
export type EditKind = (typeof edits)[number];
export type Edit = { readonly kind: EditKind; readonly atMs: Millis };

export type SimRun = {
  readonly name: string;
  readonly startMs: Millis;
  readonly command: Command;
  /** Which of the scene's plans; null: none, as for a sweep. */
  readonly plan: number | null;
  readonly id: string;
  readonly number: number;
  readonly until: number | null;
  readonly turns: number | null;
  readonly onlyContinues: boolean;
  readonly dryRun: boolean;
  /** Whether a command names the rollout of its plan. */
  readonly namesRollout: boolean;
  readonly byHand: boolean;
  readonly signalAtMs: Millis | null;
  readonly killAtMs: Millis | null;
  /** What comes after a death: the job started again, another run with the same inputs, the post step, or nobody. */
  readonly afterDeath: "rerun" | "fresh" | "post" | "none";
  readonly clockRate: number;
  readonly clockOffsetMs: Millis;
};

/** How often which call goes wrong, drawn from the seed. */
export type Weather = { readonly rates: Readonly<Partial<Record<CallFaultKind, number>>>; readonly latencyMs: Millis };

/** Another program that writes to the route all day long, until minutes after the healing, and never to the weights of a rollout. */
export const busyWork = ["metadata", "status", "other rules"] as const;
export type Writer = {
  readonly work: (typeof busyWork)[number];
  /** The time between two of its writes. */
  readonly leastMs: Millis;
  readonly mostMs: Millis;
};

export type Placed = { readonly rollout: string; readonly record: string; readonly spec: unknown };

export type Scene = {
  readonly seed: number;
  readonly plans: readonly SimPlan[];
  readonly route: RouteShape;
  readonly truth: Truth;
  readonly runs: readonly SimRun[];
  readonly faults: readonly CallFault[];
  readonly weather: Weather | null;
  readonly spells: readonly Spell[];
  readonly edits: readonly Edit[];
  readonly writer?: Writer;
  /** Behind which of Sluice's own versions of the route, counted from 1, the record is stripped at once. */
  readonly strips?: readonly number[];
  /** From here on nothing goes wrong any more. */
  readonly healMs: Millis;
  /** Who is there after the healing. */
  readonly closer: "run" | "sweeps";
  /** How the surroundings are seen: by one scripted call, or by preflight and readiness as they ship. */
  readonly surroundings: "scripted" | "real";
  /** Whether the cluster and the metrics are reached through the adapters that ship, over loopback connections. */
  readonly wires?: "real";
  /** Writes may land later than the allowance: then the hold is only counted from the record. */
  readonly brokenServer: boolean;
  /** A record of the corpus, and the route as it stood when that was written. */
  readonly placed?: Placed | undefined;
  /** What the reporters do: nothing, or everything they should not. */
  readonly reporters: "none" | "hang" | "throw" | "lie";
};

export const startMs = 1_800_000_000_000;

export const plainRoute: RouteShape = {
  destinations: 2,
  rules: 1,
  absentWeight: true,
  unmanagedRule: false,
  annotations: false,
};

export function simPhases(weights: readonly number[], holdMs: Millis, maxHoldMs: Millis = holdMs * 4): SimPhase[] {
  return weights.map((weight) => ({ weight, holdMs, maxHoldMs, thenPause: false }));
}

export const plainPlan: SimPlan = {
  rollout: "r1",
  digest: "d1",
  revision: "c1",
  stable: "v1",
  canary: "v2",
  phases: simPhases([20, 100], 20_000),
  settleMs: 3_000,
  allowanceMs: 15_000,
  onInconclusive: "pause",
  onCancel: "rollback",
  requests: null,
  judged: true,
};

export const plainRun: SimRun = {
  name: "a",
  startMs: 0,
  command: "run",
  plan: 0,
  id: "101",
  number: 1,
  until: null,
  turns: null,
  onlyContinues: false,
  dryRun: false,
  namesRollout: false,
  byHand: true,
  signalAtMs: null,
  killAtMs: null,
  afterDeath: "fresh",
  clockRate: 1,
  clockOffsetMs: 0,
};

export const plainScene: Scene = {
  seed: 1,
  plans: [plainPlan],
  route: plainRoute,
  truth: { kind: "good" },
  runs: [plainRun],
  faults: [],
  weather: null,
  spells: [],
  edits: [],
  healMs: 400_000,
  closer: "run",
  surroundings: "scripted",
  brokenServer: false,
  reporters: "none",
};
