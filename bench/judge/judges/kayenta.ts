import type { Contestant } from "./judge.ts";
import { everyMinute } from "./tally.ts";

const TOLERANCE = 1e-4;
/** The effect that is called high: a quarter of the shift. */
const EFFECT = 0.25;
/** The standard normal's 99 % point: one end of a 98 % interval. */
const Z99 = 2.3263478740408408;

/** Mann-Whitney on one-minute error percentages, every so many minutes on the growing window. */
export function kayenta(everyMinutes: number): Contestant {
  return {
    name: everyMinutes === 60 ? "kayenta" : `kayenta/${everyMinutes}`,
    slow: true,
    open({ tally }) {
      const minutes = everyMinute();
      const canary: number[] = [];
      const stable: number[] = [];
      let passed = 0;
      return {
        observe(snapshot, atMs) {
          const minute = minutes(tally.at(snapshot, atMs), atMs);
          if (minute === undefined) return "continue";
          passed += 1;
          if (minute.canary.n > 0) canary.push((100 * minute.canary.x) / minute.canary.n);
          if (minute.stable.n > 0) stable.push((100 * minute.stable.x) / minute.stable.n);
          if (passed % everyMinutes !== 0) return "continue";
          return isHigh(canary, stable) ? "rollback" : "continue";
        },
      };
    },
  };
}

export function isHigh(canary: readonly number[], stable: readonly number[]): boolean {
  if (canary.length === 0 || stable.length === 0) return false;
  const isConstant = (values: readonly number[]) => values.every((value) => value === values[0]);
  if (isConstant(canary) && isConstant(stable)) return false;
  const [x, y] = [canary, stable].map((values) => Float64Array.from(values).sort());
  if (x === undefined || y === undefined) return false;
  const shift = rootOf(x, y, 0);
  const lowest = rootOf(x, y, Z99);
  if (!(lowest > EFFECT * Math.abs(shift))) return false;
  const [meanX, meanY] = [mean(canary), mean(stable)];
  return meanX === 0 || meanY === 0 || meanX / meanY >= 1;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Where z falls through a level: it falls as mu rises. An end of the range where it never does. */
function rootOf(x: Float64Array, y: Float64Array, level: number): number {
  let low = (x[0] ?? 0) - (y.at(-1) ?? 0);
  let high = (x.at(-1) ?? 0) - (y[0] ?? 0);
  if (!(zOf(x, y, low) > level)) return low;
  if (!(zOf(x, y, high) < level)) return high;
  while (high - low > TOLERANCE) {
    const middle = (low + high) / 2;
    if (zOf(x, y, middle) > level) low = middle;
    else high = middle;
  }
  // Where z jumps, as it does at 0 between values that are mostly equal, the lower end is the one in the peer's favour.
  return low;
}

/** Rank-sum of x - mu against y, with continuity and tie corrections. Both lists are sorted: they are merged. */
function zOf(x: Float64Array, y: Float64Array, mu: number): number {
  const [n, m] = [x.length, y.length];
  let ranks = 0;
  let ties = 0;
  let i = 0;
  let j = 0;
  while (i < n || j < m) {
    const next = Math.min(
      i < n ? (x[i] ?? 0) - mu : Number.POSITIVE_INFINITY,
      j < m ? (y[j] ?? 0) : Number.POSITIVE_INFINITY,
    );
    const [fromX, fromY] = [i, j];
    while (i < n && (x[i] ?? 0) - mu === next) i += 1;
    while (j < m && y[j] === next) j += 1;
    const group = i - fromX + j - fromY;
    ranks += (i - fromX) * (fromX + fromY + (group + 1) / 2);
    ties += group ** 3 - group;
  }
  const all = n + m;
  const deviation = ranks - (n * (n + 1)) / 2 - (n * m) / 2;
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
  return variance > 0 ? (deviation - Math.sign(deviation) * 0.5) / Math.sqrt(variance) : 0;
}
