import type { Finding } from "../base/reasons/finding.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { MetricCode } from "../base/reasons/metric-reasons.ts";

/** What a metric source has against beginning, under the code of the refusal. */
const refusals = {
  "versions-not-separable": "metric-not-separable",
  "query-without-series": "metric-labels-missing",
  "metric-version-absent": "metric-labels-missing",
  "preset-protocol-mismatch": "metric-protocol-mismatch",
} as const satisfies Partial<Record<MetricCode, string>>;

const isRefusal = (code: MetricCode): code is keyof typeof refusals => Object.hasOwn(refusals, code);

type RefusalCode = (typeof refusals)[keyof typeof refusals] | "metric-query-failed";
/** A finding of a metric source: the code of the refusal, and what was found. */
export type MetricRefusal = Finding & { readonly reason: Reason<RefusalCode> };

export const metricRefusal = (code: RefusalCode, cause: Reason): MetricRefusal => ({ reason: reason(code, { cause }) });

export const metricFinding = (cause: Reason<MetricCode>): MetricRefusal =>
  metricRefusal(isRefusal(cause.code) ? refusals[cause.code] : "metric-query-failed", cause);
