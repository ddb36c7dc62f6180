import type { KubeObject } from "../base/kube-object.ts";
import type { RouteAdapter } from "../ports/route-adapter.ts";
import type { RolloutTarget } from "../rollout/plan.ts";
import type { State } from "../rollout/rollout-state.ts";
import { fluxLeft } from "./flux-pause.ts";
import { keepersOf } from "./gitops-tools.ts";
import { write } from "./guarded-patch.ts";
import { remembered, sameMembers } from "./memoize.ts";
import { select } from "./new-rollout-selection.ts";
import { unrecorded } from "./record-missing.ts";
import { type AdapterParts, weightsIn } from "./route-view.ts";
import { landed, standing } from "./sync-status.ts";

/** Makes a driver of what is particular about one kind of route. */
export function routeDriver({ shape, read }: AdapterParts): RouteAdapter {
  const { kind, kubeKind, group, plural, versions } = shape;
  const readOnce = remembered((object: KubeObject, _: undefined) => read(object));
  const lens: AdapterParts = { shape, read: (object) => readOnce(object, undefined) };
  const keepers = remembered((object: KubeObject, _: undefined) => keepersOf(object));
  return {
    kind,
    kubeKind,
    group,
    plural,
    versions,
    select: remembered((object, target: RolloutTarget) => select(lens, object, target), sameMembers),
    standing: remembered((object, state: State) => standing(lens, object, state)),
    write: (object, state, record, annotation) => write(lens, object, state, record, annotation),
    landed: (object, state, record, annotation) => landed(lens, object, state, record, annotation),
    parts: shape.parts,
    protocol: (rules) => rules.map(({ list }) => shape.protocolOf(list)).find((word) => word !== "http") ?? "http",
    keepers: (object) => keepers(object, undefined),
    unrecorded: (object, now) => unrecorded(lens, object, now),
    leftBehind: (object, state) => [fluxLeft(object, state)].filter((told) => told !== undefined),
    weights: (object) =>
      lens
        .read(object)
        .rules.filter(({ destinations }) => destinations.length > 0)
        .map(weightsIn),
  };
}
