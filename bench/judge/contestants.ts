import { type Constants, referenceConstants } from "../../src/judge/constants.ts";
import { defaultPlan } from "../../src/judge/judge-plan.ts";
import type { Contestant } from "./judges/judge.ts";
import { kayenta } from "./judges/kayenta.ts";
import { oracle } from "./judges/oracle.ts";
import { argo, flagger } from "./judges/shares.ts";
import { sluice, type Variant } from "./judges/sluice.ts";
import { sequence, zTest } from "./judges/tests.ts";
import { type Cell, MINUTE } from "./world.ts";

/** The shipped judge with its defaults. */
export const shipped = sluice("sluice");

/** The bare test: no tolerance, no clusters, one start. */
const core = sluice("core", {
  plan: {
    errors: { ...defaultPlan.errors, tolerance: { ratio: 1, difference: 0 } },
    dispersion: 1,
    restartEveryMs: Number.MAX_SAFE_INTEGER,
  },
});

export const peers: readonly Contestant[] = [
  flagger(1),
  flagger(5),
  flagger(10),
  argo(0),
  argo(3),
  kayenta(60),
  kayenta(10),
  zTest,
  sequence,
];

const { ratios } = referenceConstants;
const BELL_CENTRE = Math.log(2.8);
const BELL_WIDTH = 0.8;

/** More of the stake on ratios of 2 to 4, in a bell over their logarithms, with a floor under the far ones. */
function bell(): typeof ratios {
  const heights = ratios.map(
    ({ times }) => Math.exp(-(((Math.log(times) - BELL_CENTRE) / BELL_WIDTH) ** 2) / 2) + 0.08,
  );
  const sum = heights.reduce((total, height) => total + height, 0);
  return ratios.map(({ times }, i) => ({ times, share: (heights[i] ?? 0) / sum }));
}

function tried(name: string, over: Partial<Constants>, more: Variant = {}): Contestant {
  return sluice(name, { ...more, plan: { ...more.plan, constants: { ...referenceConstants, ...over } } });
}
const calm = { phiDoubt: 2.33 };
const often: Variant = { plan: { restartEveryMs: 10 * MINUTE } };

/** What was tried against the constants of the reference, each change by itself and in company. */
export const variants: readonly Contestant[] = [
  tried("reference", {}),
  tried("calm", calm),
  tried("stir", { stirDeviations: 3 }),
  tried("merge", { mergedLooks: 4 }),
  tried("bell", { ratios: bell() }),
  tried("first", { firstShare: 0.4 }),
  tried("often", {}, often),
  tried("standing", {}, { standing: true }),
  tried("all", { ...calm, ratios: bell(), firstShare: 0.4 }, { ...often, standing: true }),
  sluice("shipped+often", often),
];

export type Field = { readonly peers: boolean; readonly variants: boolean };

/** Who takes part in a course of this cell. */
export function contestantsOf(cell: Cell, field: Field): readonly Contestant[] {
  const isConstant = cell.family === "B1" && cell.base > 0 && cell.weight === 5;
  return [
    shipped,
    ...(isConstant ? [core, oracle] : []),
    ...(field.peers && cell.peers ? peers : []),
    ...(field.variants ? variants : []),
  ];
}
