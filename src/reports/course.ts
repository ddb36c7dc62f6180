import type { Progress } from "./reporter.ts";
import { sparkline } from "./spark.ts";

/** How the errors of both versions went over the whole rollout, on one scale. */
export type Course = {
  readonly canary: string;
  readonly stable: string;
  /** What the highest block stands for, as a share. */
  readonly top: number;
};

type Sum = { bad: number; all: number };

const rate = ({ bad, all }: Sum): number | undefined => (all > 0 ? bad / all : undefined);

/** Undefined where both versions were not counted, or not for long enough to draw a line. */
export function courseOf({ judged }: Progress, width: number): Course | undefined {
  const looks = judged?.numbers?.looks ?? [];
  const cells = Math.min(width, looks.length);
  if (cells < 2) return undefined;
  const sums = Array.from({ length: cells }, () => ({ canary: { bad: 0, all: 0 }, stable: { bad: 0, all: 0 } }));
  for (const [at, { pairs }] of looks.entries()) {
    const sum = sums[Math.floor((at * cells) / looks.length)];
    const [n, x, stableN, stableX] = pairs["errors"] ?? [0, 0, 0, 0];
    if (sum === undefined) continue;
    sum.canary.all += n;
    sum.canary.bad += x;
    sum.stable.all += stableN;
    sum.stable.bad += stableX;
  }
  const canary = sums.map((sum) => rate(sum.canary));
  const stable = sums.map((sum) => rate(sum.stable));
  const known = [...canary, ...stable].filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  const top = Math.max(...known);
  return { canary: sparkline(canary, top, width), stable: sparkline(stable, top, width), top };
}
