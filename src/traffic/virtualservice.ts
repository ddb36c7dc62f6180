import type { Problem } from "../errors.ts";
import type { KubeObject } from "./driver.ts";
import { canonical, digest, fieldsOf, listOf, member, textOf, textsOf } from "./fields.ts";
import { resolveHost } from "./host.ts";
import { routeDriver } from "./lens.ts";
import { type Block, readBlock, resolveGateway } from "./match.ts";
import { exampleOf, identityOf, mirrorsOf, readDestination } from "./mesh-destination.ts";
import { reachInOrder } from "./order.ts";
import {
  type DestinationView,
  malformed,
  namespaceOf,
  type RouteView,
  type RuleView,
  type Shape,
  titleOf,
} from "./route.ts";

export const virtualServiceShape: Shape = {
  kind: "virtualservice",
  kubeKind: "VirtualService",
  group: "networking.istio.io",
  plural: "virtualservices",
  versions: ["v1", "v1beta1", "v1alpha3"],
  list: "http",
  members: "route",
  total: 100,
  loneGetsAll: true,
  exampleOf,
};

export const virtualservice = routeDriver({ shape: virtualServiceShape, read });

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
  const problems: Problem[] = [];
  const list = listOf(member(specOf(object), "http"));
  if (fieldsOf(specOf(object)) === undefined) problems.push(malformed("spec", "a map"));
  else if (list === undefined || list.length === 0) problems.push(missingList(object));
  const names = countNames(list ?? []);
  const rules = (list ?? []).map((value, index) => readRule(value, index, { namespace, names, problems }));
  const matches = () => new Map(rules.map((rule) => [rule, readMatch(list?.[rule.index], namespace)]));
  return {
    title: titleOf(object, virtualServiceShape.kubeKind),
    namespace,
    rules,
    problems,
    reach: reachInOrder(entryPathsOf(object), matches),
    elsewhere: ["tcp", "tls"].flatMap((other) => readElsewhere(object, other, namespace)),
    warnings: hostWarnings(object),
  };
}

const specOf = (object: KubeObject): unknown => member(object, "spec");

function missingList(object: KubeObject): Problem {
  const problem = malformed("spec.http", "a list with at least one rule");
  const others = ["tcp", "tls"].filter((list) => (listOf(member(specOf(object), list)) ?? []).length > 0);
  if (others.length === 0) return problem;
  const also = `It holds ${others.join(" and ")} rules, which this version of Sluice does not move.`;
  return { ...problem, message: `${problem.message} ${also}` };
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
  readonly problems: Problem[];
};

function readRule(value: unknown, index: number, { namespace, names, problems }: Surroundings): RuleView {
  const path = `spec.http[${index}]`;
  const name = nameOf(value);
  const route = member(value, "route");
  const entries = listOf(route) ?? [];
  const destinations = entries.map((entry, position) =>
    readDestination(entry, `${path}.route[${position}]`, namespace, problems),
  );
  if (fieldsOf(value) === undefined) problems.push(malformed(path, "a rule"));
  if (route !== undefined && listOf(route) === undefined) problems.push(malformed(`${path}.route`, "a list"));
  checkMatch(member(value, "match"), `${path}.match`, problems);
  const tells = name !== null && names.get(name) === 1 && !/^\d+$/.test(name);
  return {
    list: "http",
    index,
    name,
    key: digest(canonical([name, member(value, "match")])),
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

function checkMatch(match: unknown, path: string, problems: Problem[]): void {
  if (match === undefined) return;
  const list = listOf(match);
  if (list === undefined) problems.push(malformed(path, "a list"));
  for (const [position, entry] of (list ?? []).entries()) {
    if (fieldsOf(entry) === undefined) problems.push(malformed(`${path}[${position}]`, "a map"));
  }
}

/** An empty list of conditions is no condition. */
function readMatch(rule: unknown, namespace: string): readonly Block[] | undefined {
  const list = listOf(member(rule, "match")) ?? [];
  return list.length === 0 ? undefined : list.flatMap((entry) => readBlock(entry, namespace) ?? []);
}

function readElsewhere(object: KubeObject, list: string, namespace: string): RouteView["elsewhere"] {
  return (listOf(member(specOf(object), list)) ?? []).map((rule, index) => ({
    label: `${list}/${index}`,
    destinations: (listOf(member(rule, "route")) ?? []).flatMap(
      (entry) => identityOf(member(entry, "destination"), namespace) ?? [],
    ),
  }));
}

function hostWarnings(object: KubeObject): readonly string[] {
  const hosts = textsOf(member(specOf(object), "hosts"));
  if (hosts.length <= 1 && !hosts.some((host) => host.includes("*"))) return [];
  return [
    `${titleOf(object, virtualServiceShape.kubeKind)} serves ${hosts.join(", ")}: every matching host gets the new weights.`,
  ];
}
