import type { Edit, RouteShape, Scene, SimRun, Spell } from "../scene.ts";
import { plainPlan, plainRoute, plainRun, plainScene, simPhases } from "../scene.ts";

/** How each record of the corpus came about: the scene that leaves it on the route. Written once for each format; the records are data. */

const command = (name: SimRun["command"], startMs: number): SimRun => ({
  ...plainRun,
  name,
  command: name,
  id: "200",
  number: 50,
  startMs,
  afterDeath: "none",
});
const dies: SimRun = { ...plainRun, killAtMs: 26_000, afterDeath: "none" };
const rich: RouteShape = { destinations: 3, rules: 2, absentWeight: false, unmanagedRule: true, annotations: true };

type Shaping = {
  readonly stopMs: number;
  readonly runs: readonly SimRun[];
  readonly plans?: Scene["plans"];
  readonly truth?: Scene["truth"];
  readonly route?: RouteShape;
  readonly spells?: readonly Spell[];
  readonly edits?: readonly Edit[];
};

const second = { ...plainPlan, rollout: "r2", revision: "c2" };

export const shapes: Readonly<Record<string, Shaping>> = {
  "progressing, first phase": { stopMs: 30_000, runs: [dies] },
  "progressing, last phase": { stopMs: 60_000, runs: [{ ...dies, killAtMs: 50_000 }] },
  "progressing, driven in turns": { stopMs: 30_000, runs: [{ ...plainRun, turns: 2, onlyContinues: false }] },
  "progressing, after a takeover": {
    stopMs: 50_000,
    plans: [plainPlan, second],
    runs: [
      dies,
      { ...plainRun, name: "b", id: "102", number: 2, startMs: 30_000, plan: 1, killAtMs: 40_000, afterDeath: "none" },
    ],
  },
  "progressing, resumed": {
    stopMs: 60_000,
    runs: [dies, command("pause", 28_000), { ...command("resume", 40_000), killAtMs: 50_000 }],
  },
  "progressing, two rules and three destinations": { stopMs: 30_000, route: rich, runs: [dies] },
  "progressing, on-cancel leave": { stopMs: 30_000, plans: [{ ...plainPlan, onCancel: "leave" }], runs: [dies] },
  "progressing, with a field of later": {
    stopMs: 30_000,
    runs: [dies],
    edits: [{ kind: "later-field", atMs: 28_000 }],
  },
  "paused by a person": { stopMs: 40_000, runs: [dies, command("pause", 28_000)] },
  "paused by the schedule": {
    stopMs: 60_000,
    plans: [{ ...plainPlan, phases: simPhases([20, 100], 20_000).map((phase) => ({ ...phase, thenPause: true })) }],
    runs: [plainRun],
  },
  "paused by until": { stopMs: 60_000, runs: [{ ...plainRun, until: 20 }] },
  "paused for lack of evidence": {
    stopMs: 120_000,
    runs: [plainRun],
    spells: [{ kind: "down", fromMs: 0, toMs: 150_000 }],
  },
  held: {
    stopMs: 60_000,
    truth: { kind: "bad" },
    runs: [{ ...plainRun, signalAtMs: 45_000, afterDeath: "none" }],
    spells: [{ kind: "stable-empty", fromMs: 20_000, toMs: 150_000 }],
  },
  promoted: { stopMs: 120_000, runs: [plainRun] },
  "rolled back by the judge": { stopMs: 120_000, truth: { kind: "bad" }, runs: [plainRun] },
  "rolled back by a person": { stopMs: 60_000, runs: [dies, command("rollback", 28_000)] },
};

export function shapingScene({ stopMs, runs, ...rest }: Shaping): Scene {
  return { ...plainScene, route: plainRoute, ...rest, runs, healMs: stopMs + 100_000, closer: "sweeps" };
}
