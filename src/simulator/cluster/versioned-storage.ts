import type { Members } from "../../base/json-value.ts";
import type { KubeObject } from "../../base/kube-object.ts";
import type { Millis } from "../../base/units.ts";
import type { Resource, ResourceName } from "../../ports/cluster.ts";
import { type Stream, stream } from "../engine/seeded-random.ts";
import type { Admission } from "./admission.ts";
import { inVersion, kindOf } from "./object-kind.ts";
import type { Kind } from "./served-kinds.ts";
import type { SimulatedResponse } from "./server-responses.ts";
import * as answers from "./server-responses.ts";
import { frozen, settle, type Write } from "./validate-write.ts";

/** One change of one object, as an oracle reads it afterwards. */
export type Version = {
  readonly at: Millis;
  readonly resource: ResourceName;
  readonly version: string;
  readonly before: KubeObject | undefined;
  /** Absent: the object was removed. */
  readonly after: KubeObject | undefined;
  readonly write: Write;
};

/** What a store holds. Everything in it changes only here. */
export type Shelf = {
  readonly kinds: readonly Kind[];
  readonly objects: Map<string, KubeObject>;
  readonly history: Version[];
  readonly admissions: Admission[];
  readonly onVersion: ((version: Version) => void) | undefined;
  readonly random: Stream;
  /** What was listed, by question, and at which version of the whole store. */
  readonly listed: Map<string, { readonly counter: number; readonly answer: SimulatedResponse }>;
  counter: number;
  interposed: (() => void) | undefined;
};

export function shelf(
  seed: number,
  kinds: readonly Kind[],
  admissions: Admission[],
  onVersion: ((version: Version) => void) | undefined,
): Shelf {
  const random = stream(seed, "store");
  const counter = 8000 + random.below(1000);
  const empty = { objects: new Map(), history: [], listed: new Map() };
  return { ...empty, kinds, admissions, onVersion, random, counter, interposed: undefined };
}

export type Change = { readonly object: Members; readonly deletes?: boolean } | SimulatedResponse;

/** Works a change out on the object as it stands and stores it; on a race with another writer it is worked out again. */
export function commit(
  held: Shelf,
  now: Millis,
  resource: ResourceName,
  write: Write = {},
  change: (current: KubeObject) => Change,
  creates = false,
): SimulatedResponse {
  const kind = kindOf(held.kinds, resource);
  if (kind === undefined) return answers.pageNotFound;
  const before = stored(held, resource);
  if (before === undefined && !creates) return answers.notFound(resource);
  const changed = change(before === undefined ? nothing : inVersion(before, kind, resource.version));
  const settled =
    "code" in changed
      ? changed
      : settle(
          { now, resource, kind, before, admissions: held.admissions, write, deletes: changed.deletes === true },
          changed.object,
        );
  if ("code" in settled) return settled;

  const act = held.interposed;
  held.interposed = undefined;
  act?.();
  if (stored(held, resource) !== before) return commit(held, now, resource, write, change, creates);

  const code = before === undefined ? 201 : 200;
  const { object, warnings, same } = settled;
  if (same || write.dryRun === true) return { code, body: inVersion(object, kind, resource.version), warnings };
  held.counter += 1;
  const version = String(held.counter);
  // An object whose last finalizer went is gone with this write; the answer still shows the version before it.
  const { deletionTimestamp, finalizers = [] } = object.metadata as KubeObject["metadata"] & { finalizers?: string[] };
  const ended = deletionTimestamp !== undefined && finalizers.length === 0;
  const after = ended ? object : frozen({ ...object, metadata: { ...object.metadata, resourceVersion: version } });
  keep(held, { at: now, resource, version, before, after: ended ? undefined : after, write });
  return { code, body: inVersion(after, kind, resource.version), warnings };
}

const nothing: KubeObject = { metadata: { name: "" } };

export function drop(held: Shelf, now: Millis, resource: ResourceName, write: Write): void {
  held.counter += 1;
  const before = stored(held, resource);
  keep(held, { at: now, resource, version: String(held.counter), before, after: undefined, write });
}

function keep(held: Shelf, version: Version): void {
  const key = keyOf(version.resource);
  if (version.after === undefined) held.objects.delete(key);
  else held.objects.set(key, version.after);
  held.history.push(version);
  held.onVersion?.(version);
}

export function stored(held: Shelf, resource: ResourceName): KubeObject | undefined {
  return held.objects.get(keyOf(resource));
}

/** The objects of a collection, by namespace and name; an empty namespace means all. */
export function inCollection(held: Shelf, { group, plural, namespace }: Resource): KubeObject[] {
  const start = namespace === "" ? `${group}/${plural}/` : `${group}/${plural}/${namespace}/`;
  return [...held.objects]
    .filter(([key]) => key.startsWith(start))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, object]) => object);
}

function keyOf({ group, plural, namespace, name }: ResourceName): string {
  return `${group}/${plural}/${namespace}/${name}`;
}

export function uid(held: Shelf): string {
  const digits = [0, 0, 0, 0].map(() => held.random.word().toString(16).padStart(8, "0")).join("");
  const variant = (8 + held.random.below(4)).toString(16);
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`];
  return [...parts, `${variant}${digits.slice(17, 20)}`, digits.slice(20)].join("-");
}
