import { plainPlan, plainRun, type Scene, type SimRun } from "../scene.ts";
import { shapes, shapingScene } from "./shapes.ts";

/** Who may come upon a record: the rollout's own run, a newer rollout, and each command. */
const heirs = {
  run: {},
  rollback: { command: "rollback" },
  promote: { command: "promote" },
  resume: { command: "resume" },
  pause: { command: "pause" },
  supersede: { plan: 1, id: "801", number: 801 },
  sweep: { command: "sweep", plan: null },
} satisfies Record<string, Partial<SimRun>>;

export type HeirName = keyof typeof heirs;
export const heirNames = Object.keys(heirs) as HeirName[];

/** A record of the corpus on a route, and one run that comes upon it two minutes after it was written. */
export function heirScene(name: string, heir: HeirName, placed: Scene["placed"]): Scene {
  const shaping = shapes[name];
  if (shaping === undefined) throw new Error(`the corpus does not know ${name}`);
  const scene = shapingScene(shaping);
  const [first = plainPlan] = scene.plans;
  const own = scene.plans.findIndex(({ rollout }) => placed?.rollout === rollout);
  const base: SimRun = { ...plainRun, name: "heir", id: "800", number: 800, plan: Math.max(own, 0), startMs: 120_000 };
  const newer = { ...first, rollout: "r9", revision: "c9", digest: "d9" };
  const plans = [...scene.plans, newer];
  const given: Partial<SimRun> = heirs[heir];
  const plan = given.plan === 1 ? plans.length - 1 : given.plan === null ? null : base.plan;
  return {
    ...scene,
    plans,
    runs: [{ ...base, ...given, plan }],
    spells: [],
    edits: [],
    truth: { kind: "good" },
    healMs: 400_000,
    placed,
  };
}
