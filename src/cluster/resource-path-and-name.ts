import type { Resource } from "../ports/cluster.ts";

export type Named = Resource & { readonly name?: string };

/** The path of an object or a collection below the server's URL. An empty namespace means that the kind has none. */
export function pathOf(resource: Named): string {
  const { group, version, namespace, plural, name } = resource;
  return [
    ...(group === "" ? ["api", version] : ["apis", group, version]),
    ...(namespace === "" ? [] : ["namespaces", namespace]),
    plural,
    ...(name === undefined ? [] : [name]),
  ]
    .map((part) => `/${encodeURIComponent(part)}`)
    .join("");
}

/** As `virtualservices.networking.istio.io "reviews" in namespace "shop"`. */
export function nameOf(resource: Named): string {
  const kind = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
  const name = resource.name === undefined ? "" : ` ${JSON.stringify(resource.name)}`;
  const where = resource.namespace === "" ? "" : ` in namespace ${JSON.stringify(resource.namespace)}`;
  return `${kind}${name}${where}`;
}
