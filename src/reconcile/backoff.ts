import type { Millis } from "../base/units.ts";
import type { RunMemory } from "./run-memory.ts";

const paceMs = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

const longestAskedMs = 30_000;

/** A way back is tried every second, and after so many tries more slowly. */
const quickTries = 10;

const quickMs = 1_000;

const slowMs = 5_000;

/** How long to wait after a turn that went wrong: longer each time, spread a little, and never long while traffic is due back. */
export function troublePaceMs(memory: RunMemory, random: number, askedMs: Millis | undefined): Millis {
  if (memory.goingBackSince !== undefined) return wayBackPaceMs(memory, random, askedMs);
  const step = paceMs[Math.min(memory.troubles, paceMs.length) - 1] ?? paceMs[0];
  const spread = step * (0.8 + 0.2 * random);
  return Math.max(1_000, askedMs === undefined ? spread : Math.max(spread, Math.min(askedMs, longestAskedMs)));
}

/** Spread, since another program may write to the route just as regularly: in step with it no patch would ever land. */
function wayBackPaceMs({ troubles }: RunMemory, random: number, askedMs: Millis = 0): Millis {
  const step = troubles <= quickTries ? quickMs * (1 + 0.5 * random) : slowMs * (0.8 + 0.2 * random);
  return Math.min(slowMs, Math.max(step, askedMs));
}
