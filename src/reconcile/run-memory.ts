import type { Finding } from "../base/reasons/finding.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { Millis } from "../base/units.ts";
import type { RunId, State } from "../rollout/rollout-state.ts";
import type { FirstRead } from "../rollout/run-request.ts";
import { newSeenVersions, type SeenVersions } from "./stale-read.ts";

/**
 * The few facts that a run keeps from turn to turn. Each can only make it refuse, wait or go back: none ever raises the canary.
 * That holds of the record as it was last seen too: where it is gone from the route, it is good for the way home alone.
 */
export type RunMemory = {
  startedAt: Millis | undefined;
  first: FirstRead | undefined;
  sawOwnRecord: boolean;
  wroteItself: boolean;
  /** The last record that this run sent, and when: the next read shows whether it landed where no answer said so. */
  sent:
    | { readonly record: string; readonly state: State; readonly at: Millis; readonly by: "newcomer" | "participant" }
    | undefined;
  /** What the route was like when a write of this run went unanswered. */
  unanswered: { readonly version: string | undefined; readonly generation: number | undefined } | undefined;
  /** Such a write may have landed, and no record says so. */
  mayHaveWritten: boolean;
  readonly versions: SeenVersions;
  /** The version at which the server refused a patch, and how often it did. */
  refused: { readonly version: string; readonly times: number; readonly reason: Reason } | undefined;
  /** The same of each follower, by its title. */
  refusals: ReadonlyMap<string, NonNullable<RunMemory["refused"]>>;
  /** How often this run has tried to take followers home before the first route. */
  homeTries: number;
  /** How many patches each follower got in which phase. */
  readonly followerPatches: Map<string, number>;
  /** When, by this run's own clock, the canary was first seen empty in an unbroken series of turns. */
  emptySince: Millis | undefined;
  findings: readonly Finding[] | undefined;
  /** The version of the object that the findings are about. */
  foreseenAt: string | undefined;
  notes: readonly Notice[];
  /** Refusals that a person has overridden in this run: said in every turn, and to everybody. */
  overridden: readonly Notice[];
  /** What was measured for the rollout that this run may begin: only its first record takes it. */
  frozen: unknown;
  /** The record as it last stood on the route, and the turn that saw it there. */
  lastState: State | undefined;
  seenAt: number;
  turn: number;
  /** Turns in a row that saw or wrote nothing: they set the pace. */
  troubles: number;
  /** The rollout that this run has decided to take back, and why: once decided it raises that one no more. */
  takesBack: { readonly rollout: string; readonly startedAt: Millis; readonly reason: Reason } | undefined;
  /** Since when this run has wanted to go back without having got there. */
  goingBackSince: Millis | undefined;
  /** A run that is known to have ended: it never comes back, so a sweep asks about it once. */
  ended: RunId | undefined;
  patches: { phase: string; count: number };
  /** Server time minus this run's own clock, at the last read: only for the question whether a deadline has passed unseen. */
  serverAheadMs: Millis | undefined;
};

export const newRunMemory = (): RunMemory => ({
  startedAt: undefined,
  first: undefined,
  sawOwnRecord: false,
  wroteItself: false,
  sent: undefined,
  unanswered: undefined,
  mayHaveWritten: false,
  versions: newSeenVersions(),
  refused: undefined,
  refusals: new Map(),
  homeTries: 0,
  followerPatches: new Map(),
  emptySince: undefined,
  findings: undefined,
  foreseenAt: undefined,
  notes: [],
  overridden: [],
  frozen: undefined,
  lastState: undefined,
  seenAt: 0,
  turn: 0,
  troubles: 0,
  takesBack: undefined,
  goingBackSince: undefined,
  ended: undefined,
  patches: { phase: "", count: 0 },
  serverAheadMs: undefined,
});

/** The record stands on the route now: it was read there, or the answer to a patch showed it. */
export function keepRecord(memory: RunMemory, state: State): void {
  memory.lastState = state;
  memory.seenAt = memory.turn;
}

/** Why this run has decided to take this very rollout back, if it has. */
export function decidedBack({ takesBack }: Pick<RunMemory, "takesBack">, state: State | undefined): Reason | undefined {
  const same = state !== undefined && takesBack?.rollout === state.rollout && takesBack.startedAt === state.startedAt;
  return same ? takesBack.reason : undefined;
}
