import type { KubeObject } from "../../../src/base/kube-object.ts";
import type { Change } from "./oracles.ts";
import { isEnded, isRec, type Rec, recordOf } from "./record.ts";
import { sameRules, splits } from "./route.ts";

/** Versions of the route that show an unfinished rollout's own weights, split between two versions, under no record. */
export type Orphans = {
  changed(change: Change, ours: Rec | undefined): void;
  has(version: string | undefined): boolean;
};

export function orphansOf(): Orphans {
  const orphans = new Set<string>();
  /** Versions whose rules Sluice was the last to change. */
  const ours = new Set<string>();
  const versionOf = (object: KubeObject | undefined) => object?.metadata.resourceVersion ?? "";
  return {
    has: (version) => orphans.has(version ?? ""),
    changed({ before, after }, written) {
      if (after === undefined || before === undefined || before.metadata.uid !== after.metadata.uid) return;
      const isSame = sameRules(before, after);
      const isOurs =
        written !== undefined ? !isSame || ours.has(versionOf(before)) : isSame && ours.has(versionOf(before));
      if (!isOurs) return;
      ours.add(versionOf(after));
      if (recordOf(after) !== "none" || !splits(after)) return;
      const was = recordOf(before);
      // A record that a webhook took out of our own write was never there.
      const record = written ?? (isRec(was) ? was : undefined);
      const isUnfinished = record !== undefined && !isEnded(record) && record.uid === after.metadata.uid;
      if (isUnfinished || (record === undefined && orphans.has(versionOf(before)))) orphans.add(versionOf(after));
    },
  };
}
