import { cause, counts, figure, list, name, number, oneOf, optional, record } from "./reason-shape.ts";

/** What else is to be said beside the first reason; the first to go where a record grows too large. */
const also = { also: optional(list(cause)) } as const;

/** One comparison of canary and stable. `boundaryMs`: bad is what took longer than this; absent where bad is what failed. */
const compared = { metric: name, boundaryMs: optional(number), counts } as const;
/** M out of 1/alpha, as its logarithm. */
const evidence = { logE: figure, alpha: figure } as const;
/** How far the canary may be above stable: its rate times `ratio`, and a share on top. */
const margin = { ratio: figure, difference: figure } as const;

/** What the comparison says of a phase. */
const comparisonReasons = {
  /** `atLeast`: by what share of its requests more than is tolerated, with this confidence. */
  "canary-worse": { ...compared, atLeast: figure, confidence: figure, extra: figure },
  /** `quantile`: the bucket of each version that holds it; one without an end is the last. `move`: whether more than chance. */
  "canary-slower": {
    ...compared,
    atLeast: figure,
    confidence: figure,
    quantile: optional(
      record({
        share: figure,
        canaryAbove: figure,
        canaryUpTo: optional(figure),
        stableAbove: figure,
        stableUpTo: figure,
        move: oneOf("proven", "seen"),
      }),
    ),
  },
  /** No comparison proves it alone, all together do. `metric`: where most of the evidence lies. */
  "combined-evidence": { metric: name, ...evidence },
  passed: {
    weight: number,
    gates: list(record({ ...compared, atMost: figure, confidence: figure, ...margin })),
    checks: optional(list(cause)),
  },
  "sample-ratio-mismatch": { weight: number, canary: figure, stable: figure, since: figure },
  /** No answer. `since`: when stable was last seen. */
  "no-data": { since: optional(figure), cause, ...also },
  /** An answer, and nothing of stable in it, several intervals in a row. */
  "no-series": { since: optional(figure), ...also },
  /** Nothing of stable in the last interval: one scrape may be late. */
  "stable-unseen": also,
  /** Evidence that may be stable's own incident, told by one version earlier than by the other. */
  "stable-shift": { ...evidence, ...also },
  /** `need`: canary requests in all. `detectable`: the smallest rate of the canary that would have been found. */
  "too-little-traffic": { ...compared, need: figure, perMinute: figure, detectable: optional(figure), ...also },
  "margin-unprovable": { ...compared, ...margin, detectable: optional(figure), ...also },
  /** Traffic that stops must not pass: so many canary requests are needed in each half of the phase. */
  "too-little-per-half": { need: figure, first: figure, second: figure, ...also },
  /** Evidence of harm: a tenth of what rolls back, or more. */
  "sign-of-harm": { ...evidence, ...also },
  "no-sign-of-harm": evidence,
  /** At this weight there is nothing to compare with, and there is no check. */
  "nothing-judges": { weight: number, ...also },
} as const;

const value = { value: figure, unit: optional(oneOf("share", "ms")) } as const;
const limits = { min: optional(figure), max: optional(figure) } as const;
/** How many points it was; `of` so many where they did not stand in a row; the last of them. */
const points = { points: figure, of: optional(figure), at: figure } as const;

/** What the checks say of a phase, each of itself. */
const checkReasons = {
  "passed-by-checks": { weight: number, checks: list(cause) },
  "passed-unmeasured": {},
  "check-failing": { check: name, ...value, ...limits, ...points, ...also },
  /** `policy`: what the plan asks for where a check has no data. */
  "check-no-data": { check: name, ...points, policy: oneOf("wait", "rollback"), causes: list(cause), ...also },
  "check-passing": { check: name, ...value, ...limits },
  /** Too few values in this phase. */
  "check-waiting": { check: name, values: figure, need: figure, ...also },
  /** Its newest question got no answer. */
  "check-unanswered": { check: name, cause, ...also },
  "check-without-value": { check: name, cause, ...also },
  /** Outside its limits, and not yet often enough to fail. */
  "check-out-of-limits": { check: name, ...value, ...limits, points: figure, ...also },
  /** Within its limits, and not good enough to pass: that takes `passMin` so many times in a row. */
  "check-below-pass": { check: name, ...value, ...limits, passMin: figure, need: figure, ...also },
} as const;

/** Why a point of a check has no value. */
const pointReasons = {
  "point-not-finite": { value: name },
  "point-too-few-requests": { requests: figure, need: figure },
  "request-count-unknown": { cause },
  "request-count-negative": {},
  /** A counter with a value that no counter can show. */
  "counter-impossible": { version: oneOf("canary", "stable"), target: name, value: name },
} as const;

/** What is worth knowing beside a verdict. */
const caveatReasons = {
  "bursts-assumed": { phi: figure },
  "errors-in-bursts": { phi: figure },
  "counters-reset": { pods: figure },
  "single-canary-pod": {},
  "latency-objective-moved": { quantile: figure, objectiveMs: figure, boundaryMs: figure },
  "latency-objective-unmeasured": { objectiveMs: figure },
  "bucket-missing": { boundaryMs: number },
  "margin-below-tolerance": { metric: name, from: figure, to: figure },
  "not-compared": { cause },
} as const;

/** Why nothing could be measured before the first write. */
const calibrationReasons = {
  "comparison-query-failed": { cause },
  "comparison-not-separable": { cause },
  "comparison-without-series": { metric: name, version: name },
  /** Of a metric of the user's own: its `total`. */
  "metric-without-series": { metric: name },
  /** Of what would judge at 100%. */
  "stable-query-failed": { check: name, cause },
} as const;

/** What is known before a phase begins. */
const forecastReasons = {
  /** At the traffic of the past. Without `need` no number of requests shows it, without `detectable` no harm would be noticed. */
  "phase-forecast": {
    phase: number,
    weight: number,
    requests: figure,
    withinMs: figure,
    difference: figure,
    need: optional(figure),
    detectable: optional(figure),
  },
  "traffic-unknown": {},
  /** What stands in for the comparison where stable gets no traffic, and what stable showed before. */
  "judged-by-stable": {
    phase: number,
    weight: number,
    checks: list(record({ check: name, ...limits, unit: optional(oneOf("share", "ms")), stable: optional(figure) })),
  },
  "counted-by-server": {},
  "latency-buckets-missing": { metric: name },
} as const;

export const verdictReasons = {
  ...comparisonReasons,
  ...checkReasons,
  ...pointReasons,
  ...caveatReasons,
  ...calibrationReasons,
  ...forecastReasons,
} as const;

export type CheckCode = Exclude<keyof typeof checkReasons, "passed-by-checks" | "passed-unmeasured">;
export type VerdictCode = keyof typeof comparisonReasons | keyof typeof checkReasons;
export type CaveatCode = keyof typeof caveatReasons;
export type CalibrationCode = keyof typeof calibrationReasons;
export type ForecastCode = keyof typeof forecastReasons;
