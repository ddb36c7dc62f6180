import type { Contestant } from "./judge.ts";

const ALPHA = 0.01;

/** Wald's test by one who knows both rates: nobody who keeps the same promise can need fewer requests. */
export const oracle: Contestant = {
  name: "oracle",
  open({ cell, tally }) {
    const { base, canaryRate = base } = cell;
    let log = 0;
    return {
      observe(snapshot, atMs) {
        const { canary } = tally.at(snapshot, atMs);
        if (canary.x > 0) log += canary.x * Math.log(canaryRate / base);
        log += (canary.n - canary.x) * Math.log((1 - canaryRate) / (1 - base));
        return log >= -Math.log(ALPHA) ? "rollback" : "continue";
      },
    };
  },
};
