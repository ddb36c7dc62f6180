import type { Millis } from "../../src/base/units.ts";
import { historyOf } from "./history.ts";
import type { Contestant } from "./judges/judge.ts";
import { openTally } from "./judges/tally.ts";
import { planOf } from "./plan.ts";
import { chance } from "./rng.ts";
import { openSource } from "./source.ts";
import { openTraffic, type Truth, weightAt } from "./traffic.ts";
import { bucketEdges, type Cell, MINUTE, SCRAPE } from "./world.ts";

/** What one judge did in one course. */
export type Deed = {
  readonly rollbackMs?: Millis;
  readonly promoteMs?: Millis;
  readonly alarmMs?: Millis;
  readonly culprit?: string | null;
  readonly unproven?: boolean;
  /** What the canary served until it was rolled back, else until the end. */
  readonly requests: number;
  readonly bad: number;
  readonly excess: number;
  /** Bad requests until the data of the deciding look are complete, for judges that wait for it. */
  readonly badLate: number;
};

/** How long a judge waits for late samples before it uses a look. */
const LAG: Millis = 30_000;

/** One course, watched by all judges at once. They go on until each has rolled back, or to the end. */
export function play(cell: Cell, seed: number, contestants: readonly Contestant[]): ReadonlyMap<string, Deed> {
  const { world } = cell;
  const history = historyOf(world, chance(seed, `${cell.id} before`));
  const traffic = openTraffic(world, chance(seed, cell.id));
  const boundaries = world.latency === undefined ? [] : bucketEdges;
  const course = { cell, history, tally: openTally(), source: openSource(planOf(world), boundaries) };
  const judges = contestants.map(({ name, open }) => ({
    name,
    seat: open(course),
    deed: {} as Partial<Deed> & { rollbackMs?: Millis; promoteMs?: Millis },
  }));
  const end = world.phases.reduce((sum, { minutes }) => sum + minutes, 0) * MINUTE + 2 * SCRAPE;
  const served: Truth[] = [{ ...traffic.truth }];
  for (let atMs = 0; atMs <= end; atMs += SCRAPE) {
    if (atMs > 0) {
      traffic.advance(atMs);
      served.push({ ...traffic.truth });
    }
    const isOver = judges.every(({ deed }) => deed.rollbackMs !== undefined && atMs >= deed.rollbackMs + LAG);
    if (isOver) break;
    for (const { seat, deed } of judges) {
      if (deed.rollbackMs !== undefined) continue;
      const answer = seat.observe(traffic.snapshot, atMs, weightAt(world, atMs));
      if (answer === "rollback") deed.rollbackMs = atMs;
      if (answer === "promote") deed.promoteMs ??= atMs;
    }
  }
  return new Map(
    judges.map(({ name, seat, deed }) => [name, { ...deed, ...seat.said, ...costOf(served, deed.rollbackMs) }]),
  );
}

function costOf(served: readonly Truth[], rollbackMs: Millis | undefined): Truth & { badLate: number } {
  const last = served.at(-1) ?? { requests: 0, bad: 0, excess: 0 };
  if (rollbackMs === undefined) return { ...last, excess: Math.round(last.excess * 100) / 100, badLate: last.bad };
  const at = served[rollbackMs / SCRAPE] ?? last;
  return {
    ...at,
    excess: Math.round(at.excess * 100) / 100,
    badLate: (served[(rollbackMs + LAG) / SCRAPE] ?? last).bad,
  };
}
