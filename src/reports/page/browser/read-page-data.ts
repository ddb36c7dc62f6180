import { type IntervalRow, unpacked } from "../pack-intervals.ts";
import type { PageData } from "../page-data.ts";

/** What the page holds, and what is added up of it once. Times are seconds, as the charts count them. */
export type Read = {
  readonly data: PageData;
  readonly looks: readonly IntervalRow[];
  readonly sums: Sums;
};

/** Up to the end of each look. */
export type Sums = {
  readonly at: number[];
  readonly canary: Share[];
  readonly stable: Share[];
  readonly lower: Share[];
  readonly upper: Share[];
  readonly limit: Share[];
};
type Share = number | null;

/** Deflated numbers out of the page itself: nothing is asked of anybody. */
export async function readData(): Promise<Read> {
  const text = document.getElementById("data")?.textContent ?? "";
  const bytes = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const data = JSON.parse(await new Response(inflated).text()) as PageData;
  const looks = data.numbers === null ? [] : unpacked(data.numbers.looks);
  return { data, looks, sums: sumsOf(data, looks) };
}

const isNumber = (value: unknown): value is number => typeof value === "number";
const within = (share: number): number => Math.min(1, Math.max(0, share));

/** The judge's bounds say by how much the canary is worse than stable: on stable's rate they are bounds of its own. */
function sumsOf({ numbers, course }: PageData, looks: readonly IntervalRow[]): Sums {
  const sums: Sums = { at: [], canary: [], stable: [], lower: [], upper: [], limit: [] };
  const totals = [0, 0, 0, 0];
  const place = new Map(course?.at.map((time, i) => [time, i]));
  const leg = course?.legs["errors"];
  const plan = numbers?.plan;
  for (const { to, pairs, index } of looks) {
    // The look that holds the entry of a phase is shown at its time, and counts for nothing.
    const counted = index === 0 ? [] : (pairs["errors"] ?? []);
    for (const [k, count] of counted.entries()) totals[k] = (totals[k] ?? 0) + count;
    const [n = 0, x = 0, stableN = 0, stableX = 0] = totals;
    const i = place.get(to) ?? -1;
    const [own, other] = [n === 0 ? null : x / n, stableN === 0 ? null : stableX / stableN];
    const [low, up] = [leg?.lower?.[i], leg?.upper?.[i]];
    sums.at.push(to / 1000);
    sums.canary.push(own);
    sums.stable.push(other);
    sums.lower.push(
      other === null || !isNumber(low) || !plan ? null : within(plan.errors.tolerance.ratio * other + low),
    );
    sums.upper.push(other === null || !isNumber(up) || !plan ? null : within(plan.errors.limit.ratio * other + up));
    sums.limit.push(
      other === null || !plan ? null : within(plan.errors.limit.ratio * other + plan.errors.limit.difference),
    );
  }
  return sums;
}

export type Bin = {
  readonly from: number;
  readonly to: number;
  readonly canary: { readonly n: number; readonly x: number };
  readonly stable: { readonly n: number; readonly x: number };
};

/** Some fifty points tell as much as an eye can take in; a single look of few requests jumps about. */
const mostBins = 48;

/** The looks of a stretch in equal bins: what happened at the time, finer the more one zooms in. */
export function binsOf(looks: readonly IntervalRow[], from: number, to: number): readonly Bin[] {
  const shown = looks.filter((look) => look.to / 1000 > from && look.from / 1000 < to);
  const size = Math.max(1, Math.ceil(shown.length / mostBins));
  return Array.from({ length: Math.ceil(shown.length / size) }, (_, bin) => {
    const part = shown.slice(bin * size, (bin + 1) * size);
    const sum = (at: 0 | 1 | 2 | 3) => part.reduce((total, { pairs }) => total + (pairs["errors"]?.[at] ?? 0), 0);
    return {
      from: (part[0]?.from ?? 0) / 1000,
      to: (part.at(-1)?.to ?? 0) / 1000,
      canary: { n: sum(0), x: sum(1) },
      stable: { n: sum(2), x: sum(3) },
    };
  });
}
