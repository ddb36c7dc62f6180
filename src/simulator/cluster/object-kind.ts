import type { KubeObject } from "../../base/kube-object.ts";
import type { Resource, ResourceName } from "../../ports/cluster.ts";
import type { Kind } from "./served-kinds.ts";
import { apiVersionOf } from "./validate-write.ts";

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

/** The object under the version that was asked for: all versions of a kind share one schema. */
export function inVersion(object: KubeObject, kind: Kind, version: string): KubeObject {
  const apiVersion = apiVersionOf(kind, version);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
