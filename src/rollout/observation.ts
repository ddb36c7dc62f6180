import type { Verdict } from "../base/judging-types.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { RuleWeights } from "../base/reasons/route-shapes.ts";
import type { Millis, Percent } from "../base/units.ts";
import type { DestinationId, Follower, RecordedRule, State } from "./rollout-state.ts";

/** `unknown`: the answer could not be read this turn. `unchecked`: there is no right to look, which preflight has said. */
export type EndpointHealth = "ready" | "empty" | "unknown" | "unchecked";

/** Who is ready behind the two destinations. `canaryEmptyMs`: how long this run has seen the canary empty in every turn. */
export type Health = {
  readonly stable: EndpointHealth;
  readonly canary: EndpointHealth;
  readonly canaryEmptyMs: Millis;
  /** What was found behind each version, or why nothing is known. */
  readonly reasons: readonly Reason[];
  /** How many endpoints are ready, where they were counted: for people, nothing is decided by it. */
  readonly ready?: Ready;
};

export type Ready = { readonly stable?: number; readonly canary?: number };

/** How the weights that the route shows compare with a record: the lens of the route says it. */
export type SyncStatus =
  | { readonly kind: "as-recorded" }
  | {
      readonly kind: "differs";
      readonly reason: Reason;
      readonly weights: readonly RuleWeights[];
      /** What keeps a tool that owns the route from writing its own weights. */
      readonly advice?: readonly Notice[];
      /** Tools that keep the route as Git has it, where the weights look as if one of them had put them back. */
      readonly revertedBy?: readonly string[];
    }
  /** `remedy`: the command that restores what is left and removes the record. */
  | { readonly kind: "rule-gone"; readonly reason: Reason; readonly remedy: string };

/** A record that is gone from its route, as this run last saw it, and how the route stands against it now. */
export type Remembered = {
  readonly state: State;
  readonly standing: SyncStatus;
  /** The route shows the weights from before the rollout. */
  readonly isHome: boolean;
  /** This run drives that rollout. */
  readonly isDriven: boolean;
};

/** A route without a record that shows a rollout which Sluice did not end, and what to do. */
export type Unrecorded = { readonly reason: Reason<"record-missing">; readonly advice: readonly Notice[] };

/** How a route that follows stands against the record that it follows. */
export type FollowerStatus =
  /** It shows the present weights, written at that server time. */
  | { readonly kind: "agrees"; readonly since: Millis }
  /** It shows the weights of the phase before: the step up has not reached it yet. */
  | { readonly kind: "behind" }
  /** It was taken home under this record. */
  | { readonly kind: "home" }
  /** The record says that the rollout is home, and this route still shows the weights of a phase. */
  | { readonly kind: "astray" }
  /** Its weights are neither; `ours` where it says itself that it follows this record. */
  | {
      readonly kind: "differs";
      readonly reason: Reason;
      readonly weights: readonly RuleWeights[];
      readonly ours: boolean;
      readonly advice?: readonly Notice[];
    }
  /** There is no such object any more, or another rollout has it. */
  | { readonly kind: "gone" | "taken"; readonly reason: Reason }
  /** It could not be read in this turn. */
  | { readonly kind: "unread"; readonly reason: Reason };

export type FollowerSeen = {
  /** As `shop/httproute/edge`. */
  readonly title: string;
  readonly follower: Follower;
  readonly standing: FollowerStatus;
  /** The server refused a patch at this very version, for this reason, this many times. */
  readonly rejected?: { readonly times: number; readonly reason: Reason };
};

/** What a new rollout would move, with the home weights as the object shows them now. */
export type Selection = {
  readonly stable: DestinationId;
  readonly canary: DestinationId;
  readonly rules: readonly RecordedRule[];
  readonly total: number;
  /** What they add up to where a phase of the plan is no whole percent; absent where the route cannot carry one. */
  readonly fineTotal?: number;
  /** The canary's share of the selected rules as the object shows it. */
  readonly share: Percent;
  /** The rules that the canary has to be added to first, as they are called; absent where it stands in them already. */
  readonly created?: readonly string[];
  /** What stands where Flux looks whether to keep away, where this rollout is to put its own word there. */
  readonly flux?: { readonly before: string | null };
  readonly warnings: readonly Notice[];
  /** The routes that would move with this one, absent where it moves alone. */
  readonly followers?: readonly ChosenFollower[];
  /** The route that this one was last moved along with, and the rollout; absent where it has moved alone, or is home. */
  readonly follows?: string;
};

/** A route that a new rollout would move along, and the canary's share there. */
export type ChosenFollower = { readonly follower: Follower; readonly title: string; readonly share: Percent };

/** Everything that one turn looked at. Nothing in it was remembered from another turn but the facts in `run`. */
export type Observation = {
  /** Server time, or undefined when the server named none: then nothing is raised. */
  readonly now: Millis | undefined;
  readonly uid: string;
  /** Absent where no new rollout can begin here; then `findings` say why. */
  readonly selection?: Selection;
  readonly findings: readonly Finding[];
  readonly standing?: SyncStatus;
  /** Only where the route carries no record: the one that this run has seen there, and what the route says without it. */
  readonly remembered?: Remembered;
  readonly unrecorded?: Unrecorded;
  /** The record's followers; absent where it has none. */
  readonly followers?: readonly FollowerSeen[];
  /** When the last of them showed the present weight, where that was after the phase was entered. */
  readonly agreedAt?: Millis;
  /** Tools that keep the object as Git has it, and that nothing keeps from undoing the weights. */
  readonly keepers?: readonly string[];
  readonly verdict?: Verdict;
  /** What was measured for a rollout that may begin now; opaque here. */
  readonly frozen?: unknown;
  readonly health: Health;
  readonly abort: boolean;
  /** The run that signed the record is known to have ended, or to have been cancelled. Only a sweep asks. */
  readonly driverHasEnded: boolean;
  /** Facts that this run kept; each can only make it refuse. */
  readonly run: {
    readonly sawOwnRecord: boolean;
    readonly wroteItself: boolean;
    /** A write of it went unanswered, and the route has changed since and carries no record. */
    readonly mayHaveWritten?: boolean;
    /** This run has decided to take this rollout back, and why: a server that refuses, or a metric that recovers, changes nothing. */
    readonly takesBack?: Reason;
    /** The server refused a patch at this very version, for this reason, this many times. */
    readonly rejected?: { readonly times: number; readonly reason: Reason };
  };
};

/** What is known of who is ready, as one reason. */
export function healthReason({ reasons }: Health): Reason {
  const [only = reason("not-looked-at", {}), second] = reasons;
  return second === undefined ? only : reason("several", { reasons });
}
