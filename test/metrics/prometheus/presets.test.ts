import { describe, expect, it } from "vitest";
import { istio } from "../../../src/metrics/prometheus/data-planes/istio.ts";
import { count, latency, successRate } from "../../../src/metrics/prometheus/presets.ts";
import type { VersionTargets } from "../../../src/ports/metric-source.ts";
import { twoServices } from "./samples.ts";

const selector = 'reporter="source",destination_service_name="reviews-v2",destination_service_namespace="shop"';
const arms: VersionTargets = twoServices;
const requests = istio.requests(arms);
const success = successRate(requests, selector, 60_000);
const slow = latency(istio.durations(arms), requests, selector, 0.99, 300_000);

/** The label matchers of every series selector in a query. */
const selectors = (query: string) =>
  [...query.matchAll(/(istio_[a-z_]+)\{([^}]*)\}/g)].map(([, name, labels = ""]) => ({ name, labels }));

describe("presets", () => {
  it.each([
    ["success rate", success.value],
    ["latency", slow.value],
    ["count", success.count],
  ])("ask one reporter and leave out, above and below the line, what no application can help: %s", (_name, query) => {
    const all = selectors(query);
    expect(all.length).toBeGreaterThan(0);
    for (const { labels } of all) {
      expect(labels.match(/reporter=/g)).toHaveLength(1);
      expect(labels).toContain('response_flags!~"(.*,)?(DC|DI|FI|RL|RLSE|UAEX)(,.*)?"');
      expect(labels).toContain('destination_service_name="reviews-v2"');
    }
  });

  it("divide failures, which may be absent, by requests, which may not", () => {
    const [numerator = "", denominator = ""] = success.value.split(" / ");
    expect(success.value.split(" / ")).toHaveLength(2);
    expect(numerator.match(/or vector\(0\)/g)).toHaveLength(2);
    expect(denominator).not.toContain("vector");
    expect(numerator).toContain('response_code=~"5..|0"');
    expect(numerator).toContain('grpc_response_status=~"2|4|12|13|14|15"');
    expect(denominator).not.toMatch(/response_code|grpc/);
  });

  it("see the first value of a new series, and no old series as new after one failed scrape", () => {
    expect(count({ ...requests, blameless: "" }, "S", 60_000)).toMatch(
      /^sum\(\((.*) unless last_over_time\(\1\[15m\] offset 1m\)\) or increase\(\1\[1m\]\)\)$/,
    );
  });

  it("give latency in the unit of its histogram, milliseconds, over the check's own step", () => {
    expect(slow.value).toMatch(
      /^histogram_quantile\(0\.99, sum by \(le\) \(rate\(istio_request_duration_milliseconds_bucket\{.*\}\[5m\]\)\)\)$/,
    );
    expect(slow.count).toBe(count(requests, selector, 300_000));
  });
});
