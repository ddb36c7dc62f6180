import { bucketEdges, type Cell } from "../world.ts";
import { cell, crossed } from "./shape.ts";

const MEDIAN_MS = 40;
const SIGMA = 0.8;

/** The standard normal distribution, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z > 0 ? 1 - tail : tail;
}

/** The share of requests up to an edge: lognormal, of which some take longer by a fixed time. */
type Shape = { readonly median: number; readonly late?: { readonly share: number; readonly byMs: number } };

function below({ median, late }: Shape, edge: number): number {
  const usual = (ms: number) => (ms > 0 ? normal(Math.log(ms / median) / SIGMA) : 0);
  if (late === undefined) return usual(edge);
  return (1 - late.share) * usual(edge) + late.share * usual(edge - late.byMs);
}

function chances(shape: Shape): readonly number[] {
  const edges = [...bucketEdges, Number.POSITIVE_INFINITY];
  return edges.map((edge, i) =>
    Math.max(0, (i === bucketEdges.length ? 1 : below(shape, edge)) - below(shape, edges[i - 1] ?? 0)),
  );
}

const shapes: readonly (readonly [string, Shape])[] = [
  ["same", { median: MEDIAN_MS }],
  ["shift 1.2x", { median: MEDIAN_MS * 1.2 }],
  ["shift 1.5x", { median: MEDIAN_MS * 1.5 }],
  ["shift 2x", { median: MEDIAN_MS * 2 }],
  ["tail 2 % +1 s", { median: MEDIAN_MS, late: { share: 0.02, byMs: 1000 } }],
  ["bimodal", { median: MEDIAN_MS * 0.8, late: { share: 0.01, byMs: 2000 } }],
];

/** B4, with its equal twin; errors are rare and equal. */
export const latencyCells: readonly Cell[] = crossed([1, 50, 1000], shapes).map(([rps, [harm, shape]]) => {
  const stable = chances({ median: MEDIAN_MS });
  const canary = chances(shape);
  const latency = (arm: string) => (arm === "canary" ? canary : stable);
  const aim = harm === "same" ? "equal" : "harm";
  return cell({
    family: "B4",
    aim,
    rps,
    base: 0.001,
    harm,
    world: { latency, gateways: 2, canaryPods: 1, stablePods: 4 },
  });
});
