import type { KubeObject } from "../../base/kube-object.ts";
import { listOf, member, textOf } from "../../base/read-fields.ts";
import { type Finding, finding } from "../../base/reasons/finding.ts";
import type { Reason } from "../../base/reasons/index.ts";
import { eachOnce, type Notice, notice } from "../../base/reasons/notice.ts";
import type { CallOptions, Cluster, ReadResult } from "../../ports/cluster.ts";
import { ambienceOf, type MeshScope } from "../ambient-mode.ts";
import type { InspectedRoute } from "../inspected-route.ts";
import { controllersOf, hostsOf, isForMesh, parentServices, servicesServed } from "../route-parents.ts";
import { checkFields, checkProfile, isLinkerd } from "./linkerd-compatibility.ts";

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };

const gatewayApi = { group: "gateway.networking.k8s.io", version: "v1" } as const;
const nothing: Checked = { findings: [], notices: [] };

/** Whether anything applies the route at all: some meshes take a route without a word and send traffic past it. */
export async function checkDataPlane(site: InspectedRoute, object: KubeObject, options: CallOptions): Promise<Checked> {
  const services = servicesServed(site.driver, object);
  const controllers = controllersOf(object);
  const answers = await Promise.all(
    services.map(async (place) => [
      await checkWaypoint(site, place, options),
      isLinkerd(controllers) ? await checkProfile(site.cluster, place, options) : nothing,
    ]),
  );
  const all = answers.flat();
  const unknown = isLinkerd(controllers) && services.length > 0 ? checkFields(object) : [];
  return {
    findings: [...all.flatMap(({ findings }) => findings), ...unknown],
    notices: eachOnce(all.flatMap(({ notices }) => notices)),
  };
}

/** In Istio's ambient mode only a waypoint reads routes; without one a route changes nothing. */
async function checkWaypoint(site: InspectedRoute, place: MeshScope, options: CallOptions): Promise<Checked> {
  const { cluster } = site;
  const ambience = await ambienceOf(cluster, place, options);
  const title = `${place.namespace}/${place.name}`;
  if (ambience.kind === "unread") return skipped("namespace-mode", place.namespace, ambience.reason);
  if (ambience.kind === "other")
    return ambience.unread === undefined ? nothing : skipped("pod-mode", title, ambience.unread);
  const { waypoint: bound } = ambience;
  if (bound === undefined) return noDataPlane({ service: title, state: "unbound" });
  const name = `${bound.namespace}/${bound.name}`;
  const waypoint = await cluster.read({ ...gatewayApi, plural: "gateways", ...bound }, options);
  const missing = notProgrammed(waypoint);
  if (missing !== undefined) return noDataPlane({ service: title, state: missing, waypoint: name });
  if (waypoint.kind === "failed") return skipped("waypoint", name, waypoint.reason);
  return checkMixed(site, place, options);
}

const noDataPlane = (data: Reason<"no-l7-dataplane">["data"]): Checked => ({
  findings: [finding("no-l7-dataplane", data)],
  notices: [],
});

const skipped = (check: Reason<"check-skipped">["data"]["check"], object: string, because: Reason): Checked => ({
  findings: [],
  notices: [notice("check-skipped", { check, object, because })],
});

function notProgrammed(waypoint: ReadResult): "absent" | "not-programmed" | undefined {
  if (waypoint.kind === "absent") return "absent";
  if (waypoint.kind === "failed") return undefined;
  const conditions = listOf(member(waypoint.object.status, "conditions")) ?? [];
  const programmed = conditions.find((one) => textOf(member(one, "type")) === "Programmed");
  return textOf(member(programmed, "status")) === "True" ? undefined : "not-programmed";
}

/** On a waypoint both kinds of route for one Service are undefined behaviour. */
async function checkMixed(
  { cluster, driver, resource }: InspectedRoute,
  place: MeshScope,
  options: CallOptions,
): Promise<Checked> {
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
  return { findings: [finding("mixed-route-apis", { objects: [own, ...names], host })], notices: [] };
}

async function listed(cluster: Cluster, resource: Parameters<Cluster["list"]>[0], options: CallOptions) {
  const answer = await cluster.list(resource, options);
  return answer.kind === "listed" ? answer.items : [];
}
