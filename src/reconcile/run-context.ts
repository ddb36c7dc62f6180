import type { KubeObject } from "../base/kube-object.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { Ports } from "../ports/run-ports.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import type { RunRequest } from "../rollout/run-request.ts";
import type { CancelBudget } from "./cancel-budget.ts";
import type { RunMemory } from "./run-memory.ts";

/** What a caller asks for besides the plan; `startedAt` and `first` are the run's own to find out. */
export type RunOptions = Omit<RunRequest, "startedAt" | "first"> & { readonly dryRun: boolean };

/** One run of the loop, from its first turn to its end. */
export type RunContext = {
  readonly ports: Ports;
  readonly plan: Plan | undefined;
  readonly order: RunOptions;
  readonly inHurry: CancelBudget;
  readonly beganAt: Millis;
  readonly memory: RunMemory;
};

/** What came of one guarded patch, and of those that go with it. */
export type PatchAttempt =
  /** `left`: why followers did not go back with the first route. */
  | { readonly kind: "applied"; readonly object: KubeObject; readonly left?: readonly Reason[] }
  | {
      readonly kind: "refused" | "unknown";
      readonly reason: Reason;
      readonly retryAfterMs?: Millis;
      /** When the patch of the first route was sent, by the run's own clock. */
      readonly sentAt?: Millis;
    }
  | { readonly kind: "ended"; readonly outcome: Outcome };
