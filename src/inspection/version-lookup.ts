import type { CallOptions } from "../ports/cluster.ts";
import type { Protocol } from "../ports/route-adapter.ts";
import type { Readiness, VersionPair } from "../ports/run-ports.ts";
import { lookAround, type Surroundings } from "./backend-objects.ts";
import type { Site } from "./inspected-route.ts";
import { type Arm, armOf, readinessOf } from "./ready-endpoints.ts";
import { type Fabric, fabricReader } from "./traffic-reporters.ts";

export type Arms = Pick<Fabric, "reporter"> &
  Partial<Pick<Fabric, "route" | "controllers" | "hosts">> & {
    readonly stable: Arm;
    readonly canary: Arm;
    readonly protocol: Protocol;
  };

export const around = (
  { cluster, driver, resource }: Site,
  versions: VersionPair,
  options: CallOptions,
): Promise<Surroundings> =>
  lookAround(
    cluster,
    resource.namespace,
    { stable: driver.parts(versions.stable), canary: driver.parts(versions.canary) },
    resource.version,
    options,
  );

/** Who is ready behind both versions, now. */
export const readinessPort =
  (site: Site) =>
  async (versions: VersionPair, options: CallOptions): Promise<Readiness> =>
    readinessOf(await around(site, versions, options));

/** The two versions as metric queries name them, with what the route says of who counts them. */
export const armsFor = async (
  site: Site,
  versions: VersionPair,
  options: CallOptions,
  fabric: Fabric | undefined = undefined,
): Promise<Arms> => armsIn(site, versions, await around(site, versions, options), fabric);

export function armsIn({ driver }: Site, versions: VersionPair, found: Surroundings, fabric: Fabric | undefined): Arms {
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

export type Lookout = {
  readonly readiness: (versions: VersionPair, options: CallOptions) => Promise<Readiness>;
  readonly arms: (versions: VersionPair, options: CallOptions) => Promise<Arms>;
};

/**
 * Both from one look. A turn asks first who is ready and then, if anything is measured, what the queries call the
 * versions: looking twice would double what every turn asks of the API server.
 */
export function lookout(site: Site): Lookout {
  let last: { readonly of: string; readonly found: Surroundings } | undefined;
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
