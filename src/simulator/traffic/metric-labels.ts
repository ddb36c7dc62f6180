import type { Scenario } from "../scenario/scenario.ts";

/** A destination as its labels name it: the whole host, the subset where there is one, and what is known of its pods. */
export type Backend = {
  readonly host: string;
  readonly subset?: string;
  readonly workload?: string;
  readonly version?: string;
};

export type Names = {
  readonly host: string;
  readonly service: string;
  readonly namespace: string;
  readonly workload: string;
  readonly version: string;
};

/** `reviews.shop.svc.cluster.local` with subset `v2` is the workload `reviews-v2` of version `v2`. */
export function namesOf(backend: Backend): Names {
  const [service = backend.host, namespace = "default"] = backend.host.split(".");
  const workload = backend.workload ?? (backend.subset === undefined ? service : `${service}-${backend.subset}`);
  return { host: backend.host, service, namespace, workload, version: backend.version ?? backend.subset ?? service };
}

export type RequestOutcome = "good" | "bad" | "refused" | "unserved";
export type Pairs = readonly (readonly [string, string])[];

export const gatewayPairs: Pairs = [
  ["namespace", "istio-system"],
  ["pod", "istio-ingressgateway-6b7f8c9d54-k8w2n"],
  ["instance", "10.1.0.2:15020"],
  ["job", "kubernetes-pods"],
];

export function podPairs(names: Names, pod: string, address: number): Pairs {
  return [
    ["namespace", names.namespace],
    ["pod", pod],
    ["instance", `10.1.1.${address}:15020`],
    ["job", "kubernetes-pods"],
  ];
}

/** The labels of Istio's standard metrics, but those of the scraped program. */
export function istioPairs(
  names: Names,
  reporter: "source" | "waypoint" | "destination",
  outcome: RequestOutcome,
  protocol: Scenario["protocol"],
): Pairs {
  // Without an endpoint Envoy knows the service alone; a refused connection has lost the version too.
  const workload = (value: string) => (outcome === "unserved" ? "unknown" : value);
  return [
    ["reporter", reporter],
    ["source_workload", "istio-ingressgateway"],
    ["source_workload_namespace", "istio-system"],
    ["source_app", "istio-ingressgateway"],
    ["source_version", "unknown"],
    ["source_canonical_service", "istio-ingressgateway"],
    ["source_canonical_revision", "latest"],
    ["source_cluster", "Kubernetes"],
    ["source_principal", "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"],
    ["destination_workload", workload(names.workload)],
    ["destination_workload_namespace", workload(names.namespace)],
    ["destination_app", workload(names.service)],
    ["destination_version", outcome === "refused" ? "unknown" : workload(names.version)],
    ["destination_canonical_service", workload(names.service)],
    ["destination_canonical_revision", workload(names.version)],
    ["destination_principal", workload(`spiffe://cluster.local/ns/${names.namespace}/sa/${names.workload}`)],
    ["destination_cluster", workload("Kubernetes")],
    ["destination_service", names.host],
    ["destination_service_name", names.service],
    ["destination_service_namespace", names.namespace],
    ["request_protocol", protocol],
    ["connection_security_policy", reporter === "destination" ? "mutual_tls" : "unknown"],
    ["response_flags", flagsOf(outcome, protocol)],
    ...answerPairs(outcome, protocol),
  ];
}

function flagsOf(outcome: RequestOutcome, protocol: Scenario["protocol"]): string {
  switch (outcome) {
    case "unserved":
      return "UH";
    case "refused":
      return "UF";
    case "bad":
      // A connection has no status: that it was cut off is all that tells a failure.
      return protocol === "tcp" ? "UC" : "-";
    case "good":
      return "-";
    default:
      return outcome satisfies never;
  }
}

function answerPairs(outcome: RequestOutcome, protocol: Scenario["protocol"]): Pairs {
  switch (protocol) {
    case "tcp":
      return [];
    case "http":
      return [["response_code", outcome === "good" ? "200" : outcome === "bad" ? "500" : "503"]];
    case "grpc":
      // A gRPC failure travels in a trailer: the HTTP status stays 200.
      return [
        ["response_code", "200"],
        ["grpc_response_status", outcome === "good" ? "0" : outcome === "bad" ? "13" : "14"],
      ];
    default:
      return protocol satisfies never;
  }
}

/** The labels that an application gives its own metrics. */
export function ownPairs(names: Names): Pairs {
  return [
    ["app", names.service],
    ["service", names.service],
    ["version", names.version],
    ["workload", names.workload],
  ];
}
