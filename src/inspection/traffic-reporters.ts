import type { KubeObject } from "../base/kube-object.ts";
import { listOf, member, textOf } from "../base/read-fields.ts";
import type { CallOptions, Cluster, ResourceName } from "../ports/cluster.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { VersionPair } from "../ports/run-ports.ts";
import type { MetricReporter } from "../rollout/data-planes-and-reporters.ts";
import type { DestinationId, RecordedRule } from "../rollout/rollout-state.ts";
import { ambienceOf } from "./ambient-mode.ts";
import { faced } from "./delegate-lookup.ts";
import { controllersOf, gatewayGroup, hostsOf, servicesServed } from "./route-parents.ts";

/** What the route itself says of who counts its requests. */
export type TrafficReporters = {
  readonly route: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly controllers: readonly string[];
  /** The hosts that a VirtualService serves, in full: a request that it cannot place is counted by what its caller asked for. */
  readonly hosts: readonly string[];
  /** Who counts, where that is not the caller's side. */
  readonly reporter?: MetricReporter;
  /** Clusters that a gateway makes of one version alone in each selected rule; none where it makes none. */
  readonly clustersOf: (id: DestinationId) => readonly string[];
};

type Sought = {
  readonly cluster: Cluster;
  readonly driver: RouteAdapter;
  readonly resource: ResourceName;
  readonly root?: KubeObject;
};

/**
 * Reads what the route says where it is first asked for, and keeps what does not change within a run. Where a gateway counts
 * by the place of a rule, the object is read anew: a rule may have moved.
 */
export function fabricReader({ cluster, driver, resource, root }: Sought) {
  const route = { kind: driver.kubeKind, namespace: resource.namespace, name: resource.name };
  const isGateway = driver.group === gatewayGroup;
  let known: { readonly object: KubeObject; readonly reporter: MetricReporter | undefined } | undefined;
  return async ({ rules = [] }: VersionPair, options: CallOptions): Promise<TrafficReporters> => {
    const isByPlace = known !== undefined && isGateway && controllersOf(known.object).some(countsByPlace);
    const read = known === undefined || isByPlace ? await cluster.read(resource, options) : undefined;
    if (read?.kind === "found") {
      const object = faced({ driver, ...(root === undefined ? {} : { root }) }, read.object, []).object;
      const reporter = known === undefined ? await reporterFor(cluster, driver, object, options) : known.reporter;
      known = { object, reporter };
    }
    if (known === undefined) return { route, controllers: [], hosts: [], clustersOf: () => [] };
    const { object, reporter } = known;
    return {
      route,
      controllers: isGateway ? controllersOf(object) : [],
      hosts: hostsOf(object),
      ...(reporter === undefined ? {} : { reporter }),
      clustersOf: (id) => (isGateway ? clustersIn(object, route, rules, id) : []),
    };
  };
}

const countsByPlace = (controller: string) => controller.startsWith("gateway.envoyproxy.io/");

/** A route of a Service in ambient mode is applied by the Service's waypoint, and counted there. */
async function reporterFor(
  cluster: Cluster,
  driver: RouteAdapter,
  object: KubeObject,
  options: CallOptions,
): Promise<MetricReporter | undefined> {
  for (const place of servicesServed(driver, object)) {
    const ambience = await ambienceOf(cluster, place, options);
    if (ambience.kind === "ambient" && ambience.waypoint !== undefined) return "waypoint";
  }
  return undefined;
}

/**
 * Envoy Gateway makes one cluster of a rule. Only where a backend of the rule has filters does each backend get its own,
 * called by the places of both.
 */
function clustersIn(
  object: KubeObject,
  { kind, namespace, name }: TrafficReporters["route"],
  rules: readonly RecordedRule[],
  id: DestinationId,
): readonly string[] {
  const names = rules.map(({ index, destinations }) => {
    const refs = listOf(member(listOf(member(object.spec, "rules"))?.[index], "backendRefs")) ?? [];
    const place = destinations.indexOf(id);
    const isThere = id.startsWith(`${textOf(member(refs[place], "name"))}.`);
    const isSplit = refs.some((ref) => (listOf(member(ref, "filters")) ?? []).length > 0);
    return isThere && isSplit ? `${kind.toLowerCase()}/${namespace}/${name}/rule/${index}/backend/${place}` : undefined;
  });
  return names.some((one) => one === undefined) ? [] : names.filter((one) => one !== undefined);
}
