import { clockTime, percent } from "../../../text/format.ts";
import { figures } from "../../evidence-table.ts";
import type { PageEvent } from "../rollout-events.ts";
import type { TimeRange } from "./chart-style.ts";
import { binsOf, type Read } from "./read-page-data.ts";

/** What stands at one time, in words: what the reading line shows, and what a screen reader says of it. */

type ReadingLine = readonly (readonly [word: string, value: string, kind?: string])[];

const lastUpTo = (times: readonly number[], at: number): number => {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

const rate = (share: number | null | undefined): string =>
  share === null || share === undefined ? "–" : `${figures(share * 100)}%`;

/** What happened last up to here, as near as an eye would take it for the same place. */
function eventAt({ data }: Read, at: number, view: TimeRange): PageEvent | undefined {
  const near = (view.to - view.from) / 120;
  const found = data.events.filter(
    (event) => event.at / 1000 <= at + near && (event.until ?? event.at) / 1000 >= at - near,
  );
  return found.toSorted((a, b) => Math.abs(a.at / 1000 - at) - Math.abs(b.at / 1000 - at))[0];
}

export function readingAt(read: Read, at: number, view: TimeRange): ReadingLine {
  const { data, looks, sums } = read;
  const { stable, canary } = data.names;
  const step = data.weights.findLast((one) => one.at / 1000 <= at) ?? data.weights[0];
  const i = lastUpTo(sums.at, at);
  const bins = binsOf(looks, view.from, view.to);
  const bin = bins.find((one) => one.from < at && one.to >= at) ?? bins.findLast((one) => one.to <= at);
  const k = lastUpTo(
    (data.course?.at ?? []).map((time) => time / 1000),
    at,
  );
  const alpha = data.numbers?.plan.alpha;
  const event = eventAt(read, at, view);
  const perSecond = (n: number) => (bin === undefined ? "–" : figures(n / Math.max(1, bin.to - bin.from)));
  return [
    ["Time", `${clockTime(at * 1000)} UTC`],
    ["Weight", step === undefined ? "–" : percent(step.weight)],
    ...(looks.length === 0
      ? []
      : ([
          [`${canary} errors`, `${rate(sums.canary[i])}`, "canary"],
          [`${stable} errors`, `${rate(sums.stable[i])}`, "stable"],
          [
            "Evidence",
            k < 0 || alpha === undefined
              ? "–"
              : `${figures(Math.exp(data.course?.logE[k] ?? 0))} of ${Math.round(1 / alpha)}`,
          ],
          ["Requests/s", bin === undefined ? "–" : `${perSecond(bin.canary.n)} / ${perSecond(bin.stable.n)}`],
        ] as const)),
    ...(event === undefined ? [] : ([["Event", `${event.title}: ${event.because}`, "event"]] as const)),
  ];
}
