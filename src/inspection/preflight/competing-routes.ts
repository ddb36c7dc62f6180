import type { KubeObject } from "../../base/kube-object.ts";
import type { Finding } from "../../base/reasons/finding.ts";
import type { CallOptions, ListResult } from "../../ports/cluster.ts";
import type { VersionPair } from "../../ports/run-ports.ts";
import { textOf } from "../../text/index.ts";
import { faced } from "../delegate-lookup.ts";
import type { InspectedRoute } from "../inspected-route.ts";

type Checked = {
  readonly findings: readonly Finding[];
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
};

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
  if (driver.rivals === undefined) return { findings: [], skipped: [], notes: [] };
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
  const unseen = answers.flatMap(({ namespace, listed }) => unlisted(resource.plural, namespace, listed));
  return {
    findings: [
      ...seen.findings,
      ...(isListed ? driver.rivals(seen.object, rivals, versions) : []),
      ...unseen.flatMap((one) => one.finding ?? []),
    ],
    skipped: unseen.flatMap((one) => one.skipped ?? []),
    // Whether anybody delegates to a route is only known of a namespace that could be listed.
    notes: isListed || root !== undefined ? seen.notes : [],
  };
}

const isSame = (one: KubeObject, other: KubeObject) =>
  one.metadata.name === other.metadata.name && one.metadata.namespace === other.metadata.namespace;

type Unseen = { readonly finding?: Finding; readonly skipped?: string };

function unlisted(plural: string, namespace: string, listed: ListResult): readonly Unseen[] {
  switch (listed.kind) {
    case "listed":
      return [];
    case "forbidden":
      return [
        {
          skipped: `check skipped: ${plural} in ${namespace} may not be listed, so another one for the same host would not be seen`,
        },
      ];
    case "failed": {
      const message = `Nobody could say which other ${plural} route the same host: ${textOf(listed.reason)} Run again when the API server answers.`;
      return [{ finding: { code: "cluster-unreachable", message } }];
    }
  }
}
