import type { KubeObject } from "../base/kube-object.ts";
import { listOf, member, textOf, textsOf } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import type { DelegateTarget, Delegation } from "../ports/route-adapter.ts";
import { namespaceOf, type RouteView, type RuleView } from "./route-view.ts";
import { rulesSelected } from "./rule-selectors.ts";
import { entryPathsOf, hostsOf, virtualServiceLens } from "./virtualservice.ts";
import { type Block, joins, readBlock } from "./virtualservice-match.ts";

type Delegating = RuleView & { readonly sends: { readonly delegatedTo: string } };
const isDelegating = (rule: RuleView): rule is Delegating => typeof rule.sends !== "string";

/**
 * The one object to which a root delegates. A selector that names a delegating rule of the root chooses it; every other
 * selector is for the rules of the delegate.
 */
function followed(root: KubeObject, selectors: readonly string[]): DelegateTarget {
  const view = virtualServiceLens.read(root);
  const chosen = selectors.map((text) => ({ text, rules: named(view, text) }));
  const spent = chosen.filter(({ rules }) => rules.some(isDelegating));
  const own = chosen.filter(({ rules }) => rules.length > 0 && !rules.some(isDelegating));
  const all = spent.length > 0 ? spent.flatMap(({ rules }) => rules) : view.rules;
  const rules = all.filter(isDelegating);
  const [first] = rules;
  if (first === undefined || (spent.length === 0 && own.length > 0)) return { kind: "stays" };
  if (own.length > 0) return refused(twoPlaces(view, spent, own));
  const targets = [...new Set(rules.map(({ sends }) => sends.delegatedTo))];
  if (targets.length > 1) return refused(several(view, rules));
  const to = first.sends.delegatedTo;
  const slash = to.indexOf("/");
  const [namespace, name] = [to.slice(0, slash), to.slice(slash + 1)];
  if (to === pathOf(root)) return refused(circle(view, rules));
  return { kind: "follows", namespace, name, labels: labelsOf(rules), spent: spent.map(({ text }) => text) };
}

const refused = (found: Finding): DelegateTarget => ({ kind: "refused", finding: found });
const labelsOf = (rules: readonly RuleView[]) => rules.map(({ label }) => label);
const pathOf = (object: KubeObject) => `${namespaceOf(object)}/${object.metadata.name}`;
const named = (view: RouteView, text: string) => rulesSelected(view, virtualServiceLens.shape, [text]).rules;

const delegatesIn = (rules: readonly Delegating[]) =>
  rules.map(({ label, sends }) => ({ rule: label, to: sends.delegatedTo }));

function several(view: RouteView, rules: readonly Delegating[]): Finding {
  const delegates = delegatesIn(rules);
  return finding("ambiguous-scope", {
    unclear: "delegates",
    object: view.title,
    rules: [],
    selectors: [],
    delegates,
  });
}

type Chosen = { readonly text: string; readonly rules: readonly RuleView[] };
function twoPlaces(view: RouteView, spent: readonly Chosen[], own: readonly Chosen[]): Finding {
  const words = (chosen: readonly Chosen[]) => chosen.map(({ text }) => text);
  const about = { object: view.title, rules: words(own), selectors: words(spent), delegates: [] };
  return finding("ambiguous-scope", { unclear: "places", ...about });
}

const circle = (view: RouteView, rules: readonly RuleView[]): Finding =>
  finding("delegated", { why: "itself", delegate: view.title, rules: labelsOf(rules), delegates: [] });

/** Why an object cannot be followed any further: the mesh goes one level deep. */
function goesOn(root: KubeObject, delegate: KubeObject): Finding | undefined {
  const rules = virtualServiceLens.read(delegate).rules.filter(isDelegating);
  if (rules.length === 0) return undefined;
  const about = { delegate: pathOf(delegate), root: pathOf(root), rules: [], delegates: delegatesIn(rules) };
  return finding("delegated", { why: "further", ...about });
}

/** Why the mesh leaves a delegate out although a root names it: it says so in its own log alone. */
function ignored(root: KubeObject, delegate: KubeObject): readonly Finding[] {
  const spec = member(delegate, "spec");
  const exports = textsOf(member(spec, "exportTo"));
  const namespace = namespaceOf(root);
  const isVisible =
    exports.length === 0 ||
    exports.some((to) => to === "*" || to === namespace || (to === "." && namespaceOf(delegate) === namespace));
  const about = { object: `VirtualService ${pathOf(delegate)}`, root: pathOf(root), fields: [] };
  return [
    ...(hostsOf(delegate).length === 0 ? [] : [finding("route-ignored", { why: "own-hosts", ...about })]),
    ...(isVisible ? [] : [finding("route-ignored", { why: "not-exported", namespace, ...about })]),
    ...dropped(root, delegate).map((rule) => finding("route-ignored", { why: "wider-match", rule, ...about })),
  ];
}

/** Rules of a delegate of which some part lies outside the root's rule: the mesh drops each of them whole. */
function dropped(root: KubeObject, delegate: KubeObject): readonly string[] {
  const outer = rulesTo(root, delegate).map(({ index }) => blocksOf(root, index));
  const rules = virtualServiceLens.read(delegate).rules.filter(({ list }) => list === "http");
  const isLeftOut = (inner: readonly Block[], blocks: readonly Block[]) =>
    blocks.length > 0 && inner.some((block) => !blocks.some((one) => joins(one, block)));
  return rules
    .filter(({ index }) => outer.length > 0 && outer.every((blocks) => isLeftOut(blocksOf(delegate, index), blocks)))
    .map(({ label }) => label);
}

/** The rules of a root that delegate to this object. */
function rulesTo(root: KubeObject, delegate: KubeObject): readonly RuleView[] {
  const path = pathOf(delegate);
  return virtualServiceLens.read(root).rules.filter((rule) => isDelegating(rule) && rule.sends.delegatedTo === path);
}

/** Faults that a root injects into the rules of its delegate. */
function faultsOf(root: KubeObject, delegate: KubeObject): readonly Finding[] {
  const faulty = rulesTo(root, delegate).filter((rule) => rule.faulty);
  const title = `VirtualService ${pathOf(root)}`;
  return faulty.map(({ label }) => finding("fault-injected", { rule: label, root: title }));
}

function blocksOf(object: KubeObject, index: number): readonly Block[] {
  const rule = listOf(member(member(object, "spec"), "http"))?.[index];
  return (listOf(member(rule, "match")) ?? []).flatMap((entry) => readBlock(entry, namespaceOf(object)) ?? []);
}

/** Objects that delegate to this one. */
const rootsOf = (delegate: KubeObject, others: readonly KubeObject[]): readonly KubeObject[] =>
  others.filter((other) => rulesTo(other, delegate).length > 0);

/** Whether an object is made to be delegated to: it serves no host by itself. */
const isDelegate = (object: KubeObject): boolean =>
  textOf(member(object, "kind")) === "VirtualService" && hostsOf(object).length === 0;

/** The delegate as callers meet it: for the hosts and at the gateways of its roots. */
function facing(delegate: KubeObject, roots: readonly KubeObject[]): KubeObject {
  if (roots.length === 0) return delegate;
  const hosts = [...new Set(roots.flatMap(hostsOf))];
  const gateways = [...new Set(roots.flatMap(entryPathsOf))];
  return { ...delegate, spec: { ...(delegate.spec as object), hosts, gateways } };
}

export const delegation: Delegation = { followed, goesOn, ignored, faultsOf, rootsOf, isDelegate, facing };
