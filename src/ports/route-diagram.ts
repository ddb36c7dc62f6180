import type { Percent } from "../base/units.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";

/** Where requests enter a route: the callers inside the mesh, or a gateway, or a Service of the mesh, by its name. */
export type TrafficEntry = { readonly kind: string; readonly name?: string };

type LaidDestination = {
  readonly id: DestinationId;
  /** Its share of the rule as the object shows it. */
  readonly shown: Percent;
  /** The share that the record asks for; absent where the record does not move the rule. */
  readonly asked?: Percent;
};

export type LaidRule = {
  /** As a user selects it, `http/main`. */
  readonly label: string;
  /** What requests it takes, one entry for each way to match, as `/api*, GET`. Empty where it takes all that is left. */
  readonly takes: readonly string[];
  /** `home`: an older rollout moved it, and it is kept at its old weights. */
  readonly part: "moved" | "home" | "untouched";
  /** What becomes of its requests where they go to no destination. */
  readonly instead?: string;
  readonly destinations: readonly LaidDestination[];
};

/** One route as one read showed it, in the order in which its rules stand: what people are drawn a picture of. */
export type RouteDiagram = {
  /** As `VirtualService`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly entries: readonly TrafficEntry[];
  /** The hosts that it serves; empty where it says none. */
  readonly hosts: readonly string[];
  readonly rules: readonly LaidRule[];
};
