import type { JsonPatchOperation, KubeObject } from "../base/kube-object.ts";
import { member, textOf } from "../base/read-fields.ts";
import { type Notice, notice } from "../base/reasons/notice.ts";
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

/** What a person has to know who finds the rollout left as it stands: Flux is kept away until someone decides otherwise. */
export function fluxLeft(object: KubeObject, state: State): Notice | undefined {
  if ("endedAt" in state || fluxRestored(object, state).length === 0) return undefined;
  return notice("flux-still-paused", beforeIn(state.flux));
}

/** What preflight says of `gitops: pause-flux` to the rollout of this id, which may be under way already. */
export function fluxNotes(object: KubeObject, rollout: string, managed: { readonly byHelm: boolean }): Notice {
  if (managed.byHelm) return notice("flux-pause", { fate: "no-effect" });
  const present = presentState(object);
  const before = present === undefined || "endedAt" in present ? undefined : present;
  const flux = before?.flux ?? fluxToPause(object);
  if (flux === undefined) return notice("flux-pause", { fate: "kept" });
  if (before?.rollout === rollout && before.flux === undefined) return notice("flux-pause", { fate: "late" });
  return notice("flux-pause", { fate: before?.flux === undefined ? "planned" : "set", ...beforeIn(flux) });
}

const beforeIn = (flux: State["flux"]) => (flux === undefined || flux.before === null ? {} : { before: flux.before });
