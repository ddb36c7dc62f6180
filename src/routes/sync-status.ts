import type { KubeObject } from "../base/kube-object.ts";
import { member } from "../base/read-fields.ts";
import type { SyncStatus } from "../rollout/observation.ts";
import { type Annotation, recordAnnotation } from "../rollout/record/annotations.ts";
import type { State } from "../rollout/rollout-state.ts";
import { destinationsChanged, differs, intentOf } from "./desired-weights.ts";
import { foreignManagers, ownedByController } from "./field-managers.ts";
import type { FoundRule } from "./find-recorded-rules.ts";
import { adviceOf, gitopsOf, keepersOf } from "./gitops-tools.ts";
import { homeCommand } from "./guarded-patch.ts";
import { type AdapterParts, enumerate, weightsText } from "./route-view.ts";

/** How the object's weights compare with the record; positions count for nothing, identity for everything. */
export function standing(lens: AdapterParts, object: KubeObject, state: State): SyncStatus {
  const view = lens.read(object);
  const { found, rules } = intentOf(view, state);
  const gone = state.rules.filter((_, index) => found[index] === undefined);
  if (gone.length > 0) {
    const labels = enumerate(gone.map(({ list, name, index }) => `${list}/${name ?? index}`));
    const because = `${labels} of ${view.title} no longer ${gone.length === 1 ? "exists" : "exist"}`;
    return { kind: "rule-gone", because, remedy: homeCommand(lens, object, state) };
  }
  const changed = found.flatMap((rule) => (rule === undefined ? [] : (destinationsChanged(rule) ?? [])));
  const moved = rules.flatMap((rule) => differs(lens.shape, rule) ?? []);
  const problems = [...new Set([...changed, ...moved])];
  const weights = weightsFound(found);
  // A controller that has taken the route over moves the weights sooner or later: nobody writes beside it.
  const owned = ownedByController(object);
  if (owned !== undefined) return { kind: "differs", because: owned.message.replace(/\.$/, ""), weights };
  if (problems.length === 0) return { kind: "as-recorded" };
  const lists = [...new Set(state.rules.map(({ list }) => list))];
  const by = enumerate([...new Set(lists.flatMap((list) => foreignManagers(object, list)))]);
  const who = by === "none" ? "somebody" : by;
  const tools = gitopsOf(object, state.rules);
  const kept = tools.length === 0 ? "" : ` (kept by ${tools.map(({ tool }) => tool).join(" and ")}: see the notes)`;
  const because = `${view.title} was changed by ${who}: ${enumerate(problems)}${kept}`;
  if (tools.length === 0) return { kind: "differs", because, weights };
  const keepers = keepersOf(object);
  const isRevert = keepers.length > 0 && (lists.some((list) => lastIsTool(object, list)) || isHome(found));
  const revertedBy = isRevert ? { revertedBy: keepers } : {};
  return { kind: "differs", because, weights, advice: tools.map(adviceOf), ...revertedBy };
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
    return {
      kind: "rule-gone",
      because: `${view.title}: ${intent.lost.because}`,
      remedy: homeCommand(lens, object, state),
    };
  }
  const moved = intent.rules.flatMap((rule) =>
    rule.adds === undefined
      ? (differs(lens.shape, rule) ?? [])
      : [`${rule.rule.label} does not send to ${rule.adds.id}`],
  );
  const kept = member(member(member(object, "metadata"), "annotations"), annotation);
  const lost = kept === undefined ? "is missing" : "is not the one that was written";
  const problems = [...moved, ...(kept === record ? [] : [`the annotation ${annotation} ${lost}`])];
  if (problems.length === 0) return { kind: "as-recorded" };
  const because = `${view.title} is not what was written: ${enumerate(problems)}`;
  return { kind: "differs", because, weights: weightsFound(intent.found) };
}

function weightsFound(found: readonly (FoundRule | undefined)[]): string {
  return enumerate(
    found.flatMap((entry) => (entry === undefined ? [] : `${entry.rule.label}: ${weightsText(entry.rule)}`)),
  );
}
