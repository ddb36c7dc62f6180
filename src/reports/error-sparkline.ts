import type { Progress } from "../ports/reporter.ts";
import { sparkline } from "./sparkline.ts";

/** How the errors of both versions went over the whole rollout, on one scale. */
type ErrorSparkline = {
  readonly canary: string;
  readonly stable: string;
  /** What the highest block stands for, as a share. */
  readonly top: number;
};

/** The shares of requests that failed, at one time. Undefined where none was served. */
export type ErrorRates = { readonly canary: number | undefined; readonly stable: number | undefined };

type Sum = { bad: number; all: number };

const rate = ({ bad, all }: Sum): number | undefined => (all > 0 ? bad / all : undefined);

/** Undefined where both versions were not counted, or not for long enough to draw a line. */
export function courseOf({ judged }: Progress, width: number): ErrorSparkline | undefined {
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
  return courseOfRates(
    sums.map((sum) => ({ canary: rate(sum.canary), stable: rate(sum.stable) })),
    width,
  );
}

/** The same of rates that are known already. */
export function courseOfRates(rates: readonly ErrorRates[], width: number): ErrorSparkline | undefined {
  const canary = rates.map((one) => one.canary);
  const stable = rates.map((one) => one.stable);
  const known = [...canary, ...stable].filter((value) => value !== undefined);
  if (rates.length < 2 || known.length === 0) return undefined;
  const top = Math.max(...known);
  return { canary: sparkline(canary, top, width), stable: sparkline(stable, top, width), top };
}
