import type { Clock } from "../base/clock.ts";
import type { Millis } from "../base/units.ts";
import type { MetricSource } from "../ports/metric-source.ts";
import type { Check, MetricsPlan } from "../rollout/plan.ts";
import type { Shape, Stated } from "../schema/shape.ts";
import type { HttpBlock } from "./http/http-block.ts";
import type { Agents } from "./http/http-client.ts";

type Preset = Extract<Check["ask"], { readonly preset: string }>["preset"];

/** How fast values come, and what the block says of that. */
export type Pace = {
  /** A new value comes so often. */
  readonly everyMs: Millis;
  /** After so long it is final. */
  readonly lagMs: Millis;
  /** The shortest time that one number can be told of. */
  readonly leastWindowMs: Millis;
  /** Where a source counts by itself: times that it is asked for are multiples of this. */
  readonly bucketMs?: Millis;
  /** The key that says how often, and where it stands; a word for one time of it, and what to write. */
  readonly every: {
    readonly key: string;
    readonly word: string;
    readonly stated?: Stated<Millis>;
    readonly remedy: string;
  };
};

/** What a source is opened with besides the plan: secrets travel beside it, never in it. */
type Wiring = {
  readonly headers: Readonly<Record<string, string>>;
  readonly agents: Agents;
  readonly clock: Clock;
};

/** A kind of metric source: what its key in the plan may say, what it can answer, and how it is opened. */
export type Provider<Block extends HttpBlock = HttpBlock> = {
  /** As people call it. */
  readonly title: string;
  /** What the key of the plan is for. */
  readonly description: string;
  /** Reading, secrets, JSON Schema and reference in one. */
  readonly block: Shape<Block>;
  /** What it compares both versions by: raw counters, what it has counted by itself, or nothing. */
  readonly comparison: "counters" | "increments" | "none";
  /** The checks that it has without a query. */
  readonly presets: readonly Preset[];
  /** Whether it takes queries of the user's own. */
  readonly hasQueries: boolean;
  pace(block: Block): Pace;
  /** What else of the block belongs into the plan. */
  settings(block: Block): Pick<MetricsPlan, "dataPlane" | "reporter">;
  /** Throws a `SluiceError` where it cannot be asked as it is configured. */
  open(plan: MetricsPlan, wiring: Wiring): Promise<MetricSource>;
};
