import type { Labels, SubsetRule } from "./kube.ts";
import { covers, subsetRule } from "./kube.ts";
import { placeOf, type Surroundings } from "./surroundings.ts";

export type Subset =
  | { readonly kind: "defined"; readonly labels: Labels }
  | { readonly kind: "missing"; readonly rules: readonly string[] }
  | { readonly kind: "skipped" | "failed"; readonly because: string };

function hostInFull(rule: SubsetRule): string {
  if (rule.host.includes(".") || rule.host.includes("*")) return rule.host;
  return `${rule.host}.${rule.namespace}.svc.cluster.local`;
}

/** A rule that is not exported to the client's namespace does not exist for that client. */
function isVisible(rule: SubsetRule, clientNamespace: string): boolean {
  if (rule.exportTo.length === 0 || rule.exportTo.includes("*")) return true;
  return rule.exportTo.some((where) =>
    where === "." ? rule.namespace === clientNamespace : where === clientNamespace,
  );
}

/**
 * The labels of a subset as the mesh finds them: in the client's, the service's, then the root namespace; the most
 * specific host wins, and of several rules for it the first definition of a subset counts.
 */
export function subsetOf(around: Surroundings, host: string, subset: string): Subset {
  const unread = around.rules.find((looked) => looked.kind === "failed");
  if (unread !== undefined && unread.kind === "failed") return unread;
  const seen = around.rules.flatMap((looked) => (looked.kind === "seen" ? looked.value : []));
  const rules = seen
    .flatMap((object) => subsetRule(object) ?? [])
    .filter((rule) => isVisible(rule, around.namespace) && covers(hostInFull(rule), host));
  const longest = Math.max(0, ...rules.map((rule) => specificity(rule)));
  const effective = rules.filter((rule) => specificity(rule) === longest);
  for (const rule of nearestFirst(effective, around.namespace, placeOf(host)?.namespace)) {
    const labels = rule.subsets.get(subset);
    if (labels !== undefined) return { kind: "defined", labels };
  }
  // A rule nearer to the client, where nobody may look, would beat the ones that were seen.
  const skipped = around.rules.find((looked) => looked.kind === "skipped");
  const nearest = effective.some((rule) => rule.namespace === around.namespace);
  if (skipped?.kind === "skipped" && !nearest) return skipped;
  return { kind: "missing", rules: effective.map((rule) => `${rule.namespace}/${rule.name}`) };
}

const specificity = (rule: SubsetRule): number =>
  rule.host.startsWith("*") ? rule.host.length : 1_000 + rule.host.length;

/** Only the nearest namespace that has a rule for the host counts. */
function nearestFirst(
  rules: readonly SubsetRule[],
  client: string,
  service: string | undefined,
): readonly SubsetRule[] {
  for (const namespace of [client, service]) {
    const here = rules.filter((rule) => rule.namespace === namespace);
    if (here.length > 0) return here;
  }
  return rules;
}
