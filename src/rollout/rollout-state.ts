import type { Reason } from "../base/reasons/index.ts";
import type { Millis, Percent } from "../base/units.ts";

/** A destination's whole identity as one word, `HOST[/SUBSET][:PORT]` with the host in full. Weight is never part of it. */
export type DestinationId = string;

/** One workflow run and attempt, or one session at a terminal. `number` is the run number inside its workflow. */
export type RunId = {
  readonly id: string;
  readonly attempt: number;
  readonly workflow?: string;
  readonly number?: number;
};

/** A rule that holds both versions. `home` are its weights before the rollout, verbatim: null where none was written. */
export type RecordedRule = {
  readonly list: string;
  readonly index: number;
  readonly name: string | null;
  /** A short digest of name and match: what the rule is, wherever it stands. */
  readonly key: string;
  readonly destinations: readonly DestinationId[];
  readonly home: readonly (number | null)[];
  /** A rule that only an older, unfinished rollout moved: it is brought home and kept there. */
  readonly atHome: boolean;
};

/**
 * A further route that moves with the first one. Its weights are a function of the first one's record, in which it stands
 * with its own names for the two versions, its rules and its home weights.
 */
export type Follower = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly stable: DestinationId;
  readonly canary: DestinationId;
  readonly rules: readonly RecordedRule[];
  readonly total: number;
  /** The rollout went home without it: it did not answer, or refused. Whoever comes later takes it home. */
  readonly away?: true;
};

/** Why a phase was left upwards: evidence, a person, or the user's written waiver of evidence. */
export type PromotionBasis = {
  readonly phase: number;
  readonly kind: "pass" | "person" | "waiver";
  readonly reason: Reason;
};

/** One decision that was committed, for the people who read the comment. */
export type Note = {
  readonly at: Millis;
  readonly phase: number;
  readonly weight: Percent;
  readonly status: Status;
  readonly reason: Reason;
};

export type PauseCause = "person" | "schedule" | "until" | "evidence";
export type Status = State["status"];

type Common = {
  readonly rollout: string;
  readonly planDigest: string;
  readonly revision: string;
  readonly repository: string;
  readonly pullRequest: number | null;
  readonly startedAt: Millis;
  /** The uid of the object that holds the record. */
  readonly uid: string;
  readonly stable: DestinationId;
  readonly canary: DestinationId;
  readonly rules: readonly RecordedRule[];
  /** The routes that follow this one, in the order in which they were named; absent where it moves alone. */
  readonly followers?: readonly Follower[];
  /** What all weights of a rule add up to while a phase runs. */
  readonly total: number;
  /** Third destinations keep their weight, and stable alone makes room for the canary. */
  readonly others?: "fixed";
  /** The canary was no destination before: the first patch adds it to the rules, with the home weight 0, and there it stays. */
  readonly created?: true;
  /** Flux is kept from this object by an annotation of ours, until the patch that ends the rollout; `before` is what stood there. */
  readonly flux?: { readonly before: string | null };
  readonly weight: Percent;
  /** Counts from 1. */
  readonly phase: number;
  /** When each phase was entered, by server time; the last one belongs to `phase`. */
  readonly entered: readonly Millis[];
  /** When a pause was left: max-hold, deadline and the counts of checks run from the later of it and the watch. */
  readonly watchedFrom: Millis | null;
  readonly deadline: Millis;
  readonly onCancel: "rollback" | "leave";
  /** The run that is driving, or nobody in particular. Only sweep and post look at it. */
  readonly by: RunId | null;
  readonly tookPart: readonly RunId[];
  readonly superseded: readonly RunId[];
  /** Revisions that this route has had, the present one last: what a scheduled run may not begin anew. */
  readonly revisions: readonly string[];
  readonly grounds: PromotionBasis | null;
  readonly notes: readonly Note[];
  readonly reason: Reason;
  /** The judge's frozen baseline, opaque here. */
  readonly frozen: unknown;
  /** Fields of a newer minor format, kept as they were found. */
  readonly further: Readonly<Record<string, unknown>>;
};

/** What is kept on the route itself. The weights are a function of it: see `weightsOf`. */
export type State = Common &
  (
    | { readonly status: "progressing" }
    | { readonly status: "paused"; readonly cause: PauseCause }
    /** Failed, but stable has nowhere to take the traffic: nothing moves until it is ready. */
    | { readonly status: "held" }
    | { readonly status: "promoted"; readonly endedAt: Millis }
    | { readonly status: "rolled-back"; readonly endedAt: Millis }
  );
