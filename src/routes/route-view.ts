import type { KubeObject } from "../base/kube-object.ts";
import type { KubectlObject } from "../base/kubectl-command.ts";
import { type Fields, member, textOf } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Notice } from "../base/reasons/notice.ts";
import type { DestinationWeight, NewDestination, RuleWeights } from "../base/reasons/route-shapes.ts";
import type { DestinationParts, Protocol } from "../ports/route-adapter.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";

/** One destination of a rule. `weight` is null where none is written. */
export type DestinationView = { readonly id: DestinationId; readonly weight: number | null };

/** Where copies of requests go, and of which share of them, in percent. */
export type Mirror = { readonly id: DestinationId; readonly share: number };

/** One rule as every kind of route shows it; what differs between kinds has been read away. */
export type RuleView = {
  readonly list: string;
  readonly index: number;
  readonly name: string | null;
  /** A short digest of name and match: what the rule is, wherever it stands. */
  readonly key: string;
  /** As a user selects it: `http/NAME`, or `http/INDEX` where the name does not tell. */
  readonly label: string;
  /** The servers that a client must ask for, where that is how the rule is selected. */
  readonly sniHosts?: readonly string[];
  /** `nothing`: a redirect, a direct response, or no destinations. */
  readonly sends: "weighted" | "nothing" | { readonly delegatedTo: string };
  readonly destinations: readonly DestinationView[];
  /** Whether every destination could be read, so that positions can be trusted. */
  readonly readable: boolean;
  readonly faulty: boolean;
  readonly mirrors: readonly Mirror[];
};

/** Which rule gets which traffic. Each kind has its own order: a list, or the more specific match first. */
export type RuleReach = {
  /** The entry paths of the object: `mesh`, or a gateway. */
  readonly paths: readonly string[];
  /** Whether a rule has any part on an entry path. */
  on(rule: RuleView, path: string): boolean;
  /** The rules among `others` that leave nothing of an entry path to this one; empty where some traffic is left. */
  takers(rule: RuleView, path: string, others: readonly RuleView[]): readonly RuleView[];
  /** The match on one entry path as comparable text, undefined where the rule does not apply. */
  matchOn(rule: RuleView, path: string): string | undefined;
  /** Whether a rule asks for a header, a query, a method or a source everywhere. */
  guarded(rule: RuleView): boolean;
  /** Whether traffic that fails a rule's guards may fall to another one. */
  fallsTo(rule: RuleView, other: RuleView): boolean;
};

/** A route object, read once. `problems` are what cannot be read. */
export type RouteView = {
  readonly title: string;
  readonly namespace: string;
  readonly rules: readonly RuleView[];
  readonly problems: readonly Finding[];
  readonly reach: RuleReach;
  /** Whom an edit concerns besides the obvious. */
  readonly warnings: readonly Notice[];
};

/** What is fixed about a kind: where its weights stand and what it is called. */
export type RouteShape = {
  readonly kind: string;
  readonly kubeKind: string;
  readonly group: string;
  readonly plural: string;
  readonly versions: readonly string[];
  /** The lists of rules below `spec`; the first is the one that a bare selector means. */
  readonly lists: readonly [string, ...string[]];
  /** The list that the word before the slash of a selector means. */
  listNamed(prefix: string): string | undefined;
  /** The ways to select one rule, as `http/NAME`. */
  readonly selectors: readonly string[];
  /** The list of destinations inside a rule. */
  readonly members: string;
  /** What the weights of a rule add up to while a phase runs. */
  readonly total: number;
  /** The same where a phase is no whole percent; absent where only whole percents are carried. */
  readonly fineTotal?: number;
  /** Whether a rule's only destination gets everything whatever its weight. */
  readonly loneGetsAll: boolean;
  protocolOf(list: string): Protocol;
  parts(id: DestinationId): DestinationParts;
  /** Which of a rule's destinations a user's words mean, each identity once. */
  named(words: string, ids: readonly DestinationId[], namespace: string): readonly DestinationId[];
  /** What a user adds to a rule so that it holds a version. `model` is a destination that is there. */
  exampleOf(words: string, model: DestinationId | undefined, namespace: string): NewDestination;
  /** Which destination a user's words would be in a rule that holds `model`; undefined for what is no name. */
  idLike(words: string, model: DestinationId, namespace: string): DestinationId | undefined;
  /** A destination as an entry of a rule, without its weight, written as the entries beside it are. */
  entryOf(id: DestinationId, namespace: string, beside: readonly unknown[]): Fields;
};

/** One kind of route: its shape and how it is read. Everything else is the same for all kinds. */
export type AdapterParts = { readonly shape: RouteShape; read(object: KubeObject): RouteView };

export function namespaceOf(object: KubeObject): string {
  return textOf(member(member(object, "metadata"), "namespace")) ?? "default";
}

export function titleOf(object: KubeObject, kubeKind: string): string {
  const name = textOf(member(member(object, "metadata"), "name")) ?? "without a name";
  return `${kubeKind} ${namespaceOf(object)}/${name}`;
}

type Expected = Reason<"object-malformed">["data"]["expected"];

export const malformed = (path: string, expected: Expected, largest?: number): Finding =>
  finding("object-malformed", { path, expected, ...(largest === undefined ? {} : { largest }) });

/** The destinations of a rule with these weights, or with those that it shows. */
export const weightsOfRule = (
  rule: RuleView,
  weights = rule.destinations.map(({ weight }) => weight ?? 0),
): readonly DestinationWeight[] => rule.destinations.map(({ id }, index) => ({ id, weight: weights[index] ?? 0 }));

export const weightsIn = (rule: RuleView): RuleWeights => ({ rule: rule.label, destinations: weightsOfRule(rule) });

/** The path of a weight. Built from checked numbers alone: servers accept odd positions, negative ones among them. */
export function weightPath(shape: RouteShape, rule: Pick<RuleView, "list" | "index">, position: number): string {
  return `/spec/${rule.list}/${checked(rule.index)}/${shape.members}/${checked(position)}/weight`;
}

/** The path behind the last destination of a rule, for one more. */
export function endPath(shape: RouteShape, rule: Pick<RuleView, "list" | "index">): string {
  return `/spec/${rule.list}/${checked(rule.index)}/${shape.members}/-`;
}

function checked(number: number): number {
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${number} is no position in a list`);
  return number;
}

/** The object as a command for people names it. */
export function kubectlObject(shape: RouteShape, object: KubeObject): KubectlObject {
  const name = textOf(member(member(object, "metadata"), "name")) ?? "";
  return { resource: `${shape.plural}.${shape.group}`, name, namespace: namespaceOf(object) };
}
