import type { KubeObject } from "../base/kube-object.ts";
import { listOf, member, textOf, textsOf } from "../base/read-fields.ts";
import type { Percent } from "../base/units.ts";
import type { LaidRule, RouteDiagram, TrafficEntry } from "../ports/route-diagram.ts";
import type { State } from "../rollout/rollout-state.ts";
import { takenWords } from "./describe-match.ts";
import { intentOf } from "./desired-weights.ts";
import { type AdapterParts, namespaceOf, type RouteShape, type RuleView } from "./route-view.ts";

/** The whole object in the terms of people, with what the record asks of it where there is one. */
export function layout(
  { shape, read }: AdapterParts,
  object: KubeObject,
  state: State | undefined,
  entries: readonly TrafficEntry[],
): RouteDiagram {
  const view = read(object);
  const intent = state === undefined ? undefined : intentOf(view, state);
  const asked = new Map(intent?.rules.map(({ rule, weights }) => [rule, weights]));
  const atHome = new Set(intent?.found.flatMap((one) => (one?.touched.atHome === true ? [one.rule] : [])));
  const touched = new Set(intent?.found.flatMap((one) => (one === undefined ? [] : [one.rule])));
  return {
    kind: shape.kubeKind,
    namespace: namespaceOf(object),
    name: textOf(member(member(object, "metadata"), "name")) ?? "",
    entries,
    hosts: textsOf(member(member(object, "spec"), shape.lists[0] === "rules" ? "hostnames" : "hosts")),
    rules: view.rules.map((rule) => {
      const part = atHome.has(rule) ? "home" : touched.has(rule) ? "moved" : "untouched";
      return laid(shape, object, rule, part, asked.get(rule));
    }),
  };
}

function laid(
  shape: RouteShape,
  object: KubeObject,
  rule: RuleView,
  part: LaidRule["part"],
  asked: readonly number[] | undefined,
): LaidRule {
  const entry = listOf(member(member(object, "spec"), rule.list))?.[rule.index];
  const matches = listOf(member(entry, "match") ?? member(entry, "matches")) ?? [];
  const shown = sharesOf(
    shape,
    rule.destinations.map(({ weight }) => weight ?? 0),
  );
  const wanted = asked === undefined ? undefined : sharesOf(shape, asked);
  return {
    label: rule.label,
    takes: matches.map(takenWords),
    part,
    ...insteadOf(rule),
    destinations: rule.destinations.map(({ id }, at) => ({
      id,
      shown: shown[at] ?? 0,
      ...(wanted === undefined ? {} : { asked: wanted[at] ?? 0 }),
    })),
  };
}

/** Weights as shares; one that cannot be a weight counts for nothing, as nobody knows what a proxy makes of it. */
function sharesOf({ loneGetsAll }: RouteShape, weights: readonly number[]): readonly Percent[] {
  if (loneGetsAll && weights.length === 1) return [100];
  const counted = weights.map((weight) => (Number.isFinite(weight) && weight > 0 ? weight : 0));
  const total = counted.reduce((sum, weight) => sum + weight, 0);
  return counted.map((weight) => (total === 0 ? 0 : (weight / total) * 100));
}

function insteadOf({ sends }: RuleView): Pick<LaidRule, "instead"> {
  if (typeof sends === "object") return { instead: `delegated to ${sends.delegatedTo}` };
  return sends === "nothing" ? { instead: "answered without a destination" } : {};
}

/** Where the requests of a VirtualService come in. */
export const meshEntries = (paths: readonly string[]): readonly TrafficEntry[] =>
  paths.map((path) => (path === "mesh" ? { kind: "mesh" } : { kind: "gateway", name: path }));

/** The parents of a Gateway API route: gateways, or Services of a mesh. */
export function parentEntries(object: KubeObject): readonly TrafficEntry[] {
  const namespace = namespaceOf(object);
  return (listOf(member(member(object, "spec"), "parentRefs")) ?? []).map((ref) => {
    const kind = (textOf(member(ref, "kind")) ?? "Gateway").toLowerCase();
    const home = textOf(member(ref, "namespace")) ?? namespace;
    const section = textOf(member(ref, "sectionName"));
    return {
      kind,
      name: `${home}/${textOf(member(ref, "name")) ?? ""}${section === undefined ? "" : ` (${section})`}`,
    };
  });
}
