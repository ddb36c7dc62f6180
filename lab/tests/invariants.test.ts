import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { violationsOf } from "./world/invariants.ts";

/** Whether the witness of the kill tests would see what it is there for. */

const record = (more: object) => ({
  format: 1,
  rollout: "r",
  status: "progressing",
  startedAt: 1,
  uid: "u",
  weight: 30,
  phase: 1,
  entered: [10],
  grounds: null,
  destinations: ["shop.lab.svc.cluster.local/v1:80", "shop.lab.svc.cluster.local/v2:80"],
  rules: [],
  ...more,
});

function version(weights: readonly [number, number], more: object | undefined, annotations: object = {}): KubeObject {
  const text = more === undefined ? {} : { "sluice.dev/rollout": JSON.stringify(record(more)) };
  const entry = (subset: string, weight: number) => ({ destination: { host: "shop", subset }, weight });
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "shop", namespace: "lab", uid: "u", annotations: { ...annotations, ...text } },
    spec: { http: [{ name: "primary", route: [entry("v1", weights[0]), entry("v2", weights[1])] }] },
  } as KubeObject;
}

const second = { weight: 60, phase: 2, entered: [10, 20], grounds: [1, "pass", "ok"] };
const sound = [
  version([100, 0], undefined),
  version([70, 30], {}),
  version([40, 60], second),
  version([100, 0], { ...second, weight: 0, status: "rolled-back" }),
];

describe("the witness", () => {
  it("has nothing to say of a sound rollout", () => {
    expect(violationsOf(sound)).toEqual([]);
  });

  it.each<[string, KubeObject]>([
    ["add up", version([70, 31], {})],
    ["record says", version([60, 40], {})],
    ["another object", version([70, 30], { uid: "other" })],
    ["without grounds", version([40, 60], { ...second, grounds: null })],
    ["from phase 1 to 3", version([40, 60], { ...second, phase: 3, entered: [10, 20, 30], grounds: [2, "pass", ""] })],
    ["without a step", version([40, 60], { weight: 60 })],
    ["entered twice", version([70, 30], { entered: [11] })],
    ["record is gone", version([70, 30], undefined)],
    ["more than weights", version([70, 30], {}, { note: "changed" })],
  ])("sees: %s", (words, wrong) => {
    expect(violationsOf([...sound.slice(0, 2), wrong]).join("; ")).toContain(words);
  });

  it("sees a rollout that goes on after its end", () => {
    expect(violationsOf([...sound, version([70, 30], {})]).join()).toContain("went on");
  });
});
