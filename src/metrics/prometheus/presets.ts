import type { Millis } from "../../base/units.ts";
import type { Connections, Durations, Requests } from "./data-planes/data-plane-metrics.ts";
import { literally, promDuration, quoted } from "./placeholders.ts";

/** A query for the value, and one for the number of requests behind it. */
export type PresetQueries = { readonly value: string; readonly count: string };

/**
 * A point of a preset with fewer requests behind it is missing: below 20 a single failed request moves the success rate
 * by more than five points, and a p99 is merely the slowest request.
 */
export const presetRequests = 20;

/**
 * By how much counters grew within the window. `increase` alone does not see a series' first value, and a proxy creates
 * a series with its first event: the first failures of a canary would be lost. So a series that did not exist before the
 * window counts in full; looking back over 15 minutes keeps a failed scrape from making an old series look new.
 */
function growth(series: string, window: string): string {
  return `sum((${series} unless last_over_time(${series}[15m] offset ${window})) or increase(${series}[${window}]))`;
}

/** A metric with its matchers, those that are empty left out. */
export function series(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${matchers.filter((one) => one !== "").join(",")}}`;
}

/** The share that did not fail, 0 to 1. Without any request it is NaN or empty, and never a pass. */
export function successRate(counter: Requests, selector: string, windowMs: Millis): PresetQueries {
  const { metric, blameless, failed } = counter;
  const window = promDuration(windowMs);
  const all = growth(series(metric, selector, blameless), window);
  const parts = failed.map((which) => {
    // Without a failure there is no series: that is a zero. Without a request there is none either: that is no zero.
    return `(${growth(series(metric, selector, blameless, which), window)} or vector(0))`;
  });
  return { value: `1 - (${parts.join(" + ")}) / ${all}`, count: count(counter, selector, windowMs) };
}

/**
 * The share of connections that ended well among those that ended. A connection has no status: how it was closed is all
 * that there is, and one that is still open says nothing.
 */
export function endedWell({ closed, cut, blameless }: Connections, selector: string, windowMs: Millis): PresetQueries {
  return successRate({ metric: closed, blameless, failed: [cut], hasFailed: () => false }, selector, windowMs);
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
  const all = `reporter=${quoted(reporter)},destination_service=~${quoted(hosts.map(hostPattern).join("|"))}`;
  const lost = `destination_workload="unknown",response_flags=~"(.*,)?(${flags.join("|")})(,.*)?"`;
  const none = growth(`istio_requests_total{${all},${lost}}`, window);
  return `(${none} or vector(0)) / (${growth(`istio_requests_total{${all}}`, window)} > 0) or vector(0)`;
}

/** A host as a matcher's pattern; a leading `*` stands for any name. */
function hostPattern(host: string): string {
  return host.startsWith("*") ? `.+${literally(host.slice(1))}` : literally(host);
}

/** A quantile of the response time in milliseconds. It is interpolated inside a bucket of the histogram. */
export function latency(
  { metric, blameless, unitMs }: Durations,
  counter: Requests,
  selector: string,
  quantile: number,
  windowMs: Millis,
): PresetQueries {
  const rates = `sum by (le) (rate(${series(metric, selector, blameless)}[${promDuration(windowMs)}]))`;
  const value = `histogram_quantile(${quantile}, ${rates})`;
  return { value: unitMs === 1 ? value : `${unitMs} * ${value}`, count: count(counter, selector, windowMs) };
}

/**
 * The number of requests within the window. Where no series is found it is empty rather than 0: that may be a wrong label
 * as well as a canary that nobody has called, so it must not be taken for a lack of traffic.
 */
export function count({ metric, blameless }: Requests, selector: string, windowMs: Millis): string {
  return growth(series(metric, selector, blameless), promDuration(windowMs));
}

/** The same question in several spellings: the first that has an answer counts. */
export function anyOf(queries: readonly string[]): string {
  return queries.length === 1 ? (queries[0] ?? "") : queries.map((query) => `(${query})`).join(" or ");
}
