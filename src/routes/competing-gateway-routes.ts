import type { KubeObject } from "../base/kube-object.ts";
import { listOf, member, textOf, textsOf } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import type { DestinationId, RecordedRule } from "../rollout/rollout-state.ts";
import { placeOf } from "../rollout/same-destination.ts";
import { backendId } from "./backend-ref.ts";
import { type Ranked, readMatches } from "./gateway-match.ts";
import { compareRanks } from "./gateway-precedence.ts";
import { namespaceOf, titleOf } from "./route-view.ts";
import { covers } from "./virtualservice-match.ts";

type Versions = {
  readonly stable: DestinationId;
  readonly canary: DestinationId;
  readonly rules?: readonly RecordedRule[];
};
type Parent = { readonly words: string; readonly key: string; readonly part: string };
type Rule = { readonly label: string; readonly matches: readonly Ranked[] };
/** A route as it competes with others: of equally specific matches the older object's wins, then the first by name. */
type Contender = {
  readonly title: string;
  readonly parents: readonly Parent[];
  /** Empty: whatever its parents listen for. */
  readonly hosts: readonly string[];
  readonly order: string;
  readonly rules: readonly Rule[];
};

/**
 * Rules that get no traffic because other objects take it: their status says that all is well. A match competes only with
 * matches for the same host on the same parent, since the more specific host wins before any match is looked at.
 */
export function gatewayRivals(
  object: KubeObject,
  others: readonly KubeObject[],
  versions: Versions,
  kubeKind: string,
): readonly Finding[] {
  const mine = contender(object, kubeKind);
  const moved = movedIn(object, versions);
  const selected = mine.rules.filter((_, index) => moved.includes(index));
  const rivals = others.map((other) => contender(other, kubeKind));
  if (selected.length === 0 || rivals.length === 0) return [];
  const paths = mine.parents.flatMap((parent) =>
    (mine.hosts.length === 0 ? [""] : mine.hosts).map((host) => ({ parent, host })),
  );
  return paths.flatMap(({ parent, host }) => {
    const here = rivals.filter((rival) => meetsAt(rival, parent, host));
    const takers = selected.map((rule) => ({ rule, by: takersOf(rule, mine, here) }));
    if (takers.some(({ by }) => by.length === 0)) return [];
    const where = { path: parent.words, ...(host === "" ? {} : { host }) };
    return takers.map(({ rule, by }) => finding("unreachable-rule", { rule: rule.label, takers: by, ...where }));
  });
}

function contender(object: KubeObject, kubeKind: string): Contender {
  const namespace = namespaceOf(object);
  const metadata = member(object, "metadata");
  const name = textOf(member(metadata, "name")) ?? "";
  const grpc = kubeKind === "GRPCRoute";
  return {
    title: titleOf(object, kubeKind),
    parents: (listOf(member(object.spec, "parentRefs")) ?? []).map((ref) => parentOf(ref, namespace)),
    hosts: textsOf(member(object.spec, "hostnames")),
    order: `${textOf(member(metadata, "creationTimestamp")) ?? ""} ${namespace}/${name}`,
    rules: rulesIn(object).map((rule, index) => {
      const label = textOf(member(rule, "name")) ?? String(index);
      return { label: `rules/${label}`, matches: readMatches(rule, grpc) };
    }),
  };
}

const rulesIn = (object: KubeObject): readonly unknown[] => listOf(member(object.spec, "rules")) ?? [];

/** The places of the rules that move: those that were selected, or that hold both versions. */
function movedIn(object: KubeObject, { stable, canary, rules }: Versions): readonly number[] {
  if (rules !== undefined) return rules.map(({ index }) => index);
  return rulesIn(object).flatMap((rule, index) => {
    const refs = listOf(member(rule, "backendRefs")) ?? [];
    const ids = refs.map((ref) => backendId(ref, namespaceOf(object)) ?? "");
    return placeOf(ids, stable) >= 0 && placeOf(ids, canary) >= 0 ? [index] : [];
  });
}

function parentOf(ref: unknown, namespace: string): Parent {
  const kind = textOf(member(ref, "kind")) ?? "Gateway";
  const home = textOf(member(ref, "namespace")) ?? namespace;
  const name = textOf(member(ref, "name")) ?? "";
  const section = textOf(member(ref, "sectionName")) ?? "";
  const port = member(ref, "port");
  return {
    words: `${kind} ${home}/${name}${section === "" ? "" : ` (${section})`}`,
    key: `${kind} ${home}/${name}`,
    part: `${section}:${typeof port === "number" ? port : ""}`,
  };
}

const whole = ":";

/** Whether a rival hangs on all of this parent, and is asked for this very host. */
function meetsAt(rival: Contender, { key, part }: Parent, host: string): boolean {
  const there = rival.parents.some((parent) => parent.key === key && (parent.part === part || parent.part === whole));
  return there && (host === "" ? rival.hosts.length === 0 : rival.hosts.includes(host));
}

/** The rules of rivals that leave nothing to this one; none where some match is left. */
function takersOf(rule: Rule, mine: Contender, rivals: readonly Contender[]): readonly string[] {
  const found = rule.matches.map((match) => {
    for (const rival of rivals) {
      const taker = rival.rules.find(({ matches }) => matches.some((other) => beats(other, rival, match, mine)));
      if (taker !== undefined) return `${taker.label} of ${rival.title}`;
    }
    return undefined;
  });
  const takers = found.filter((taker) => taker !== undefined);
  return takers.length === found.length ? [...new Set(takers)] : [];
}

function beats(other: Ranked, rival: Contender, match: Ranked, mine: Contender): boolean {
  if (!covers(other.block, match.block)) return false;
  const rank = compareRanks(other.rank, match.rank);
  return rank > 0 || (rank === 0 && rival.order < mine.order);
}
