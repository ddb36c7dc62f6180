import type { CallOptions } from "../ports/cluster.ts";
import type { Readiness, Versions } from "../ports/run-ports.ts";
import type { Surroundings } from "./backend-objects.ts";
import type { Site } from "./inspected-route.ts";
import { type Arms, armsFor, armsIn, around } from "./preflight/index.ts";
import { readinessOf } from "./ready-endpoints.ts";
import { fabricReader } from "./traffic-reporters.ts";

export type Lookout = {
  readonly readiness: (versions: Versions, options: CallOptions) => Promise<Readiness>;
  readonly arms: (versions: Versions, options: CallOptions) => Promise<Arms>;
};

/**
 * Both from one look. A turn asks first who is ready and then, if anything is measured, what the queries call the
 * versions: looking twice would double what every turn asks of the API server.
 */
export function lookout(site: Site): Lookout {
  let last: { readonly of: string; readonly found: Surroundings } | undefined;
  const fabricOf = fabricReader(site);
  const nameOf = ({ stable, canary }: Versions) => `${stable} ${canary}`;
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
