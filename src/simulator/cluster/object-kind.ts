import { isMembers, type Members, setMember } from "../../base/json-value.ts";
import type { Resource, ResourceName } from "../../ports/cluster.ts";
import type { KubeObject } from "../../ports/route-adapter.ts";
import type { Millis } from "../../rollout/plan.ts";
import type { Kind } from "./served-kinds.ts";
import { apiVersionOf, rfc3339 } from "./validate-write.ts";

export function kindOf(kinds: readonly Kind[], { group, plural, version }: Resource): Kind | undefined {
  return kinds.find((kind) => kind.group === group && kind.plural === plural && kind.versions.includes(version));
}

/** Where an object belongs, by the kind and apiVersion that it names. */
export function resourceOf(object: KubeObject, kinds: readonly Kind[]): ResourceName {
  const [version = "", group = ""] = (object.apiVersion ?? "").split("/").reverse();
  const kind = kinds.find((known) => known.kind === object.kind && known.group === group);
  if (kind === undefined) throw new Error(`no kind ${object.kind} is served in ${object.apiVersion}`);
  const { name, namespace = "" } = object.metadata;
  return { group, version, plural: kind.plural, namespace, name };
}

/** An object at its creation: whatever the client claimed of the server's own fields does not count. */
export function born(object: Members, uid: string, now: Millis): Members {
  const given = isMembers(object["metadata"]) ? object["metadata"] : {};
  const {
    resourceVersion: _version,
    generation: _generation,
    managedFields: _fields,
    deletionTimestamp: _end,
    ...kept
  } = given;
  return { ...object, metadata: { ...kept, uid, creationTimestamp: rfc3339(now) } };
}

/** The object under the version that was asked for: all versions of a kind share one schema. */
export function inVersion(object: KubeObject, kind: Kind, version: string): KubeObject {
  const apiVersion = apiVersionOf(kind, version);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** RFC 7386: null removes, an object is merged, anything else replaces. */
export function merged(target: Members, patch: Members): Members {
  const result: Members = { ...target };
  for (const name of Object.keys(patch)) {
    const [old, change] = [result[name], patch[name]];
    if (change === null) delete result[name];
    else setMember(result, name, isMembers(change) ? merged(isMembers(old) ? old : {}, change) : change);
  }
  return result;
}
