import type { KubeObject } from "../base/kube-object.ts";
import type { RouteDiagram } from "../ports/route-diagram.ts";
import type { Ports, ProgressUpdate } from "../ports/run-ports.ts";
import type { State } from "../rollout/rollout-state.ts";
import { type FollowerRead, layoutOf } from "./read-followers.ts";

/** Most turns are told to nobody who draws a picture: the route is laid out when somebody does, and once. */
export function sightOf(
  { driver }: Pick<Ports, "driver">,
  object: KubeObject,
  state: State | undefined,
  others: readonly FollowerRead[] = [],
): NonNullable<ProgressUpdate["sight"]> {
  let layouts: readonly RouteDiagram[] | undefined;
  return {
    get layouts() {
      layouts ??= [driver.layout?.(object, state), ...others.map((one) => layoutOf(one, state))].filter(
        (one) => one !== undefined,
      );
      return layouts;
    },
  };
}
