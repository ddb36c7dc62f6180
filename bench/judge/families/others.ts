import { type Cell, MINUTE } from "../world.ts";
import { cell, crossed } from "./shape.ts";

/** S1: what the canary truly gets at a weight of 5. */
const s1 = crossed([1, 50, 1000], [0, 0.025, 0.04, 0.05, 0.1]).map(([rps, share]) => {
  const harm = `share ${Number((100 * share).toPrecision(2))} %`;
  return cell({ family: "S1", aim: "split", rps, base: 0.001, harm, world: { share: () => share } });
});

/** L1: little traffic. */
const l1 = crossed([0.1, 0.5, 1, 5], [0, 0.001, 0.01]).map(([rps, base]) =>
  cell({ family: "L1", aim: "low", rps, base }),
);

/** Metrics go away while everything is well: nothing may pass from then on. */
const blind = [50, 1000].map((rps) =>
  cell({
    family: "L1",
    aim: "blind",
    rps,
    base: 0.001,
    harm: "blind from minute 4",
    world: { blindFromMs: 4 * MINUTE },
  }),
);

/** M1: twenty metrics, one of them worse. */
const m1 = [50, 300].map((rps) => {
  const metrics = { count: 20, rate: 0.01, worse: 3 };
  const world = { metrics, gateways: 1, canaryPods: 1, stablePods: 4 };
  return cell({ family: "M1", aim: "culprit", rps, base: 0.001, harm: "3x in one of 20", world });
});

export const otherCells: readonly Cell[] = [...s1, ...l1, ...blind, ...m1];
