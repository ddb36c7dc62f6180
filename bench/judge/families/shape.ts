import type { Aim, Cell, World } from "../world.ts";

const STABLE_PODS = 9;

export type Draft = {
  readonly family: string;
  readonly aim: Aim;
  readonly rps: number;
  readonly base: number;
  readonly weight?: number;
  readonly harm?: string;
  readonly fromMs?: number;
  readonly canaryRate?: number;
  readonly peers?: boolean;
  readonly minutes?: number;
  readonly world?: Partial<World>;
};

/** A course of one phase, an hour long, with pods in proportion to the weight; equal and constant where nothing else is said. */
export function cell(draft: Draft): Cell {
  const { family, aim, rps, base, weight = 5, harm = "", fromMs = 0, canaryRate, peers = false, minutes = 60 } = draft;
  const world: World = {
    rps,
    phases: [{ weight, minutes }],
    stablePods: STABLE_PODS,
    canaryPods: Math.max(1, Math.round((STABLE_PODS * weight) / (100 - weight))),
    gateways: 0,
    rate: (arm, atMs) => (arm === "canary" && atMs >= fromMs ? (canaryRate ?? base) : base),
    ...draft.world,
  };
  const parts = [family, harm, `${rps} rps`, `${Number((base * 100).toPrecision(3))} %`, `weight ${weight}`];
  return {
    id: parts.filter((part) => part !== "").join(", "),
    family,
    aim,
    rps,
    base,
    weight,
    harm,
    fromMs,
    ...(canaryRate === undefined ? {} : { canaryRate }),
    peers,
    world,
  };
}

/** All pairs of two lists. */
export function crossed<A, B>(first: readonly A[], second: readonly B[]): readonly (readonly [A, B])[] {
  return first.flatMap((a) => second.map((b) => [a, b] as const));
}
