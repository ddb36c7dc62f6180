import type { KubeObject, RouteRef } from "../../base/kube-object.ts";
import { fieldsOf, member } from "../../base/read-fields.ts";
import { placeOf } from "../../inspection/backend-objects.ts";
import {
  hostsOfEntry,
  labelsIn,
  matches,
  servicePorts,
  serviceSelector,
  subsetRule,
  workloadOf,
} from "../../inspection/object-fields.ts";
import type { DestinationParts } from "../../ports/route-adapter.ts";
import { resolveHost } from "../../routes/destination-id.ts";
import type { PerArm, Scenario, ScenarioArm } from "../../simulator/scenario/scenario.ts";
import type { Backend } from "../../simulator/traffic/metric-labels.ts";
import {
  type BackendName,
  type Endpoint,
  madeDestinationRule,
  madePods,
  madeService,
  madeServiceEntry,
  madeSlice,
  type ObjectLabels,
} from "./made-up.ts";

const arms: readonly ScenarioArm[] = ["stable", "canary"];

/** What is known of a scene while it is set: made up things are added here, and said. */
export type ObjectsAround = {
  readonly given: readonly KubeObject[];
  readonly made: KubeObject[];
  readonly said: string[];
};

/** The same, seen from one route. */
export type SimulatedBackends = ObjectsAround & {
  /** What was made up for the routes before this one. */
  readonly former: readonly KubeObject[];
  readonly ref: RouteRef;
  readonly scenario: Scenario;
};

/** One version, and what stands behind it. */
type VersionObjects = {
  readonly parts: DestinationParts;
  readonly place: BackendName | undefined;
  readonly ports: readonly number[];
  readonly labels: ObjectLabels;
  readonly workload: string;
  readonly pods: readonly string[];
};

export function sidesOf(
  around: SimulatedBackends,
  stable: DestinationParts,
  canary: DestinationParts,
): PerArm<VersionObjects> {
  const parts = { stable, canary };
  for (const arm of arms) ensureService(around, parts[arm], parts);
  ensureSubsets(around, parts);
  return { stable: sideOf(around, "stable", stable), canary: sideOf(around, "canary", canary) };
}

const everything = (around: ObjectsAround) => [...around.given, ...around.made];

const serviceAt = (around: SimulatedBackends, { name, namespace }: BackendName): KubeObject | undefined =>
  everything(around).findLast(
    ({ kind, metadata }) => kind === "Service" && metadata.name === name && metadata.namespace === namespace,
  );

function ensureService(
  around: SimulatedBackends,
  { host, port }: DestinationParts,
  both: PerArm<DestinationParts>,
): void {
  const place = placeOf(host);
  if (place === undefined) {
    const known = everything(around).some(
      (object) => object.kind === "ServiceEntry" && hostsOfEntry(object).includes(host),
    );
    if (known) return;
    around.made.push(madeServiceEntry(host.replaceAll(/[^a-z0-9-]/g, "-"), around.ref.namespace, host));
    around.said.push(`ServiceEntry for ${host}`);
    return;
  }
  if (serviceAt(around, place) !== undefined) return;
  const ports = [port, ...arms.map((arm) => (both[arm].host === host ? both[arm].port : undefined))];
  const named = [...new Set(ports.filter((one) => one !== undefined))];
  around.made.push(
    madeService(place, { app: place.name }, named.length === 0 ? [80] : named, around.scenario.protocol),
  );
  around.said.push(`Service ${place.name}`);
}

/** A DestinationRule that lacks a subset is a mistake to be found; that there is none at all means that it was not given. */
function ensureSubsets(around: SimulatedBackends, parts: PerArm<DestinationParts>): void {
  const hosts = new Set(arms.filter((arm) => parts[arm].subset !== undefined).map((arm) => parts[arm].host));
  for (const host of hosts) {
    const subsets = [...new Set(arms.flatMap((arm) => (parts[arm].host === host ? (parts[arm].subset ?? []) : [])))];
    if (rulesFor(around, host).length > 0) {
      extendMade(around, host, subsets);
      continue;
    }
    const name = placeOf(host)?.name ?? host.replaceAll(/[^a-z0-9-]/g, "-");
    around.made.push(madeDestinationRule(name, around.ref.namespace, host, subsets));
    around.said.push(`DestinationRule ${name} (${subsets.join(", ")})`);
  }
}

/** What was made up for an earlier route lacks a subset because nobody had asked for it yet. */
function extendMade({ former, made, said }: SimulatedBackends, host: string, subsets: readonly string[]): void {
  for (const [index, object] of made.entries()) {
    const rule = former.includes(object) && object.kind === "DestinationRule" ? subsetRule(object) : undefined;
    if (rule === undefined || resolveHost(rule.host, rule.namespace) !== host) continue;
    const { name, namespace = "" } = object.metadata;
    const added = subsets.filter((subset) => !rule.subsets.has(subset));
    if (added.length === 0) continue;
    made[index] = madeDestinationRule(name, namespace, rule.host, [...rule.subsets.keys(), ...added]);
    said.push(`${added.join(", ")} in DestinationRule ${name}`);
  }
}

function rulesFor(around: SimulatedBackends, host: string) {
  return everything(around).flatMap((object) => {
    const rule = object.kind === "DestinationRule" ? subsetRule(object) : undefined;
    return rule !== undefined && resolveHost(rule.host, rule.namespace) === host ? [rule] : [];
  });
}

function sideOf(around: SimulatedBackends, arm: ScenarioArm, parts: DestinationParts): VersionObjects {
  const place = placeOf(parts.host);
  const service = place === undefined ? undefined : serviceAt(around, place);
  const subset = parts.subset === undefined ? {} : subsetLabels(around, parts.host, parts.subset);
  const selector = (service === undefined ? undefined : serviceSelector(service)) ?? {};
  const wanted: ObjectLabels = { ...selector, ...subset };
  const template = templateFor(around, place?.namespace, wanted);
  const labels = { ...template?.labels, ...wanted };
  const ports = service === undefined ? [] : servicePorts(service).map(({ port }) => port);
  const known = podsLike(around, place?.namespace, wanted);
  const fallback =
    place === undefined || parts.subset === undefined ? (place?.name ?? parts.host) : `${place.name}-${parts.subset}`;
  const workload = known.map(workloadOf).find((name) => name !== undefined) ?? template?.name ?? fallback;
  const side = { parts, place, ports, labels, workload };
  if (known.length > 0)
    return { ...side, labels: known[0]?.metadata.labels ?? labels, pods: known.map(({ metadata }) => metadata.name) };
  if (place === undefined) return { ...side, pods: [] };
  const named = freeName(around, place.namespace, workload);
  const pods = madePods(place.namespace, named, labels, around.scenario.pods[arm]);
  around.made.push(...pods);
  around.said.push(`${pods.length} ${pods.length === 1 ? "pod" : "pods"} of ${named}`);
  return { ...side, workload: named, pods: pods.map(({ metadata }) => metadata.name) };
}

/** Another route may have a workload of this name already, with other labels. */
function freeName({ former, ref }: SimulatedBackends, namespace: string, workload: string): string {
  const isTaken = former.some(
    (object) => object.kind === "Pod" && object.metadata.namespace === namespace && workloadOf(object) === workload,
  );
  return isTaken ? `${workload}-${ref.kind}` : workload;
}

const subsetLabels = (around: SimulatedBackends, host: string, subset: string): ObjectLabels =>
  rulesFor(around, host)
    .map((rule) => rule.subsets.get(subset))
    .find((labels) => labels !== undefined) ?? {};

function podsLike(
  around: SimulatedBackends,
  namespace: string | undefined,
  wanted: ObjectLabels,
): readonly KubeObject[] {
  if (Object.keys(wanted).length === 0) return [];
  return [...around.given, ...around.former].filter(
    ({ kind, metadata }) => kind === "Pod" && metadata.namespace === namespace && matches(metadata.labels, wanted),
  );
}

/** The Deployment of the user's own whose pods this version would select. */
function templateFor(around: SimulatedBackends, namespace: string | undefined, wanted: ObjectLabels) {
  if (Object.keys(wanted).length === 0) return undefined;
  const templates = around.given.flatMap((object) => {
    if (object.kind !== "Deployment" || object.metadata.namespace !== namespace) return [];
    const template = member(object.spec, "template");
    const labels =
      fieldsOf(template) === undefined ? undefined : labelsIn(member(member(template, "metadata"), "labels"));
    return labels !== undefined && matches(labels, wanted) ? [{ name: object.metadata.name, labels }] : [];
  });
  return templates[0];
}

export function backendOf(side: VersionObjects | undefined, ref: RouteRef, subset: string): Backend {
  if (side === undefined) return { host: resolveHost(ref.name, ref.namespace), subset };
  const version = side.labels["version"] ?? side.labels["app.kubernetes.io/version"];
  return {
    host: side.parts.host,
    workload: side.workload,
    ...(side.parts.subset === undefined ? {} : { subset: side.parts.subset }),
    ...(version === undefined ? {} : { version }),
  };
}

/** One slice for each Service that has none of the user's own. Routes that share a Service share its slice. */
export function slicesOf(
  routes: readonly PerArm<VersionObjects>[],
  ready: PerArm<number>,
  given: readonly KubeObject[],
): readonly KubeObject[] {
  const slices = new Map<string, Slice>();
  for (const sides of routes) {
    const byService = Map.groupBy(
      arms.filter((arm) => sides[arm].place !== undefined),
      (arm) => `${sides[arm].place?.namespace}/${sides[arm].place?.name}`,
    );
    for (const [name, behind] of byService) {
      const [first] = behind;
      const place = first === undefined ? undefined : sides[first].place;
      if (first === undefined || place === undefined || hasSlices(given, place)) continue;
      const { ports, endpoints: before } = slices.get(name) ?? { ports: sides[first].ports, endpoints: [] };
      const known = new Set(before.map(({ pod }) => pod));
      const endpoints = behind.flatMap((arm) =>
        sides[arm].pods.map((pod, index): Endpoint => ({ pod, ready: index < ready[arm] })),
      );
      slices.set(name, { place, ports, endpoints: [...before, ...endpoints.filter(({ pod }) => !known.has(pod))] });
    }
  }
  return [...slices.values()].map(({ place, ports, endpoints }) => madeSlice(place, ports, endpoints));
}

type Slice = {
  readonly place: BackendName;
  readonly ports: readonly number[];
  readonly endpoints: readonly Endpoint[];
};

const hasSlices = (given: readonly KubeObject[], { name, namespace }: BackendName): boolean =>
  given.some(
    ({ kind, metadata }) =>
      kind === "EndpointSlice" &&
      metadata.namespace === namespace &&
      metadata.labels?.["kubernetes.io/service-name"] === name,
  );
