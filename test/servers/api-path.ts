import type { Resource } from "../../src/ports/cluster.ts";

/** What a path of the Kubernetes API means. */
export type ApiPath =
  | {
      readonly kind: "resource";
      readonly resource: Resource & { readonly name?: string };
      readonly subresource: string | undefined;
    }
  | { readonly kind: "group"; readonly group: string }
  | { readonly kind: "group-version"; readonly group: string; readonly version: string }
  | { readonly kind: "page"; readonly page: "version" | "core-versions" | "groups" }
  | { readonly kind: "review"; readonly review: "access" }
  | { readonly kind: "nowhere" };

const pages: Readonly<Record<string, "version" | "core-versions" | "groups">> = {
  "/version": "version",
  "/api": "core-versions",
  "/apis": "groups",
};

export function apiPath(pathname: string): ApiPath {
  const page = pages[pathname.replace(/(?<=.)\/$/, "")];
  if (page !== undefined) return { kind: "page", page };
  const [root, ...parts] = pathname.split("/").slice(1).map(decodeURIComponent);
  if (root === "api") return inVersion("", parts);
  if (root !== "apis") return { kind: "nowhere" };
  const [group = "", ...rest] = parts;
  if (rest.length === 0) return { kind: "group", group };
  if (group === "authorization.k8s.io" && rest[1] === "selfsubjectaccessreviews") {
    return { kind: "review", review: "access" };
  }
  return inVersion(group, rest);
}

function inVersion(group: string, [version = "", ...parts]: readonly string[]): ApiPath {
  if (parts.length === 0) return { kind: "group-version", group, version };
  // /namespaces/NS alone is the namespace itself; with more after it, what stands in it.
  const inNamespace = parts[0] === "namespaces" && parts.length > 2;
  const namespace = inNamespace ? (parts[1] ?? "") : "";
  const [plural = "", name, subresource] = inNamespace ? parts.slice(2) : parts;
  const resource = { group, version, plural, namespace, ...(name === undefined ? {} : { name }) };
  return { kind: "resource", resource, subresource };
}
