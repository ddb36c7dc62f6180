import { canonicalText } from "../base/content-digest.ts";
import { copyJson } from "../base/json-value.ts";
import type { KubeObject } from "../base/kube-object.ts";
import type { Millis, Percent } from "../base/units.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { Plan } from "../rollout/plan.ts";
import { plannedStates } from "../rollout/planned-states.ts";
import { recordAnnotation } from "../rollout/record/annotations.ts";
import { decodeRecord } from "../rollout/record/decode.ts";
import type { State } from "../rollout/rollout-state.ts";
import { toldOf } from "../text/index.ts";
import { gitopsManager, type Simulation } from "./simulation.ts";

/** What others do to the route. Each says in a sentence what came of it. */

/** Somebody moves the weights by hand, as with `kubectl edit`. */
export function setWeight(setting: Simulation, plan: Plan, driver: RouteAdapter, now: Millis, weight: Percent): string {
  const { store, scene } = setting;
  const object = store.object(scene.resource);
  const state = object === undefined ? undefined : (recordOn(object) ?? wouldBegin(object, plan, driver, now));
  if (object === undefined || state === undefined)
    return "somebody wanted to move the weights, and there is nothing to move";
  const edited: State = { ...state, status: "progressing", weight };
  const planned = driver.write(object, edited, "");
  if (planned.kind === "refused") return `a change of the weights was not possible: ${toldOf(planned.finding)}`;
  const weights = planned.operations.filter(({ path }) => path.startsWith("/spec/"));
  store.patch(now, scene.resource, weights, { manager: "kubectl-edit" });
  return `a person sets the canary to ${weight}% by hand`;
}

/** A GitOps tool puts back what its repository holds; what only the cluster has, as the record, it leaves alone. */
export function revert({ store, routes }: Simulation, now: Millis): string | undefined {
  const moved = routes.filter(({ resource, driver, home }) => {
    const object = store.object(resource);
    return object !== undefined && canonicalText(driver.weights(object)) !== canonicalText(driver.weights(home));
  });
  for (const { resource, home } of moved) {
    const change = (draft: { spec: unknown }) => {
      draft.spec = copyJson(home.spec);
    };
    store.edit(now, resource, change, gitopsManager);
  }
  return moved.length === 0 ? undefined : "GitOps puts the weights of its repository back";
}

/** Some controller keeps a note of its own on the route: a new version each time, and the same weights. */
export function touch({ store, scene }: Simulation, now: Millis): void {
  if (store.object(scene.resource) === undefined) return;
  const change = (draft: { metadata: Record<string, unknown> }) => {
    const annotations = draft.metadata["annotations"] as Record<string, string> | undefined;
    draft.metadata["annotations"] = { ...annotations, "example.com/checked-at": new Date(now).toISOString() };
  };
  store.edit(now, scene.resource, change, "checker");
}

/** The record goes, and the weights stay as they are. */
export function removeRecord({ store, scene }: Simulation, now: Millis): string {
  const object = store.object(scene.resource);
  if (object?.metadata.annotations?.[recordAnnotation] === undefined)
    return "the record would be removed now, and there is none";
  const change = (draft: { metadata: Record<string, unknown> }) => {
    const { [recordAnnotation]: _, ...others } = draft.metadata["annotations"] as Record<string, string>;
    draft.metadata["annotations"] = others;
  };
  store.edit(now, scene.resource, change, "kubectl-annotate");
  return "the record is removed from the route";
}

export function recordOn(object: KubeObject): State | undefined {
  const text = object.metadata.annotations?.[recordAnnotation];
  const decoded = text === undefined ? undefined : decodeRecord(text);
  return decoded?.kind === "state" ? decoded.state : undefined;
}

/** The first record of a rollout that has not begun: it names the rules that somebody would edit. */
function wouldBegin(object: KubeObject, plan: Plan, driver: RouteAdapter, now: Millis): State | undefined {
  const selected = driver.select(object, plan.target);
  if (selected.kind === "refused") return undefined;
  const asked = {
    command: "run",
    me: { id: "somebody", attempt: 1 },
    startedAt: now,
    repository: "",
    pullRequest: null,
    revision: plan.revision,
    revisionGiven: false,
    byHand: true,
    onlyContinues: false,
  } as const;
  return plannedStates(plan, asked, object.metadata.uid ?? "", selected.selection, undefined, now)[0];
}
