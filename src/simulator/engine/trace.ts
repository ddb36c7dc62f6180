import type { Clock } from "../../base/clock.ts";
import { canonicalJson } from "../../base/json-value.ts";
import type { KubeObject } from "../../base/kube-object.ts";
import type { Millis } from "../../base/units.ts";
import type { Cluster } from "../../ports/cluster.ts";

export type Recorded = { readonly at: Millis; readonly what: string; readonly data: unknown };

/** Keeps what happened, and a hash over all of it: equal seeds must give equal hashes. */
interface Recorder {
  note(at: Millis, what: string, data?: unknown): void;
  readonly events: readonly Recorded[];
  /** Over everything noted so far, as 16 hexadecimal digits. */
  hash(): string;
}

/** Without `keep` only the hash and the count grow: a million runs need no memory for their traces. */
export function createRecorder({ keep = true }: { readonly keep?: boolean } = {}): Recorder {
  const events: Recorded[] = [];
  let high = 0x811c9dc5;
  let low = 0x050c5d1f;
  return {
    events,
    note(at, what, data = null) {
      if (keep) events.push({ at, what, data });
      const text = `${at} ${what} ${canonicalJson(data)}\n`;
      for (let i = 0; i < text.length; i += 1) {
        const unit = text.charCodeAt(i);
        high = Math.imul(high ^ unit, 0x01000193);
        low = Math.imul(low ^ unit ^ (high >>> 15), 0x85ebca6b);
      }
    },
    hash: () => [high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}

/** The same cluster, with every call and every answer noted. An object is noted by its version: the store has the rest. */
export function recorded(cluster: Cluster, recorder: Recorder, clock: Pick<Clock, "now">, who = "run"): Cluster {
  const noted = async <Result extends object>(
    what: string,
    asked: unknown,
    answer: Promise<Result>,
  ): Promise<Result> => {
    recorder.note(clock.now(), `${who} ${what}`, asked);
    const result = await answer;
    recorder.note(clock.now(), `${who} ${what} answered`, inShort(result));
    return result;
  };
  return {
    read: (resource, options) => noted("read", resource, cluster.read(resource, options)),
    patch: (resource, operations, options) =>
      noted(
        options.dryRun ? "dry-run" : "patch",
        { resource, operations },
        cluster.patch(resource, operations, options),
      ),
    list: (resource, options) => {
      const { labelSelector, fieldSelector } = options ?? {};
      return noted("list", { resource, labelSelector, fieldSelector }, cluster.list(resource, options));
    },
    versions: (group, options) => noted("versions", group, cluster.versions(group, options)),
    may: (verb, resource, options) => noted("may", { verb, resource }, cluster.may(verb, resource, options)),
    credential: () => cluster.credential(),
    close: () => {
      recorder.note(clock.now(), `${who} close`);
      cluster.close();
    },
  };
}

function inShort(result: { readonly object?: KubeObject; readonly items?: readonly KubeObject[] } & object): unknown {
  const { object, items, ...rest } = result;
  return {
    ...rest,
    ...(object && { object: versionOf(object) }),
    ...(items && { items: items.map(versionOf) }),
  };
}

function versionOf({ metadata: { name, uid, resourceVersion, generation } }: KubeObject) {
  return { name, uid, resourceVersion, generation };
}
