import { type Reason, reason } from "../base/reasons/index.ts";
import type { CounterRow, PhaseCounters } from "../judge/intervals-from-counters.ts";
import type { CountQuestion, Grid, Increment } from "../ports/metric-source.ts";

type Arm = "canary" | "stable";

/**
 * Increments as the counters that would have grown so, from 0 at the first point of the grid: from here on both are counted by
 * the same rules. Where a version is not known, nothing is known of that time, of either: a version that was not counted must
 * not be taken for one without requests.
 */
export function rowsOfIncrements(
  increments: readonly Increment[],
  { of }: Pick<CountQuestion, "of">,
  { from, to, stepMs }: Grid,
): PhaseCounters | Reason<"metric-version-absent"> {
  const arms: readonly Arm[] = of === "both" ? ["canary", "stable"] : ["stable"];
  const last = Math.round((to - from) / stepMs);
  const sums = arms.map((arm) => ({ arm, n: 0, x: 0, total: [0] as (number | null)[], bad: [0] as (number | null)[] }));
  const found = new Map(increments.map((one) => [one.at, one]));
  let known = 0;
  for (let k = 1; k <= last; k += 1) {
    const one = found.get(from + k * stepMs);
    const isKnown = one !== undefined && arms.every((arm) => one[arm] !== undefined);
    if (isKnown) known += 1;
    for (const sum of sums) {
      sum.n += (isKnown && one[sum.arm]?.n) || 0;
      sum.x += (isKnown && one[sum.arm]?.x) || 0;
      sum.total.push(isKnown ? sum.n : null);
      sum.bad.push(isKnown ? sum.x : null);
    }
  }
  const half = known > 0 ? undefined : increments.findLast((one) => arms.some((arm) => one[arm] !== undefined));
  const absent = half === undefined ? undefined : arms.find((arm) => half[arm] === undefined);
  if (half !== undefined && absent !== undefined) {
    return reason("metric-version-absent", { version: absent, at: half.at });
  }
  if (known === 0) return { counters: [], up: [] };
  const counters = sums.flatMap(({ arm, total, bad }): readonly CounterRow[] => {
    const row = { arm, target: "", kind: "count", process: "errors" } as const;
    return [
      { ...row, adds: "total", values: total },
      { ...row, adds: "bad", values: bad },
    ];
  });
  return { counters, up: [] };
}
