import type { Sample } from "../judge/types.ts";
import type { Millis } from "../rollout/plan.ts";

/** `number`: one series with one finite number a grid point. `counters`: raw counters, every series by itself. */
export type Question = { readonly kind: "number" | "counters"; readonly query: string; readonly stepMs: Millis };

/** One raw counter on the grid: `values[i]` stands at `from + i * step`, null where the source had none. */
export type CounterSeries = {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
};

export type Measurement =
  | {
      readonly kind: "samples";
      readonly samples: readonly Sample[];
      /** How many series the answer held in all, whatever their values: 0 says that nothing matches the query. */
      readonly seriesCount?: number;
      /** Why this query cannot give one number at a time, as it stands: several series, or no numbers at all. */
      readonly unfit?: string;
      /** The source's own clock when it answered, where it said so. */
      readonly date?: Millis;
    }
  | { readonly kind: "series"; readonly series: readonly CounterSeries[]; readonly date?: Millis }
  /** No answer at all: it belongs to this turn. */
  | {
      readonly kind: "error";
      readonly because: string;
      /** There was an answer, but not one of counters. */
      readonly unusable?: true;
    };

/** A place where numbers come from. Never throws, never retries; no data, an error and a bad value stay three things. */
export interface MetricSource {
  /** The grid points are `from`, `from + step`, … up to `to`, all server time in milliseconds. */
  measure(question: Question, from: Millis, to: Millis, signal?: AbortSignal): Promise<Measurement>;
  close(): void;
}
