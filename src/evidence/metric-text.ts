import type { Code } from "../base/reasons/codes.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { MetricCode } from "../base/reasons/metric-reasons.ts";
import { textOf } from "../text/index.ts";

/** Findings are told by the codes of refusals. */
const refusals: Partial<Record<MetricCode, Code>> = {
  "metric-not-separable": "metric-not-separable",
  "metric-labels-missing": "metric-labels-missing",
  "metric-version-absent": "metric-labels-missing",
  "metric-protocol-mismatch": "metric-protocol-mismatch",
  "metric-query-failed": "metric-query-failed",
  "metric-query-unfit": "metric-query-failed",
};

export const metricFinding = (reason: Reason<MetricCode>): Finding => ({
  code: refusals[reason.code] ?? "input",
  message: textOf(reason),
});
