import { canonicalText } from "../base/content-digest.ts";
import { covers, type PodLabels, type SubsetRule } from "./object-fields.ts";

/** One or more DestinationRules of a namespace for one host, joined by the mesh. */
export type JoinedRule = {
  readonly names: readonly string[];
  readonly namespace: string;
  readonly exportTo: ReadonlySet<string>;
  readonly subsets: ReadonlyMap<string, PodLabels>;
  /** The only clients that it is for. */
  readonly workloads?: PodLabels;
};

/** A name without a dot is completed by the rule's own namespace; any other is taken as it stands, `reviews.shop` too. */
function hostInFull({ host, namespace }: SubsetRule): string {
  return host.includes(".") || host.includes("*") ? host : `${host}.${namespace}.svc.cluster.local`;
}

/**
 * What a client's requests to a host go by, as istiod finds it (`PushContext.destinationRule`): the first of the client's, the
 * service's and the other namespaces that has rules for the host, and of those the ones with the most specific host.
 */
export function rulesInForce(
  rules: readonly SubsetRule[],
  host: string,
  client: string,
  service: string | undefined,
): readonly JoinedRule[] {
  const fitting = rules.filter((rule) => covers(hostInFull(rule), host));
  for (const namespace of new Set([client, service, ...fitting.map((rule) => rule.namespace)])) {
    const here = fitting.filter((rule) => rule.namespace === namespace && isInUse(rule, namespace === client));
    const highest = Math.max(0, ...here.map(specificity));
    const joined = joinedByMesh(here.filter((rule) => specificity(rule) === highest));
    const seen = namespace === client ? joined : joined.filter(({ exportTo }) => reaches(exportTo, client));
    if (seen.length > 0) return seen;
  }
  return [];
}

const specificity = (rule: SubsetRule): number => (rule.host.startsWith("*") ? rule.host.length : 1_000);

/** A rule for some workloads is not exported, whatever it says. */
const exportsOf = ({ exportTo, workloads }: Pick<SubsetRule, "exportTo" | "workloads">): ReadonlySet<string> =>
  new Set(workloads === undefined ? exportTo : ["."]);

/** A rule that is not exported to the client's namespace does not exist for that client. */
const reaches = (exportTo: ReadonlySet<string>, client: string) =>
  exportTo.size === 0 || exportTo.has("*") || exportTo.has(client);

function isInUse(rule: SubsetRule, atHome: boolean): boolean {
  const exportTo = exportsOf(rule);
  if (atHome) return exportTo.has(".") || reaches(exportTo, rule.namespace);
  return exportTo.size !== 1 || !(exportTo.has(".") || exportTo.has(rule.namespace));
}

const byOrder = (one: SubsetRule, other: SubsetRule) =>
  Number(one.workloads === undefined) - Number(other.workloads === undefined) || (one.order < other.order ? -1 : 1);

/**
 * As istiod joins them (`PushContext.mergeDestinationRule`): the oldest first, the first definition of a subset counts, and
 * only rules for the same clients become one.
 */
function joinedByMesh(rules: readonly SubsetRule[]): readonly JoinedRule[] {
  const joined: JoinedRule[] = [];
  for (const rule of rules.toSorted(byOrder)) {
    const mine = alone(rule);
    let isOneMore = true;
    for (const [index, other] of joined.entries()) {
      const found = relation(mine, other);
      isOneMore = found !== "becomes";
      if (found === "apart") continue;
      const subsets = new Map([...mine.subsets, ...other.subsets]);
      joined[index] = { ...other, names: [...other.names, ...mine.names], subsets };
    }
    if (isOneMore) joined.push(mine);
  }
  return joined;
}

const alone = ({ name, namespace, subsets, ...rule }: SubsetRule): JoinedRule => ({
  names: [`${namespace}/${name}`],
  namespace,
  exportTo: exportsOf(rule),
  subsets,
  ...(rule.workloads === undefined ? {} : { workloads: rule.workloads }),
});

/** Whether a rule becomes part of one before it, also counts for its clients, or has nothing to do with it. */
function relation(mine: JoinedRule, other: JoinedRule): "becomes" | "extends" | "apart" {
  const isWider = [...other.exportTo].every((where) => mine.exportTo.has(where));
  const isSame = isWider && mine.exportTo.size === other.exportTo.size;
  if (!isSame && (!isWider || other.exportTo.size === 0)) return "apart";
  const [forAll, otherForAll] = [mine.workloads === undefined, other.workloads === undefined];
  if (!forAll && !otherForAll && canonicalText(mine.workloads) !== canonicalText(other.workloads)) return "apart";
  return isSame || forAll === otherForAll ? "becomes" : "extends";
}
