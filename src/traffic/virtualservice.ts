import type { Problem } from "../errors.ts";
import type { DestinationId } from "../rollout/state.ts";
import type { KubeObject } from "./driver.ts";
import { canonical, digest, fieldsOf, listOf, member, textOf, textsOf } from "./fields.ts";
import { destinationId, partsOf, resolveHost } from "./host.ts";
import { routeDriver } from "./lens.ts";
import { type Block, readBlock, resolveGateway } from "./match.ts";
import { reachInOrder } from "./order.ts";
import {
  type DestinationView,
  malformed,
  namespaceOf,
  type RouteView,
  type RuleView,
  type Shape,
  titleOf,
  yamlWord,
} from "./route.ts";

const largestWeight = 2 ** 31 - 1;

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
  const matches = new Map<RuleView, readonly Block[] | undefined>();
  for (const [index, value] of (list ?? []).entries()) {
    const rule = readRule(value, index, { namespace, names, problems });
    matches.set(rule, readMatch(value, index, namespace, problems));
  }
  return {
    title: titleOf(object, virtualServiceShape.kubeKind),
    namespace,
    rules: [...matches.keys()],
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

function readDestination(entry: unknown, path: string, namespace: string, problems: Problem[]): DestinationView {
  const id = identityOf(member(entry, "destination"), namespace);
  if (id === undefined) {
    problems.push(
      malformed(`${path}.destination`, "a destination with a host, and a subset and a port where it has them"),
    );
  }
  const weight = member(entry, "weight") ?? null;
  const counts = Number.isInteger(weight) && (weight as number) >= 0 && (weight as number) <= largestWeight;
  if (weight !== null && !counts) {
    problems.push(malformed(`${path}.weight`, `a whole number from 0 to ${largestWeight}`));
  }
  return { id: id ?? "", weight: counts ? (weight as number) : null };
}

/** Undefined for what is no destination; `/` and `:` cannot stand in its names, or two of them could read as one. */
function identityOf(destination: unknown, namespace: string): DestinationId | undefined {
  const host = textOf(member(destination, "host"));
  const subset = member(destination, "subset");
  const port = member(destination, "port");
  const number = member(port, "number");
  const plain = (text: string | undefined) => text !== undefined && /^[^\s/:]+$/.test(text);
  if (host === undefined || !plain(host)) return undefined;
  if (subset !== undefined && subset !== "" && !plain(textOf(subset))) return undefined;
  if (port !== undefined && !(Number.isInteger(number) && (number as number) > 0 && (number as number) < 65_536)) {
    return undefined;
  }
  return destinationId({
    host: resolveHost(host, namespace),
    ...(subset === undefined || subset === "" ? {} : { subset: subset as string }),
    ...(port === undefined ? {} : { port: number as number }),
  });
}

function readMatch(rule: unknown, index: number, namespace: string, problems: Problem[]): readonly Block[] | undefined {
  const match = member(rule, "match");
  const list = listOf(match) ?? [];
  if (match !== undefined && listOf(match) === undefined)
    problems.push(malformed(`spec.http[${index}].match`, "a list"));
  const blocks = list.flatMap((entry, position) => {
    const block = readBlock(entry, namespace);
    if (block === undefined) problems.push(malformed(`spec.http[${index}].match[${position}]`, "a map"));
    return block ?? [];
  });
  return list.length === 0 ? undefined : blocks;
}

/** An absent percentage means all requests, a written one without a value none. */
function mirrorsOf(rule: unknown, namespace: string): readonly string[] {
  const single = member(rule, "mirror");
  const old = member(rule, "mirrorPercent");
  const entries = [
    ...(single === undefined ? [] : [{ to: single, percentage: member(rule, "mirrorPercentage") ?? old }]),
    ...(listOf(member(rule, "mirrors")) ?? []).map((entry) => ({
      to: member(entry, "destination"),
      percentage: member(entry, "percentage"),
    })),
  ];
  return entries.flatMap(({ to, percentage }) => {
    const value = typeof percentage === "object" ? (member(percentage, "value") ?? 0) : (percentage ?? 100);
    const id = identityOf(to, namespace);
    return id === undefined || typeof value !== "number" || value <= 0 ? [] : [`${id} (${value} %)`];
  });
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

function exampleOf(words: string, model: DestinationId | undefined, namespace: string): string {
  const near = model === undefined ? undefined : partsOf(model);
  const named = partsOf(words);
  const bySubset = named.subset === undefined && !named.host.includes(".") && near?.subset !== undefined;
  const host = bySubset ? near.host : named.host;
  const subset = bySubset ? named.host : named.subset;
  const port = named.port ?? near?.port;
  const fields = [
    `host: ${yamlWord(host.replace(`.${namespace}.svc.cluster.local`, ""))}`,
    ...(subset === undefined ? [] : [`subset: ${yamlWord(subset)}`]),
    ...(port === undefined ? [] : [`port: {number: ${port}}`]),
  ];
  return `- {destination: {${fields.join(", ")}}, weight: 0}`;
}
