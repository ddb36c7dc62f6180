import type { JsonPatch } from "./kube-object.ts";
import type { PatchByHand } from "./reasons/route-shapes.ts";

/** An object as kubectl names it. */
export type KubectlObject = {
  /** As `virtualservices.networking.istio.io`. */
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
};

/** A patch as a command that a person can run, safe to paste whatever the object's name holds. */
export const kubectlPatch = (object: KubectlObject, operations: JsonPatch): string =>
  kubectl(object, "patch", ["--type", "json", "--patch", JSON.stringify(operations)]);

/** The same of a patch that a reason holds: the version test comes first, the removals last. */
export function patchCommand({ version, weights, restored, removed, ...object }: PatchByHand): string {
  return kubectlPatch(object, [
    ...(version === undefined ? [] : [{ op: "test" as const, path: "/metadata/resourceVersion", value: version }]),
    ...[...weights, ...restored].map(({ path, value }) => ({ op: "add" as const, path, value })),
    ...removed.map((path) => ({ op: "remove" as const, path })),
  ]);
}

/** The command that makes another field manager own the object as it stands: applied, the same weights have two owners. */
export function kubectlKeep(object: KubectlObject): string {
  const apply = "kubectl apply --server-side --force-conflicts --field-manager keep-weights --filename -";
  return `${kubectl(object, "get", ["--output", "json"])} | ${apply}`;
}

function kubectl({ resource, name, namespace }: KubectlObject, verb: "get" | "patch", options: readonly string[]) {
  return ["kubectl", verb, resource, name, "--namespace", namespace, ...options].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[A-Za-z0-9._/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
