import { copyJson, isMembers, type Members, sameJson } from "../../base/json-value.ts";
import type { KubeObject } from "../../base/kube-object.ts";
import type { Millis } from "../../base/units.ts";
import type { Resource, ResourceName } from "../../ports/cluster.ts";
import type { Admission } from "./admission.ts";
import { applyJsonPatch, merged, mostOperations } from "./json-patch.ts";
import { fieldSelector, labelSelector } from "./list-selectors.ts";
import { inVersion, kindOf, resourceOf } from "./object-kind.ts";
import { kinds as allKinds, type Kind } from "./served-kinds.ts";
import type { SimulatedResponse } from "./server-responses.ts";
import * as answers from "./server-responses.ts";
import { apiVersionOf, born, rfc3339, type Write } from "./validate-write.ts";
import { commit, drop, inCollection, type Shelf, shelf, stored, uid, type Version } from "./versioned-storage.ts";

export type { Write } from "./validate-write.ts";
export type { Version } from "./versioned-storage.ts";

type StoreOptions = {
  readonly seed: number;
  readonly kinds?: readonly Kind[];
  readonly admissions?: readonly Admission[];
  /** Told of every change as it happens. */
  readonly onVersion?: (version: Version) => void;
};

/** An object in the hands of a foreign writer, who may change anything. */
export type ObjectDraft = { metadata: Members; spec: Members; status: Members } & Members;
type ListSelectors = { readonly labelSelector?: string; readonly fieldSelector?: string };

/** The objects of one API server. Time is the server's and an argument; randomness is the seed's. */
export interface Store {
  create(now: Millis, resource: Resource, object: unknown, write?: Write): SimulatedResponse;
  read(resource: ResourceName): SimulatedResponse;
  list(resource: Resource, selectors?: ListSelectors): SimulatedResponse;
  patch(now: Millis, resource: ResourceName, operations: unknown, write?: Write): SimulatedResponse;
  mergePatch(now: Millis, resource: ResourceName, patch: unknown, write?: Write): SimulatedResponse;
  update(now: Millis, resource: ResourceName, object: unknown, write?: Write): SimulatedResponse;
  remove(now: Millis, resource: ResourceName, write?: Write): SimulatedResponse;
  /** The API versions that are served of a group. */
  versions(group: string): SimulatedResponse;
  /** What `kubectl apply` does: creates the object, or replaces what is there. Throws where the server would refuse. */
  place(now: Millis, object: KubeObject, manager?: string): KubeObject;
  /** A foreign writer changes the object as it stands. Throws where the server would refuse. */
  edit(now: Millis, resource: ResourceName, change: (draft: ObjectDraft) => void, by: string | Write): KubeObject;
  object(resource: ResourceName): KubeObject | undefined;
  /** Calls `act` once, between the working out of the next write and its storing, as another client would come between. */
  interpose(act: () => void): void;
  readonly kinds: readonly Kind[];
  /** Every version of every object, the oldest first. */
  readonly history: readonly Version[];
  /** Asked at every write; more may be added at any time. */
  readonly admissions: Admission[];
}

export function createStore({ seed, kinds = allKinds, admissions = [], onVersion }: StoreOptions): Store {
  const held = shelf(seed, kinds, [...admissions], onVersion);
  return {
    kinds,
    history: held.history,
    admissions: held.admissions,
    create: (now, resource, object, write) => create(held, now, resource, object, write),
    read: (resource) => read(held, resource),
    list: (resource, selectors) => list(held, resource, selectors),
    patch: (now, resource, operations, write) =>
      commit(held, now, resource, write, (current) => patched(current, operations)),
    mergePatch: (now, resource, patch, write) =>
      commit(held, now, resource, write, (current) =>
        isMembers(patch) ? { object: merged(copyJson(current) as Members, patch) } : notAnObject,
      ),
    update: (now, resource, object, write) =>
      commit(held, now, resource, write, () => (isMembers(object) ? { object } : notAnObject)),
    remove: (now, resource, write) => remove(held, now, resource, write),
    versions: (group) => versions(kinds, group),
    place: (now, object, manager) => place(held, now, object, manager),
    edit: (now, resource, change, by) =>
      edit(held, now, resource, change, typeof by === "string" ? { manager: by } : by),
    object: (resource) => stored(held, resource),
    interpose: (act) => {
      held.interposed = act;
    },
  };
}

const notAnObject = answers.badRequest("the object provided is unrecognized: it is not a JSON object");

function create(held: Shelf, now: Millis, resource: Resource, object: unknown, write?: Write): SimulatedResponse {
  const name = isMembers(object) && isMembers(object["metadata"]) ? object["metadata"]["name"] : undefined;
  if (!isMembers(object) || typeof name !== "string") return answers.badRequest("name or generateName is required");
  const named = { ...resource, name };
  if (stored(held, named) !== undefined) return answers.alreadyExists(named);
  return commit(held, now, named, write, () => ({ object: born(object, uid(held), now) }), true);
}

function read(held: Shelf, resource: ResourceName): SimulatedResponse {
  const kind = kindOf(held.kinds, resource);
  if (kind === undefined) return answers.pageNotFound;
  const object = stored(held, resource);
  return object === undefined ? answers.notFound(resource) : answers.ok(inVersion(object, kind, resource.version));
}

/** Turn after turn asks for the same collections: as long as nothing was written the answer is the same. */
function list(held: Shelf, resource: Resource, selectors: ListSelectors = {}): SimulatedResponse {
  const { group, version, plural, namespace } = resource;
  const question = JSON.stringify([group, version, plural, namespace, selectors]);
  const known = held.listed.get(question);
  if (known?.counter === held.counter) return known.answer;
  const answer = listAnew(held, resource, selectors);
  held.listed.set(question, { counter: held.counter, answer });
  return answer;
}

function listAnew(held: Shelf, resource: Resource, selectors: ListSelectors): SimulatedResponse {
  const kind = kindOf(held.kinds, resource);
  if (kind === undefined) return answers.pageNotFound;
  const byLabel = labelSelector(selectors.labelSelector ?? "");
  const byField = fieldSelector(selectors.fieldSelector ?? "");
  if (byLabel.kind === "refused") return answers.badRequest(byLabel.message);
  if (byField.kind === "refused") return answers.badRequest(byField.message);
  const items = inCollection(held, resource)
    .filter((object) => byLabel.matches(object) && byField.matches(object))
    .map((object) => inVersion(object, kind, resource.version))
    .map(({ apiVersion, kind: word, ...rest }) => (kind.builtIn ? rest : { apiVersion, kind: word, ...rest }));
  const metadata = { resourceVersion: String(held.counter) };
  return answers.ok({ kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind, resource.version), metadata, items });
}

function patched(current: KubeObject, operations: unknown) {
  const result = applyJsonPatch(current, operations);
  switch (result.kind) {
    case "patched":
      return isMembers(result.document) ? { object: result.document } : notAnObject;
    case "failed":
      return answers.patchDoesNotApply;
    case "malformed":
      return answers.badRequest(`error decoding patch: ${result.because}`);
    case "too-long": {
      const words = `The allowed maximum operations in a JSON patch is ${mostOperations}, got ${result.operations}`;
      return answers.tooLarge(words);
    }
    default:
      return result satisfies never;
  }
}

function remove(held: Shelf, now: Millis, resource: ResourceName, write: Write = {}): SimulatedResponse {
  if (kindOf(held.kinds, resource) === undefined) return answers.pageNotFound;
  const current = stored(held, resource);
  if (current === undefined) return answers.notFound(resource);
  const { finalizers } = current.metadata as Members;
  if (Array.isArray(finalizers) && finalizers.length > 0) {
    const end = { deletionTimestamp: rfc3339(now), deletionGracePeriodSeconds: 0 };
    return commit(held, now, resource, write, (object) => ({
      object: { ...object, metadata: { ...object.metadata, ...end } },
      deletes: true,
    }));
  }
  if (write.dryRun !== true) drop(held, now, resource, write);
  return answers.removed(resource, current.metadata.uid);
}

function versions(kinds: readonly Kind[], group: string): SimulatedResponse {
  const served = [...new Set(kinds.filter((kind) => kind.group === group).flatMap((kind) => kind.versions))];
  const [preferred] = served;
  if (preferred === undefined || group === "") return answers.pageNotFound;
  const named = (version: string) => ({ groupVersion: `${group}/${version}`, version });
  const head = { kind: "APIGroup", apiVersion: "v1", name: group };
  return answers.ok({ ...head, versions: served.map(named), preferredVersion: named(preferred) });
}

function place(held: Shelf, now: Millis, object: KubeObject, manager = "kubectl"): KubeObject {
  const resource = resourceOf(object, held.kinds);
  const current = stored(held, resource);
  if (current === undefined) return accepted(create(held, now, resource, object, { manager }));
  const { labels: _labels, annotations: _annotations, ...kept } = current.metadata;
  const next: Members = { ...object, metadata: { ...kept, ...object.metadata } };
  return accepted(commit(held, now, resource, { manager }, () => ({ object: next })));
}

function edit(
  held: Shelf,
  now: Millis,
  resource: ResourceName,
  change: (draft: ObjectDraft) => void,
  write: Write,
): KubeObject {
  const answer = commit(held, now, resource, write, (current) => {
    const draft: Members = copyJson({ spec: {}, status: {}, ...current });
    change(draft as ObjectDraft);
    // An object without spec or status gets none by being looked at.
    for (const part of ["spec", "status"] as const) {
      if (current[part] === undefined && sameJson(draft[part], {})) delete draft[part];
    }
    return { object: draft };
  });
  return accepted(answer);
}

/** A refused foreign edit is a mistake in a scene, never something to go on with. */
function accepted({ code, body }: SimulatedResponse): KubeObject {
  if (code < 300) return body as KubeObject;
  throw new Error(isMembers(body) ? `${code}: ${String(body["message"])}` : `${code}: ${String(body)}`);
}
