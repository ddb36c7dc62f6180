import type { Target } from "../../src/rollout/plan.ts";
import type { DestinationId } from "../../src/rollout/state.ts";
import type { KubeObject } from "../../src/traffic/driver.ts";
import { http, target, to, virtualService, web } from "./shapes.ts";

/** What a kind shows to the contract: one object at rest, whose canary gets nothing yet. */
export type SampleRoute = {
  readonly object: KubeObject;
  readonly target: Target;
  readonly stable: DestinationId;
  readonly canary: DestinationId;
  /** Where the weights of the rule stand, stable and canary first. */
  readonly paths: readonly string[];
  /** The same object with the rule moved in its list, and with another version. */
  readonly reordered: KubeObject;
};

const rule = { name: "main", route: [to("v1", 100), to("v2")] };
const first = { name: "docs", match: [{ uri: { prefix: "/docs" } }], route: [to(undefined, undefined, "docs")] };

export const samples: Readonly<Record<string, SampleRoute>> = {
  virtualservice: {
    object: virtualService(http(rule)),
    target: target(),
    stable: web("v1"),
    canary: web("v2"),
    paths: ["/spec/http/0/route/0/weight", "/spec/http/0/route/1/weight"],
    reordered: virtualService(http(first, rule), { resourceVersion: "8413" }),
  },
};
