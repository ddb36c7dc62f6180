import type { CallOptions } from "../../ports/cluster.ts";
import type { KubeObject, Protocol } from "../../ports/route-adapter.ts";
import type { Preflight, Readiness, Versions } from "../../ports/run-ports.ts";
import type { Finding, Selection } from "../../rollout/observation.ts";
import { withoutForced } from "../../rollout/overridable-refusals.ts";
import type { Millis, Plan } from "../../rollout/plan.ts";
import { lookAround, type Surroundings } from "../backend-objects.ts";
import { faced } from "../delegate-lookup.ts";
import type { Site } from "../inspected-route.ts";
import { type Arm, armOf, readinessOf } from "../ready-endpoints.ts";
import type { Fabric } from "../traffic-reporters.ts";
import { checkRivals } from "./competing-routes.ts";
import { checkReferences } from "./cross-namespace-references.ts";
import { checkDestinations } from "./destinations-ready.ts";
import { tryAll } from "./dry-run.ts";
import { checkCredential, checkRights } from "./permissions-and-credential.ts";
import { checkDataPlane } from "./route-applied.ts";

export type Arms = Pick<Fabric, "reporter"> &
  Partial<Pick<Fabric, "route" | "controllers" | "hosts">> & {
    readonly stable: Arm;
    readonly canary: Arm;
    readonly protocol: Protocol;
  };

/** A check that somebody else owns: who writes this object besides us, whether the metric queries answer. */
export type FurtherCheck = (
  object: KubeObject,
  plan: Plan,
  selection: Selection,
  now: Millis | undefined,
) => Promise<{ readonly findings: readonly Finding[]; readonly notes: readonly string[] }>;

export const around = (
  { cluster, driver, resource }: Site,
  versions: Versions,
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
  async (versions: Versions, options: CallOptions): Promise<Readiness> =>
    readinessOf(await around(site, versions, options));

/** The two versions as metric queries name them, with what the route says of who counts them. */
export const armsFor = async (
  site: Site,
  versions: Versions,
  options: CallOptions,
  fabric: Fabric | undefined = undefined,
): Promise<Arms> => armsIn(site, versions, await around(site, versions, options), fabric);

export function armsIn({ driver }: Site, versions: Versions, found: Surroundings, fabric: Fabric | undefined): Arms {
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

/** Everything that can be known before the first request is moved. Writes nothing. */
export const preflightPort =
  (site: Site, further: readonly FurtherCheck[]): Preflight =>
  async (object, plan, states, selection, now, options, stretch) => {
    const { cluster, resource } = site;
    const [rights, found, rivals, references, dataPlane, extra] = await Promise.all([
      checkRights(cluster, resource, options),
      around(site, selection, options),
      checkRivals(site, object, selection, options),
      checkReferences(site, selection, options),
      checkDataPlane(site, faced(site, object, []).object, options),
      Promise.all(further.map((check) => check(object, plan, selection, now))),
    ]);
    // All routes are reached with one credential: it is looked at for the first of them.
    const nothing = { findings: [], notes: [] };
    const credential = site.mark === undefined ? checkCredential(cluster.credential(), stretch, now) : nothing;
    const destinations = checkDestinations(found);
    const before = [
      ...credential.findings,
      ...rights.findings,
      ...extra.flatMap((one) => one.findings),
      ...rivals.findings,
      ...destinations.findings,
      ...references.findings,
      ...dataPlane.findings,
    ];
    const tried =
      rights.findings.length > 0 ? { findings: [], warnings: [] } : await tryAll(site, object, states, options);
    const { left, notes } = withoutForced([...before, ...tried.findings], plan.target.force);
    return {
      findings: left,
      notes: [
        ...notes,
        ...credential.notes,
        ...rights.skipped,
        ...extra.flatMap((one) => one.notes),
        ...rivals.skipped,
        ...rivals.notes,
        ...destinations.skipped,
        ...references.skipped,
        ...dataPlane.skipped,
        ...tried.warnings.map((warning) => `the cluster warns: ${warning}`),
      ],
    };
  };
