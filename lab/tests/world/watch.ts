import { setTimeout as wait } from "node:timers/promises";
import type { KubeObject } from "../../../src/traffic/driver.ts";
import { violationsOf } from "./invariants.ts";
import { api } from "./place.ts";

/** One version of a route, in the order of the server, with the moment at which the watch told of it. */
export type Version = { readonly at: number; readonly object: KubeObject };

export type Versions = {
  readonly all: readonly Version[];
  /** Of one route, only where the weights changed, and until when they stood. */
  weighted(
    route?: string,
  ): readonly { readonly at: number; readonly next: number; readonly weights: readonly number[] }[];
  /** What no version of any route may show. */
  violations(): readonly string[];
};

export type RouteWatch = { readonly versions: Versions; stop(): Promise<Versions> };

/** Sees every version of the VirtualServices of a namespace, also across a restart of the API server. */
export async function watchRoutes(namespace: string): Promise<RouteWatch> {
  const path = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`;
  const list = (await api.must("GET", path)) as unknown as {
    items: KubeObject[];
    metadata: { resourceVersion: string };
  };
  const all: Version[] = list.items.map((object) => ({ at: performance.now(), object }));
  let last = list.metadata.resourceVersion;
  const abort = new AbortController();
  let gap: string | undefined;

  const onLine = (line: string) => {
    const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
    if (type === "ERROR") {
      gap = line;
      return;
    }
    last = object.metadata.resourceVersion ?? last;
    if (type !== "BOOKMARK") all.push({ at: performance.now(), object });
  };
  const follow = async () => {
    while (!abort.signal.aborted && gap === undefined) {
      const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${last}`;
      await api.lines(`${path}?${query}`, onLine, abort.signal).catch(() => wait(200));
    }
  };
  const following = follow();
  const versions: Versions = {
    all,
    weighted: (route = "shop") => weighted(all.filter(({ object }) => object.metadata.name === route)),
    violations: () => (gap === undefined ? violationsOf(all.map(({ object }) => object)) : [`The watch broke: ${gap}`]),
  };
  return {
    versions,
    async stop() {
      // The server's last word may still be under way.
      await wait(500);
      abort.abort();
      await following;
      return versions;
    },
  };
}

type Rule = { readonly name?: string; readonly route?: readonly { readonly weight?: number }[] };

/** The weights of the rule that holds both versions. */
export function weightsOf(object: KubeObject): readonly number[] {
  const { http = [] } = object.spec as { http?: readonly Rule[] };
  const rule = http.find(({ route = [] }) => route.length > 1);
  return (rule?.route ?? []).map(({ weight }) => weight ?? 0);
}

function weighted(all: readonly Version[]) {
  const changes = all.filter(
    ({ object }, index) =>
      index === 0 || String(weightsOf(object)) !== String(weightsOf((all[index - 1] as Version).object)),
  );
  return changes.map(({ at, object }, index) => ({
    at,
    next: changes[index + 1]?.at ?? Number.POSITIVE_INFINITY,
    weights: weightsOf(object),
  }));
}
