import type { Millis } from "../rollout/plan.ts";
import { literally, promDuration, quoted } from "./query.ts";

/** A query for the value, and one for the number of requests behind it. */
export type PresetQueries = { readonly value: string; readonly count: string };

/**
 * A point of a preset with fewer requests behind it is missing: below 20 a single failed request moves the success rate
 * by more than five points, and a p99 is merely the slowest request.
 */
export const presetRequests = 20;

/** Not the application's fault: the client left, a fault was injected, a limit or an authorization policy said no. */
export const blameless = `response_flags!~"(.*,)?(DC|DI|FI|RL|RLSE|UAEX)(,.*)?"`;
/** 0: nothing was sent. */
const failedHttp = `response_code=~"5..|0"`;
/** gRPC answers 200 even to a failure; these are the codes that are the server's fault. */
const failedGrpc = `response_code!~"5..|0",request_protocol="grpc",grpc_response_status=~"2|4|12|13|14|15"`;

/**
 * By how much counters grew within the window. `increase` alone does not see a series' first value, and a proxy creates
 * a series with its first event: the first failures of a canary would be lost. So a series that did not exist before the
 * window counts in full; looking back over 15 minutes keeps a failed scrape from making an old series look new.
 */
function growth(series: string, window: string): string {
  return `sum((${series} unless last_over_time(${series}[15m] offset ${window})) or increase(${series}[${window}]))`;
}

function requests(selector: string, further = ""): string {
  return `istio_requests_total{${selector},${blameless}${further === "" ? "" : `,${further}`}}`;
}

/** The share of requests that did not fail, 0 to 1. Without any request it is NaN or empty, and never a pass. */
export function successRate(selector: string, windowMs: Millis): PresetQueries {
  const window = promDuration(windowMs);
  const all = growth(requests(selector), window);
  const failed = [failedHttp, failedGrpc].map((which) => {
    // Without a failure there is no series: that is a zero. Without a request there is none either: that is no zero.
    return `(${growth(requests(selector, which), window)} or vector(0))`;
  });
  return { value: `1 - (${failed.join(" + ")}) / ${all}`, count: count(selector, windowMs) };
}

/**
 * The share of the route's requests that reached neither version: no route, no cluster, no endpoint. `flags` are those that
 * no version is charged with already. Where nothing was asked for it is 0: there is nothing amiss.
 */
export function unrouted(
  reporter: string,
  hosts: readonly string[],
  flags: readonly string[],
  windowMs: Millis,
): string {
  const window = promDuration(windowMs);
  const all = `reporter=${quoted(reporter)},destination_service=~${quoted(hosts.map(literally).join("|"))}`;
  const lost = `destination_workload="unknown",response_flags=~"(.*,)?(${flags.join("|")})(,.*)?"`;
  const none = growth(`istio_requests_total{${all},${lost}}`, window);
  return `(${none} or vector(0)) / (${growth(`istio_requests_total{${all}}`, window)} > 0) or vector(0)`;
}

/** A quantile of the response time in milliseconds. It is interpolated inside a bucket of Istio's histogram. */
export function latency(selector: string, quantile: number, windowMs: Millis): PresetQueries {
  const buckets = `istio_request_duration_milliseconds_bucket{${selector},${blameless}}`;
  const rates = `sum by (le) (rate(${buckets}[${promDuration(windowMs)}]))`;
  return { value: `histogram_quantile(${quantile}, ${rates})`, count: count(selector, windowMs) };
}

/**
 * The number of requests within the window. Where no series is found it is empty rather than 0: that may be a wrong label
 * as well as a canary that nobody has called, so it must not be taken for a lack of traffic.
 */
export function count(selector: string, windowMs: Millis): string {
  return growth(requests(selector), promDuration(windowMs));
}
