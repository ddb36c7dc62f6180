import type uPlot from "uplot";
import { clockTime } from "../../../text/format.ts";
import { type Colours, coloursNow } from "./colours.ts";
import type { Read } from "./read-page-data.ts";

export type TimeRange = { readonly from: number; readonly to: number };

/** What every chart is drawn with: what was read, which stretch is shown, and in which colours. */
export type ChartCanvas = { readonly read: Read; readonly view: () => TimeRange; colours: Colours };

export const canvasOf = (read: Read, view: () => TimeRange): ChartCanvas => ({ read, view, colours: coloursNow() });

/** The charts that show time have the same width and the same edges, so that one line can go across them. */
export const axisWidth = 54;
export const rightRoom = 14;

export const font = "11px ui-sans-serif, system-ui, sans-serif";
const steps = [
  1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
];

export const percentWords = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;

/** A colour is asked for at each drawing: it changes with light and dark. */
export const paint = (canvas: ChartCanvas, name: keyof Colours) => () => canvas.colours[name];

export function timeAxis(canvas: ChartCanvas, hasLabels: boolean): uPlot.Axis {
  const { view } = canvas;
  const words = (at: number) => {
    const span = view().to - view().from;
    if (span > 36 * 3600) return new Date(at * 1000).toISOString().slice(5, 10);
    return clockTime(at * 1000).slice(0, span < 8 * 60 ? 8 : 5);
  };
  return {
    stroke: paint(canvas, "quiet"),
    font,
    grid: { stroke: paint(canvas, "grid"), width: 1 },
    ticks: { show: hasLabels, stroke: paint(canvas, "grid"), size: 4 },
    incrs: steps,
    space: 64,
    size: hasLabels ? 26 : 8,
    values: (_u, splits) => splits.map((at) => (hasLabels ? words(at) : "")),
  };
}

export function valueAxis(
  canvas: ChartCanvas,
  words: (value: number) => string,
  more: Partial<uPlot.Axis> = {},
): uPlot.Axis {
  return {
    stroke: paint(canvas, "quiet"),
    font,
    size: axisWidth,
    gap: 6,
    space: 30,
    grid: { stroke: paint(canvas, "grid"), width: 1 },
    ticks: { show: false },
    values: (_u, splits) => splits.map((value) => (value === null ? "" : words(value))),
    ...more,
  };
}

export function line(
  canvas: ChartCanvas,
  name: keyof Colours,
  width: number,
  more: Partial<uPlot.Series> = {},
): uPlot.Series {
  return { stroke: paint(canvas, name), width, spanGaps: true, points: { show: false }, ...more };
}

export function dots(canvas: ChartCanvas, name: keyof Colours): uPlot.Series {
  const colour = paint(canvas, name);
  return { stroke: colour, paths: () => null, points: { show: true, size: 4, width: 0, fill: colour, stroke: colour } };
}
