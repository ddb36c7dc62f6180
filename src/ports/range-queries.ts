import type { Reason } from "../base/reasons/index.ts";
import type { MetricCode } from "../base/reasons/metric-reasons.ts";
import type { Millis } from "../base/units.ts";
import type { PointValue } from "./metric-source.ts";

/** A query in the language of a store of time series. `number`: one series, one number a point. `counters`: every series by itself. */
export type RangeQuery = { readonly kind: "number" | "counters"; readonly query: string; readonly stepMs: Millis };

/** One series on the grid: `values[i]` stands at `from + i * step`, null where the store had none. */
export type LabelledSeries = {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
};

export type Measurement =
  | {
      readonly kind: "samples";
      readonly samples: readonly PointValue[];
      /** How many series the answer held in all, whatever their values: 0 says that nothing matches the query. */
      readonly seriesCount?: number;
      /** Why this query cannot give one number at a time, as it stands: several series, or no numbers at all. */
      readonly unfit?: Reason<MetricCode>;
      /** The store's own clock when it answered, where it said so. */
      readonly date?: Millis;
    }
  | { readonly kind: "series"; readonly series: readonly LabelledSeries[]; readonly date?: Millis }
  /** No answer at all: it belongs to this turn. `unusable`: there was an answer, but not one of counters. */
  | { readonly kind: "error"; readonly reason: Reason<MetricCode>; readonly unusable?: true };

/** A store of time series: over HTTP, or played. Never throws, never retries; no data, an error and a bad value stay three things. */
export interface RangeQueries {
  /** The grid points are `from`, `from + step`, … up to `to`, all server time in milliseconds. */
  measure(query: RangeQuery, from: Millis, to: Millis, signal?: AbortSignal): Promise<Measurement>;
  close(): void;
}
