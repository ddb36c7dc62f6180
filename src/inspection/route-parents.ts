import type { KubeObject } from "../base/kube-object.ts";
import { listOf, member, textOf, textsOf } from "../base/read-fields.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { MeshScope } from "./ambient-mode.ts";
import { placeOf } from "./backend-objects.ts";

export const gatewayGroup = "gateway.networking.k8s.io";

/** The Services whose callers inside the mesh the route concerns: parents of a Gateway API route, hosts of a VirtualService. */
export function servicesServed({ group }: RouteAdapter, object: KubeObject): readonly MeshScope[] {
  if (group === gatewayGroup) return parentServices(object, object.metadata.namespace ?? "default");
  return isForMesh(object) ? hostsOf(object).flatMap((host) => placeOf(host) ?? []) : [];
}

export function parentServices(object: KubeObject, namespace: string): readonly MeshScope[] {
  return (listOf(member(object.spec, "parentRefs")) ?? []).flatMap((ref) => {
    const name = textOf(member(ref, "name"));
    const isService = textOf(member(ref, "kind")) === "Service" && (textOf(member(ref, "group")) ?? "") === "";
    return name === undefined || !isService ? [] : [{ name, namespace: textOf(member(ref, "namespace")) ?? namespace }];
  });
}

export function isForMesh(object: KubeObject): boolean {
  const gateways = textsOf(member(object.spec, "gateways"));
  return gateways.length === 0 || gateways.includes("mesh");
}

export function hostsOf(object: KubeObject): readonly string[] {
  const { namespace = "default" } = object.metadata;
  return textsOf(member(object.spec, "hosts")).map((host) =>
    host.includes(".") || host.includes("*") ? host : `${host}.${namespace}.svc.cluster.local`,
  );
}

/** Who answers for a Gateway API route, each once. */
export function controllersOf(object: KubeObject): readonly string[] {
  const names = (listOf(member(object.status, "parents")) ?? []).map((entry) =>
    textOf(member(entry, "controllerName")),
  );
  return [...new Set(names.filter((name) => name !== undefined))];
}
