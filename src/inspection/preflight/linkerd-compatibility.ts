import type { KubeObject } from "../../base/kube-object.ts";
import { type Fields, fieldsOf, listOf, member, textOf } from "../../base/read-fields.ts";
import type { Finding } from "../../base/reasons/finding.ts";
import type { CallOptions, Cluster } from "../../ports/cluster.ts";
import { textOf as textOfReason } from "../../text/index.ts";
import type { MeshScope } from "../ambient-mode.ts";

type Checked = { readonly findings: readonly Finding[]; readonly skipped: readonly string[] };

const nothing: Checked = { findings: [], skipped: [] };

export function isLinkerd(controllers: readonly string[]): boolean {
  return controllers.some((name) => name.startsWith("linkerd.io/"));
}

const ignored = (why: string): Finding => ({
  code: "route-ignored",
  message: `Linkerd does not use this route: ${why}.`,
});

/** Linkerd prefers a Service's own profile to any route. */
export async function checkProfile(cluster: Cluster, place: MeshScope, options: CallOptions): Promise<Checked> {
  const { namespace } = place;
  const name = `${place.name}.${namespace}.svc.cluster.local`;
  const profile = { group: "linkerd.io", version: "v1alpha2", plural: "serviceprofiles", namespace, name };
  const answer = await cluster.read(profile, options);
  if (answer.kind === "failed") {
    const what = "whether a ServiceProfile overrides the route";
    return { findings: [], skipped: [`check skipped: ${what}: ${textOfReason(answer.reason)}`] };
  }
  if (answer.kind === "absent") return nothing;
  return { findings: [ignored(`ServiceProfile ${namespace}/${name} overrides it. Remove the profile`)], skipped: [] };
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
  const list = strange.slice(0, mostShown).join(", ");
  const more = strange.length > mostShown ? ` and ${strange.length - mostShown} more` : "";
  return [ignored(`it does not know ${list}${more}. Remove what it does not know, or route without Linkerd`)];
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
