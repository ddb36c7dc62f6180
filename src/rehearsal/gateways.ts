import type { Millis } from "../rollout/plan.ts";
import { isMembers, type Members } from "./json.ts";
import { resourceOf } from "./object.ts";
import type { Store } from "./store.ts";

const routes: readonly string[] = ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"];

/**
 * What the controllers of the gateways do after each change of a route: they say of the object as it stands now what
 * they said of it before. To be called before the cluster is looked at; a route that nobody has answered for stays so.
 */
export function gatewaysAnswer(store: Store, now: Millis): void {
  const seen = new Set<string>();
  for (const { after, resource } of store.history.toReversed()) {
    const key = `${resource.plural} ${resource.namespace} ${resource.name}`;
    if (after === undefined || seen.has(key) || !routes.includes(after.kind ?? "")) continue;
    seen.add(key);
    const current = store.object(resource);
    if (current === undefined || !isBehind(current.status, current.metadata.generation ?? 0)) continue;
    const { generation = 0 } = current.metadata;
    store.edit(
      now,
      resourceOf(current, store.kinds),
      (draft) => {
        for (const condition of conditionsIn(draft.status)) condition["observedGeneration"] = generation;
      },
      { manager: "gateway-controller", subresource: "status" },
    );
  }
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
