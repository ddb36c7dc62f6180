import type { DataPlane } from "../../rollout/data-planes-and-reporters.ts";
import type { PerArm, Scenario, ScenarioArm } from "../scenario/scenario.ts";
import type { Distribution } from "./latency-distribution.ts";
import type { Names, Pairs, RequestOutcome } from "./metric-labels.ts";
import type { Histogram } from "./scrape-targets.ts";
import { count, lineOf, type ScrapeTarget } from "./scrape-targets.ts";

/** How a data plane other than Istio counts one version: by the gateway or the callers alone, never by the pods. */
type DataPlaneCounters = {
  readonly total: { readonly metric: string; readonly pairsOf: (outcome: RequestOutcome) => Pairs };
  /** Times have labels of their own: hardly any plane tells good ones from bad. */
  readonly times: Histogram & { readonly pairs: Pairs };
};
/** Who counts, and what they call the route and its backends. */
export type MetricCounter = {
  readonly plane: DataPlane;
  readonly route: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** The port of both versions. */
  readonly port: number;
  /** Where they stand: the rule, and their places in it. */
  readonly rule: number;
  readonly places: PerArm<number>;
};

/** The beginnings of the names of controllers, as they sign a route's status. */
const controllers: readonly (readonly [beginning: string, plane: DataPlane])[] = [
  ["linkerd.io/", "linkerd"],
  ["traefik.io/", "traefik"],
  ["projectcontour.io/", "contour"],
  ["kgateway.dev/", "kgateway"],
  ["gateway.envoyproxy.io/", "envoy-gateway"],
];

/** Who counts the requests of a route that these controllers answer for. */
export function planeBehind(names: readonly string[]): DataPlane {
  return controllers.find(([beginning]) => names.some((name) => name.startsWith(beginning)))?.[1] ?? "istio";
}

/** The status that a gateway gives to what it could not send on. */
const codeOf = (outcome: RequestOutcome): string => (outcome === "good" ? "200" : outcome === "bad" ? "500" : "503");

/** Undefined for Istio, which counts on both sides, and for connections. */
export function countingOf(
  { plane, route, port, rule, places }: MetricCounter,
  names: Names,
  arm: ScenarioArm,
  protocol: Scenario["protocol"],
): DataPlaneCounters | undefined {
  if (protocol === "tcp") return undefined;
  const { service, namespace } = names;
  switch (plane) {
    case "istio":
      return undefined;
    case "linkerd":
      return linkerd(route, names, port, protocol);
    case "traefik":
      return traefik(`${namespace}-${service}-http-${port}@kubernetesgateway`);
    case "contour":
      return envoy(`${namespace}_${service}_${port}`);
    case "kgateway":
      return envoy(`kube_${namespace}_${service}_${port}`);
    case "envoy-gateway":
      return envoy(`${route.kind.toLowerCase()}/${route.namespace}/${route.name}/rule/${rule}/backend/${places[arm]}`);
    default:
      return plane satisfies never;
  }
}

/** One line for each kind of answer, and the times of all in another. */
export function countBy(
  { total, times }: DataPlaneCounters,
  target: ScrapeTarget,
  arm: ScenarioArm,
  outcome: RequestOutcome,
  buckets: readonly number[],
  how: Distribution,
): void {
  const counted = { kind: "total", metric: total.metric } as const;
  count(
    lineOf(target, `${arm} ${outcome}`, counted, () => total.pairsOf(outcome)),
    buckets,
    how,
  );
  count(
    lineOf(target, `${arm} times`, { kind: "times", ...times }, () => times.pairs),
    buckets,
    how,
  );
}

function linkerd(
  route: MetricCounter["route"],
  names: Names,
  port: number,
  protocol: "http" | "grpc",
): DataPlaneCounters {
  const pairs: Pairs = [
    ["parent_group", "core"],
    ["parent_kind", "Service"],
    ["parent_namespace", route.namespace],
    ["parent_name", route.name],
    ["parent_port", String(port)],
    ["route_group", "gateway.networking.k8s.io"],
    ["route_kind", route.kind],
    ["route_namespace", route.namespace],
    ["route_name", route.name],
    ["backend_group", "core"],
    ["backend_kind", "Service"],
    ["backend_namespace", names.namespace],
    ["backend_name", names.service],
    ["backend_port", String(port)],
  ];
  const family = `outbound_${route.kind === "GRPCRoute" ? "grpc" : "http"}_route_backend_response`;
  const isAnswered = (outcome: RequestOutcome) => outcome === "good" || outcome === "bad";
  const statusOf = (outcome: RequestOutcome): Pairs[number] => {
    if (route.kind !== "GRPCRoute") return ["http_status", isAnswered(outcome) ? httpStatus(outcome, protocol) : ""];
    return ["grpc_status", outcome === "good" ? "OK" : outcome === "bad" ? "INTERNAL" : "UNAVAILABLE"];
  };
  const errorOf = (outcome: RequestOutcome) => (isAnswered(outcome) ? "" : outcome === "refused" ? "IO" : "FAIL_FAST");
  return {
    total: {
      metric: `${family}_statuses_total`,
      pairsOf: (outcome) => [...pairs, statusOf(outcome), ["error", errorOf(outcome)]],
    },
    times: {
      metric: `${family}_duration_seconds`,
      pairs,
      unitMs: 1000,
      edges: inSeconds([25, 50, 100, 250, 500, 1000, 10_000]),
    },
  };
}

/** A gRPC failure travels in a trailer: the HTTP status stays 200. */
const httpStatus = (outcome: RequestOutcome, protocol: "http" | "grpc"): string =>
  protocol === "grpc" ? "200" : codeOf(outcome);

function traefik(service: string): DataPlaneCounters {
  const common: Pairs = [
    ["method", "GET"],
    ["protocol", "http"],
    ["service", service],
  ];
  return {
    total: {
      metric: "traefik_service_requests_total",
      pairsOf: (outcome) => [["code", codeOf(outcome)], ...common],
    },
    times: {
      metric: "traefik_service_request_duration_seconds",
      pairs: [["code", "200"], ...common],
      unitMs: 1000,
      edges: inSeconds([100, 300, 1200, 5000]),
    },
  };
}

const envoyEdges = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];

function envoy(cluster: string): DataPlaneCounters {
  const pairs: Pairs = [["envoy_cluster_name", cluster]];
  return {
    total: {
      metric: "envoy_cluster_upstream_rq",
      pairsOf: (outcome) => [["envoy_response_code", codeOf(outcome)], ...pairs],
    },
    times: {
      metric: "envoy_cluster_upstream_rq_time",
      pairs,
      unitMs: 1,
      edges: envoyEdges.map((ms) => [String(ms), ms] as const),
    },
  };
}

const inSeconds = (edges: readonly number[]) => edges.map((ms) => [String(ms / 1000), ms] as const);
