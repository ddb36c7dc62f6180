import type { Reason } from "../base/reasons/index.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";
import { type BackendObjects, placeOf } from "./backend-objects.ts";
import { type JoinedRule, rulesInForce } from "./destination-rules-in-force.ts";
import { labelPairs, type PodLabels, type SubsetRule, subsetRule } from "./object-fields.ts";

export type Subset =
  | {
      readonly kind: "defined";
      readonly labels: PodLabels;
      /** For which clients it is another matter. */
      readonly notices: readonly Notice[];
    }
  | { readonly kind: "missing"; readonly misspelt: readonly MisspeltHost[] }
  | { readonly kind: "skipped" | "failed"; readonly because: Reason };

/** A DestinationRule that has the subset, for a host that it spells otherwise. */
type MisspeltHost = { readonly rule: string; readonly host: string };

/** The labels of a subset as the mesh finds them for the clients in the route's namespace. */
export function subsetOf(around: BackendObjects, host: string, subset: string): Subset {
  const unread = around.rules.find((looked) => looked.kind === "failed");
  if (unread?.kind === "failed") return { kind: "failed", because: unread.because };
  const seen = around.rules.flatMap((looked) => (looked.kind === "seen" ? looked.value : []));
  const rules = seen.flatMap((object) => subsetRule(object) ?? []);
  const inForce = rulesInForce(rules, host, around.namespace, placeOf(host)?.namespace);
  // Of several for all clients that could not be joined the mesh takes the last.
  const forAll = inForce.findLast(({ workloads }) => workloads === undefined);
  const forSome = inForce.filter(({ workloads }) => workloads !== undefined);
  const labels = forAll?.subsets.get(subset);
  if (labels !== undefined) {
    const lacking = forSome.filter(({ subsets }) => !subsets.has(subset));
    return { kind: "defined", labels, notices: lacking.map((rule) => forSomeClients(rule, subset, "lacking")) };
  }
  for (const rule of forSome) {
    const only = rule.subsets.get(subset);
    if (only !== undefined)
      return { kind: "defined", labels: only, notices: [forSomeClients(rule, subset, "only-there")] };
  }
  // A rule nearer to the client, where nobody may look, would beat the ones that were seen.
  const skipped = around.rules.find((looked) => looked.kind === "skipped");
  const nearest = inForce.some((rule) => rule.namespace === around.namespace);
  if (skipped?.kind === "skipped" && !nearest) return { kind: "skipped", because: skipped.because };
  return { kind: "missing", misspelt: rules.flatMap((rule) => misspelt(rule, host, subset)) };
}

function forSomeClients({ names, workloads = {} }: JoinedRule, subset: string, is: "lacking" | "only-there"): Notice {
  return notice("subset-for-some-clients", { subset, rules: names, labels: labelPairs(workloads), is });
}

/** A rule that has the subset, and was meant for this host. */
function misspelt(rule: SubsetRule, host: string, subset: string): readonly MisspeltHost[] {
  if (!rule.subsets.has(subset) || !rule.host.includes(".") || !host.startsWith(`${rule.host}.`)) return [];
  return [{ rule: `${rule.namespace}/${rule.name}`, host: rule.host }];
}
