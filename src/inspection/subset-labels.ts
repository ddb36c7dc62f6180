import { type BackendObjects, placeOf } from "./backend-objects.ts";
import { type JoinedRule, rulesInForce } from "./destination-rules-in-force.ts";
import { labelText, type PodLabels, type SubsetRule, subsetRule } from "./object-fields.ts";

export type Subset =
  | {
      readonly kind: "defined";
      readonly labels: PodLabels;
      /** For which clients it is another matter. */
      readonly notes: readonly string[];
    }
  | { readonly kind: "missing"; readonly notes: readonly string[] }
  | { readonly kind: "skipped" | "failed"; readonly because: string };

/** The labels of a subset as the mesh finds them for the clients in the route's namespace. */
export function subsetOf(around: BackendObjects, host: string, subset: string): Subset {
  const unread = around.rules.find((looked) => looked.kind === "failed");
  if (unread !== undefined && unread.kind === "failed") return unread;
  const seen = around.rules.flatMap((looked) => (looked.kind === "seen" ? looked.value : []));
  const rules = seen.flatMap((object) => subsetRule(object) ?? []);
  const inForce = rulesInForce(rules, host, around.namespace, placeOf(host)?.namespace);
  // Of several for all clients that could not be joined the mesh takes the last.
  const forAll = inForce.findLast(({ workloads }) => workloads === undefined);
  const forSome = inForce.filter(({ workloads }) => workloads !== undefined);
  const labels = forAll?.subsets.get(subset);
  if (labels !== undefined) {
    const lacking = forSome.filter(({ subsets }) => !subsets.has(subset));
    return { kind: "defined", labels, notes: lacking.map((rule) => lacks(rule, subset)) };
  }
  for (const rule of forSome) {
    const only = rule.subsets.get(subset);
    if (only !== undefined) return { kind: "defined", labels: only, notes: [definedFor(rule, subset)] };
  }
  // A rule nearer to the client, where nobody may look, would beat the ones that were seen.
  const skipped = around.rules.find((looked) => looked.kind === "skipped");
  const nearest = inForce.some((rule) => rule.namespace === around.namespace);
  if (skipped?.kind === "skipped" && !nearest) return skipped;
  return { kind: "missing", notes: rules.flatMap((rule) => misspelt(rule, host, subset)) };
}

const lacks = ({ names, workloads = {} }: JoinedRule, subset: string) =>
  `DestinationRule ${names.join(", ")} alone counts for workloads with ${labelText(workloads)}, and lacks ${subset}: ` +
  "their requests to it would fail with 503 NC. Add the subset there, too.";

const definedFor = ({ names, workloads = {} }: JoinedRule, subset: string) =>
  `${subset} is defined for workloads with ${labelText(workloads)} alone (DestinationRule ${names.join(", ")}): ` +
  "requests of others to it would fail with 503 NC.";

/** A rule that has the subset, and was meant for this host. */
function misspelt(rule: SubsetRule, host: string, subset: string): readonly string[] {
  if (!rule.subsets.has(subset) || !rule.host.includes(".") || !host.startsWith(`${rule.host}.`)) return [];
  const name = `${rule.namespace}/${rule.name}`;
  return [`DestinationRule ${name} is for ${rule.host}: a host with a dot is taken as it stands. Write ${host} there.`];
}
