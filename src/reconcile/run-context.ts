import type { KubeObject } from "../base/kube-object.ts";
import type { Millis } from "../base/units.ts";
import type { Ports } from "../ports/run-ports.ts";
import type { Outcome } from "../rollout/outcome.ts";
import type { Plan } from "../rollout/plan.ts";
import type { RunRequest } from "../rollout/run-request.ts";
import type { Hurry } from "./cancel-budget.ts";
import type { Memory } from "./run-memory.ts";

/** What a caller asks for besides the plan; `startedAt` and `first` are the run's own to find out. */
export type Order = Omit<RunRequest, "startedAt" | "first"> & { readonly dryRun: boolean };

/** One run of the loop, from its first turn to its end. */
export type Trip = {
  readonly ports: Ports;
  readonly plan: Plan | undefined;
  readonly order: Order;
  readonly inHurry: Hurry;
  readonly beganAt: Millis;
  readonly memory: Memory;
};

/** What came of one guarded patch, and of those that go with it. */
export type Attempt =
  /** `left`: followers that did not go home with the first route, and why. */
  | { readonly kind: "applied"; readonly object: KubeObject; readonly left?: string }
  | {
      readonly kind: "refused" | "unknown";
      readonly because: string;
      readonly retryAfterMs?: Millis;
      /** When the patch of the first route was sent, by the run's own clock. */
      readonly sentAt?: Millis;
    }
  | { readonly kind: "ended"; readonly outcome: Outcome };
