import type { Verdict } from "../../src/base/judging-types.ts";
import { type Reason, reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { decide } from "../../src/rollout/decide-next-step.ts";
import type { Decision } from "../../src/rollout/decision.ts";
import type { Observation, Selection, SyncStatus, Unrecorded } from "../../src/rollout/observation.ts";
import type { Phase, Plan, Policy } from "../../src/rollout/plan.ts";
import type { PauseCause, RecordedRule, RunId, State } from "../../src/rollout/rollout-state.ts";
import type { RunRequest } from "../../src/rollout/run-request.ts";

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
/** When the present phase was entered, in every sample: a whole second of the server's clock. */
export const entered = 1_700_000_000_000;
/** Watching begins after the write allowance and the settling, 15 s each. */
export const watch = entered + 30 * second;

export const me: RunId = { id: "7", attempt: 1, workflow: "deploy", number: 7 };
export const another: RunId = { id: "9", attempt: 1, workflow: "control", number: 3 };

const phase = (weight: number, more: Partial<Phase> = {}): Phase => ({
  weight,
  holdMs: minute,
  maxHoldMs: 4 * minute,
  thenPause: false,
  ...more,
});
export const phases: readonly Phase[] = [phase(5), phase(20), phase(50), phase(100)];
export const withPauseAfter = (weight: number): readonly Phase[] =>
  phases.map((one) => ({ ...one, thenPause: one.weight === weight }));

type PlanParts = Partial<Omit<Plan, "policy">> & { readonly policy?: Partial<Policy> };
export const plan = ({ policy, ...more }: PlanParts = {}): Plan => ({
  rollout: "ours",
  digest: "plan",
  revision: "abc",
  target: { routes: [{ kind: "virtualservice", namespace: "shop", name: "reviews" }], rules: [], startWeight: 0 },
  phases,
  checks: [],
  compare: "off",
  ...more,
  policy: {
    settleMs: 15 * second,
    allowanceMs: 15 * second,
    onInconclusive: "pause",
    onCancel: "rollback",
    ...policy,
  },
});

export const asked = (more: Partial<RunRequest> = {}): RunRequest => ({
  command: "run",
  me,
  startedAt: entered - hour,
  repository: "owner/shop",
  pullRequest: 12,
  revision: "abc",
  revisionGiven: false,
  byHand: false,
  onlyContinues: false,
  ...more,
});

export const rule = (more: Partial<RecordedRule> = {}): RecordedRule => ({
  list: "http",
  index: 0,
  name: "primary",
  key: "0123456789",
  destinations: ["v1", "v2"],
  home: [100, 0],
  atHome: false,
  ...more,
});

type Common = Partial<Omit<State, "status" | "cause" | "endedAt">>;
export type Standing = "progressing" | "held" | "promoted" | "rolled-back" | PauseCause;

/** The record of this run's rollout in phase 2, at 20 %, as this run left it. A cause of pause stands for a paused record. */
export function record(what: Standing = "progressing", more: Common = {}): State {
  const common = {
    rollout: "ours",
    planDigest: "plan",
    revision: "abc",
    repository: "owner/shop",
    pullRequest: 12,
    startedAt: entered - hour,
    uid: "uid",
    stable: "v1",
    canary: "v2",
    rules: [rule()],
    total: 100,
    weight: 20,
    phase: 2,
    entered: [entered - 10 * minute, entered],
    watchedFrom: null,
    deadline: watch + 4 * minute + 5 * minute,
    onCancel: "rollback" as const,
    by: me,
    tookPart: [me],
    superseded: [],
    revisions: ["abc"],
    grounds: { phase: 1, kind: "pass" as const, reason: said("it was good") },
    notes: [],
    reason: said("it was good"),
    frozen: null,
    further: {},
  };
  switch (what) {
    case "progressing":
    case "held":
      return { ...common, ...more, status: what };
    case "promoted":
      return {
        ...common,
        weight: 100,
        phase: 4,
        entered: [1, 2, 3, 4].map((each) => entered - (4 - each) * 10 * minute),
        ...more,
        status: what,
        endedAt: entered + hour,
      };
    case "rolled-back":
      return { ...common, weight: 0, reason: said("errors"), ...more, status: what, endedAt: entered + hour };
    default:
      return { ...common, deadline: entered + 30 * day, ...more, status: "paused", cause: what };
  }
}

export const inPhase = (number: number, more: Common = {}): State => {
  const one = phases[number - 1];
  const times = Array.from({ length: number }, (_, index) => entered - (number - 1 - index) * 10 * minute);
  return record("progressing", { phase: number, weight: one?.weight ?? 0, entered: times, ...more });
};

export const selection = (more: Partial<Selection> = {}): Selection => ({
  stable: "v1",
  canary: "v2",
  rules: [rule()],
  total: 100,
  share: 0,
  warnings: [],
  ...more,
});

type SeenParts = Partial<Omit<Observation, "run" | "health" | "now" | "verdict">> & {
  readonly now?: number | undefined;
  readonly verdict?: Verdict | undefined;
  readonly run?: Partial<Observation["run"]>;
  readonly health?: Partial<Observation["health"]>;
};

/** A turn in which all is well: the hold is over, everybody is ready, the route shows the record's weights. */
export const seen = ({ run, health, verdict, ...more }: SeenParts = {}): Observation => ({
  now: watch + minute,
  uid: "uid",
  selection: selection(),
  findings: [],
  standing: { kind: "as-recorded" },
  abort: false,
  driverHasEnded: false,
  ...more,
  ...(verdict === undefined ? {} : { verdict }),
  health: {
    stable: "ready",
    canary: "ready",
    canaryEmptyMs: 0,
    reasons: [readyBehind("v2", 2)],
    ...health,
  },
  run: { sawOwnRecord: true, wroteItself: false, ...run },
});

const errors = { check: "errors", unit: "share", max: 0.01 } as const;
export const passing: Verdict = {
  kind: "pass",
  reason: reason("passed-by-checks", { weight: 20, checks: [reason("check-passing", { ...errors, value: 0.005 })] }),
};
export const failing: Verdict = {
  kind: "fail",
  reason: reason("check-failing", { ...errors, value: 0.04, points: 3, at: watch }),
};
export const lacking = (what: "traffic" | "data"): Verdict => ({
  kind: "inconclusive",
  reason: reason("check-waiting", { check: "errors", values: 1, need: 3 }),
  lacking: what,
});
/** Traffic does not follow the weight. */
export const mismatched: Verdict = {
  kind: "inconclusive",
  reason: reason("sample-ratio-mismatch", { weight: 20, canary: 0, stable: 400, since: watch }),
  lacking: "traffic",
};

const weights = (stable: number, canary: number) => [
  { id: "v1", weight: stable },
  { id: "v2", weight: canary },
];

export const differs = {
  kind: "differs",
  reason: reason("route-changed", {
    object: "VirtualService shop/reviews",
    managers: ["kubectl"],
    differences: [
      reason("rule-weights-differ", { rule: "http/primary", wanted: weights(80, 20), shown: weights(40, 60) }),
    ],
    keptBy: [],
  }),
  weights: [{ rule: "http/primary", destinations: weights(40, 60) }],
} as const satisfies SyncStatus;

/** A route that splits traffic and has lost its record. */
export const unrecorded: Unrecorded = {
  reason: reason("record-missing", {
    object: "VirtualService shop/reviews",
    writtenAt: entered,
    rules: [{ rule: "http/primary", destinations: weights(80, 20) }],
  }),
  advice: [],
};

/** A decision in a few words: what is committed, how long is waited, or how the run ends. */
export function words(decision: Decision): string {
  switch (decision.kind) {
    case "wait":
      return `wait ${decision.ms / second} s`;
    case "finish": {
      const { name, exitCode, code } = decision.outcome;
      return `${name} ${exitCode}${code === undefined ? "" : ` ${code}`}`;
    }
    case "follow":
    case "commit": {
      const { state } = decision;
      const cause = state.status === "paused" ? ` (${state.cause})` : "";
      const by = decision.kind === "follow" ? "follow " : "";
      return `${by}${state.rollout}: ${state.status}${cause} ${state.weight} in phase ${state.phase}`;
    }
  }
}

/** One row of a table: the rule that a user relies on, what is there, and what follows. */
export type Row = {
  readonly rule: string;
  readonly plan?: Plan;
  readonly asked?: Partial<RunRequest>;
  readonly state?: State | undefined;
  readonly seen?: SeenParts;
  readonly ends: string;
  readonly says?: Reason;
};

/** Without `state` the route carries the sample record. */
export const decided = (row: Omit<Row, "rule" | "ends">): Decision =>
  decide(row.plan ?? plan(), asked(row.asked), "state" in row ? row.state : record(), seen(row.seen));

/** What readiness found behind a version. */
export const readyBehind = (destination: string, ready: number): Reason => reason("endpoints", { destination, ready });
