import type { Verb } from "../ports/cluster.ts";
import type { Named } from "./resource-path-and-name.ts";

/** What a SelfSubjectAccessReview asks. The right to read a namespace is granted within it. */
export function reviewOf(verb: Verb, resource: Named): string {
  const { group, version, plural, name } = resource;
  const isNamespace = group === "" && plural === "namespaces" && name !== undefined;
  const namespace = isNamespace ? name : resource.namespace;
  return JSON.stringify({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: {
      resourceAttributes: {
        verb,
        group,
        version,
        resource: plural,
        namespace,
        ...(name === undefined ? {} : { name }),
      },
    },
  });
}
