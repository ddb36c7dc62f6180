import type { CallOptions, Cluster, ReadResult } from "../cluster/cluster.ts";
import type { Finding } from "../rollout/observation.ts";
import type { KubeObject } from "../traffic/driver.ts";
import { listOf, member, textOf, textsOf } from "../traffic/fields.ts";
import type { Site } from "./index.ts";
import { placeOf } from "./surroundings.ts";

type Checked = { readonly findings: readonly Finding[]; readonly skipped: readonly string[] };
type Place = { readonly name: string; readonly namespace: string };

const gatewayApi = { group: "gateway.networking.k8s.io", version: "v1" } as const;
const nothing: Checked = { findings: [], skipped: [] };

/** Whether anything applies the route at all: some meshes take a route without a word and send traffic past it. */
export async function checkDataPlane(site: Site, object: KubeObject, options: CallOptions): Promise<Checked> {
  const services = servicesServed(site, object);
  const answers = await Promise.all(
    services.map(async (place) => [
      await checkWaypoint(site, place, options),
      await checkProfile(site, object, place, options),
    ]),
  );
  const all = answers.flat();
  return {
    findings: all.flatMap(({ findings }) => findings),
    skipped: [...new Set(all.flatMap(({ skipped }) => skipped))],
  };
}

/** The Services whose callers inside the mesh the route concerns: parents of a Gateway API route, hosts of a VirtualService. */
function servicesServed({ driver, resource: { namespace } }: Site, object: KubeObject): readonly Place[] {
  if (driver.group === gatewayApi.group) return parentServices(object, namespace);
  return isForMesh(object) ? hostsOf(object).flatMap((host) => placeOf(host) ?? []) : [];
}

function parentServices(object: KubeObject, namespace: string): readonly Place[] {
  return (listOf(member(object.spec, "parentRefs")) ?? []).flatMap((ref) => {
    const name = textOf(member(ref, "name"));
    const isService = textOf(member(ref, "kind")) === "Service" && (textOf(member(ref, "group")) ?? "") === "";
    return name === undefined || !isService ? [] : [{ name, namespace: textOf(member(ref, "namespace")) ?? namespace }];
  });
}

function isForMesh(object: KubeObject): boolean {
  const gateways = textsOf(member(object.spec, "gateways"));
  return gateways.length === 0 || gateways.includes("mesh");
}

function hostsOf(object: KubeObject): readonly string[] {
  const { namespace = "default" } = object.metadata;
  return textsOf(member(object.spec, "hosts")).map((host) =>
    host.includes(".") || host.includes("*") ? host : `${host}.${namespace}.svc.cluster.local`,
  );
}

const labelOf = (object: KubeObject | undefined, key: string): string | undefined => object?.metadata.labels?.[key];

/** In Istio's ambient mode only a waypoint reads routes; without one a route changes nothing. */
async function checkWaypoint(site: Site, place: Place, options: CallOptions): Promise<Checked> {
  const { cluster } = site;
  const core = { group: "", version: "v1" } as const;
  const [home, service] = await Promise.all([
    cluster.read({ ...core, plural: "namespaces", namespace: "", name: place.namespace }, options),
    cluster.read({ ...core, plural: "services", ...place }, options),
  ]);
  if (home.kind !== "found") {
    const because = home.kind === "absent" ? "it was not found" : home.because;
    const what = `whether namespace ${place.namespace} is in ambient mode could not be read`;
    return { findings: [], skipped: [`check skipped: ${what}: ${because}`] };
  }
  const found = service.kind === "found" ? service.object : undefined;
  if (labelOf(home.object, "istio.io/dataplane-mode") !== "ambient") return nothing;
  if (labelOf(found, "istio.io/dataplane-mode") === "none") return nothing;
  const name = labelOf(found, "istio.io/use-waypoint") ?? labelOf(home.object, "istio.io/use-waypoint");
  const title = `${place.namespace}/${place.name}`;
  if (name === undefined || name === "none") {
    const remedy = "Add label `istio.io/use-waypoint`, or route at the gateway.";
    return noDataPlane(`Nothing applies this route: Service ${title} has no waypoint. ${remedy}`);
  }
  const namespace =
    labelOf(found, "istio.io/use-waypoint-namespace") ??
    labelOf(home.object, "istio.io/use-waypoint-namespace") ??
    place.namespace;
  const waypoint = await cluster.read({ ...gatewayApi, plural: "gateways", namespace, name }, options);
  const missing = notProgrammed(waypoint);
  if (missing !== undefined) {
    const remedy = "Create it or repair it, or route at the gateway.";
    return noDataPlane(
      `Nothing applies this route: waypoint ${namespace}/${name} of Service ${title} ${missing}. ${remedy}`,
    );
  }
  if (waypoint.kind === "failed") {
    const what = `whether waypoint ${namespace}/${name} is programmed could not be read`;
    return { findings: [], skipped: [`check skipped: ${what}: ${waypoint.because}`] };
  }
  return checkMixed(site, place, options);
}

const noDataPlane = (message: string): Checked => ({ findings: [{ code: "no-l7-dataplane", message }], skipped: [] });

function notProgrammed(waypoint: ReadResult): string | undefined {
  if (waypoint.kind === "absent") return "does not exist";
  if (waypoint.kind === "failed") return undefined;
  const conditions = listOf(member(waypoint.object.status, "conditions")) ?? [];
  const programmed = conditions.find((one) => textOf(member(one, "type")) === "Programmed");
  return textOf(member(programmed, "status")) === "True" ? undefined : "is not Programmed";
}

/** On a waypoint both kinds of route for one Service are undefined behaviour. */
async function checkMixed({ cluster, driver, resource }: Site, place: Place, options: CallOptions): Promise<Checked> {
  const host = `${place.name}.${place.namespace}.svc.cluster.local`;
  const namespace = place.namespace;
  const isGateway = driver.group === gatewayApi.group;
  const others = isGateway
    ? await listed(
        cluster,
        { group: "networking.istio.io", version: "v1", plural: "virtualservices", namespace },
        options,
      )
    : [
        ...(await listed(cluster, { ...gatewayApi, plural: "httproutes", namespace }, options)),
        ...(await listed(cluster, { ...gatewayApi, plural: "grpcroutes", namespace }, options)),
      ];
  const rivals = others.filter((other) =>
    isGateway
      ? isForMesh(other) && hostsOf(other).includes(host)
      : parentServices(other, other.metadata.namespace ?? namespace).some(
          (parent) => parent.name === place.name && parent.namespace === place.namespace,
        ),
  );
  if (rivals.length === 0) return nothing;
  const names = rivals.map(
    (other) => `${other.kind ?? "route"} ${other.metadata.namespace ?? namespace}/${other.metadata.name}`,
  );
  const own = `${driver.kubeKind} ${resource.namespace}/${resource.name}`;
  const message = `${[own, ...names].join(" and ")} both route ${host}; Istio leaves the result undefined. Keep one kind.`;
  return { findings: [{ code: "mixed-route-apis", message }], skipped: [] };
}

async function listed(cluster: Cluster, resource: Parameters<Cluster["list"]>[0], options: CallOptions) {
  const answer = await cluster.list(resource, options);
  return answer.kind === "listed" ? answer.items : [];
}

/** Linkerd prefers a Service's own profile to any route. */
async function checkProfile(
  { cluster }: Site,
  object: KubeObject,
  place: Place,
  options: CallOptions,
): Promise<Checked> {
  const answered = (listOf(member(object.status, "parents")) ?? []).map((entry) =>
    textOf(member(entry, "controllerName")),
  );
  if (!answered.some((controller) => controller?.startsWith("linkerd.io/"))) return nothing;
  const name = `${place.name}.${place.namespace}.svc.cluster.local`;
  const profile = {
    group: "linkerd.io",
    version: "v1alpha2",
    plural: "serviceprofiles",
    namespace: place.namespace,
    name,
  };
  const answer = await cluster.read(profile, options);
  if (answer.kind === "failed") {
    return {
      findings: [],
      skipped: [`check skipped: whether a ServiceProfile overrides the route: ${answer.because}`],
    };
  }
  if (answer.kind === "absent") return nothing;
  const why = `ServiceProfile ${place.namespace}/${name} overrides it. Remove the profile`;
  return { findings: [{ code: "route-ignored", message: `Linkerd does not use this route: ${why}.` }], skipped: [] };
}
