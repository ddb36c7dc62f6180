import type { KubeObject } from "../base/kube-object.ts";
import type { Problem } from "../base/problem.ts";
import { listOf, member, textOf, textsOf } from "../base/read-fields.ts";
import type { Finding } from "../base/reasons/finding.ts";
import type { DelegateTarget, Delegation } from "../ports/route-adapter.ts";
import { enumerate, namespaceOf, type RouteView, type RuleView } from "./route-view.ts";
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

const refused = (problem: Problem): DelegateTarget => ({ kind: "refused", problem });
const labelsOf = (rules: readonly RuleView[]) => rules.map(({ label }) => label);
const pathOf = (object: KubeObject) => `${namespaceOf(object)}/${object.metadata.name}`;
const named = (view: RouteView, text: string) => rulesSelected(view, virtualServiceLens.shape, [text]).rules;

function several(view: RouteView, rules: readonly Delegating[]): Problem {
  const list = enumerate(rules.map(({ label, sends }) => `${label} to ${sends.delegatedTo}`));
  const message = `${view.title} delegates to several objects: ${list}. Set \`rule\` to one of its rules, or name the delegate as \`route\`.`;
  return { code: "ambiguous-scope", message };
}

type Chosen = { readonly text: string; readonly rules: readonly RuleView[] };
function twoPlaces(view: RouteView, spent: readonly Chosen[], own: readonly Chosen[]): Problem {
  const words = (chosen: readonly Chosen[]) => enumerate(chosen.map(({ text }) => text));
  const message = `The weights of ${words(own)} live in ${view.title} itself, those of ${words(spent)} in a delegate. Select the rules of one object.`;
  return { code: "ambiguous-scope", message };
}

function circle(view: RouteView, rules: readonly RuleView[]): Problem {
  const message = `${enumerate(labelsOf(rules))} of ${view.title} delegates to ${view.title} itself, so nothing there holds weights. Name another object in the rule.`;
  return { code: "delegated", message };
}

/** Why an object cannot be followed any further: the mesh goes one level deep. */
function goesOn(root: KubeObject, delegate: KubeObject): Problem | undefined {
  const rules = virtualServiceLens.read(delegate).rules.filter(isDelegating);
  if (rules.length === 0) return undefined;
  const list = enumerate(rules.map(({ label, sends }) => `${label} to ${sends.delegatedTo}`));
  const round = rules.some(({ sends }) => sends.delegatedTo === pathOf(root)) ? ", in a circle" : "";
  const message = `VirtualService ${pathOf(delegate)}, the delegate of ${pathOf(root)}, delegates itself${round}: ${list}. The mesh follows one level only; put the weights into ${pathOf(delegate)}, or delegate to that object from the root.`;
  return { code: "delegated", message };
}

/** Why the mesh leaves a delegate out although a root names it: it says so in its own log alone. */
function ignored(root: KubeObject, delegate: KubeObject): readonly Finding[] {
  const title = `VirtualService ${pathOf(delegate)}`;
  const finding = (why: string): Finding => ({
    code: "route-ignored",
    message: `Istio does not use this route: ${why}.`,
  });
  const spec = member(delegate, "spec");
  const exports = textsOf(member(spec, "exportTo"));
  const home = namespaceOf(root);
  const isVisible =
    exports.length === 0 ||
    exports.some((to) => to === "*" || to === home || (to === "." && namespaceOf(delegate) === home));
  return [
    ...(hostsOf(delegate).length === 0 ? [] : [finding(`${title} names hosts of its own, and a delegate has none`)]),
    ...(isVisible ? [] : [finding(`${title} is not exported to ${home}, where ${pathOf(root)} delegates to it`)]),
    ...dropped(root, delegate).map((label) =>
      finding(
        `the match of ${label} in ${title} is wider than that of the rule in ${pathOf(root)} that delegates to it`,
      ),
    ),
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
  return faulty.map(({ label }) => ({
    code: "fault-injected",
    message: `${label} of VirtualService ${pathOf(root)} injects faults into its delegate, which spoil the metrics. Remove them or set \`allow-fault: true\`.`,
  }));
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
