import type { TogetherRun, TogetherScene } from "./world.ts";

const all = ["web", "edge", "inner"] as const;
const main: TogetherRun = { name: "a", startMs: 0, command: "run", rollout: "r1", routes: all, afterDeath: "fresh" };
export const plain: TogetherScene = { seed: 1, runs: [main], badAtMs: null, faults: [], rate: 0 };

export const situations: Readonly<Record<string, TogetherScene>> = {
  promote: plain,
  "roll back": { ...plain, badAtMs: 20_000 },
  "roll back, with a sweeper after every death": {
    ...plain,
    badAtMs: 20_000,
    runs: [{ ...main, afterDeath: "post" }],
  },
  cancel: { ...plain, runs: [{ ...main, signalAtMs: 20_000, afterDeath: "post" }] },
  "a commanded rollback that names the first route alone": {
    ...plain,
    runs: [main, { ...main, name: "b", startMs: 20_000, command: "rollback", routes: ["web"] }],
  },
  "a newer rollout of fewer routes takes over": {
    ...plain,
    runs: [main, { ...main, name: "b", startMs: 20_000, rollout: "r2", routes: ["web", "edge"] }],
  },
  "two runs of one rollout": { ...plain, runs: [main, { ...main, name: "b", startMs: 500 }] },
};
