import type { KubeObject } from "../../base/kube-object.ts";
import { type Fields, fieldsOf, listOf, member, textOf } from "../../base/read-fields.ts";
import { type Finding, finding } from "../../base/reasons/finding.ts";
import { type Notice, notice } from "../../base/reasons/notice.ts";
import type { CallOptions, Cluster } from "../../ports/cluster.ts";
import type { MeshScope } from "../ambient-mode.ts";

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };

const nothing: Checked = { findings: [], notices: [] };

export function isLinkerd(controllers: readonly string[]): boolean {
  return controllers.some((name) => name.startsWith("linkerd.io/"));
}

/** Linkerd prefers a Service's own profile to any route. */
export async function checkProfile(cluster: Cluster, place: MeshScope, options: CallOptions): Promise<Checked> {
  const { namespace } = place;
  const name = `${place.name}.${namespace}.svc.cluster.local`;
  const profile = { group: "linkerd.io", version: "v1alpha2", plural: "serviceprofiles", namespace, name };
  const answer = await cluster.read(profile, options);
  if (answer.kind === "failed") {
    return { findings: [], notices: [notice("check-skipped", { check: "profile", because: answer.reason })] };
  }
  if (answer.kind === "absent") return nothing;
  const object = `${namespace}/${name}`;
  return { findings: [finding("route-ignored", { why: "service-profile", object, fields: [] })], notices: [] };
}

/** What its controller reads of a route. It drops a route with a filter that it does not know, and says so in its log alone. */
const known = {
  spec: ["parentRefs", "hostnames", "rules"],
  rule: ["name", "matches", "filters", "backendRefs", "timeouts"],
  filters: ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect"],
} as const;

/** Fields of the route that Linkerd does not know. */
export function checkFields(object: KubeObject): readonly Finding[] {
  const rules = listOf(member(object.spec, "rules")) ?? [];
  const strange = [
    ...unknownKeys(fieldsOf(object.spec), known.spec, "spec"),
    ...rules.flatMap((rule, index) => strangeIn(rule, `spec.rules[${index}]`)),
  ];
  if (strange.length === 0) return [];
  const fields = strange.slice(0, mostShown);
  return [finding("route-ignored", { why: "unknown-fields", fields, more: strange.length - fields.length })];
}

const mostShown = 5;

function strangeIn(rule: unknown, path: string): readonly string[] {
  const backends = listOf(member(rule, "backendRefs")) ?? [];
  return [
    ...unknownKeys(fieldsOf(rule), known.rule, path),
    ...unknownFilters(rule, path),
    ...backends.flatMap((backend, index) => unknownFilters(backend, `${path}.backendRefs[${index}]`)),
  ];
}

function unknownKeys(fields: Fields | undefined, names: readonly string[], path: string): readonly string[] {
  return Object.keys(fields ?? {})
    .filter((key) => !names.includes(key))
    .map((key) => `${path}.${key}`);
}

function unknownFilters(holder: unknown, path: string): readonly string[] {
  return (listOf(member(holder, "filters")) ?? []).flatMap((filter, index) => {
    const type = textOf(member(filter, "type")) ?? "";
    return known.filters.some((one) => one === type) ? [] : `${path}.filters[${index}] (${type || "without a type"})`;
  });
}
