import { canonicalText, contentDigest } from "../base/content-digest.ts";
import type { KubeObject } from "../base/kube-object.ts";
import { fieldsOf, listOf, member, textOf, textsOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { placeOf } from "../rollout/same-destination.ts";
import { layout, meshEntries } from "./build-diagram.ts";
import { rivalsOf, type TrafficClaim } from "./competing-virtualservices.ts";
import { destinationsNamed, partsOf, resolveHost } from "./destination-id.ts";
import { routeDriver } from "./make-adapter.ts";
import {
  type AdapterParts,
  type DestinationView,
  malformed,
  namespaceOf,
  type RouteShape,
  type RouteView,
  type RuleView,
  titleOf,
} from "./route-view.ts";
import { checkMatch, entryOf, exampleOf, idLike, mirrorsOf, readDestination } from "./virtualservice-destination.ts";
import { type Block, readBlock, resolveGateway } from "./virtualservice-match.ts";
import { reachInOrder } from "./virtualservice-precedence.ts";
import { readStreams } from "./virtualservice-tcp-tls-rules.ts";

const virtualServiceShape: RouteShape = {
  kind: "virtualservice",
  kubeKind: "VirtualService",
  group: "networking.istio.io",
  plural: "virtualservices",
  versions: ["v1", "v1beta1", "v1alpha3"],
  lists: ["http", "tls", "tcp"],
  listNamed: (prefix) => virtualServiceShape.lists.find((list) => list === prefix),
  selectors: ["http/NAME", "http/INDEX", "tcp/PORT", "tls/SNI-HOST"],
  members: "route",
  total: 100,
  loneGetsAll: true,
  protocolOf: (list) => (list === "tcp" || list === "tls" ? list : "http"),
  parts: partsOf,
  named: destinationsNamed,
  exampleOf,
  idLike,
  entryOf,
};

export const virtualServiceLens: AdapterParts = { shape: virtualServiceShape, read };

export const virtualservice: RouteAdapter = {
  ...routeDriver(virtualServiceLens),
  layout: (object, state) => layout(virtualServiceLens, object, state, meshEntries(entryPathsOf(object))),
  rivals: (object, others, { stable, canary }) =>
    rivalsOf(
      servedBy(object, stable, canary),
      others.map((other) => servedBy(other, stable, canary)),
      stable,
    ),
};

function servedBy(object: KubeObject, stable: DestinationId, canary: DestinationId): TrafficClaim {
  const metadata = member(object, "metadata");
  const title = `${namespaceOf(object)}/${textOf(member(metadata, "name")) ?? ""}`;
  const splits = read(object).rules.some(({ destinations }) => {
    const ids = destinations.map(({ id }) => id);
    return placeOf(ids, stable) >= 0 && placeOf(ids, canary) >= 0;
  });
  const order = `${textOf(member(metadata, "creationTimestamp")) ?? ""} ${title}`;
  return { title, hosts: hostsOf(object), paths: entryPathsOf(object), splits, order };
}

/** Where traffic enters: the sidecars (`mesh`), or gateways as `NAMESPACE/NAME`. Without `gateways` it is the mesh alone. */
export function entryPathsOf(object: KubeObject): readonly string[] {
  const namespace = namespaceOf(object);
  const gateways = textsOf(member(specOf(object), "gateways")).map((gateway) => resolveGateway(gateway, namespace));
  return gateways.length === 0 ? ["mesh"] : [...new Set(gateways)];
}

/** The hosts that an object serves, in full. A delegate has none: the object that delegates to it names them. */
export function hostsOf(object: KubeObject): readonly string[] {
  return textsOf(member(specOf(object), "hosts")).map((host) => resolveHost(host, namespaceOf(object)));
}

function read(object: KubeObject): RouteView {
  const namespace = namespaceOf(object);
  const problems: Finding[] = [];
  const lists = listsOf(object, problems);
  const http = lists.get("http") ?? [];
  const names = countNames(http);
  const rules = [
    ...http.map((value, index) => readRule(value, index, { namespace, names, problems })),
    ...(["tls", "tcp"] as const).flatMap((list) => readStreams(lists.get(list) ?? [], list, namespace, problems)),
  ];
  const matches = () => new Map(rules.map((rule) => [rule, readMatch(lists.get(rule.list)?.[rule.index], namespace)]));
  return {
    title: titleOf(object, virtualServiceShape.kubeKind),
    namespace,
    rules,
    problems,
    reach: reachInOrder(entryPathsOf(object), matches),
    warnings: hostWarnings(object),
  };
}

const specOf = (object: KubeObject): unknown => member(object, "spec");

/** The lists of rules that are there. An object needs none of them in particular, but one of them. */
function listsOf(object: KubeObject, problems: Finding[]): ReadonlyMap<string, readonly unknown[]> {
  const spec = specOf(object);
  const found = new Map<string, readonly unknown[]>();
  if (fieldsOf(spec) === undefined) problems.push(malformed("spec", "map"));
  for (const list of virtualServiceShape.lists) {
    const value = member(spec, list);
    const entries = listOf(value);
    if (entries !== undefined && entries.length > 0) found.set(list, entries);
    else if (value !== undefined && entries === undefined) problems.push(malformed(`spec.${list}`, "rules"));
  }
  if (found.size === 0 && problems.length === 0) problems.push(malformed("spec.http", "rules"));
  return found;
}

function countNames(list: readonly unknown[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const rule of list) {
    const name = nameOf(rule);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function nameOf(rule: unknown): string | null {
  const name = textOf(member(rule, "name"));
  return name === undefined || name === "" ? null : name;
}

type Surroundings = {
  readonly namespace: string;
  readonly names: ReadonlyMap<string, number>;
  /** What cannot be read is added here. */
  readonly problems: Finding[];
};

function readRule(value: unknown, index: number, { namespace, names, problems }: Surroundings): RuleView {
  const path = `spec.http[${index}]`;
  const name = nameOf(value);
  const route = member(value, "route");
  const entries = listOf(route) ?? [];
  const destinations = entries.map((entry, position) =>
    readDestination(entry, `${path}.route[${position}]`, namespace, problems),
  );
  if (fieldsOf(value) === undefined) problems.push(malformed(path, "rule"));
  if (route !== undefined && listOf(route) === undefined) problems.push(malformed(`${path}.route`, "list"));
  checkMatch(member(value, "match"), `${path}.match`, problems);
  const tells = name !== null && names.get(name) === 1 && !/^\d+$/.test(name);
  return {
    list: "http",
    index,
    name,
    key: contentDigest(canonicalText([name, member(value, "match")])),
    label: tells ? `http/${name}` : `http/${index}`,
    sends: sendsOf(value, destinations, namespace),
    destinations,
    readable: destinations.every(({ id }) => id !== ""),
    faulty: member(value, "fault") !== undefined,
    mirrors: mirrorsOf(value, namespace),
  };
}

function sendsOf(rule: unknown, destinations: readonly DestinationView[], namespace: string): RuleView["sends"] {
  const delegate = member(rule, "delegate");
  if (delegate !== undefined) {
    const home = textOf(member(delegate, "namespace")) ?? "";
    return { delegatedTo: `${home === "" ? namespace : home}/${textOf(member(delegate, "name")) ?? ""}` };
  }
  const answers = member(rule, "redirect") !== undefined || member(rule, "directResponse") !== undefined;
  return answers || destinations.length === 0 ? "nothing" : "weighted";
}

/** An empty list of conditions is no condition. */
function readMatch(rule: unknown, namespace: string): readonly Block[] | undefined {
  const list = listOf(member(rule, "match")) ?? [];
  return list.length === 0 ? undefined : list.flatMap((entry) => readBlock(entry, namespace) ?? []);
}

function hostWarnings(object: KubeObject): readonly Notice[] {
  const hosts = textsOf(member(specOf(object), "hosts"));
  if (hosts.length <= 1 && !hosts.some((host) => host.includes("*"))) return [];
  return [notice("serves-several-hosts", { object: titleOf(object, virtualServiceShape.kubeKind), hosts })];
}
