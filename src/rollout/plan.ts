export type Millis = number;
/** A share of the traffic, 0 to 100. */
export type Percent = number;

/** One route object, as `shop/virtualservice/reviews`. */
export type RouteRef = { readonly kind: string; readonly namespace: string; readonly name: string };

/** One weight of the schedule and how long it is watched. `thenPause`: a person is asked before the next one. */
export type Phase = {
  readonly weight: Percent;
  readonly holdMs: Millis;
  readonly maxHoldMs: Millis;
  readonly thenPause: boolean;
};

/** What the user asked to be moved, in the user's own words; the lens of the route resolves them. */
export type Target = {
  /** The first route holds the record. Never empty. */
  readonly routes: readonly RouteRef[];
  readonly stable?: string;
  readonly canary?: string;
  readonly rules: readonly string[];
  readonly startWeight: Percent;
};

export type Limits = { readonly consecutive: number; readonly total: number };

/** An absolute limit on one number. `query` is PromQL with placeholders; `preset` names a query that Sluice knows. */
export type Check = {
  readonly name: string;
  readonly ask:
    | { readonly query: string }
    | { readonly preset: "success-rate" }
    | { readonly preset: "latency"; readonly quantile: number };
  readonly min?: number;
  readonly max?: number;
  readonly everyMs: Millis;
  /** A query for the number of requests behind the value; below `requests` the point counts as missing. */
  readonly count?: string;
  readonly requests?: number;
  readonly failAfter: Limits;
  readonly silentAfter: Limits;
  readonly onSilent: "wait" | "rollback";
};

/** The metric source without any secret: secrets travel beside the plan, never in it. */
export type MetricsPlan = {
  readonly url: string;
  readonly scrapeIntervalMs: Millis;
  readonly lagMs: Millis;
  readonly hosts: readonly string[];
  readonly allowHttp: boolean;
};

export type Policy = {
  readonly settleMs: Millis;
  /** How late a patch may land after it was decided; samples are taken only after it. */
  readonly allowanceMs: Millis;
  readonly onInconclusive: "pause" | "rollback" | "promote";
  readonly onCancel: "rollback" | "leave";
};

/** What was asked for: read once, validated whole, never changed. */
export type Plan = {
  /** The rollout's id: a digest of `digest` and `revision`. */
  readonly rollout: string;
  readonly digest: string;
  readonly revision: string;
  readonly target: Target;
  readonly phases: readonly Phase[];
  readonly metrics?: MetricsPlan;
  readonly checks: readonly Check[];
  /** The comparison of canary with stable; `off` until the judge can compare. */
  readonly compare: "off";
  readonly policy: Policy;
};
