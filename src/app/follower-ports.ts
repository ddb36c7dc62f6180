import type { RouteRef } from "../base/kube-object.ts";
import { routeTitle } from "../base/kube-object.ts";
import { reason } from "../base/reasons/index.ts";
import type { InspectedRoute } from "../inspection/inspected-route.ts";
import { type FurtherCheck, preflightPort } from "../inspection/preflight/index.ts";
import { lookout } from "../inspection/version-lookup.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { ReachFollower, RoutePorts } from "../ports/run-ports.ts";
import { followingMark } from "../rollout/record/annotations.ts";
import { driverFor, drivers } from "../routes/index.ts";
import { servedVersion } from "./served-version.ts";

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
    const route = routeTitle(ref);
    const before = reached.get(route);
    if (before !== undefined) return { kind: "reached", ports: before };
    const known = driverFor(ref.kind);
    if (known.kind === "unknown") {
      const unknown = reason("unknown-route-kind", { kind: ref.kind, known: Object.keys(drivers) });
      return { kind: "failed", reason: unknown, denied: false };
    }
    const { driver } = known;
    const asked = versions.get(driver.kind);
    const served = asked === undefined ? await servedVersion(cluster, driver, options) : undefined;
    if (served !== undefined && served.kind !== "version")
      return { kind: "failed", reason: served.reason, denied: false };
    const version = asked ?? served?.version ?? "";
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
