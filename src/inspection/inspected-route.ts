import type { KubeObject, RouteRef } from "../base/kube-object.ts";
import type { Cluster, ResourceName } from "../ports/cluster.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { AnnotationFormat } from "../rollout/record/annotations.ts";

/** One route, and by what it is reached and written. */
export type InspectedRoute = {
  readonly cluster: Cluster;
  readonly driver: RouteAdapter;
  readonly resource: ResourceName;
  /** What is written beside the weights; the record, unless the route follows another one. */
  readonly mark?: AnnotationFormat;
  /** Routes that move along with this one: they are no rivals. */
  readonly together?: readonly RouteRef[];
  /** The object that delegates to the route, where the user named that one. */
  readonly root?: KubeObject;
};
