import { type Stream, stream } from "../../src/simulator/engine/seeded-random.ts";

/** Draws that depend on the seed and the name alone. */
export type Chance = Stream & {
  normal(): number;
  /** Of mean 1, with this coefficient of variation. */
  gamma(variation: number): number;
};

export function chance(seed: number, name: string): Chance {
  const drawn = stream(seed, name);
  const normal = () => Math.sqrt(-2 * Math.log(drawn.unit())) * Math.cos(2 * Math.PI * drawn.unit());
  return {
    ...drawn,
    normal,
    gamma: (variation) => {
      const shape = 1 / variation ** 2;
      return gamma(drawn.unit, normal, shape) / shape;
    },
  };
}

/** Exact for every shape: Marsaglia and Tsang (2000), with their step for shapes below 1. */
function gamma(unit: () => number, normal: () => number, shape: number): number {
  if (shape < 1) return gamma(unit, normal, shape + 1) * unit() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(unit()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
