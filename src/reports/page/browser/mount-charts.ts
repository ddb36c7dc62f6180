import uPlot from "uplot";
import { type Chart, errorsChart, evidenceChart, requestsChart, weightChart } from "./chart-definitions.ts";
import { marksOn } from "./chart-marks.ts";
import { axisWidth, canvasOf, rightRoom, type TimeRange, timeAxis } from "./chart-style.ts";
import { coloursNow } from "./colours.ts";
import { latencyPlot } from "./latency-chart.ts";
import type { Read } from "./read-page-data.ts";

export type Plots = {
  /** Those that show time. */
  readonly timed: readonly uPlot[];
  show(view: TimeRange): void;
  resize(): void;
  repaint(): void;
};

type PlotOptions = {
  readonly read: Read;
  readonly view: () => TimeRange;
  readonly onSelect: (view: TimeRange) => void;
  readonly onHover: (at: number) => void;
};

/** A drag shorter than this was a click. */
const leastDrag = 6;

export function plotsIn({ read, view, onSelect, onHover }: PlotOptions): Plots {
  const canvas = canvasOf(read, view);
  const box = (id: string) => document.querySelector<HTMLElement>(`#chart-${id} .plot`);
  const wanted: readonly Chart[] =
    read.looks.length === 0
      ? [weightChart(canvas)]
      : [weightChart, errorsChart, evidenceChart, requestsChart].map((make) => make(canvas));

  const whole = (): TimeRange => ({ from: read.data.from / 1000, to: read.data.to / 1000 });
  const cursor: uPlot.Cursor = {
    x: false,
    y: false,
    points: { show: false },
    drag: { x: true, y: false, setScale: false, dist: leastDrag },
    bind: {
      dblclick: () => () => {
        onSelect(whole());
        return null;
      },
    },
  };
  const select = (u: uPlot) => {
    const { left, width } = u.select;
    if (width < leastDrag) return;
    const chosen = { from: u.posToVal(left, "x"), to: u.posToVal(left + width, "x") };
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    onSelect(chosen);
  };
  const hover = (u: uPlot) => {
    const { left = -1 } = u.cursor;
    if (left >= 0) onHover(u.posToVal(left, "x"));
  };

  const made = wanted.flatMap((chart, i) => {
    const where = box(chart.id);
    if (where === null) return [];
    const isLast = i === wanted.length - 1;
    const options: uPlot.Options = {
      width: where.clientWidth,
      height: chart.height + (isLast ? 18 : 0),
      padding: [i === 0 ? 16 : 6, rightRoom, 0, 0],
      legend: { show: false },
      cursor,
      scales: { x: { time: false, range: () => [view().from, view().to] }, y: chart.scale },
      axes: [timeAxis(canvas, isLast), chart.y],
      series: [{}, ...chart.series],
      ...(chart.bands === undefined ? {} : { bands: chart.bands }),
      hooks: { ...marksOn(read.data.events, () => canvas.colours, i === 0), setSelect: [select], setCursor: [hover] },
    };
    return [{ plot: new uPlot(options, chart.values(), where), chart }];
  });
  const under = box("latency");
  const latency = under === null ? undefined : latencyPlot(canvas, under);
  const timed = made.map(({ plot }) => plot);
  const all = latency === undefined ? timed : [...timed, latency.plot];

  return {
    timed,
    show({ from, to }) {
      for (const { plot, chart } of made) {
        plot.batch(() => {
          plot.setData(chart.values(), false);
          plot.setScale("x", { min: from, max: to });
        });
      }
      latency?.refresh();
    },
    resize() {
      for (const plot of all) {
        const width = plot.root.parentElement?.clientWidth ?? 0;
        if (width > axisWidth && width !== plot.width) plot.setSize({ width, height: plot.height });
      }
    },
    repaint() {
      canvas.colours = coloursNow();
      for (const plot of all) plot.redraw(true, true);
    },
  };
}
