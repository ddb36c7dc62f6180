import type { KubeObject } from "../../base/kube-object.ts";
import { type Finding, finding } from "../../base/reasons/finding.ts";
import { type Notice, notice } from "../../base/reasons/notice.ts";
import type { CallOptions, ListResult, Resource } from "../../ports/cluster.ts";
import type { VersionPair } from "../../ports/run-ports.ts";
import { notListable } from "../backend-objects.ts";
import { faced } from "../delegate-lookup.ts";
import type { InspectedRoute } from "../inspected-route.ts";

type Checked = { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] };

/**
 * Whether other objects decide about the same traffic, where the kind knows such a thing: those of the route's namespace,
 * and of the namespace of the object that delegates to it.
 */
export async function checkRivals(
  site: InspectedRoute,
  object: KubeObject,
  versions: VersionPair,
  options: CallOptions,
): Promise<Checked> {
  const { cluster, driver, resource, root, together = [] } = site;
  if (driver.rivals === undefined) return { findings: [], notices: [] };
  const { name, ...collection } = resource;
  const namespaces = [...new Set([resource.namespace, root?.metadata.namespace ?? resource.namespace])];
  const answers = await Promise.all(
    namespaces.map(async (namespace) => ({
      namespace,
      listed: await cluster.list({ ...collection, namespace }, options),
    })),
  );
  // What moves along is no rival.
  const isMine = ({ metadata }: KubeObject, namespace: string) =>
    (metadata.name === name && namespace === resource.namespace) ||
    together.some((ref) => ref.kind === driver.kind && ref.namespace === namespace && ref.name === metadata.name);
  const others = answers.flatMap(({ namespace, listed }) =>
    listed.kind === "listed" ? listed.items.filter((one) => !isMine(one, namespace)) : [],
  );
  const isListed = answers.some(({ listed }) => listed.kind === "listed");
  const seen = faced(site, object, others);
  const rivals = others.filter((one) => !seen.roots.some((other) => isSame(one, other)));
  const unseen = answers.flatMap(({ namespace, listed }) => unlisted({ ...collection, namespace }, listed));
  return {
    findings: [
      ...seen.findings,
      ...(isListed ? driver.rivals(seen.object, rivals, versions) : []),
      ...unseen.flatMap((one) => one.finding ?? []),
    ],
    notices: [
      ...unseen.flatMap((one) => one.skipped ?? []),
      // Whether anything delegates to a route is only known of a namespace that could be listed.
      ...(isListed || root !== undefined ? seen.notices : []),
    ],
  };
}

const isSame = (one: KubeObject, other: KubeObject) =>
  one.metadata.name === other.metadata.name && one.metadata.namespace === other.metadata.namespace;

type Unseen = { readonly finding?: Finding; readonly skipped?: Notice };

function unlisted(resource: Resource, listed: ListResult): readonly Unseen[] {
  switch (listed.kind) {
    case "listed":
      return [];
    case "forbidden":
      return [{ skipped: notice("check-skipped", { check: "rivals", because: notListable(resource) }) }];
    case "failed": {
      const says = listed.reason;
      return [{ finding: finding("cluster-unreachable", { asked: "rivals", object: resource.plural, says }) }];
    }
  }
}
