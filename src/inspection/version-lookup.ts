import type { CallOptions } from "../ports/cluster.ts";
import type { Protocol } from "../ports/route-adapter.ts";
import type { Readiness, VersionPair } from "../ports/run-ports.ts";
import { type BackendObjects, readBackendObjects } from "./backend-objects.ts";
import type { InspectedRoute } from "./inspected-route.ts";
import { armOf, readinessOf, type VersionBackend } from "./ready-endpoints.ts";
import { fabricReader, type TrafficReporters } from "./traffic-reporters.ts";

type VersionLookupResult = Pick<TrafficReporters, "reporter"> &
  Partial<Pick<TrafficReporters, "route" | "controllers" | "hosts">> & {
    readonly stable: VersionBackend;
    readonly canary: VersionBackend;
    readonly protocol: Protocol;
  };

export const around = (
  { cluster, driver, resource }: InspectedRoute,
  versions: VersionPair,
  options: CallOptions,
): Promise<BackendObjects> =>
  readBackendObjects(
    cluster,
    resource.namespace,
    { stable: driver.parts(versions.stable), canary: driver.parts(versions.canary) },
    resource.version,
    options,
  );

/** Who is ready behind both versions, now. */
export const readinessPort =
  (site: InspectedRoute) =>
  async (versions: VersionPair, options: CallOptions): Promise<Readiness> =>
    readinessOf(await around(site, versions, options));

/** The two versions as metric queries name them, with what the route says of who counts them. */
export const armsFor = async (
  site: InspectedRoute,
  versions: VersionPair,
  options: CallOptions,
  fabric: TrafficReporters | undefined = undefined,
): Promise<VersionLookupResult> => armsIn(site, versions, await around(site, versions, options), fabric);

function armsIn(
  { driver }: InspectedRoute,
  versions: VersionPair,
  found: BackendObjects,
  fabric: TrafficReporters | undefined,
): VersionLookupResult {
  const protocol = driver.protocol(versions.rules ?? []);
  const { reporter, route, controllers, hosts } = fabric ?? {};
  return {
    stable: armOf(found, found.stable, fabric),
    canary: armOf(found, found.canary, fabric),
    protocol,
    ...(reporter === undefined ? {} : { reporter }),
    ...(route === undefined ? {} : { route }),
    ...(controllers === undefined ? {} : { controllers }),
    ...(hosts === undefined ? {} : { hosts }),
  };
}

export type VersionLookup = {
  readonly readiness: (versions: VersionPair, options: CallOptions) => Promise<Readiness>;
  readonly arms: (versions: VersionPair, options: CallOptions) => Promise<VersionLookupResult>;
};

/**
 * Both from one look. A turn asks first who is ready and then, if anything is measured, what the queries call the
 * versions: looking twice would double what every turn asks of the API server.
 */
export function lookout(site: InspectedRoute): VersionLookup {
  let last: { readonly of: string; readonly found: BackendObjects } | undefined;
  const fabricOf = fabricReader(site);
  const nameOf = ({ stable, canary }: VersionPair) => `${stable} ${canary}`;
  return {
    async readiness(versions, options) {
      last = undefined;
      const found = await around(site, versions, options);
      last = { of: nameOf(versions), found };
      return readinessOf(found);
    },
    async arms(versions, options) {
      const fabric = await fabricOf(versions, options);
      if (last?.of === nameOf(versions)) return armsIn(site, versions, last.found, fabric);
      return armsFor(site, versions, options, fabric);
    },
  };
}
