import type { Contestant } from "./judge.ts";
import type { Sums } from "./tally.ts";

/** The standard normal's 99 % point. */
const Z99 = 2.3263478740408408;

/** A fixed-size test of level 1 %, asked again at every look and never corrected for it. */
export const zTest: Contestant = atEveryLook("z-test", (canary, stable) => {
  const pooled = (canary.x + stable.x) / (canary.n + stable.n);
  const variance = pooled * (1 - pooled) * (1 / canary.n + 1 / stable.n);
  return variance > 0 && canary.x / canary.n - stable.x / stable.n > Z99 * Math.sqrt(variance);
});

const A = 0.02;
/** Tightest at about a thousand requests. */
const K2 = (-2 * Math.log(A) + Math.log(1 - 2 * Math.log(A))) / 1000;

/** An asymptotic confidence sequence for the difference, by the normal mixture. */
export const sequence: Contestant = atEveryLook("sequence", (canary, stable) => {
  const { n } = canary;
  if (n < 100) return false;
  const [pc, ps] = [canary.x / n, stable.x / stable.n];
  const deviation = Math.sqrt(pc * (1 - pc) + (n / stable.n) * ps * (1 - ps));
  const grown = n * K2 + 1;
  return pc - ps > deviation * Math.sqrt(((2 * grown) / (n * n * K2)) * Math.log(Math.sqrt(grown) / A));
});

function atEveryLook(name: string, isWorse: (canary: Sums, stable: Sums) => boolean): Contestant {
  return {
    name,
    open({ tally }) {
      const canary: Sums = { n: 0, x: 0 };
      const stable: Sums = { n: 0, x: 0 };
      return {
        observe(snapshot, atMs) {
          const counted = tally.at(snapshot, atMs);
          canary.n += counted.canary.n;
          canary.x += counted.canary.x;
          stable.n += counted.stable.n;
          stable.x += counted.stable.x;
          return canary.n > 0 && stable.n > 0 && isWorse(canary, stable) ? "rollback" : "continue";
        },
      };
    },
  };
}
