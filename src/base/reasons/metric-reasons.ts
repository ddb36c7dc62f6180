import { cause, figure, list, name, number, oneOf, optional, record, words } from "./reason-shape.ts";

const source = { source: name } as const;
const says = optional(words);

/** Why a request to a metric source brought no usable JSON. */
const httpReasons = {
  /** `address`: where the host's name leads. */
  "metric-url-refused": {
    ...source,
    host: name,
    problem: oneOf("rule", "not-listed", "blocked-address"),
    address: optional(name),
  },
  "metric-unreachable": { ...source, cause },
  "metric-no-answer": { ...source, withinMs: number },
  "metric-cancelled": source,
  "metric-reply-too-large": { ...source, limitBytes: number },
  "metric-reply-broken": { ...source, how: oneOf("cut-off", "compressed", "json") },
  "metric-redirected": { ...source, status: number },
  "metric-status": { ...source, status: number, says },
  "metric-web-page": source,
  /** `type`: the media type, where there is one. */
  "metric-not-json": { ...source, type: says },
} as const;

/** Why an answer in JSON is none to what was asked. */
const answerReasons = {
  "metric-reply-malformed": source,
  /** `format`: what it names instead of ours, if anything. */
  "metric-format-unknown": { ...source, format: optional(words), known: number },
  /** The source could not do it, under whatever status. */
  "metric-source-error": { ...source, says },
  "metric-partial": { ...source, says },
  "metric-wrong-type": { type: words, wanted: oneOf("numbers", "counters") },
  /** None of the points stands where it was asked for. */
  "metric-off-grid": { asked: figure, answered: figure },
  "metric-range-empty": {},
  "metric-range-too-long": { steps: figure },
  "clock-skewed": { offMs: figure },
} as const;

/** Why a point has no number. */
const pointReasons = {
  "metric-no-series": {},
  "point-missing": {},
  /** `labels`: what tells the series apart, each with two of its values; `more` of them are left out. */
  "metric-several-series": {
    count: figure,
    labels: list(record({ label: words, one: words, other: words, more: figure })),
  },
  "metric-histogram": {},
  "metric-nan": {},
  "metric-infinite": { sign: oneOf("+", "-") },
  "metric-not-a-number": { says },
} as const;

/** Why an answer cannot be counted with. */
const countReasons = {
  "metric-series-twice": {},
  "metric-histogram-counters": {},
  "metric-counter-not-a-number": { cause },
  "metric-counter-negative": {},
  /** An interval of a source that counts by itself. */
  "metric-count-impossible": {
    version: oneOf("canary", "stable"),
    at: figure,
    problem: oneOf("negative", "fraction", "bad-above-total"),
  },
  "metric-interval-unasked": { from: figure, to: figure },
  "metric-interval-twice": { from: figure },
  /** `from` stands after `after`, and is the earlier one. */
  "metric-interval-unordered": { from: figure, after: figure },
  /** Nothing of what was asked for is complete yet. */
  "metric-source-behind": { until: figure, asked: figure },
  "metric-version-absent": { version: oneOf("canary", "stable"), at: figure },
} as const;

/** What cannot be asked: of these versions, or of this source. */
const questionReasons = {
  /** `service`, `others`: what the problem is about. */
  "versions-alike": {
    problem: oneOf(
      "one-service",
      "one-cluster",
      "several-data-planes",
      "counts-in-total",
      "counts-by-workload",
      "counts-elsewhere",
      "no-service",
      "shared-workload",
      "waypoint-names-no-version",
      "service-unreliable",
      "subset-without-version",
      "subsets-of-one-version",
      "same-series",
    ),
    service: optional(name),
    others: optional(list(name)),
  },
  "versions-not-separable": { check: optional(name), preset: optional(name), cause },
  "metric-grpc-unseen": { counter: name },
  "metric-connections-unseen": { counter: name },
  "preset-protocol-mismatch": {
    check: name,
    preset: name,
    protocol: oneOf("http", "tcp", "tls", "grpc"),
    cause: optional(cause),
  },
  "metric-query-invalid": {
    metric: name,
    part: oneOf("query", "count", "total", "bad"),
    problem: oneOf(
      "string-open",
      "placeholder-open",
      "placeholder-unknown",
      "placeholder-unquoted",
      "placeholder-escaped",
      "placeholder-in-class",
      "name-unsafe",
    ),
    placeholder: optional(name),
  },
  /** The source has no such number. */
  "metric-not-offered": { metric: name },
} as const;

/** What a trial of the questions finds before the first write. */
const trialReasons = {
  /** `asked`: which question of the check, where it has more than one. */
  "query-failed": { check: name, asked: optional(oneOf("count", "stable")), cause },
  "query-unfit": { check: name, asked: optional(oneOf("count", "stable")), cause },
  /** `counter`: what the data plane's own counter is called; `strangers`: who serves the route, where they are not known. */
  "query-without-series": {
    check: name,
    label: name,
    plane: optional(name),
    counter: optional(name),
    strangers: optional(list(name)),
  },
} as const;

/** Why a metric source gave no number, or cannot be asked for one. */
export const metricReasons = {
  ...httpReasons,
  ...answerReasons,
  ...pointReasons,
  ...countReasons,
  ...questionReasons,
  ...trialReasons,
} as const;

export type MetricCode = keyof typeof metricReasons;
