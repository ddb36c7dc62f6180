import type { JsonPatchOperation, KubeObject } from "../base/kube-object.ts";
import { member, textOf } from "../base/read-fields.ts";
import { recordAnnotation } from "../rollout/record/annotations.ts";
import { decodeRecord } from "../rollout/record/decode.ts";
import type { State } from "../rollout/rollout-state.ts";

const fluxKey = "kustomize.toolkit.fluxcd.io/reconcile";
const fluxPath = `/metadata/annotations/${fluxKey.replace("/", "~1")}`;
const keepAway = "disabled";

const annotationOf = (object: KubeObject, key: string): string | undefined =>
  textOf(member(member(member(object, "metadata"), "annotations"), key));
const isKeepAway = (word: string | undefined) => word?.toLowerCase() === keepAway;

/** Whether Flux leaves the object alone: it heeds the word as an annotation and as a label. */
export const fluxIsPaused = (object: KubeObject): boolean =>
  isKeepAway(annotationOf(object, fluxKey)) ||
  isKeepAway(textOf(member(member(member(object, "metadata"), "labels"), fluxKey)));

/** What a rollout that is to pause Flux would replace; undefined where Flux is paused already, which is nobody's to undo. */
export function fluxToPause(object: KubeObject): State["flux"] {
  return fluxIsPaused(object) ? undefined : { before: annotationOf(object, fluxKey) ?? null };
}

/**
 * Pauses Flux with the first weight, and puts back what stood there in the patch that ends the rollout. A record that has
 * ended before does neither: what stands there since then is somebody else's.
 */
export function fluxOperations(object: KubeObject, wanted: State): readonly JsonPatchOperation[] {
  if (!("endedAt" in wanted)) {
    const add = wanted.flux !== undefined && !isKeepAway(annotationOf(object, fluxKey));
    return add ? [{ op: "add", path: fluxPath, value: keepAway }] : [];
  }
  const present = presentState(object);
  if (present !== undefined && "endedAt" in present) return [];
  // Where the record is gone, the one that is put back says what stood there.
  return fluxRestored(object, present ?? wanted);
}

/** Takes away our own word alone: another one in its place was written by somebody else. */
export function fluxRestored(object: KubeObject, { flux }: State): readonly JsonPatchOperation[] {
  if (flux === undefined || !isKeepAway(annotationOf(object, fluxKey))) return [];
  return flux.before === null
    ? [{ op: "remove", path: fluxPath }]
    : [{ op: "add", path: fluxPath, value: flux.before }];
}

function presentState(object: KubeObject): State | undefined {
  const text = annotationOf(object, recordAnnotation);
  const decoded = text === undefined ? undefined : decodeRecord(text);
  return decoded?.kind === "state" ? decoded.state : undefined;
}

/** What a person has to know who finds the rollout left as it stands: Flux is kept away until somebody says otherwise. */
export function fluxLeft(object: KubeObject, state: State): string | undefined {
  if ("endedAt" in state || fluxRestored(object, state).length === 0) return undefined;
  const word = state.flux?.before === null ? "remove it" : `set it to ${JSON.stringify(state.flux?.before)} again`;
  return `Flux is still kept from this object by the annotation ${fluxKey}: ${keepAway} (gitops: pause-flux). A \`rollback\` takes it away; if you keep these weights, ${word} by hand.`;
}

/** What preflight says of `gitops: pause-flux` to the rollout of this id, which may be under way already. */
export function fluxNotes(object: KubeObject, rollout: string, managed: { readonly byHelm: boolean }): string {
  const what = `gitops: pause-flux: the annotation ${fluxKey}: ${keepAway}`;
  if (managed.byHelm) return `${what} has no effect on an object of a HelmRelease; see the note on Helm.`;
  const present = presentState(object);
  const before = present === undefined || "endedAt" in present ? undefined : present;
  const flux = before?.flux ?? fluxToPause(object);
  if (flux === undefined) return `${what} was there before, so it stays when the rollout ends.`;
  const after = flux.before === null ? "taken away" : `put back to ${JSON.stringify(flux.before)}`;
  if (before?.rollout === rollout && before.flux === undefined)
    return `${what} is set with the first weight, which this rollout had before it was asked for: it is not set any more.`;
  const when = before?.flux === undefined ? "is set with the first weight and" : "is set and will be";
  return `${what} ${when} ${after} by the patch that ends the rollout.`;
}
