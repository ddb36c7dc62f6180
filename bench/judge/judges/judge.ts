import type { Millis } from "../../../src/base/units.ts";
import type { History } from "../history.ts";
import type { Source } from "../source.ts";
import type { Cell, Snapshot } from "../world.ts";
import type { Tally } from "./tally.ts";

export type Answer = "continue" | "rollback" | "promote" | "inconclusive";

/** One judge in one course. It sees counters, the time and the weight that was set, and nothing else. */
export type Observer = {
  observe(snapshot: Snapshot, atMs: Millis, weight: number): Answer;
  /** What else is scored, of judges that say more. */
  readonly said?: Said;
};

export type Said = {
  culprit?: string | null;
  /** When the split was first found not to follow the weight. */
  alarmMs?: Millis;
  /** A promotion that its own rules forbid: without proof, without fresh requests, without data. */
  unproven?: boolean;
};

/** What all judges of one course share. */
export type Course = { readonly cell: Cell; readonly history: History; readonly tally: Tally; readonly source: Source };

export type Contestant = {
  readonly name: string;
  /** It takes long to compute, and is left out of cells that need very many courses. */
  readonly slow?: boolean;
  open(course: Course): Observer;
};
