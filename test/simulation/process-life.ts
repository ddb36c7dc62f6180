import type { KubeObject } from "../../src/base/kube-object.ts";
import type { Outcome } from "../../src/rollout/outcome.ts";
import type { Told } from "./metrics.ts";
import type { Read, Rec } from "./oracle/record.ts";
import type { Millis, SimPlan, SimRun } from "./scene.ts";

export type SideTold = "ready" | "empty" | "unknown" | "unchecked";

/** What one turn of a run was told and did, as the doubles saw it. */
export type Turn = {
  /** The read that opened the turn. */
  read?: {
    readonly version: string;
    readonly record: Read;
    readonly object: KubeObject;
    /** Server time as the answer named it. */
    readonly date: Millis | undefined;
    /** True time of its arrival. */
    readonly at: Millis;
    /** How many calls the run had made by then. */
    readonly calls: number;
    /** The rollout that is on its way back by what the run knew when it sent this: nothing stands between it and that patch. */
    readonly lastOf: string | undefined;
  };
  readiness?: { readonly stable: SideTold; readonly canary: SideTold };
  /** The record as the run last saw it, when it sent a patch. */
  known?: Rec;
  told: Told[];
  faults: number;
  patches: number;
};

/** One process: what it was given, and what the oracles keep of it. */
export type Life = {
  readonly spec: SimRun;
  readonly name: string;
  readonly id: string;
  readonly attempt: number;
  readonly plan: SimPlan | undefined;
  readonly command: SimRun["command"];
  readonly bornAt: Millis;
  calls: number;
  turn: Turn;
  turns: number;
  lastPatchAt: Millis | undefined;
  patchesInPhase: { phase: string; count: number };
  /** The record as this run last saw or wrote it. */
  lastKnown: Read | undefined;
  lastReadFailed: boolean;
  sawDrift: boolean;
  /** The record as this run last saw it on the route, and in which of its turns. */
  lastRecord: { readonly record: Rec; readonly turn: number } | undefined;
  /** Versions of the route that its own patches have replaced. */
  readonly replaced: Set<string>;
  /** The version of the route that it read last. */
  lastVersion: string | undefined;
  /** The same of the read that is under way. */
  lastOf: string | undefined;
  /** The instance of a rollout that this run has decided to roll back, and since when. */
  goesBack: string | undefined;
  goesBackSince: Millis | undefined;
  /** Its last try to get there, where that was refused and nothing but the route was in the way since. */
  lastTryAt: Millis | undefined;
  /** Turns without a fault since a fail was told. */
  failTurns: number | undefined;
  /** A write of its own is there, whether or not it knows. */
  landed: boolean;
  /** It was told so. */
  wrote: boolean;
  signalAt: Millis | undefined;
  /** The machine stood still for a while: its seconds do not count as this run's. */
  frozen: boolean;
  diedAt: Millis | undefined;
  dead: boolean;
  outcome: Outcome | undefined;
  error: unknown;
};

export const freshTurn = (): Turn => ({ told: [], faults: 0, patches: 0 });

export function born(spec: SimRun, attempt: number, name: string, plan: SimPlan | undefined, at: Millis): Life {
  return {
    spec,
    name,
    id: spec.id,
    attempt,
    plan,
    command: spec.command,
    bornAt: at,
    calls: 0,
    turn: freshTurn(),
    turns: 0,
    lastPatchAt: undefined,
    patchesInPhase: { phase: "", count: 0 },
    lastKnown: undefined,
    lastReadFailed: false,
    sawDrift: false,
    lastRecord: undefined,
    replaced: new Set(),
    lastVersion: undefined,
    lastOf: undefined,
    goesBack: undefined,
    goesBackSince: undefined,
    lastTryAt: undefined,
    failTurns: undefined,
    landed: false,
    wrote: false,
    signalAt: undefined,
    frozen: false,
    diedAt: undefined,
    dead: false,
    outcome: undefined,
    error: undefined,
  };
}
