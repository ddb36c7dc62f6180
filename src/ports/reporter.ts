import type { RouteRef } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { Millis } from "../base/units.ts";
import type { JudgeVerdict } from "../judge/types.ts";
import type { Numbers } from "../judge/verdict-with-numbers.ts";
import type { Command } from "../rollout/command-names.ts";
import type { Health } from "../rollout/observation.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import type { State } from "../rollout/rollout-state.ts";
import type { RouteDiagram } from "./route-diagram.ts";

/** Links that a text may offer; each is absent where nobody knows it. */
export type Links = { readonly run?: string; readonly pullRequest?: string; readonly repository?: string };

type RouteDiagrams = { readonly layouts: readonly RouteDiagram[] };

export type VerdictWord = "pass" | "fail" | "undecided" | "none";

/** One moment of the timeline: a step that was taken, or a change of what the metrics say. */
export type TimelineEntry = {
  readonly at: Millis | undefined;
  readonly phase: number | null;
  readonly weight: number | null;
  readonly verdict: VerdictWord;
  readonly reason: Reason;
  /** This run wrote the record and the weights at this moment. */
  readonly committed: boolean;
};

/** What one turn has to tell. Every text that people see is a pure function of it. */
export type Progress = {
  /** Server time, undefined when the server named none. */
  readonly at: Millis | undefined;
  readonly command: Command;
  /** What moves together, the route with the record first. */
  readonly routes: readonly RouteRef[];
  readonly plan: Plan | undefined;
  /** The record as it stands on the route after this turn. */
  readonly state: State | undefined;
  /** `trouble`: the turn saw nothing, and why. */
  readonly kind: "commit" | "wait" | "finish" | "trouble";
  readonly reason: Reason;
  /** How long until the next turn. */
  readonly waitMs?: Millis;
  readonly judged?: JudgeVerdict & { readonly numbers?: Numbers };
  readonly health?: Health;
  /** The routes as this turn saw them, the one with the record first. The office keeps the last ones for a turn that saw none. */
  readonly sight?: RouteDiagrams;
  readonly warnings: readonly Notice[];
  /** What preflight has to say besides findings: skipped checks, a GitOps snippet, a dry run's patch. */
  readonly notes?: readonly Notice[];
  readonly outcome?: Outcome;
  /** Told by post, for a main that had no time to: also where nothing is left to do. */
  readonly isAfterMain?: boolean;
  /** Only the plan was read, since it may be a stranger's: nothing is known of the route. */
  readonly isOnlyRead?: true;
  readonly links: Links;
  /** The file that the page about the rollout is written to; absent where none is. */
  readonly report?: string;
  /** Every problem of unusable input or of preflight, where that is how the run ends. */
  readonly problems?: readonly Problem[];
  /** What this run has seen so far, oldest first. The office that tells the reporters keeps it. */
  readonly timeline?: readonly TimelineEntry[];
  /** The last record that was read, for a turn that could not read one. The office keeps it too. */
  readonly lastSeen?: { readonly state: State; readonly at: Millis | undefined };
};

/**
 * A place where progress is told. Told every turn, hence idempotent; it cannot steer: what it throws is one line in the
 * log, what it takes too long for is dropped.
 */
export interface Reporter {
  readonly name: string;
  tell(progress: Progress, signal: AbortSignal): Promise<void>;
}
