import type { KubeObject } from "../base/kube-object.ts";
import { type Fields, fieldsOf, listOf, member } from "../base/read-fields.ts";
import { type Finding, finding } from "../base/reasons/finding.ts";
import type { RolloutTarget } from "../rollout/plan.ts";
import type { DestinationId } from "../rollout/rollout-state.ts";
import { sameDestination } from "../rollout/same-destination.ts";
import { type AdapterParts, type RouteShape, type RuleView, weightsIn } from "./route-view.ts";
import { rulesSelected } from "./rule-selectors.ts";

/** The object as it would be at home with the canary in it. Nobody writes it: what is selected in it says what to add. */
type Amended =
  | { readonly kind: "amended"; readonly object: KubeObject; readonly labels: readonly string[] }
  | { readonly kind: "unclear"; readonly finding: Finding };

/**
 * Adds the canary with weight 0 to every rule in scope that sends to stable without it. Undefined where that is no remedy: nobody
 * named the canary, or stable is nowhere; what was wrong without it says so.
 */
export function withCanary(lens: AdapterParts, object: KubeObject, target: RolloutTarget): Amended | undefined {
  const { shape } = lens;
  const view = lens.read(object);
  const { canary } = target;
  if (canary === undefined) return undefined;
  const scope = target.rules.length > 0 ? rulesSelected(view, shape, target.rules).rules : view.rules;
  const found = scope
    .filter(({ sends, readable }) => sends === "weighted" && readable)
    .filter(({ destinations }) => shape.named(canary, idsOf(destinations), view.namespace).length === 0)
    .flatMap((rule) => {
      const stable = stableIn(shape, rule, target.stable, view.namespace);
      return stable === undefined ? [] : { rule, stable };
    });
  const [first] = found;
  if (first === undefined) return undefined;
  if (found.some(({ stable }) => !sameDestination(stable, first.stable))) {
    return { kind: "unclear", finding: whichStable(found.map(({ rule }) => rule)) };
  }
  const additions = found.map(({ rule, stable }) => ({ rule, id: shape.idLike(canary, stable, view.namespace) }));
  if (additions.some(({ id }) => id === undefined || sameDestination(id, first.stable))) return undefined;
  return {
    kind: "amended",
    object: additions.reduce((one, { rule, id }) => added(shape, one, rule, id ?? "", view.namespace), object),
    labels: found.map(({ rule }) => rule.label),
  };
}

/** The one destination that stable is named for, or, where it is not named, the only one with traffic. */
function stableIn(
  shape: RouteShape,
  rule: RuleView,
  words: string | undefined,
  namespace: string,
): DestinationId | undefined {
  const busy = rule.destinations.filter(({ weight }) => (weight ?? 0) > 0 || getsAll(shape, rule)).map(({ id }) => id);
  const [only, ...more] =
    words === undefined ? [...new Set(busy)] : shape.named(words, idsOf(rule.destinations), namespace);
  return more.length > 0 ? undefined : only;
}

const idsOf = (destinations: RuleView["destinations"]) => destinations.map(({ id }) => id);
const getsAll = (shape: RouteShape, { destinations }: RuleView) => shape.loneGetsAll && destinations.length === 1;

const whichStable = (rules: readonly RuleView[]): Finding =>
  finding("canary-ambiguous", { unclear: "beside", rules: rules.map(weightsIn), destinations: [] });

/** A lone destination gets everything without a weight. Beside a second one it needs one, or the rule would send nothing. */
function added(
  shape: RouteShape,
  object: KubeObject,
  rule: RuleView,
  id: DestinationId,
  namespace: string,
): KubeObject {
  const spec = fieldsOf(object.spec) ?? {};
  const list = listOf(spec[rule.list]) ?? [];
  const value = fieldsOf(list[rule.index]) ?? {};
  const members = listOf(member(value, shape.members)) ?? [];
  const lone = getsAll(shape, rule) && (rule.destinations[0]?.weight ?? 0) === 0;
  const kept = lone ? members.map((entry) => ({ ...fieldsOf(entry), weight: 100 })) : members;
  const entry: Fields = { ...shape.entryOf(id, namespace, members), weight: 0 };
  const changed = { ...value, [shape.members]: [...kept, entry] };
  return { ...object, spec: { ...spec, [rule.list]: list.with(rule.index, changed) } };
}
