import type { Violation } from "../oracle/oracles.ts";
import { scenarios } from "../scenarios.ts";
import type { MetricFault } from "../scene.ts";
import { plainPlan, plainRoute, plainRun, plainScene, type Scene, simPhases } from "../scene.ts";
import { checked } from "../seeds.ts";

/** The scenes that are known to find the planted bugs: a small fixed set, each with the one thing that a bug gets wrong. */

const ends = { healMs: 200_000, closer: "sweeps" } as const;
const spoiled = (kind: MetricFault, fromMs: number): Scene => ({
  ...plainScene,
  ...ends,
  plans: [{ ...plainPlan, requests: kind === "few-requests" ? 100 : null }],
  spells: [{ kind, fromMs, toMs: 120_000 }],
});

const special: Readonly<Record<string, Scene>> = {
  "rules move": {
    ...plainScene,
    ...ends,
    edits: [{ kind: "insert-rule", atMs: 29_000 }],
  },
  "annotations of others": { ...plainScene, ...ends, route: { ...plainRoute, annotations: true } },
  "not a number": spoiled("nan", 0),
  "no series": spoiled("empty-vector", 0),
  "two series": spoiled("two-series", 0),
  "no answer any more": {
    ...spoiled("down", 50_000),
    plans: [{ ...plainPlan, phases: simPhases([20, 100], 40_000) }],
  },
  "few requests": spoiled("few-requests", 27_000),
  "a runner in another time": { ...plainScene, ...ends, runs: [{ ...plainRun, clockOffsetMs: 600_000 }] },
  "overdue and no metrics": {
    ...plainScene,
    plans: [{ ...plainPlan, phases: simPhases([20, 100], 20_000, 20_000) }],
    runs: [
      { ...plainRun, killAtMs: 24_000, afterDeath: "none" },
      { ...plainRun, name: "b", id: "102", number: 2, startMs: 345_000 },
    ],
    spells: [{ kind: "down", fromMs: 20_000, toMs: 500_000 }],
    healMs: 500_000,
  },
  "another object of the same name": {
    ...plainScene,
    ...ends,
    edits: [{ kind: "recreate-with-record", atMs: 29_000 }],
  },
  "the record is taken away": {
    ...plainScene,
    ...ends,
    edits: [
      { kind: "weights-home", atMs: 29_000 },
      { kind: "drop-record", atMs: 29_001 },
    ],
  },
  "a superseded run comes late": {
    ...plainScene,
    plans: [plainPlan, { ...plainPlan, rollout: "r2", revision: "c2" }],
    truth: { kind: "bad" },
    runs: [
      plainRun,
      { ...plainRun, name: "b", id: "102", startMs: 26_000, plan: 1 },
      { ...plainRun, name: "c", startMs: 150_000 },
    ],
    healMs: 300_000,
    closer: "sweeps",
  },
  "a way back refused for minutes": {
    ...plainScene,
    truth: { kind: "bad" },
    spells: [{ kind: "webhook-409", fromMs: 18_000, toMs: 330_000 }],
    closer: "sweeps",
  },
  "nothing left but the weights": {
    ...plainScene,
    ...ends,
    runs: [
      { ...plainRun, killAtMs: 24_000, afterDeath: "none" },
      ...(["status", "sweep", "rollback"] as const).map((command, index) => ({
        ...plainRun,
        name: command,
        command,
        plan: null,
        id: `20${index}`,
        number: 50,
        startMs: 40_000 + 10_000 * index,
      })),
    ],
    edits: [{ kind: "drop-record", atMs: 26_000 }],
  },
  "the record goes and the weights with it": {
    ...plainScene,
    ...ends,
    edits: [
      { kind: "weights", atMs: 29_000 },
      { kind: "drop-record", atMs: 29_001 },
    ],
  },
  "the record goes out of sight": {
    ...plainScene,
    ...ends,
    spells: [{ kind: "outage", fromMs: 28_000, toMs: 60_000 }],
    edits: [{ kind: "drop-record", atMs: 30_000 }],
  },
  "the record goes": { ...plainScene, ...ends, strips: [1] },
  "reporters hang": { ...plainScene, ...ends, reporters: "hang" },
  "somebody edits between": {
    ...plainScene,
    ...ends,
    edits: Array.from({ length: 60 }, (_, index) => ({ kind: "label" as const, atMs: 12 + index })),
  },
};

export const suite: Readonly<Record<string, Scene>> = {
  ...special,
  ...Object.fromEntries(scenarios.map(({ name, scene }) => [name, scene])),
};

export type Catch = { readonly scene: string; readonly violations: readonly Violation[] };

/** The first of the named scenes that breaks one of the invariants. */
export async function found(invariants: readonly string[], names: readonly string[]): Promise<Catch | null> {
  for (const name of names) {
    const [scenario = "", fault] = name.split(" + ");
    const scene = suite[scenario];
    if (scene === undefined) throw new Error(`there is no scene called ${scenario}`);
    const [run = "", call, kind] = (fault ?? "").split("/");
    const faults = fault === undefined ? [] : [{ run, call: Number(call), kind: kind as never }];
    const { violations } = await checked({ ...scene, faults });
    if (violations.some(({ invariant }) => invariants.includes(invariant))) return { scene: name, violations };
  }
  return null;
}
