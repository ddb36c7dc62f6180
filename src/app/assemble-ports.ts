import type { Code } from "../base/reasons/codes.ts";
import { openCluster } from "../cluster/api-client.ts";
import { evidenceFrom, freezeFrom, namedIn, outlook } from "../evidence/index.ts";
import { followDelegate } from "../inspection/delegate-lookup.ts";
import type { InspectedRoute } from "../inspection/inspected-route.ts";
import { preflightPort } from "../inspection/preflight/index.ts";
import { lookout, type VersionLookup } from "../inspection/version-lookup.ts";
import type { Cluster, ResourceName } from "../ports/cluster.ts";
import type { MetricSource, VersionTargets } from "../ports/metric-source.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { Ports } from "../ports/run-ports.ts";
import { driverFor } from "../routes/index.ts";
import { textOf } from "../text/index.ts";
import { extraPreflightChecks } from "./extra-preflight-checks.ts";
import { reachAlong } from "./follower-ports.ts";
import type { PreparedRun } from "./prepare-run.ts";
import type { ProcessContext } from "./process-context.ts";

/** The implementations of one run, and how to let go of them. */
type ChosenAdapters = { readonly ports: Omit<Ports, "tell" | "hasEnded">; readonly close: () => void };
export type Staging =
  | { readonly kind: "staged"; readonly stage: ChosenAdapters }
  /** Nothing was written. */
  | {
      readonly kind: "refused";
      readonly code: Code;
      readonly because: string;
    };

const discoveryTries = 5;
const discoveryPaceMs = 2_000;
/** Four checks are asked at once, each with its count: none of them may wait for a socket. */
const metricSockets = 8;

/** Chooses the implementations: cluster, lens, metric source. The first request of a run asks which versions are served. */
export async function chooseAdapters(
  host: ProcessContext,
  prepared: PreparedRun,
  onSecrets: (secrets: readonly string[]) => void,
  announce: Ports["announce"],
): Promise<Staging> {
  const { inputs, access } = prepared;
  const [ref] = inputs.routes;
  if (ref === undefined) return { kind: "refused", code: "input", because: "No route was given." };
  const known = driverFor(ref.kind);
  if (known.kind === "unknown") return { kind: "refused", code: "input", because: known.problem.message };
  const { driver } = known;
  const cluster = openCluster(access, { clock: host.clock, env: host.env, onSecrets });
  const version = await servedVersion(host, cluster, driver);
  if (version.kind === "refused") {
    cluster.close();
    return version;
  }
  const named: ResourceName = {
    group: driver.group,
    version: version.version,
    plural: driver.plural,
    namespace: ref.namespace,
    name: ref.name,
  };
  const asNamed: InspectedRoute = { cluster, driver, resource: named };
  const found = await siteOf(host, prepared, asNamed);
  if (found.kind === "refused") {
    cluster.close();
    return found;
  }
  const site: InspectedRoute = { ...found.site, together: inputs.routes };
  const { resource } = site;
  const route = `${resource.namespace}/${ref.kind}/${resource.name}`;
  const source = await metricSource(host, prepared);
  const { readiness, arms } = lookout(site);
  const findArms = async (...asked: Parameters<VersionLookup["arms"]>): Promise<VersionTargets> => ({
    ...(await arms(...asked)),
    namespace: resource.namespace,
    ...namedIn(inputs.plan?.metrics),
  });
  return {
    kind: "staged",
    stage: {
      ports: {
        cluster,
        driver: site.driver,
        resource,
        route,
        reach: reachAlong({
          cluster,
          first: { driver, version: version.version, route },
          together: inputs.routes,
          further: extraPreflightChecks(undefined, findArms, host.signal),
        }),
        clock: host.clock,
        random: host.random,
        preflight: preflightPort(site, extraPreflightChecks(source, findArms, host.signal)),
        readiness,
        evidence: evidenceFrom(source, findArms, host.clock),
        freeze: freezeFrom(source, findArms, host.clock),
        outlook,
        signal: host.signal,
        announce,
      },
      close: () => {
        source?.close();
        cluster.close();
      },
    },
  };
}

/** The route as it was named, or the delegate that holds its weights. */
async function siteOf(
  host: ProcessContext,
  { inputs }: PreparedRun,
  asNamed: InspectedRoute,
): Promise<{ readonly kind: "site"; readonly site: InspectedRoute } | Extract<Staging, { kind: "refused" }>> {
  const { followDelegates } = inputs;
  if (followDelegates === undefined) return { kind: "site", site: asNamed };
  for (let attempt = 1; ; attempt += 1) {
    const found = await followDelegate(asNamed, followDelegates.rules, { signal: host.signal });
    if (found.kind === "stays") return { kind: "site", site: asNamed };
    if (found.kind === "follows") {
      const { resource, root, driver } = found;
      return { kind: "site", site: { cluster: asNamed.cluster, driver, resource, root } };
    }
    if (found.code !== "cluster-unreachable" || attempt >= discoveryTries || host.signal.aborted) return found;
    await host.clock.sleep(discoveryPaceMs, host.signal);
  }
}

type Version = { readonly kind: "version"; readonly version: string } | Extract<Staging, { kind: "refused" }>;

async function servedVersion(host: ProcessContext, cluster: Cluster, driver: RouteAdapter): Promise<Version> {
  for (let attempt = 1; ; attempt += 1) {
    const byKind = driver.versionsByKind === true ? { plural: driver.plural } : {};
    const answer = await cluster.versions(driver.group, { signal: host.signal, ...byKind });
    if (answer.kind === "served") {
      const version = driver.versions.find((one) => answer.versions.includes(one));
      if (version !== undefined) return { kind: "version", version };
      const because =
        answer.versions.length === 0
          ? `The cluster serves ${driver.group} without ${driver.plural}: a ${driver.kubeKind} cannot be there. Check that its CRD is installed.`
          : `The cluster serves ${driver.group} in ${answer.versions.join(", ")}; Sluice knows ${driver.versions.join(", ")}.`;
      return { kind: "refused", code: "object-not-found", because };
    }
    if (answer.kind === "absent") {
      const because = `The cluster does not serve ${driver.group}: a ${driver.kubeKind} cannot be there. Check the context, and that its CRDs are installed.`;
      return { kind: "refused", code: "object-not-found", because };
    }
    // Reading API groups is open to every user, but a cluster may close it; the route's own read then says what is wrong.
    if (answer.status === 403) return { kind: "version", version: driver.versions[0] ?? "v1" };
    if (answer.status === 401 || attempt >= discoveryTries || host.signal.aborted) {
      return { kind: "refused", code: "cluster-unreachable", because: textOf(answer.reason) };
    }
    await host.clock.sleep(discoveryPaceMs, host.signal);
  }
}

/** Loaded only where a plan measures something: most commands need no metric client. */
async function metricSource(host: ProcessContext, { inputs }: PreparedRun): Promise<MetricSource | undefined> {
  const metrics = inputs.plan?.metrics;
  if (metrics === undefined) return undefined;
  const [{ providerNamed }, { agentFor }] = await Promise.all([
    import("../metrics/index.ts"),
    import("../network/http-agent.ts"),
  ]);
  const agent = agentFor(metrics.url, { env: host.env, maxSockets: metricSockets });
  return providerNamed(metrics.provider).open(metrics, {
    headers: inputs.metricHeaders,
    agents: metrics.url.startsWith("https:") ? { https: agent as never } : { http: agent },
    clock: host.clock,
  });
}
