import uPlot from "uplot";
import { latencyShares } from "../latency-buckets.ts";
import { type ChartCanvas, font, paint, percentWords, rightRoom, valueAxis } from "./chart-style.ts";
import type { Colours } from "./colours.ts";

/** Latency by bucket, both versions side by side, of the stretch that the other charts show. */
type LatencyPlot = { readonly plot: uPlot; refresh(): void };

/** Below this many pixels a bucket its name stands upright. */
const narrowBucket = 62;

export function latencyPlot(canvas: ChartCanvas, where: HTMLElement): LatencyPlot | undefined {
  const { read, view } = canvas;
  if (latencyShares(read.looks) === undefined) return undefined;
  const sharesNow = () => {
    const shown = read.looks.filter((look) => look.to / 1000 > view().from && look.from / 1000 < view().to);
    return latencyShares(shown) ?? { labels: [], canary: [], stable: [] };
  };
  let now = sharesNow();
  const values = (): uPlot.AlignedData => {
    now = sharesNow();
    return [now.labels.map((_, i) => i), now.canary.map((one) => one ?? 0), now.stable.map((one) => one ?? 0)];
  };
  const bar = (name: keyof Colours, align: 1 | -1): uPlot.Series => {
    const paths = uPlot.paths.bars?.({ size: [0.36, 48], align, gap: 1 });
    const colour = paint(canvas, name);
    return {
      fill: colour,
      stroke: colour,
      width: 0,
      points: { show: false },
      ...(paths === undefined ? {} : { paths }),
    };
  };
  const isNarrow = () => where.clientWidth / Math.max(1, now.labels.length) < narrowBucket;
  const buckets: uPlot.Axis = {
    stroke: paint(canvas, "quiet"),
    font,
    grid: { show: false },
    ticks: { show: false },
    size: () => (isNarrow() ? 64 : 28),
    splits: () => now.labels.map((_, i) => i),
    values: () => [...now.labels],
    rotate: () => (isNarrow() ? -90 : 0),
    space: 10,
    gap: 6,
  };
  const plot = new uPlot(
    {
      width: where.clientWidth,
      height: 190,
      padding: [8, rightRoom, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [-0.6, Math.max(0, now.labels.length - 1) + 0.6] },
        y: { range: (_u, _min, max) => [0, Math.min(1, Math.max(0.02, max) * 1.12)] },
      },
      axes: [buckets, valueAxis(canvas, percentWords)],
      series: [{}, bar("canary", -1), bar("stable", 1)],
    },
    values(),
    where,
  );
  return { plot, refresh: () => plot.setData(values(), true) };
}
