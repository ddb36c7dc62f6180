import {
  plainPlan,
  plainRun,
  plainScene,
  type Scene,
  type SimPlan,
  type SimRun,
  simPhases,
  type Truth,
} from "./scene.ts";

/** The canonical scenarios: what the metrics say, times what happens to the rollout. */

export const truths: Readonly<Record<string, Truth>> = {
  good: { kind: "good" },
  bad: { kind: "bad" },
  "bad later": { kind: "bad-after", atMs: 55_000 },
  "bad from 50%": { kind: "bad-from", weight: 50 },
  flapping: { kind: "flapping", everyMs: 7_000 },
};

const second: SimPlan = { ...plainPlan, rollout: "r2", revision: "c2" };
const later: SimRun = { ...plainRun, name: "b", id: "102", number: 2, startMs: 26_000, plan: 1 };
const command = (name: SimRun["command"], startMs: number, more: Partial<SimRun> = {}): SimRun => ({
  ...plainRun,
  name,
  command: name,
  id: `20${startMs}`,
  number: 50,
  startMs,
  ...more,
});

export const situations: Readonly<Record<string, Partial<Scene>>> = {
  start: {},
  resume: {
    runs: [
      { ...plainRun, killAtMs: 47_000, afterDeath: "none" },
      { ...plainRun, name: "b", id: "102", number: 2, startMs: 52_000, afterDeath: "rerun" },
    ],
  },
  supersede: { plans: [plainPlan, second], runs: [plainRun, later] },
  command: {
    runs: [
      plainRun,
      command("pause", 24_000),
      command("resume", 45_000),
      command("promote", 70_000, { afterDeath: "none" }),
    ],
  },
  abort: { runs: [{ ...plainRun, signalAtMs: 30_000, afterDeath: "post" }] },
  drift: { edits: [{ kind: "weights", atMs: 29_000 }], runs: [plainRun, command("rollback", 80_000)] },
  "sweep with held": {
    runs: [{ ...plainRun, signalAtMs: 30_000, afterDeath: "post" }, command("sweep", 95_000, { plan: null })],
    spells: [{ kind: "stable-empty", fromMs: 20_000, toMs: 90_000 }],
  },
  rejected: { spells: [{ kind: "webhook-422", fromMs: 10_000, toMs: 41_000 }] },
};

export type Scenario = { readonly name: string; readonly scene: Scene };

export const scenarios: readonly Scenario[] = Object.entries(situations).flatMap(([situation, change]) =>
  Object.entries(truths).map(([name, truth]) => ({
    name: `${situation}, ${name}`,
    scene: { ...plainScene, ...change, truth, healMs: 200_000, closer: "sweeps" },
  })),
);

/** The smallest of each situation, for faults in pairs at every change. */
export const smallest: readonly Scenario[] = Object.entries(situations).map(([situation, change]) => ({
  name: `${situation}, small`,
  scene: {
    ...plainScene,
    ...change,
    plans: (change.plans ?? [plainPlan]).map((plan) => ({ ...plan, phases: simPhases([100], 20_000) })),
    truth: { kind: situation === "start" || situation === "resume" ? "good" : "bad" },
    healMs: 200_000,
    closer: "sweeps",
  },
}));

export const flavours = ["request-lost", "answer-lost", "crash-before", "crash-after"] as const;
