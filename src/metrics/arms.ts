import type { Code } from "../rollout/codes.ts";
import { literally, quoted } from "./query.ts";

/** Who counts a request: the caller's proxy or gateway, the server's proxy, or a waypoint. Always exactly one of them. */
export type Reporter = "source" | "destination" | "waypoint";

/** One of the two versions, as far as the mesh can tell it from the other. */
export type Arm = {
  /** The destination's host in full, as `reviews.shop.svc.cluster.local`. */
  readonly host: string;
  readonly service: string;
  readonly namespace: string;
  readonly subset?: string;
  /** The labels of the subset, as its DestinationRule names them. */
  readonly subsetLabels?: Readonly<Record<string, string>>;
  /** The names of the workloads behind this version, where somebody has looked. */
  readonly workloads?: readonly string[];
};

/** Both versions of one rollout. `namespace` is the route's. */
export type Arms = {
  readonly canary: Arm;
  readonly stable: Arm;
  readonly namespace: string;
  readonly reporter?: Reporter;
  /** What the moved rules carry; HTTP where nothing is said. */
  readonly protocol?: "http" | "tcp" | "tls";
};

/** Label matchers for both versions, or why the mesh's metrics cannot tell them apart. */
export type Selectors =
  | { readonly kind: "selectors"; readonly canary: string; readonly stable: string; readonly label: string }
  | { readonly kind: "refused"; readonly code: Code; readonly because: string };

/** The pod labels from which Istio takes the canonical revision, the first that is there. */
const revisionLabels = ["service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"];

/** What a placeholder calls a version: its subset, or its Service where there is none. */
export function nameOf(arm: Arm): string {
  return arm.subset ?? arm.service;
}

/**
 * How to tell the versions apart. With two Services the name of the Service is best: it is known even when no pod could
 * be picked. With one Service only what stands behind it differs.
 */
export function selectorsOf(arms: Arms): Selectors {
  const { canary, stable, reporter = "source" } = arms;
  const by = `reporter=${quoted(reporter)}`;
  const twoServices = canary.service !== stable.service || canary.namespace !== stable.namespace;
  // The server's own proxy names one Service for a pod that stands behind several.
  if (twoServices && reporter !== "destination") {
    const select = (arm: Arm) => `${by},${serviceOf(arm)}`;
    return {
      kind: "selectors",
      canary: select(canary),
      stable: select(stable),
      label: "destination_service_name",
    };
  }
  const workloads = workloadsOf(canary, stable);
  if (workloads !== undefined) {
    const [ofCanary, ofStable] = workloads;
    const select = (arm: Arm, names: readonly string[]) => `${by},${workloadOf(arm, names)}`;
    return {
      kind: "selectors",
      canary: select(canary, ofCanary),
      stable: select(stable, ofStable),
      label: "destination_workload",
    };
  }
  const revisions = twoServices ? [] : [revisionOf(canary), revisionOf(stable)];
  const [ofCanary, ofStable] = revisions;
  if (ofCanary !== undefined && ofStable !== undefined && ofCanary !== ofStable) {
    const select = (arm: Arm, revision: string) =>
      `${by},${serviceOf(arm)},destination_canonical_revision=${quoted(revision)}`;
    return {
      kind: "selectors",
      canary: select(canary, ofCanary),
      stable: select(stable, ofStable),
      label: "destination_canonical_revision",
    };
  }
  return { kind: "refused", code: "metric-not-separable", because: inseparable(arms, revisions) };
}

function serviceOf(arm: Arm): string {
  return `destination_service_name=${quoted(arm.service)},destination_service_namespace=${quoted(arm.namespace)}`;
}

function workloadOf(arm: Arm, names: readonly string[]): string {
  const [only] = names;
  const matcher =
    only !== undefined && names.length === 1 ? `=${quoted(only)}` : `=~${quoted(names.map(literally).join("|"))}`;
  return `destination_workload${matcher},destination_workload_namespace=${quoted(arm.namespace)}`;
}

/** The workloads of both versions, in one order for everybody; only if they are known and none belongs to both. */
function workloadsOf(canary: Arm, stable: Arm): readonly [readonly string[], readonly string[]] | undefined {
  const [ofCanary, ofStable] = [canary, stable].map((arm) => [...new Set(arm.workloads ?? [])].sort());
  if (ofCanary === undefined || ofStable === undefined || ofCanary.length === 0 || ofStable.length === 0) {
    return undefined;
  }
  const shared = canary.namespace === stable.namespace && ofCanary.some((name) => ofStable.includes(name));
  return shared ? undefined : [ofCanary, ofStable];
}

function revisionOf(arm: Arm): string | undefined {
  const labels = new Map(Object.entries(arm.subsetLabels ?? {}));
  return revisionLabels.map((name) => labels.get(name)).find((value) => value !== undefined && value !== "");
}

function inseparable({ canary, stable, reporter }: Arms, revisions: readonly (string | undefined)[]): string {
  const both = (canary.workloads ?? []).filter((name) => stable.workloads?.includes(name));
  if (both.length > 0) return `workload ${both[0]} stands behind both versions`;
  if (revisions.length === 0) {
    return `reporter ${reporter} does not name the Service reliably, and the workloads behind the versions are not known`;
  }
  const missing = revisions[0] === undefined ? canary : revisions[1] === undefined ? stable : undefined;
  const labels = "a `version` label, and the workloads behind it are not known";
  if (missing !== undefined)
    return `both are the Service ${canary.service}, ${nameOf(missing)} has no subset with ${labels}`;
  return `both are the Service ${canary.service}, and both subsets select the same version`;
}
