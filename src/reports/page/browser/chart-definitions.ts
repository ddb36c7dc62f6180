import uPlot from "uplot";
import { figures } from "../../evidence-table.ts";
import { type ChartCanvas, dots, line, paint, percentWords, valueAxis } from "./chart-style.ts";
import type { Colours } from "./colours.ts";
import { type Bin, binsOf } from "./read-page-data.ts";

/** One chart over time: what it shows, and how high. */
export type Chart = {
  readonly id: string;
  readonly height: number;
  readonly y: uPlot.Axis;
  readonly scale: uPlot.Scale;
  readonly series: uPlot.Series[];
  readonly bands?: uPlot.Band[];
  /** Of the stretch that is shown now. */
  readonly values: () => uPlot.AlignedData;
};

export function weightChart(canvas: ChartCanvas): Chart {
  const { weights } = canvas.read.data;
  const most = Math.max(0, ...weights.map((step) => step.weight));
  const top = [10, 20, 50].find((one) => most <= one) ?? 100;
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    id: "weight",
    height: 104,
    y: valueAxis(canvas, (value) => `${value}%`, { splits: () => [0, top / 2, top] }),
    scale: { range: () => [0, top * 1.04] },
    series: [
      line(canvas, "canary", 2, { fill: paint(canvas, "band"), ...(stepped === undefined ? {} : { paths: stepped }) }),
    ],
    values: () => [weights.map(({ at }) => at / 1000), weights.map((step) => step.weight)],
  };
}

const shownBins = ({ read, view }: ChartCanvas): readonly Bin[] => binsOf(read.looks, view().from, view().to);

/** Whoever reads a chart wants the first digits: a few requests that happened to fail together must not flatten all else. */
function errorsTop(canvas: ChartCanvas): number {
  const { sums } = canvas.read;
  const { from, to } = canvas.view();
  const isShown = (i: number) => (sums.at[i] ?? 0) >= from && (sums.at[i] ?? 0) <= to;
  const shown = (values: readonly (number | null)[]) =>
    values.flatMap((value, i) => (value !== null && isShown(i) ? [value] : []));
  const rates = shownBins(canvas).flatMap(({ canary, stable }) => {
    return [canary, stable].filter(({ n }) => n >= 20).map(({ n, x }) => x / n);
  });
  const lines = [...shown(sums.canary).slice(4), ...shown(sums.stable).slice(4), ...shown(sums.limit)];
  const most = Math.max(0.002, ...lines);
  return Math.min(1, Math.max(most, Math.min(4 * most, ...[Math.max(0, ...rates)])) * 1.25);
}

export function errorsChart(canvas: ChartCanvas): Chart {
  const { sums } = canvas.read;
  const rate = (bins: ReadonlyMap<number, Bin>, arm: "canary" | "stable") =>
    sums.at.map((time) => {
      const one = bins.get(time)?.[arm];
      return one === undefined || one.n === 0 ? null : one.x / one.n;
    });
  return {
    id: "errors",
    height: 190,
    y: valueAxis(canvas, percentWords),
    scale: { range: () => [0, errorsTop(canvas)] },
    series: [
      line(canvas, "band", 0),
      line(canvas, "band", 0),
      line(canvas, "good", 1, { dash: [5, 4] }),
      dots(canvas, "stable"),
      dots(canvas, "canary"),
      line(canvas, "stable", 2),
      line(canvas, "canary", 2.5),
    ],
    // The library takes a function here as everywhere, but does not say so.
    bands: [{ series: [1, 2], fill: paint(canvas, "band") as unknown as string }],
    values: () => {
      const bins = new Map(shownBins(canvas).map((bin) => [bin.to, bin]));
      const { at, upper, lower, limit, stable, canary } = sums;
      return [at, upper, lower, limit, rate(bins, "stable"), rate(bins, "canary"), stable, canary];
    },
  };
}

/** Below a thousandth nobody cares how little evidence there is; above a billion, how much. */
const [leastE, mostE] = [1e-3, 1e9];
const legsShown = 4;

const legColour = (name: string): keyof Colours => (name === "errors" ? "warn" : name === "latency" ? "stable" : "own");

export function evidenceChart(canvas: ChartCanvas): Chart {
  const { course, numbers } = canvas.read.data;
  const limit = 1 / (numbers?.plan.alpha ?? 0.01);
  const evidence = (logs: readonly number[]) => logs.map((log) => Math.min(mostE, Math.max(leastE, Math.exp(log))));
  const at = (course?.at ?? []).map((time) => time / 1000);
  const legs = Object.entries(course?.legs ?? {}).slice(0, legsShown);
  const all = evidence(course?.logE ?? []);
  const others = legs.map(([, { logE }]) => evidence(logE));
  const bottom = Math.min(0.1, ...[...all, ...others.flat()].map((value) => 10 ** Math.floor(Math.log10(value))));
  const top = Math.max(10 * limit, ...all.map((value) => value * 3));
  const powers = Array.from({ length: 14 }, (_, i) => 10 ** (i - 3)).filter((value) => value >= bottom && value <= top);
  const words = (value: number) =>
    value >= 1e4 ? `10^${Math.round(Math.log10(value))}` : String(Number(value.toPrecision(2)));
  return {
    id: "evidence",
    height: 160,
    y: valueAxis(canvas, words, { splits: () => powers, filter: (_u, splits) => splits }),
    scale: { distr: 3, log: 10, range: () => [bottom, top] },
    series: [
      line(canvas, "bad", 1, { dash: [5, 4] }),
      ...legs.map(([name]) => line(canvas, legColour(name), 1.25, { dash: name === "latency" ? [2, 2] : [] })),
      line(canvas, "harm", 2.5),
    ],
    values: () => [at, at.map(() => limit), ...others, all],
  };
}

export function requestsChart(canvas: ChartCanvas): Chart {
  return {
    id: "requests",
    height: 130,
    y: valueAxis(canvas, figures),
    scale: { range: (_u, _min, max) => [0, Math.max(1, max * 1.15)] },
    series: [line(canvas, "stable", 2), line(canvas, "canary", 2.5)],
    values: () => {
      const bins = shownBins(canvas);
      const rate = (arm: "canary" | "stable") => bins.map((bin) => bin[arm].n / Math.max(1, bin.to - bin.from));
      return [bins.map(({ to }) => to), rate("stable"), rate("canary")];
    },
  };
}
