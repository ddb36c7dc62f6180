import type { Sample } from "../base/judging-types.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { Ledger } from "./evidence-ledger.ts";
import type { JudgePlan } from "./judge-plan.ts";
import type { CheckStatus, JudgeRecord } from "./types.ts";

/** What a turn may know beside the looks. */
export type VerdictExtras = {
  /** The comparison's query got no answer this turn: there is no evidence, and nothing passes. */
  readonly trouble?: Reason;
  readonly canaryPods?: number;
};

/** Everything that a verdict is a function of. */
export type VerdictInput = VerdictExtras & {
  readonly plan: JudgePlan;
  readonly record: JudgeRecord;
  readonly ledger: Ledger;
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly now: Millis;
};

/** The phase that is judged. */
export type PhaseInput = {
  readonly weight: number;
  readonly watchFrom: Millis;
  readonly comparing: boolean;
  readonly checks: readonly CheckStatus[];
};
