import type { Millis, Percent } from "../base/units.ts";
import type { Command } from "./command-names.ts";
import type { RunId, State, Status } from "./rollout-state.ts";

/** What a command saw on its first read: when a later read shows that this has passed, the command is done. */
export type FirstRead = {
  readonly rollout: string;
  /** The same rollout may have been begun anew since. */
  readonly startedAt: Millis;
  readonly phase: number;
  readonly status: Status;
  /** It has passed: what comes later, another pause among it, was not this command's to end. */
  readonly done: boolean;
};

/** Who asks for what. None of it belongs to the plan, so none of it is part of the rollout's id. */
export type RunRequest = {
  readonly command: Command;
  readonly until?: Percent;
  /** The last turn is the one with this number. */
  readonly turns?: number;
  /** Act only if the record is this rollout's. */
  readonly rollout?: string;
  readonly me: RunId;
  /** Server time of this run's first read. */
  readonly startedAt: Millis | undefined;
  readonly repository: string;
  readonly pullRequest: number | null;
  readonly revision: string;
  readonly revisionGiven: boolean;
  /** A person gave the command at this very moment: by `workflow_dispatch` or at a terminal. */
  readonly byHand: boolean;
  /** The event `schedule`, or `turns`: such a run goes on with what is there and begins nothing that has ended. */
  readonly onlyContinues: boolean;
  readonly first?: FirstRead;
};

/** The same run and attempt. */
export const sameRun = (one: RunId, other: RunId): boolean => one.id === other.id && one.attempt === other.attempt;

export const firstSight = (state: State): FirstRead => ({
  rollout: state.rollout,
  startedAt: state.startedAt,
  phase: state.phase,
  status: state.status,
  done: false,
});

/** The record that a command saw first has given way to another rollout's, which it was not meant for. */
export const isReplaced = (asked: RunRequest, state: State): boolean =>
  asked.first !== undefined && asked.first.rollout !== state.rollout;

/** `run`, and `promote` and `resume` once they have ended a pause, drive; every other command takes one step and ends. */
export const drives = (asked: RunRequest): boolean =>
  asked.command === "run" || asked.command === "promote" || asked.command === "resume";
