import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { resolveLostResponse } from "../../src/reconcile/lost-response.ts";
import type { RouteSnapshot } from "../../src/reconcile/read-route.ts";
import { newRunMemory } from "../../src/reconcile/run-memory.ts";
import { record } from "../rollout/samples.ts";

const route = (resourceVersion: string, generation: number): KubeObject => ({
  metadata: { name: "reviews", resourceVersion, generation },
});

describe("a write that went unanswered", () => {
  const settled = (object: KubeObject, state?: RouteSnapshot["state"]) => {
    const memory = { ...newRunMemory(), unanswered: { version: "8", generation: 3 } };
    resolveLostResponse(memory, { object, state } as RouteSnapshot);
    return [memory.unanswered === undefined, memory.mayHaveWritten];
  };

  it.each([
    ["may still land as long as its version stands there", route("8", 3), undefined, [false, false]],
    ["has not landed where only metadata has changed", route("9", 3), undefined, [true, false]],
    ["may have landed where the route has changed and carries no record", route("9", 4), undefined, [true, true]],
    ["is told of by the record where there is one", route("9", 4), record("progressing"), [true, false]],
    ["is not told of by a record that went home", route("9", 4), record("rolled-back"), [true, true]],
    ["nor by one that is held", route("9", 4), record("held"), [true, true]],
    ["has not landed beside one that went home before", route("9", 3), record("rolled-back"), [true, false]],
  ] as const)("%s", (_, object, state, expected) => {
    expect(settled(object, state)).toEqual(expected);
  });
});
