import { expect, it } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { type Reason, reason } from "../../../src/base/reasons/index.ts";
import { type MetricCode, metricReasons } from "../../../src/base/reasons/metric-reasons.ts";
import { textOf } from "../../../src/text/index.ts";

const source = "Prometheus";
const noon = Date.UTC(2026, 0, 1, 12);
const alike = (problem: Reason<"versions-alike">["data"]["problem"], others: readonly string[] = [], service = "web") =>
  reason("versions-alike", { problem, service, others });
const cause = reason("metric-status", { source, status: 503 });

/** Each code at least once. */
const told: readonly (readonly [Reason<MetricCode>, string])[] = [
  [
    reason("metric-url-refused", { source, host: "evil.example.com", problem: "not-listed" }),
    "evil.example.com is not asked: it is not listed under `hosts`.",
  ],
  [
    reason("metric-url-refused", { source, host: "p.example.com", problem: "rule" }),
    "Prometheus is not asked: the rules for URLs refuse p.example.com.",
  ],
  [
    reason("metric-url-refused", {
      source,
      host: "p.example.com",
      problem: "blocked-address",
      address: "169.254.169.254",
    }),
    "The name p.example.com leads to 169.254.169.254, a link-local or metadata address, which is never asked. If it is meant, list it under `hosts`.",
  ],
  [
    reason("metric-unreachable", { source, cause: reason("network-reset", { errno: "ECONNRESET" }) }),
    "Prometheus gave no answer. The connection was reset (ECONNRESET).",
  ],
  [reason("metric-no-answer", { source, withinMs: 2500 }), "Prometheus did not answer within 2.5 s."],
  [reason("metric-cancelled", { source }), "The question to Prometheus was cancelled."],
  [
    reason("metric-reply-too-large", { source, limitBytes: 1_048_576 }),
    "Prometheus sent more than 1 MiB, which is not read.",
  ],
  [reason("metric-reply-broken", { source, how: "cut-off" }), "Prometheus broke off in the middle of its answer."],
  [
    reason("metric-reply-broken", { source, how: "compressed" }),
    "Prometheus sent a compressed answer that cannot be unpacked.",
  ],
  [reason("metric-reply-broken", { source, how: "json" }), "Prometheus sent JSON that is broken or cut off."],
  [
    reason("metric-redirected", { source, status: 307 }),
    "Prometheus redirected to another place (307), which is not followed. Give the final address as the URL.",
  ],
  [cause, "Prometheus answered 503."],
  [
    reason("metric-status", { source, status: 400, says: foreign("bad_data: parse error.") }),
    "Prometheus answered 400: bad_data: parse error.",
  ],
  [reason("metric-status", { source, status: 401 }), "Prometheus answered 401, it does not accept the credentials."],
  [
    reason("metric-status", { source, status: 403 }),
    "Prometheus answered 403, the credentials do not allow this question.",
  ],
  [reason("metric-status", { source, status: 404 }), "Prometheus answered 404, there is no such API below the URL."],
  [reason("metric-status", { source, status: 429 }), "Prometheus answered 429, it is asked too often."],
  [
    reason("metric-web-page", { source }),
    "Prometheus sent a web page instead of JSON. Is a login page in front of it?",
  ],
  [reason("metric-not-json", { source, type: foreign("text/plain") }), "Prometheus sent text/plain instead of JSON."],
  [reason("metric-not-json", { source }), "Prometheus sent an answer without a content type instead of JSON."],
  [
    reason("metric-format-unknown", { source, format: foreign("2"), known: 1 }),
    "Prometheus answered in format 2. Sluice reads format 1 alone.",
  ],
  [
    reason("metric-format-unknown", { source, known: 1 }),
    'Prometheus does not say in which format it answers. Answer with `"format": 1`.',
  ],
  [reason("metric-reply-malformed", { source }), "Prometheus sent JSON that is not an answer to a query."],
  [
    reason("metric-source-error", { source, says: foreign("execution: too many samples") }),
    "Prometheus answered with an error: execution: too many samples.",
  ],
  [reason("metric-source-error", { source }), "Prometheus answered with an error: it does not say which."],
  [
    reason("metric-partial", { source, says: foreign("store a: timeout") }),
    "Prometheus gave only part of an answer: store a: timeout.",
  ],
  [reason("metric-partial", { source }), "Prometheus gave only part of an answer: it says so itself."],
  [
    reason("metric-wrong-type", { type: foreign("scalar"), wanted: "counters" }),
    "The answer is a scalar, not counters over time.",
  ],
  [
    reason("metric-off-grid", { asked: noon + 30_000, answered: noon + 30_250 }),
    "The source moved the grid: asked for a point at 12:00:30, it answered at 12:00:30.250, and at none of the times that were asked for. Name the store itself as the source, not what rounds its answers.",
  ],
  [
    reason("metric-off-grid", { asked: noon, answered: 1e300 }),
    "The source moved the grid: asked for a point at 2026-01-01T12:00:00, it answered at no time at all, and at none of the times that were asked for. Name the store itself as the source, not what rounds its answers.",
  ],
  [reason("metric-range-empty", {}), "The range to measure is empty."],
  [
    reason("metric-range-too-long", { steps: 700_000 }),
    "A range of 700000 steps is too long to be asked for. Use longer steps.",
  ],
  [reason("clock-skewed", { offMs: 40_123 }), "The metric source's clock is 40 s off the API server's."],
  [reason("metric-no-series", {}), "There is no series: nothing matches the query."],
  [reason("point-missing", {}), "There is no point at this time."],
  [
    reason("metric-several-series", {
      count: 30,
      labels: [{ label: foreign("pod"), one: foreign("a"), other: foreign("b"), more: 28 }],
    }),
    'There are several series, 30 that differ in pod ("a", "b", …): one is needed, so aggregate them, as with sum(…).',
  ],
  [
    reason("metric-several-series", { count: 2, labels: [] }),
    "There are several series, 2 with the same labels: one is needed, so aggregate them, as with sum(…).",
  ],
  [reason("metric-histogram", {}), "The point is a histogram, not a number."],
  [reason("metric-nan", {}), "The value is NaN, as when nothing is divided by nothing."],
  [reason("metric-infinite", { sign: "-" }), "The value is -Inf."],
  [reason("metric-not-a-number", { says: foreign("0x10") }), 'The value is not a finite decimal number: "0x10".'],
  [reason("metric-not-a-number", {}), "The value is not written as a text with a number in it."],
  [reason("metric-series-twice", {}), "The counters cannot be used: the same series stands in the answer twice."],
  [reason("metric-histogram-counters", {}), "The counters cannot be used: the answer holds histograms."],
  [
    reason("metric-counter-not-a-number", { cause: reason("metric-nan", {}) }),
    "The counters cannot be used: one has no number. The value is NaN, as when nothing is divided by nothing.",
  ],
  [reason("metric-counter-negative", {}), "The counters cannot be used: one is negative."],
  [
    reason("metric-count-impossible", { version: "canary", at: noon, problem: "bad-above-total" }),
    "The counts of canary from 12:00:00 cannot be used: more requests are bad than there are.",
  ],
  [
    reason("metric-count-impossible", { version: "stable", at: noon, problem: "fraction" }),
    "The counts of stable from 12:00:00 cannot be used: they are no whole numbers.",
  ],
  [
    reason("metric-interval-unasked", { from: noon, to: noon + 30_000 }),
    "The source answered for 12:00:00 to 12:00:30, an interval that it was not asked for. Answer with the intervals that the question names.",
  ],
  [reason("metric-interval-twice", { from: noon }), "The source answered twice for the interval from 12:00:00."],
  [
    reason("metric-interval-unordered", { from: noon, after: noon + 60_000 }),
    "The source answered for the interval from 12:00:00 after the one from 12:01:00. Answer in the order of time.",
  ],
  [
    reason("metric-source-behind", { until: noon, asked: noon + 300_000 }),
    "The source is complete up to 12:00:00 alone, and was asked up to 12:05:00. Raise `lag` until its counts have arrived by then.",
  ],
  [
    reason("metric-version-absent", { version: "canary", at: noon }),
    "The source says nothing of canary in the interval to 12:00:00. Where it had no requests, answer `[0, 0]`.",
  ],
  [alike("one-service", ["Linkerd"]), "Both are the Service web, and Linkerd knows no subsets."],
  [
    alike("one-cluster", ["Envoy Gateway"]),
    "Envoy Gateway makes one cluster of all backends of a rule. With a filter on one of its backendRefs, as a ResponseHeaderModifier, it makes one of each.",
  ],
  [
    alike("several-data-planes", ["Istio", "Traefik"]),
    "The route has parents of Istio and Traefik, which count apart. Write the one whose metrics count as `prometheus.data-plane`.",
  ],
  [alike("counts-in-total", ["NGINX Gateway Fabric"]), "NGINX Gateway Fabric counts requests in total only."],
  [alike("counts-by-workload", ["Cilium"]), "Cilium counts by workload, with labels that each cluster chooses."],
  [alike("counts-elsewhere", ["VPC Lattice", "CloudWatch"]), "VPC Lattice tells CloudWatch alone."],
  [alike("no-service", ["Bucket"]), "web is a Bucket and no Service, and metrics are counted by Service."],
  [alike("shared-workload", ["web-a"]), "Workload web-a stands behind both versions."],
  [
    alike("waypoint-names-no-version"),
    "Both are the Service web, a waypoint names no version, and the workloads behind them are not known.",
  ],
  [
    alike("service-unreliable", ["destination"]),
    "Reporter destination does not name the Service reliably, and the workloads behind the versions are not known.",
  ],
  [
    alike("subset-without-version", ["v2"]),
    "Both are the Service web, v2 has no subset with a `version` label, and the workloads behind it are not known.",
  ],
  [alike("subsets-of-one-version"), "Both are the Service web, and both subsets select the same version."],
  [alike("same-series", ["pod"]), "pod does not tell them apart: the same series stand on both sides."],
  [
    reason("versions-not-separable", { cause: alike("shared-workload", ["w"]) }),
    "Canary and stable cannot be told apart. Workload w stands behind both versions.",
  ],
  [
    reason("versions-not-separable", { check: "p99", preset: "latency", cause: alike("shared-workload", ["w"]) }),
    "latency of check p99 cannot tell canary from stable here. Workload w stands behind both versions. Use application metrics or your own query.",
  ],
  [
    reason("metric-grpc-unseen", { counter: "Traefik" }),
    "Traefik counts HTTP statuses, and gRPC answers 200 even to a failure.",
  ],
  [reason("metric-connections-unseen", { counter: "Linkerd" }), "Linkerd does not count connections by version."],
  [
    reason("preset-protocol-mismatch", { check: "p99", preset: "latency", protocol: "tcp" }),
    "latency (check p99) needs HTTP; this is tcp. Use the TCP preset, `connections`, or your own query.",
  ],
  [
    reason("preset-protocol-mismatch", { check: "connections", preset: "connections", protocol: "http" }),
    "connections counts connections; this is http. Use `success-rate` or your own query.",
  ],
  [
    reason("preset-protocol-mismatch", {
      ...{ check: "cut", preset: "connections", protocol: "tls" },
      cause: reason("metric-connections-unseen", { counter: "Linkerd" }),
    }),
    "connections (check cut) needs counters of connections by version. Linkerd does not count connections by version. Use your own query.",
  ],
  [
    reason("preset-protocol-mismatch", {
      ...{ check: "success-rate", preset: "success-rate", protocol: "grpc" },
      cause: reason("metric-grpc-unseen", { counter: "Traefik" }),
    }),
    "success-rate needs HTTP; this is gRPC. Traefik counts HTTP statuses, and gRPC answers 200 even to a failure. Use your own query.",
  ],
  [
    reason("metric-query-invalid", {
      ...{ metric: "conversion", part: "query", problem: "placeholder-unquoted", placeholder: "canary" },
    }),
    'conversion, query: {{canary}} must stand inside quotes, as in version="{{canary}}".',
  ],
  [
    reason("metric-query-invalid", { metric: "orders", part: "total", problem: "string-open", placeholder: '"' }),
    'orders, total: A string that begins with " is not closed.',
  ],
  [reason("metric-not-offered", { metric: "latency" }), "The metric source has no latency."],
  [
    reason("query-failed", { check: "conversion", asked: "count", cause }),
    "Query conversion (count) failed. Prometheus answered 503. Mend it, or see that the source can be reached.",
  ],
  [
    reason("query-unfit", { check: "conversion", cause: reason("metric-histogram", {}) }),
    "Query conversion does not give one number. The point is a histogram, not a number.",
  ],
  [
    reason("query-without-series", { check: "conversion", label: "stable (v1)" }),
    "Query conversion finds no series for stable (v1). Check Telemetry settings, reporter and scrape.",
  ],
  [
    reason("query-without-series", {
      check: "success",
      label: "service",
      plane: "Traefik",
      counter: "requests_total",
    }),
    "Query success finds no series for service. Check that Traefik is scraped: its counter is requests_total.",
  ],
  [
    reason("query-without-series", { check: "success", label: "pod", strangers: ["example.com/gateway"] }),
    "Query success finds no series for pod. Check Telemetry settings, reporter and scrape. The route is served by example.com/gateway: if that is no Istio, write `prometheus.data-plane` or use your own query.",
  ],
];

it.each(told)("%j", (why, text) => {
  expect(textOf(why)).toBe(text);
});

it("has a sentence for each code", () => {
  expect([...new Set(told.map(([{ code }]) => code))].sort()).toEqual(Object.keys(metricReasons).sort());
});
