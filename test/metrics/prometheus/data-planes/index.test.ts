import { describe, expect, it } from "vitest";
import { reason } from "../../../../src/base/reasons/index.ts";
import { valueQuery } from "../../../../src/metrics/prometheus/check-queries.ts";
import { familiesOf, planes, selectorsOf } from "../../../../src/metrics/prometheus/data-planes/index.ts";
import { oncePerProgram } from "../../../../src/metrics/prometheus/scrape-target-identity.ts";
import type { ValueQuestion, VersionTargets } from "../../../../src/ports/metric-source.ts";
import { dataPlanes } from "../../../../src/rollout/data-planes-and-reporters.ts";
import { minute, twoServices } from "../samples.ts";

const arms = (further: Partial<VersionTargets> = {}): VersionTargets => ({
  ...twoServices,
  canary: { ...twoServices.canary, port: 80 },
  stable: { ...twoServices.stable, port: 80 },
  route: { kind: "HTTPRoute", namespace: "shop", name: "reviews" },
  ...further,
});
const canaryOf = (both: VersionTargets) => {
  const selectors = selectorsOf(both);
  return selectors.kind === "refused" ? selectors.reason.data.problem : selectors.canary;
};

const ask = (asked: ValueQuestion["ask"], versions: VersionTargets) =>
  valueQuery({ name: "cut", versions, windowMs: minute, ask: asked });
const queryOf = (...asked: Parameters<typeof ask>): string => {
  const found = ask(...asked);
  return found.kind === "query" ? found.query : found.reason.code;
};

describe("who counts", () => {
  it.each([
    [
      "istio",
      ["istio.io/gateway-controller"],
      'reporter="source",destination_service_name="reviews-v2",destination_service_namespace="shop"',
    ],
    [
      "linkerd",
      ["linkerd.io/policy-controller"],
      'route_kind="HTTPRoute",route_namespace="shop",route_name="reviews",backend_name="reviews-v2",backend_namespace="shop"',
    ],
    ["traefik", ["traefik.io/gateway-controller"], 'service=~"shop-reviews-v2-((http|grpc)-)?80@kubernetesgateway"'],
    ["contour", ["projectcontour.io/gateway-controller"], 'envoy_cluster_name=~"shop_reviews-v2_.*"'],
    ["kgateway", ["kgateway.dev/kgateway"], 'envoy_cluster_name=~"kube_shop_reviews-v2_80"'],
  ] as const)("is %s where %s answers, or where the plan says so", (plane, controllers, selector) => {
    expect(canaryOf(arms({ controllers }))).toBe(selector);
    expect(canaryOf(arms({ dataPlane: plane, controllers: ["example.com/any"] }))).toBe(selector);
    expect(familiesOf(arms({ controllers }))).toBe(planes[plane]);
  });

  it("is Envoy Gateway where each backend has a cluster of its own", () => {
    const both = arms({ controllers: ["gateway.envoyproxy.io/gatewayclass-controller"] });
    const clusters = (place: number) => [`httproute/shop/reviews/rule/0/backend/${place}`];
    const split = {
      ...both,
      canary: { ...both.canary, clusters: clusters(1) },
      stable: { ...both.stable, clusters: clusters(0) },
    };
    expect(canaryOf(split)).toBe('envoy_cluster_name="httproute/shop/reviews/rule/0/backend/1"');
    expect(canaryOf(both)).toBe("one-cluster");
  });

  it("is Istio where nobody answers, and the waypoint's series name no version of one Service", () => {
    expect(canaryOf(arms())).toContain("destination_service_name");
    const subset = (version: string) => ({
      ...twoServices.canary,
      service: "reviews",
      subset: version,
      subsetLabels: { version },
    });
    const waypoint = { canary: subset("v2"), stable: subset("v1"), reporter: "waypoint" as const };
    expect(canaryOf(arms(waypoint))).toBe("waypoint-names-no-version");
    expect(canaryOf(arms({ ...waypoint, reporter: "source" }))).toContain('destination_canonical_revision="v2"');
  });

  it.each(dataPlanes.filter((name) => name !== "istio"))("%s knows no subsets", (dataPlane) => {
    const one = { ...twoServices.canary, service: "reviews" };
    expect(
      selectorsOf(arms({ dataPlane, canary: { ...one, subset: "v2" }, stable: { ...one, subset: "v1" } })),
    ).toMatchObject({
      kind: "refused",
      reason: { code: "versions-alike", data: { problem: expect.stringMatching(/^one-/) } },
    });
  });
});

describe("Traefik's own label", () => {
  const selectors = selectorsOf(arms({ dataPlane: "traefik" }));
  const versionOf = (labels: Record<string, string>) =>
    selectors.kind === "refused" ? undefined : selectors.versionOf(labels);

  it("is found as it is and where a scrape has renamed it", () => {
    expect(versionOf({ service: "shop-reviews-v2-http-80@kubernetesgateway" })).toBe("canary");
    expect(versionOf({ service: "shop-reviews-v1-80@kubernetesgateway" })).toBe("stable");
    expect(versionOf({ service: "traefik", exported_service: "shop-reviews-v2-http-80@kubernetesgateway" })).toBe(
      "canary",
    );
    expect(versionOf({ service: "shop-reviews-v2-http-8080@kubernetesgateway" })).toBeUndefined();
    const query = queryOf({ preset: "success-rate" }, arms({ dataPlane: "traefik" }));
    expect(query).toMatch(/^\(1 - .*\{service=~.*\) or \(1 - .*\{exported_service=~.*\)$/);
  });

  it("is no label of a scrape: two services of one gateway are two counters", () => {
    const series = ["a", "b"].map((name) => ({
      labels: { instance: "1", service: `shop-${name}-80@kubernetesgateway` },
      values: [1],
    }));
    expect(oncePerProgram(series)).toHaveLength(2);
    expect(
      oncePerProgram(["a", "b"].map((service) => ({ labels: { instance: "1", service }, values: [1] }))),
    ).toHaveLength(1);
  });
});

it("latency is asked in milliseconds, whatever unit the buckets have", () => {
  const query = (dataPlane: (typeof dataPlanes)[number]) =>
    queryOf({ preset: "latency", quantile: 0.99 }, arms({ dataPlane }));
  expect(query("linkerd")).toMatch(
    /^1000 \* histogram_quantile\(0\.99, .*outbound_http_route_backend_response_duration_seconds_bucket/,
  );
  expect(query("contour")).toMatch(/^histogram_quantile\(0\.99, .*envoy_cluster_upstream_rq_time_bucket/);
});

it("connections are judged by how they ended", () => {
  expect(queryOf({ preset: "connections" }, arms({ protocol: "tls" }))).toMatch(
    /^1 - \(\(sum\(.*istio_tcp_connections_closed_total\{.*,response_flags!="-"\}.* or vector\(0\)\)\) \/ sum\(/,
  );
  expect(ask({ preset: "connections" }, arms({ protocol: "tcp", dataPlane: "linkerd" }))).toEqual({
    kind: "refused",
    reason: reason("preset-protocol-mismatch", {
      check: "cut",
      preset: "connections",
      protocol: "tcp",
      cause: reason("metric-connections-unseen", { counter: "Linkerd" }),
    }),
  });
});
