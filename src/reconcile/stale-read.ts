import type { KubeObject } from "../base/kube-object.ts";

/**
 * How far this run has seen its route go. An API server that lags behind the others answers with an older version. What stands there has
 * passed: a record that has ended since is no reason to begin, and one that was removed is no reason to stop.
 */
export type SeenVersions = {
  /** Versions that patches of this run have replaced: they never come back. */
  readonly replaced: Set<string>;
  /** The highest generation that this run has seen, of the object that had it. */
  newest: { readonly uid: string | undefined; readonly generation: number } | undefined;
};

export const newSeenVersions = (): SeenVersions => ({ replaced: new Set(), newest: undefined });

/** The route as an answer showed it. */
export function noticeVersion(seen: SeenVersions, { metadata: { uid, generation } }: KubeObject): void {
  if (generation === undefined) return;
  const { newest } = seen;
  if (newest === undefined || newest.uid !== uid || newest.generation < generation) seen.newest = { uid, generation };
}

/** Versions say nothing of their order; that a patch led from one to the other does. */
export function noticeReplaced(seen: SeenVersions, before: KubeObject, after: KubeObject): void {
  noticeVersion(seen, after);
  const { resourceVersion: version = "" } = before.metadata;
  if (version !== after.metadata.resourceVersion) seen.replaced.add(version);
}

/** A generation rises with each change of what is asked for, and never falls while the object lives; a new object starts at 1. */
export function isStale({ replaced, newest }: SeenVersions, { metadata }: KubeObject): boolean {
  if (replaced.has(metadata.resourceVersion ?? "")) return true;
  return newest !== undefined && newest.uid === metadata.uid && (metadata.generation ?? 0) < newest.generation;
}
