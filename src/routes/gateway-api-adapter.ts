import { canonicalText, contentDigest } from "../base/content-digest.ts";
import type { KubeObject } from "../base/kube-object.ts";
import { fieldsOf, listOf, member, textOf, textsOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";
import type { Protocol, RouteAdapter } from "../ports/route-adapter.ts";
import { acceptanceOf } from "./acceptance.ts";
import {
  backendEntry,
  backendExample,
  backendIdLike,
  backendParts,
  backendsNamed,
  mirrorsIn,
  readBackend,
} from "./backend-ref.ts";
import { layout, parentEntries } from "./build-diagram.ts";
import { gatewayRivals } from "./competing-gateway-routes.ts";
import { readMatches } from "./gateway-match.ts";
import { reachBySpecificity } from "./gateway-precedence.ts";
import { routeDriver } from "./make-adapter.ts";
import { malformed, namespaceOf, type RouteShape, type RouteView, type RuleView, titleOf } from "./route-view.ts";

export const gatewayGroup = "gateway.networking.k8s.io";

/** What is particular about one of the four kinds. */
type GatewayKind = {
  readonly kubeKind: "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute";
  readonly versions: readonly string[];
  readonly protocol: Protocol;
};

/** A lens for one kind of weighted route of the Gateway API: they differ in what they match, not in how they weigh. */
export function gatewayRoute({ kubeKind, versions, protocol }: GatewayKind): RouteAdapter {
  const kind = kubeKind.toLowerCase();
  const prefixes = protocol === "http" ? ["rules", "http"] : ["rules"];
  const shape: RouteShape = {
    kind,
    kubeKind,
    group: gatewayGroup,
    plural: `${kind}s`,
    versions,
    lists: ["rules"],
    listNamed: (prefix) => (prefixes.includes(prefix) ? "rules" : undefined),
    selectors: ["rules/NAME", "rules/INDEX"],
    members: "backendRefs",
    total: 100,
    fineTotal: 1000,
    loneGetsAll: false,
    protocolOf: () => protocol,
    parts: backendParts,
    named: backendsNamed,
    exampleOf: backendExample,
    idLike: backendIdLike,
    entryOf: backendEntry,
  };
  const lens = { shape, read: (object: KubeObject) => read(object, kubeKind) };
  return {
    ...routeDriver(lens),
    layout: (object, state) => layout(lens, object, state, parentEntries(object)),
    versionsByKind: true,
    acceptance: (object) => acceptanceOf(object, kubeKind),
    rivals: (object, others, versions) => gatewayRivals(object, others, versions, kubeKind),
  };
}

function read(object: KubeObject, kubeKind: GatewayKind["kubeKind"]): RouteView {
  const namespace = namespaceOf(object);
  const problems: Finding[] = [];
  const spec = member(object, "spec");
  const list = listOf(member(spec, "rules"));
  if (fieldsOf(spec) === undefined) problems.push(malformed("spec", "map"));
  else if (list === undefined || list.length === 0) {
    problems.push(malformed("spec.rules", "rules"));
  }
  const entries = list ?? [];
  const names = entries.map(nameOf);
  const rules = entries.map((value, index) => {
    const name = nameOf(value);
    const tells = name !== null && names.filter((other) => other === name).length === 1 && !/^\d+$/.test(name);
    return { ...readRule(value, index, namespace, problems), label: tells ? `rules/${name}` : `rules/${index}` };
  });
  const grpc = kubeKind === "GRPCRoute";
  return {
    title: titleOf(object, kubeKind),
    namespace,
    rules,
    problems,
    reach: reachBySpecificity(() => new Map(rules.map((rule) => [rule, readMatches(entries[rule.index], grpc)]))),
    warnings: [...hostWarnings(object, kubeKind), ...stickiness(entries, rules)],
  };
}

function nameOf(rule: unknown): string | null {
  const name = textOf(member(rule, "name"));
  return name === undefined || name === "" ? null : name;
}

function readRule(value: unknown, index: number, namespace: string, problems: Finding[]): Omit<RuleView, "label"> {
  const path = `spec.rules[${index}]`;
  const refs = member(value, "backendRefs");
  const matches = member(value, "matches");
  const filters = listOf(member(value, "filters")) ?? [];
  if (fieldsOf(value) === undefined) problems.push(malformed(path, "rule"));
  if (refs !== undefined && listOf(refs) === undefined) problems.push(malformed(`${path}.backendRefs`, "list"));
  if (matches !== undefined && listOf(matches) === undefined) problems.push(malformed(`${path}.matches`, "list"));
  for (const [position, entry] of (listOf(matches) ?? []).entries()) {
    if (fieldsOf(entry) === undefined) problems.push(malformed(`${path}.matches[${position}]`, "map"));
  }
  const destinations = (listOf(refs) ?? []).map((entry, position) =>
    readBackend(entry, `${path}.backendRefs[${position}]`, namespace, problems),
  );
  const redirects = filters.some((filter) => textOf(member(filter, "type")) === "RequestRedirect");
  return {
    list: "rules",
    index,
    name: nameOf(value),
    key: contentDigest(canonicalText([nameOf(value), matches])),
    sends: redirects || destinations.length === 0 ? "nothing" : "weighted",
    destinations,
    readable: destinations.every(({ id, weight }) => id !== "" && weight !== null),
    faulty: false,
    mirrors: mirrorsIn(filters, namespace),
  };
}

function hostWarnings(object: KubeObject, kubeKind: string): readonly Notice[] {
  const hosts = textsOf(member(member(object, "spec"), "hostnames"));
  if (hosts.length <= 1 && !hosts.some((host) => host.includes("*"))) return [];
  return [notice("serves-several-hosts", { object: titleOf(object, kubeKind), hosts })];
}

function stickiness(entries: readonly unknown[], rules: readonly RuleView[]): readonly Notice[] {
  const sticky = rules.filter(({ index }) => member(entries[index], "sessionPersistence") !== undefined);
  return sticky.map(({ label }) => notice("sticky-sessions", { rule: label }));
}
