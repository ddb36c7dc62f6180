import { routeTitle } from "../base/kube-object.ts";
import type { Code } from "../base/reasons/codes.ts";
import type { Reason } from "../base/reasons/index.ts";
import { said } from "../base/reasons/said.ts";
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
import { extraPreflightChecks } from "./extra-preflight-checks.ts";
import { reachAlong } from "./follower-ports.ts";
import type { PreparedRun } from "./prepare-run.ts";
import type { ProcessContext } from "./process-context.ts";
import { type ServedVersion, servedVersion } from "./served-version.ts";

/** The implementations of one run, and how to let go of them. */
type ChosenAdapters = { readonly ports: Omit<Ports, "tell" | "hasEnded">; readonly close: () => void };
export type Staging =
  | { readonly kind: "staged"; readonly stage: ChosenAdapters }
  /** Nothing was written. */
  | {
      readonly kind: "refused";
      readonly code: Code;
      readonly reason: Reason;
    };

const refused = (code: Code, why: Reason): Extract<Staging, { kind: "refused" }> => ({
  kind: "refused",
  code,
  reason: why,
});

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
  if (ref === undefined) return refused("input", said("No route was given."));
  const known = driverFor(ref.kind);
  if (known.kind === "unknown") return refused("input", said(known.problem.message));
  const { driver } = known;
  const cluster = openCluster(access, { clock: host.clock, env: host.env, onSecrets });
  const version = await versionServed(host, cluster, driver);
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
  const route = routeTitle({ ...resource, kind: ref.kind });
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
    const { reason: why } = found.finding;
    if (why.code !== "cluster-unreachable" || attempt >= discoveryTries || host.signal.aborted)
      return refused(why.code, why);
    await host.clock.sleep(discoveryPaceMs, host.signal);
  }
}

type Version = Extract<ServedVersion, { kind: "version" }> | Extract<Staging, { kind: "refused" }>;

async function versionServed(host: ProcessContext, cluster: Cluster, driver: RouteAdapter): Promise<Version> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await servedVersion(cluster, driver, { signal: host.signal });
    if (answer.kind === "version") return answer;
    if (answer.kind === "not-served") return refused("object-not-found", answer.reason);
    if (answer.status === 401 || attempt >= discoveryTries || host.signal.aborted)
      return refused("cluster-unreachable", answer.reason);
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
