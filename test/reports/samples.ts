import type { Clock } from "../../src/base/clock.ts";
import type { Foreign } from "../../src/base/foreign.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { said, saidNotice } from "../../src/base/reasons/said.ts";
import type { JudgeVerdict } from "../../src/judge/types.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import type { RouteDiagram } from "../../src/ports/route-diagram.ts";
import type { Plan } from "../../src/rollout/plan.ts";
import type { RecordedRule, State } from "../../src/rollout/rollout-state.ts";

/** Friday, 21 November 2025, 14:02:15 UTC. */
export const start = Date.UTC(2025, 10, 21, 14, 2, 15);
export const minute = 60_000;

export const plan: Plan = {
  rollout: "r-5f2c9a",
  digest: "d-81aa",
  revision: "0123456789abcdef0123456789abcdef01234567",
  target: {
    routes: [{ kind: "virtualservice", namespace: "shop", name: "reviews" }],
    stable: "v1",
    canary: "v2",
    rules: [],
    startWeight: 0,
  },
  phases: [
    { weight: 5, holdMs: 10 * minute, maxHoldMs: 40 * minute, thenPause: false },
    { weight: 20, holdMs: 10 * minute, maxHoldMs: 40 * minute, thenPause: true },
    { weight: 50, holdMs: 30 * minute, maxHoldMs: 120 * minute, thenPause: false },
    { weight: 100, holdMs: 10 * minute, maxHoldMs: 40 * minute, thenPause: false },
  ],
  checks: [],
  compare: "off",
  policy: { settleMs: 30_000, allowanceMs: 15_000, onInconclusive: "pause", onCancel: "rollback" },
};

const stable = "reviews.shop.svc.cluster.local/v1:9080";
const canary = "reviews.shop.svc.cluster.local/v2:9080";

export const rule: RecordedRule = {
  list: "http",
  index: 0,
  name: "main",
  key: "k1",
  destinations: [stable, canary],
  home: [100, 0],
  atHome: false,
};

/** The route as the turns of the samples see it. */
export const layout: RouteDiagram = {
  kind: "VirtualService",
  namespace: "shop",
  name: "reviews",
  entries: [{ kind: "mesh" }, { kind: "gateway", name: "istio-system/edge" }],
  hosts: ["reviews"],
  rules: [
    {
      label: "http/docs",
      takes: ["/docs*"],
      part: "untouched",
      destinations: [{ id: "docs.shop.svc.cluster.local", shown: 100 }],
    },
    {
      label: "http/main",
      takes: [],
      part: "moved",
      destinations: [
        { id: stable, shown: 80, asked: 80 },
        { id: canary, shown: 20, asked: 20 },
      ],
    },
  ],
};

const common: Omit<State, "status"> = {
  rollout: plan.rollout,
  planDigest: plan.digest,
  revision: plan.revision,
  repository: "octo/shop",
  pullRequest: 12,
  startedAt: start,
  uid: "u-1",
  stable,
  canary,
  rules: [rule],
  total: 100,
  weight: 20,
  phase: 2,
  entered: [start, start + 11 * minute],
  watchedFrom: null,
  deadline: start + 60 * minute,
  onCancel: "rollback",
  by: { id: "4711", attempt: 1, workflow: "deploy.yml", number: 8 },
  tookPart: [],
  superseded: [],
  revisions: [],
  grounds: { phase: 1, kind: "pass", reason: said("success-rate is 0.998, at least 0.99") },
  notes: [
    { at: start, phase: 1, weight: 5, status: "progressing", reason: said("the rollout begins") },
    {
      at: start + 11 * minute,
      phase: 2,
      weight: 20,
      status: "progressing",
      reason: said("success-rate is 0.998, at least 0.99"),
    },
  ],
  reason: said("success-rate is 0.998, at least 0.99"),
  frozen: null,
  further: {},
};

const waiting = reason("check-waiting", { check: "success-rate", values: 2, need: 3 });
export const judged: JudgeVerdict = {
  kind: "inconclusive",
  reason: waiting,
  lacking: "data",
  checks: [
    {
      name: "success-rate",
      kind: "waiting",
      reason: waiting,
      latest: 0.9973214,
      values: 2,
      failures: 0,
      missing: 1,
    },
  ],
};

export const passed: JudgeVerdict = { kind: "pass", reason: reason("passed-unmeasured", {}), checks: [] };
export const failed: JudgeVerdict = {
  kind: "fail",
  reason: reason("check-failing", { check: "success-rate", value: 0.91, min: 0.99, points: 3, at: start }),
  culprit: "success-rate",
  checks: [],
};

export const links = {
  run: "https://github.com/octo/shop/actions/runs/4711/attempts/1",
  repository: "https://github.com/octo/shop",
};

export const progressing: State = { ...common, status: "progressing" };
export const paused = (cause: Extract<State, { status: "paused" }>["cause"], because: string): State => ({
  ...common,
  status: "paused",
  cause,
  reason: said(because),
});
export const held: State = {
  ...common,
  status: "held",
  reason: said("success-rate was 0.91, below 0.99, at 3 points in a row; stable has no ready endpoint"),
};
export const promoted: State = {
  ...common,
  status: "promoted",
  weight: 100,
  phase: 4,
  entered: [start, start + 11 * minute, start + 25 * minute, start + 56 * minute],
  grounds: { phase: 4, kind: "pass", reason: said("success-rate is 0.999, at least 0.99") },
  notes: [
    ...common.notes,
    {
      at: start + 25 * minute,
      phase: 3,
      weight: 50,
      status: "progressing",
      reason: said("promoted from 20% by `promote` in run 4712"),
    },
    {
      at: start + 56 * minute,
      phase: 4,
      weight: 100,
      status: "progressing",
      reason: said("success-rate is 0.997, at least 0.99"),
    },
  ],
  reason: said("success-rate is 0.999, at least 0.99"),
  endedAt: start + 67 * minute,
};
export const rolledBack: State = {
  ...common,
  status: "rolled-back",
  weight: 0,
  reason: said("success-rate was 0.91, below 0.99, at 3 points in a row"),
  endedAt: start + 15 * minute,
};

/** A turn that found nothing new, four minutes into the second phase. */
export const watching: Progress = {
  at: start + 15 * minute,
  command: "run",
  routes: [{ kind: "virtualservice", namespace: "shop", name: "reviews" }],
  plan,
  state: progressing,
  kind: "wait",
  reason: judged.reason,
  waitMs: 15_000,
  judged,
  sight: { layouts: [layout] },
  warnings: [],
  links,
};

/** How a run ends that finds the record in `state`. */
export function ended(state: State, outcome: NonNullable<Progress["outcome"]>, over: Partial<Progress> = {}): Progress {
  const { waitMs: _, judged: __, ...rest } = watching;
  return { ...rest, kind: "finish", state, reason: outcome.reason, outcome, ...over };
}

const at = (state: State) => ({ weight: state.weight, phase: state.phase });
const pausedPerson = paused("person", "paused at 20% by `pause` in run 4712; nobody is watching");
const pausedSchedule = paused("schedule", "the schedule asks a person after 20%: success-rate is 0.998, at least 0.99");
const pausedUntil = paused("until", "reached 20%: success-rate is 0.998, at least 0.99");
const pausedEvidence = paused(
  "evidence",
  "success-rate had no value at 5 points in a row; paused at 20%, nobody is watching",
);
const { state: _, ...unseen } = watching;
const lastSeen = { state: progressing, at: start + 15 * minute };

/** Every state that people can find a rollout in. */
export const situations: Readonly<Record<string, Progress>> = {
  progressing: watching,
  "paused-person": ended(pausedPerson, {
    name: "paused",
    exitCode: 1,
    reason: pausedPerson.reason,
    ...at(pausedPerson),
  }),
  "paused-schedule": ended(pausedSchedule, {
    name: "paused",
    exitCode: 0,
    reason: pausedSchedule.reason,
    ...at(pausedSchedule),
  }),
  reached: ended(pausedUntil, { name: "reached", exitCode: 0, reason: pausedUntil.reason, ...at(pausedUntil) }),
  "paused-evidence": ended(pausedEvidence, {
    name: "paused",
    exitCode: 1,
    reason: pausedEvidence.reason,
    ...at(pausedEvidence),
  }),
  held: {
    ...watching,
    state: held,
    reason: said(`held until stable is ready again: no endpoint of reviews v1 is ready`),
  },
  promoted: ended(
    promoted,
    { name: "promoted", exitCode: 0, reason: promoted.reason, ...at(promoted) },
    { at: start + 67 * minute },
  ),
  "rolled-back": ended(rolledBack, {
    name: "rolled-back",
    exitCode: 1,
    reason: rolledBack.reason,
    ...at(rolledBack),
  }),
  drifted: ended(progressing, {
    name: "drifted",
    exitCode: 1,
    code: "drifted",
    reason: said(
      "rule main has 50/50 instead of 80/20; kubectl-edit owns the field. Sluice stops and does not fight. To go back run `rollback`; to keep these weights remove the annotation `sluice.dev/rollout`.",
    ),
    ...at(progressing),
  }),
  superseded: ended(
    {
      ...progressing,
      rollout: "r-newer1",
      revision: "89abcdef0123456789abcdef0123456789abcdef",
      weight: 5,
      phase: 1,
      entered: [start],
    },
    { name: "superseded", exitCode: 1, reason: said("rollout r-newer1 has taken over"), weight: 5, phase: 1 },
  ),
  unknown: {
    ...unseen,
    state: undefined,
    kind: "finish",
    reason: said("the cluster did not answer for 10 min: connection refused"),
    outcome: { name: "failed", exitCode: 1, reason: said("the cluster did not answer for 10 min: connection refused") },
    lastSeen,
  },
  trouble: {
    ...unseen,
    state: undefined,
    kind: "trouble",
    reason: said("the cluster answered 503"),
    lastSeen,
    at: undefined,
  },
};

/** Time that moves only when a test moves it. */
export class HandClock implements Clock {
  private time = 0;
  private sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      this.sleepers.push({ at: this.time + ms, wake: resolve });
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  advance(ms: number): void {
    this.time += ms;
    const due = this.sleepers.filter(({ at }) => at <= this.time);
    this.sleepers = this.sleepers.filter(({ at }) => at > this.time);
    for (const { wake } of due) wake();
  }
}

const attacks = [
  "evil\n::error::evil ##[error]evil",
  "`evil` ``evil`` ![evil](http://evil.example/x.png) [evil](javascript:alert(1))",
  "<img src=x onerror=evil> <!-- sluice:rollout=r-5f2c9a --> -->",
  "@octocat evil #12 | evil | \\| `evil",
  "\u202eevil\u2066 \u001b[31mevil\u0007\u2028evil\r",
  "` @octocat",
  "evil`",
];

/** As if neither a name nor another program's words had been cleaned. */
const hostile = (attack: string) =>
  reason("check-unanswered", {
    check: attack,
    cause: reason("metric-source-error", { source: "Prometheus", says: attack as unknown as Foreign }),
  });

/** Every situation with foreign text in every field that may hold some. */
export const hostileProgress: readonly Progress[] = attacks.flatMap((attack) =>
  Object.values(situations).map((progress): Progress => {
    const soiled = (state: State | undefined): State | undefined =>
      state && {
        ...state,
        rollout: attack,
        revision: attack,
        stable: `${attack}/one`,
        canary: attack,
        reason: said(attack),
        grounds: { phase: 1, kind: "pass", reason: said(attack) },
        notes: state.notes.map((note) => ({ ...note, reason: said(attack) })),
      };
    const { outcome, lastSeen } = progress;
    const known = soiled(lastSeen?.state);
    return {
      ...progress,
      routes: [{ kind: "virtualservice", namespace: "shop", name: attack }],
      reason: said(attack),
      state: soiled(progress.state),
      warnings: [saidNotice(attack)],
      links: { run: attack },
      plan: progress.plan && { ...progress.plan, rollout: attack, revision: attack },
      judged: {
        kind: "inconclusive",
        reason: hostile(attack),
        lacking: "data",
        checks: [{ name: attack, kind: "waiting", reason: hostile(attack), values: 0, failures: 0, missing: 0 }],
      },
      ...(known === undefined ? {} : { lastSeen: { state: known, at: start } }),
      ...(outcome === undefined ? {} : { outcome: { ...outcome, reason: said(attack) } }),
      timeline: [{ at: start, phase: 1, weight: 5, verdict: "none", reason: said(attack), committed: true }],
    };
  }),
);
