import type { CallOptions } from "../cluster/cluster.ts";
import type { Versions } from "../ports.ts";
import type { Finding } from "../rollout/observation.ts";
import type { KubeObject } from "../traffic/driver.ts";
import type { Site } from "./index.ts";

type Checked = { readonly findings: readonly Finding[]; readonly skipped: readonly string[] };

/** Whether other objects of the namespace decide about the same traffic, where the kind knows such a thing. */
export async function checkRivals(
  { cluster, driver, resource }: Site,
  object: KubeObject,
  versions: Versions,
  options: CallOptions,
): Promise<Checked> {
  if (driver.rivals === undefined) return { findings: [], skipped: [] };
  const { name, ...collection } = resource;
  const listed = await cluster.list(collection, options);
  switch (listed.kind) {
    case "listed": {
      const others = listed.items.filter(({ metadata }) => metadata.name !== name);
      return { findings: driver.rivals(object, others, versions), skipped: [] };
    }
    case "forbidden": {
      const unseen = `check skipped: ${resource.plural} in ${resource.namespace} may not be listed, so another one for the same host would not be seen`;
      return { findings: [], skipped: [unseen] };
    }
    case "failed": {
      const message = `Nobody could say which other ${resource.plural} route the same host: ${listed.because}. Run again when the API server answers.`;
      return { findings: [{ code: "cluster-unreachable", message }], skipped: [] };
    }
  }
}
