import type { Code } from "../rollout/codes.ts";
import { literally, quoted } from "./query.ts";

/** Who counts a request: the caller's proxy or gateway, the server's proxy, or a waypoint. Always exactly one of them. */
export type Reporter = "source" | "destination" | "waypoint";

type Labels = Readonly<Record<string, string>>;

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
  /** How many of its pods are ready, where somebody has looked. */
  readonly pods?: number;
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
  | {
      readonly kind: "selectors";
      readonly canary: string;
      readonly stable: string;
      /** Finds the series of both, and maybe some of neither: `versionOf` tells. */
      readonly both: string;
      readonly label: string;
      readonly versionOf: (labels: Labels) => "canary" | "stable" | undefined;
    }
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
  const twoServices = canary.service !== stable.service || canary.namespace !== stable.namespace;
  // The server's own proxy names one Service for a pod that stands behind several.
  if (twoServices && reporter !== "destination") {
    return selected(reporter, "destination_service_name", serviceOf(canary), serviceOf(stable));
  }
  const workloads = workloadsOf(canary, stable);
  if (workloads !== undefined) {
    const [ofCanary, ofStable] = workloads;
    return selected(reporter, "destination_workload", workloadOf(canary, ofCanary), workloadOf(stable, ofStable));
  }
  const revisions = twoServices ? [] : [revisionOf(canary), revisionOf(stable)];
  const [ofCanary, ofStable] = revisions;
  if (ofCanary !== undefined && ofStable !== undefined && ofCanary !== ofStable) {
    const label = "destination_canonical_revision";
    const select = (arm: Arm, revision: string) => [...serviceOf(arm), { name: label, values: [revision] }];
    return selected(reporter, label, select(canary, ofCanary), select(stable, ofStable));
  }
  return { kind: "refused", code: "metric-not-separable", because: inseparable(arms, revisions) };
}

/** The values that a label may have. Both versions are told apart by the same labels. */
type Matcher = { readonly name: string; readonly values: readonly string[] };

function selected(
  reporter: Reporter,
  label: string,
  canary: readonly Matcher[],
  stable: readonly Matcher[],
): Extract<Selectors, { kind: "selectors" }> {
  const by = (matchers: readonly Matcher[]) =>
    [{ name: "reporter", values: [reporter] }, ...matchers].map(written).join(",");
  const both = canary.map(({ name, values }, index) => {
    return { name, values: [...new Set([...values, ...(stable[index]?.values ?? [])])].sort() };
  });
  const fits = (labels: Labels, matchers: readonly Matcher[]) =>
    matchers.every(({ name, values }) => Object.hasOwn(labels, name) && values.includes(labels[name] ?? ""));
  return {
    kind: "selectors",
    canary: by(canary),
    stable: by(stable),
    both: by(both),
    label,
    versionOf: (labels) => (fits(labels, canary) ? "canary" : fits(labels, stable) ? "stable" : undefined),
  };
}

function written({ name, values }: Matcher): string {
  const [only] = values;
  return only !== undefined && values.length === 1
    ? `${name}=${quoted(only)}`
    : `${name}=~${quoted(values.map(literally).join("|"))}`;
}

function serviceOf({ service, namespace }: Arm): readonly Matcher[] {
  return [
    { name: "destination_service_name", values: [service] },
    { name: "destination_service_namespace", values: [namespace] },
  ];
}

function workloadOf({ namespace }: Arm, names: readonly string[]): readonly Matcher[] {
  return [
    { name: "destination_workload", values: names },
    { name: "destination_workload_namespace", values: [namespace] },
  ];
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
