import { stream } from "../../../src/simulator/engine/seeded-random.ts";
import { type Fault, faultKinds, type TogetherRun, type TogetherScene } from "./world.ts";

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
  "the record is removed": { ...plain, recordGoneAtMs: 20_000 },
  "two runs of one rollout": { ...plain, runs: [main, { ...main, name: "b", startMs: 500 }] },
};

/** Every kind of fault at every call of everybody but the sweepers that clean up at the end. */
export function singleFaults(calls: ReadonlyMap<string, number>): readonly Fault[] {
  return [...calls]
    .filter(([run]) => !run.startsWith("sweep"))
    .flatMap(([run, count]) =>
      Array.from({ length: count }, (_, call) => faultKinds.map((kind) => ({ run, call, kind }))).flat(),
    );
}

/** Runs, commands and sweepers of one rollout, drawn from a seed in a stream of its own. */
export function drawn(seed: number): TogetherScene {
  const draws = stream(seed, "together");
  const names = Object.keys(situations);
  const scene = situations[names[Math.floor(draws.unit() * names.length)] ?? ""] ?? plain;
  const badAtMs = draws.unit() < 0.5 ? null : Math.floor(draws.unit() * 40_000);
  return { ...scene, seed, badAtMs, rate: draws.unit() < 0.1 ? 0 : draws.unit() * 0.25 };
}
