import type { KubeObject } from "../../src/base/kube-object.ts";
import type { InspectedRoute } from "../../src/inspection/inspected-route.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import { rehearsalCluster } from "../../src/simulator/cluster/in-memory-cluster.ts";
import { createStore } from "../../src/simulator/cluster/object-store.ts";
import type { Rule } from "../../src/simulator/cluster/rbac.ts";
import { kinds } from "../../src/simulator/cluster/served-kinds.ts";
import { entered } from "../rollout/samples.ts";
import { furnish } from "../servers/shop.ts";

const profile = {
  group: "linkerd.io",
  plural: "serviceprofiles",
  kind: "ServiceProfile",
  versions: ["v1alpha2"],
  builtIn: false,
};

/** A cluster that holds these objects, the first of them the route. */
export function siteWith(
  driver: RouteAdapter,
  objects: readonly KubeObject[],
  rights?: readonly Rule[],
): { readonly site: InspectedRoute; readonly object: KubeObject } {
  const { group, plural, versions } = driver;
  const store = furnish(createStore({ seed: 1, kinds: [...kinds, profile] }), entered, objects);
  const cluster = rehearsalCluster({
    store,
    clock: { now: () => 0, sleep: async () => {} },
    serverNow: () => entered,
    ...(rights === undefined ? {} : { rights }),
  });
  const [route] = objects;
  const { name = "", namespace = "shop" } = route?.metadata ?? {};
  const resource = { group, version: versions[0] ?? "v1", plural, namespace, name };
  const object = store.object(resource);
  if (object === undefined) throw new Error("the route is not there");
  return { site: { cluster, driver, resource }, object };
}
