import type { KubeObject } from "../base/kube-object.ts";
import { member } from "../base/read-fields.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { RuleWeights } from "../base/reasons/route-shapes.ts";
import type { SyncStatus } from "../rollout/observation.ts";
import { type Annotation, recordAnnotation } from "../rollout/record/annotations.ts";
import type { State } from "../rollout/rollout-state.ts";
import { destinationsChanged, differs, intentOf } from "./desired-weights.ts";
import { foreignManagers, ownedByController } from "./field-managers.ts";
import type { FoundRule } from "./find-recorded-rules.ts";
import { gitopsOf, keepersOf } from "./gitops-tools.ts";
import { homeCommand } from "./guarded-patch.ts";
import { type AdapterParts, weightsIn } from "./route-view.ts";

/** How the object's weights compare with the record; positions count for nothing, identity for everything. */
export function standing(lens: AdapterParts, object: KubeObject, state: State): SyncStatus {
  const view = lens.read(object);
  const { found, rules } = intentOf(view, state);
  const gone = state.rules.filter((_, index) => found[index] === undefined);
  if (gone.length > 0) {
    const labels = gone.map(({ list, name, index }) => `${list}/${name ?? index}`);
    const lost = reason("rules-gone", { object: view.title, rules: labels });
    return { kind: "rule-gone", reason: lost, remedy: homeCommand(lens, object, state) };
  }
  const changed = found.flatMap((rule) => (rule === undefined ? [] : (destinationsChanged(rule) ?? [])));
  const moved = rules.flatMap((rule) => differs(lens.shape, rule) ?? []);
  const differences = [...changed, ...moved];
  const weights = weightsFound(found);
  // A controller that has taken the route over moves the weights sooner or later: Sluice does not write beside it.
  const owned = ownedByController(object);
  if (owned !== undefined) return { kind: "differs", reason: owned.reason, weights };
  if (differences.length === 0) return { kind: "as-recorded" };
  const lists = [...new Set(state.rules.map(({ list }) => list))];
  const managers = [...new Set(lists.flatMap((list) => foreignManagers(object, list)))];
  const tools = gitopsOf(object, state.rules);
  const keptBy = tools.map(({ tool }) => tool);
  const changedBy = reason("route-changed", { object: view.title, managers, differences, keptBy });
  if (tools.length === 0) return { kind: "differs", reason: changedBy, weights };
  const keepers = keepersOf(object);
  const isRevert = keepers.length > 0 && (lists.some((list) => lastIsTool(object, list)) || isHome(found));
  const revertedBy = isRevert ? { revertedBy: keepers } : {};
  return { kind: "differs", reason: changedBy, weights, advice: tools.map(({ advice }) => advice), ...revertedBy };
}

/** Whether the last foreign writer of a list is a tool that applies what Git holds. */
const lastIsTool = (object: KubeObject, list: string): boolean =>
  /^(argocd|kustomize-controller$|helm-controller$|flux)/.test(foreignManagers(object, list)[0] ?? "");

/** Whether the rules show what they showed before the rollout. */
const isHome = (found: readonly (FoundRule | undefined)[]): boolean =>
  found.every((one) =>
    one?.touched.home.every((weight, index) => {
      const position = one.positions[index];
      return position !== undefined && (one.rule.destinations[position]?.weight ?? 0) === (weight ?? 0);
    }),
  );

/** Whether a reply shows what the patch intended: an admission webhook may have changed weights or dropped the record. */
export function landed(
  lens: AdapterParts,
  object: KubeObject,
  state: State,
  record: string,
  annotation: Annotation = recordAnnotation,
): SyncStatus {
  const view = lens.read(object);
  const intent = intentOf(view, state);
  if (intent.lost !== undefined) {
    const lost = reason("written-differently", { object: view.title, differences: [intent.lost.reason] });
    return { kind: "rule-gone", reason: lost, remedy: homeCommand(lens, object, state) };
  }
  const moved = intent.rules.flatMap((rule): readonly Reason[] => {
    if (rule.adds !== undefined) return [reason("canary-not-added", { rule: rule.rule.label, canary: rule.adds.id })];
    const found = differs(lens.shape, rule);
    return found === undefined ? [] : [found];
  });
  const kept = member(member(member(object, "metadata"), "annotations"), annotation);
  const found = kept === undefined ? "nothing" : "another";
  const altered = kept === record ? [] : [reason("annotation-altered", { annotation, found })];
  const differences = [...moved, ...altered];
  if (differences.length === 0) return { kind: "as-recorded" };
  const written = reason("written-differently", { object: view.title, differences });
  return { kind: "differs", reason: written, weights: weightsFound(intent.found) };
}

const weightsFound = (found: readonly (FoundRule | undefined)[]): readonly RuleWeights[] =>
  found.flatMap((entry) => (entry === undefined ? [] : weightsIn(entry.rule)));
