import { isMembers, type Members } from "../../base/json-value.ts";
import type { Millis } from "../../base/units.ts";
import type { ResourceName } from "../../ports/cluster.ts";
import type { Store } from "./object-store.ts";

/**
 * What the controllers of the gateways do after each change of a route: they say of the object as it stands now what
 * they said of it before. To be called before the cluster is looked at; a route that nobody has answered for stays so.
 */
export function gatewaysAnswer(store: Store, route: ResourceName, now: Millis): void {
  const current = store.object(route);
  const generation = current?.metadata.generation ?? 0;
  if (current === undefined || !isBehind(current.status, generation)) return;
  store.edit(
    now,
    route,
    ({ status }) => {
      for (const condition of conditionsIn(status)) condition["observedGeneration"] = generation;
    },
    { manager: "gateway-controller", subresource: "status" },
  );
}

function conditionsIn(status: unknown): readonly Members[] {
  const parents = isMembers(status) && Array.isArray(status["parents"]) ? status["parents"] : [];
  return parents.flatMap((parent: unknown) => {
    const conditions = isMembers(parent) ? parent["conditions"] : undefined;
    return Array.isArray(conditions) ? conditions.filter(isMembers) : [];
  });
}

const isBehind = (status: unknown, generation: number): boolean =>
  conditionsIn(status).some((condition) => condition["observedGeneration"] !== generation);
