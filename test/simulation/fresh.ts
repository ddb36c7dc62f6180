import { execFileSync } from "node:child_process";
import type { Sum } from "./tally.ts";

/** A failure names what to run: `SEED=… scripts/node24 test/simulation/replay.ts`. */
export const failuresOf = ({ failed, failures }: Sum): readonly string[] =>
  failed === 0
    ? []
    : failures.map(({ scene, words }) => `SEED=${scene.seed} ${JSON.stringify(scene.faults)} ${words[0]}`);

/** Fresh at every change and the same for everybody who looks at that change. */
export function freshSeed(): number {
  try {
    return Number.parseInt(execFileSync("git", ["rev-parse", "HEAD"]).toString().slice(0, 7), 16);
  } catch {
    return 1;
  }
}
