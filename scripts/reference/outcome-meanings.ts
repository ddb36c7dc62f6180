/** What each outcome means. `exits` says when a run with it ends with which exit code; a test compares it with simulated days. */

export type OutcomeMeaning = {
  readonly meaning: string;
  readonly exits: Readonly<Partial<Record<0 | 1 | 2, string>>>;
  readonly weights: string;
  readonly next: string;
};

export const outcomeMeanings: Readonly<Record<string, OutcomeMeaning>> = {
  promoted: {
    meaning: "The canary passed every phase and has all of the traffic.",
    exits: { 0: "always" },
    weights: "The canary has 100%. Third destinations have what `others` leaves them.",
    next: "Nothing. Scale the old version down in a later step.",
  },
  "rolled-back": {
    meaning: "The route has its original weights again. The reason says why.",
    exits: {
      0: "if `rollback` or `sweep` was asked for, and for `status`",
      1: "if the run was to promote, or if one of several routes may not have its original weights",
    },
    weights: "The weights from before the rollout, verbatim.",
    next: "Read the reason and the [report](guide.md#the-whole-rollout-on-one-page), correct the new version, and start again with a new revision.",
  },
  paused: {
    meaning: "The rollout waits at its weight. Sluice does not check metrics while it waits.",
    exits: {
      0: "at a `pause` of the schedule, at `until`, and for `pause`, `status` and `sweep`",
      1: "if a phase stayed inconclusive, or a person paused it",
    },
    weights: "The weights of the current phase.",
    next: "`promote` or `resume` with the plan, or `rollback`.",
  },
  reached: {
    meaning: "The weight of `until` has passed. The rollout is paused there for the next job.",
    exits: { 0: "always" },
    weights: "The weights of the phase that `until` names.",
    next: "Start the next job with a higher `until`, or without one.",
  },
  "in-progress": {
    meaning: "The rollout goes on, but this run does not drive it any longer.",
    exits: { 0: "always" },
    weights: "The weights of the current phase.",
    next: "Start `run` again to continue, unless another run already drives the rollout.",
  },
  superseded: {
    meaning: "A later rollout has taken the route over.",
    exits: { 1: "always" },
    weights: "Those of the later rollout.",
    next: "Look at the later rollout. The record names it.",
  },
  drifted: {
    meaning:
      "Something other than Sluice changed the weights, or removed the record. Sluice stopped and overwrote nothing.",
    exits: { 1: "always" },
    weights: "Those that the other program or person wrote.",
    next: "`rollback` restores the original weights. To keep the new ones, remove the annotation `sluice.dev/rollout`. Without a record, see [record-missing](errors.md#record-missing).",
  },
  held: {
    meaning: "A rollback is due, but stable has no ready endpoint. Traffic stays where it still works.",
    exits: { 0: "for `status`", 1: "in all other cases" },
    weights: "The weights of the phase in which the rollback fell due.",
    next: "Start stable. The run, or the next sweep, then rolls back.",
  },
  cancelled: {
    meaning: "The job was cancelled before this run wrote anything.",
    exits: { 1: "always" },
    weights: "Unchanged by this run.",
    next: "Start it again. If another run began the rollout, `status` shows where it stands.",
  },
  ready: {
    meaning: "`preflight` or a dry run found no obstacle.",
    exits: { 0: "always" },
    weights: "Unchanged: nothing was written.",
    next: "Start `run`.",
  },
  none: {
    meaning: "The route has no rollout, or not the one that `rollout` names.",
    exits: { 0: "always" },
    weights: "Unchanged: nothing was written.",
    next: "Nothing.",
  },
  refused: {
    meaning: "Something stood in the way, and nothing was written. The code says what.",
    exits: { 2: "always" },
    weights: "Unchanged: nothing was written.",
    next: "See the [code](errors.md).",
  },
  failed: {
    meaning: "Sluice could not go on: the route or its record is gone or broken, or the API server stopped answering.",
    exits: { 1: "always" },
    weights: "The last ones that the API server accepted. The output `weight` is empty if the last read failed.",
    next: "Run `status`, then `rollback` if traffic is wrong. See the [code](errors.md).",
  },
};
