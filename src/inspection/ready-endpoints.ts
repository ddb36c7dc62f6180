import type { KubeObject } from "../base/kube-object.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Readiness } from "../ports/run-ports.ts";
import type { EndpointHealth } from "../rollout/observation.ts";
import type { BackendObjects, DestinationObjects } from "./backend-objects.ts";
import { matches, type PodLabels, readyEndpoints, workloadOf } from "./object-fields.ts";
import { type Subset, subsetOf } from "./subset-labels.ts";
import type { TrafficReporters } from "./traffic-reporters.ts";

/** Who is ready behind one destination. */
export type VersionEndpoints = {
  readonly side: EndpointHealth;
  readonly because: Reason;
  readonly subset: Subset | undefined;
  /** Pods that the destination selects, ready or not; undefined where nobody could look. */
  readonly pods: readonly KubeObject[] | undefined;
  readonly ready: number | undefined;
};

type NotSeen = { readonly kind: "skipped" | "failed"; readonly because: Reason } | { readonly kind: "not-needed" };
const unclear = (destination: string, looked: NotSeen): Pick<VersionEndpoints, "side" | "because"> => ({
  side: looked.kind === "failed" ? "unknown" : "unchecked",
  because: looked.kind === "not-needed" ? reason("endpoints-unchecked", { destination }) : looked.because,
});

export function lookBehind(around: BackendObjects, backdrop: DestinationObjects): VersionEndpoints {
  const name = backdrop.parts.subset;
  const subset = name === undefined ? undefined : subsetOf(around, backdrop.parts.host, name);
  const unseen = { subset, pods: undefined, ready: undefined };
  const destination = backdrop.parts.id;
  if (backdrop.slices.kind !== "seen") return { ...unseen, ...unclear(destination, backdrop.slices) };
  const ready = readyEndpoints(backdrop.slices.value);
  if (subset === undefined) return counted(destination, ready.length, { subset, pods: undefined });
  if (subset.kind === "missing")
    return { ...unseen, side: "empty", because: reason("subset-undefined", { destination }) };
  if (subset.kind !== "defined") return { ...unseen, ...unclear(destination, subset) };
  if (backdrop.pods.kind !== "seen") return { ...unseen, ...unclear(destination, backdrop.pods) };
  const pods = backdrop.pods.value.filter((pod) => matches(pod.metadata.labels, subset.labels));
  const names = new Set(pods.map((pod) => pod.metadata.name));
  return counted(destination, ready.filter(({ pod }) => pod !== undefined && names.has(pod)).length, {
    subset,
    pods,
  });
}

const counted = (
  destination: string,
  ready: number,
  rest: Pick<VersionEndpoints, "subset" | "pods">,
): VersionEndpoints => ({
  ...rest,
  side: ready > 0 ? "ready" : "empty",
  ready,
  because: reason("endpoints", { destination, ready }),
});

export function readinessOf(around: BackendObjects): Readiness {
  const stable = lookBehind(around, around.stable);
  const canary = lookBehind(around, around.canary);
  return {
    stable: stable.side,
    canary: canary.side,
    reasons: [stable.because, canary.because],
    ready: {
      ...(stable.ready === undefined ? {} : { stable: stable.ready }),
      ...(canary.ready === undefined ? {} : { canary: canary.ready }),
    },
  };
}

/** A version as the metric queries need to know it. */
export type VersionBackend = {
  readonly host: string;
  readonly service: string;
  readonly namespace: string;
  readonly port?: number;
  /** What it is where it is no Service. */
  readonly backendKind?: string;
  /** Clusters that a gateway makes of it alone. */
  readonly clusters?: readonly string[];
  readonly subset?: string;
  readonly subsetLabels?: PodLabels;
  readonly workloads?: readonly string[];
  readonly pods?: number;
};

export function armOf(around: BackendObjects, backdrop: DestinationObjects, fabric?: TrafficReporters): VersionBackend {
  const behind = lookBehind(around, backdrop);
  const { id, host, port, subset, backend } = backdrop.parts;
  const clusters = fabric?.clustersOf(id) ?? [];
  const workloads = [...new Set((behind.pods ?? []).flatMap((pod) => workloadOf(pod) ?? []))];
  return {
    host,
    service: backdrop.place?.name ?? backend?.name ?? host,
    namespace: backdrop.place?.namespace ?? backend?.namespace ?? around.namespace,
    ...(port === undefined ? {} : { port }),
    ...(backend === undefined ? {} : { backendKind: backend.kind }),
    ...(clusters.length === 0 ? {} : { clusters }),
    ...(subset === undefined ? {} : { subset }),
    ...(behind.subset?.kind === "defined" ? { subsetLabels: behind.subset.labels } : {}),
    ...(workloads.length === 0 ? {} : { workloads }),
    ...(behind.ready === undefined ? {} : { pods: behind.ready }),
  };
}
