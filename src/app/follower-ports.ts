import type { RouteRef } from "../base/kube-object.ts";
import type { InspectedRoute } from "../inspection/inspected-route.ts";
import { type FurtherCheck, preflightPort } from "../inspection/preflight/index.ts";
import { lookout } from "../inspection/version-lookup.ts";
import type { Cluster, VersionsResult } from "../ports/cluster.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { ReachFollower, RoutePorts } from "../ports/run-ports.ts";
import { followingMark } from "../rollout/record/annotations.ts";
import { driverFor } from "../routes/index.ts";
import { clauseOf } from "../text/index.ts";

type FollowerPortsOptions = {
  readonly cluster: Cluster;
  /** The first route, and the version in which it is served. */
  readonly first: { readonly driver: RouteAdapter; readonly version: string; readonly route: string };
  readonly together: readonly RouteRef[];
  readonly further: readonly FurtherCheck[];
};

type Found = Awaited<ReturnType<ReachFollower>>;

/** The ports of a route that moves along. Which version is served is asked once a kind; what failed is asked again in the next turn. */
export function reachAlong({ cluster, first, together, further }: FollowerPortsOptions): ReachFollower {
  const reached = new Map<string, RoutePorts>();
  const versions = new Map([[first.driver.kind, first.version]]);
  return async (ref, options): Promise<Found> => {
    const route = `${ref.namespace}/${ref.kind}/${ref.name}`;
    const before = reached.get(route);
    if (before !== undefined) return { kind: "reached", ports: before };
    const known = driverFor(ref.kind);
    if (known.kind === "unknown") return { kind: "failed", because: known.problem.message, denied: false };
    const { driver } = known;
    const version = versions.get(driver.kind) ?? (await versionOf(cluster, driver, options));
    if (typeof version !== "string") return version;
    versions.set(driver.kind, version);
    const { group, plural } = driver;
    const resource = { group, version, plural, namespace: ref.namespace, name: ref.name };
    const site: InspectedRoute = { cluster, driver, resource, together, mark: followingMark(first.route) };
    const ports = {
      driver,
      resource,
      route,
      preflight: preflightPort(site, further),
      readiness: lookout(site).readiness,
    };
    reached.set(route, ports);
    return { kind: "reached", ports };
  };
}

type Failed = Extract<Found, { kind: "failed" }>;

async function versionOf(
  cluster: Cluster,
  driver: RouteAdapter,
  options: Parameters<ReachFollower>[1],
): Promise<string | Failed> {
  const byKind = driver.versionsByKind === true ? { plural: driver.plural } : {};
  const answer: VersionsResult = await cluster.versions(driver.group, { ...options, ...byKind });
  const failed = (because: string): Failed => ({ kind: "failed", because, denied: false });
  if (answer.kind === "absent")
    return failed(`The cluster does not serve ${driver.group}: a ${driver.kubeKind} cannot be there.`);
  if (answer.kind === "served") {
    const served = driver.versions.find((one) => answer.versions.includes(one));
    return served ?? failed(`The cluster serves ${driver.plural} in no version that Sluice knows.`);
  }
  // Reading API groups is open to every user, but a cluster may close it; the route's own read then says what is wrong.
  return answer.status === 403 ? (driver.versions[0] ?? "v1") : failed(clauseOf(answer.reason));
}
