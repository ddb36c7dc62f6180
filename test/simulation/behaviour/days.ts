import { placesIn } from "../exhaustive.ts";
import { drawn, singleFaults, situations } from "../followers/scenarios.ts";
import { simulateTogether, type TogetherScene } from "../followers/world.ts";
import { sceneOf } from "../generate.ts";
import { type Scenario, scenarios } from "../scenarios.ts";
import type { Scene } from "../scene.ts";
import { checked } from "../seeds.ts";
import { wordsOf } from "../tally.ts";
import { simulate } from "../world.ts";
import { rehearsalBlocks } from "./rehearsals.ts";

/** The days whose courses are hashed: in parts, and those in blocks, so that a difference can be found. */

export type Lived = { readonly course: readonly string[]; readonly broken: readonly string[] };
export type Day = { readonly name: string; live(): Promise<Lived> };
export type Block = { readonly name: string; days(): Promise<readonly Day[]> };

const mostSeeds = 2_000;
const each = 100;
const drawnDays = 200;

export const parts = {
  seeds: blocksOf(mostSeeds, (seed) => ({ name: `seed ${seed}`, live: () => seedLived(seed) })),
  singles: scenarios.map(singlesOf),
  together: [
    ...Object.entries(situations).map(([name, scene]) => togetherOf(name, scene)),
    ...blocksOf(drawnDays, (seed) => ({ name: `seed ${seed}`, live: () => togetherLived(drawn(seed)) })),
  ],
  rehearsals: rehearsalBlocks,
} as const satisfies Record<string, readonly Block[]>;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];

function blocksOf(count: number, dayOf: (seed: number) => Day): Block[] {
  return Array.from({ length: Math.ceil(count / each) }, (_, place) => {
    const first = place * each + 1;
    const days = Array.from({ length: Math.min(each, count - place * each) }, (_, index) => dayOf(first + index));
    return { name: `seeds ${first} to ${first + days.length - 1}`, days: async () => days };
  });
}

/** What goes over wires has its own timing, and is only asked not to break. */
async function seedLived(seed: number): Promise<Lived> {
  const scene = sceneOf(seed);
  const lived = await oneLived(scene);
  return scene.wires === undefined ? lived : { ...lived, course: [] };
}

async function oneLived(scene: Scene): Promise<Lived> {
  const report = await checked(scene);
  return { course: report.course, broken: wordsOf(report) };
}

function singlesOf({ name, scene }: Scenario): Block {
  return {
    name,
    days: async () => {
      const { calls } = await simulate(scene);
      const faults = placesIn(calls).map((fault) => ({
        name: `${fault.kind} at call ${fault.call} of ${fault.run}`,
        live: () => oneLived({ ...scene, faults: [fault] }),
      }));
      return [{ name: "no fault", live: () => oneLived(scene) }, ...faults];
    },
  };
}

function togetherOf(name: string, scene: TogetherScene): Block {
  return {
    name,
    days: async () => {
      const { calls } = await simulateTogether(scene);
      const faults = singleFaults(calls).map((fault) => ({
        name: `${fault.kind} at call ${fault.call} of ${fault.run}`,
        live: () => togetherLived({ ...scene, faults: [fault] }),
      }));
      return [{ name: "no fault", live: () => togetherLived(scene) }, ...faults];
    },
  };
}

async function togetherLived(scene: TogetherScene): Promise<Lived> {
  const { course, violations } = await simulateTogether(scene);
  return { course, broken: violations };
}
