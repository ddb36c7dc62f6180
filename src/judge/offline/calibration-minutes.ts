import type { Millis } from "../../base/units.ts";
import {
  type Columns,
  columnsOf,
  firstPoint,
  nextPoint,
  pairsOf,
  type ScrapeKnowledge,
} from "../counter-increments.ts";
import type { PodMinutes } from "../dispersion.ts";
import type { JudgePlan } from "../judge-plan.ts";
import type { ArmCounts } from "../types.ts";
import { type CounterState, showAt, stableSeries } from "./counter-state.ts";

const MINUTE = 60_000;
/** More than a day of history says nothing of today. */
const MOST_MINUTES = 1440;

/** What each pod of the stable version counted in each minute before the start, by process. */
export type Minutes = {
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, ArmCounts>>[];
  next: Millis;
  known: ScrapeKnowledge | undefined;
};

/** Goes on, minute by minute, through all points before `before`. */
export function countMinutes(minutes: Minutes, tape: CounterState, plan: JudgePlan, before: Millis): void {
  if (minutes.next >= before) return;
  const columns = columnsOf(["errors"], plan.constants.boundariesMs);
  for (; minutes.next < before; minutes.next += MINUTE) {
    const up = showAt(tape, minutes.next, plan.staleAfterMs);
    if (minutes.known === undefined) {
      minutes.known = firstPoint(tape.counters, up);
      continue;
    }
    [minutes.known] = nextPoint(tape.counters, up, minutes.known);
    minutes.rows.push(rowOf(tape, columns));
    if (minutes.rows.length > MOST_MINUTES) minutes.rows.shift();
  }
}

function rowOf(tape: CounterState, columns: Columns): ReadonlyMap<string, ReadonlyMap<string, ArmCounts>> {
  const row = new Map<string, ReadonlyMap<string, ArmCounts>>();
  for (const [target, series] of stableSeries(tape)) {
    const counted = [...pairsOf(series, columns)].filter(([, pair]) => pair.stable.n > 0);
    if (counted.length > 0) row.set(target, new Map(counted.map(([process, pair]) => [process, pair.stable])));
  }
  return row;
}

/** The same minutes for every pod: a pod that was not there counts nothing. */
export function podsOf({ rows }: Minutes, process: string): readonly PodMinutes[] {
  const targets = new Set(rows.flatMap((row) => [...row.keys()]));
  return [...targets].map((target) => rows.map((row) => row.get(target)?.get(process) ?? { n: 0, x: 0 }));
}
