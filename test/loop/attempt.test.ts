import { describe, expect, it } from "vitest";
import type { Draft } from "../../src/rehearsal/store.ts";
import type { KubeObject } from "../../src/traffic/driver.ts";
import { plan } from "../rollout/samples.ts";
import { shop } from "../servers/shop.ts";
import { judged, routeCalls, world } from "./world.ts";

const isRoute = (object: KubeObject) => object.kind === "VirtualService";
const v1 = { destination: { host: "reviews", subset: "v1" } };
const withoutCanary = (): readonly KubeObject[] =>
  shop().map((object) =>
    isRoute(object)
      ? { ...object, spec: { hosts: ["reviews"], http: [{ name: "primary", timeout: "3s", route: [v1] }] } }
      : object,
  );
const creating = plan({
  target: {
    routes: [{ kind: "virtualservice", namespace: "shop", name: "reviews" }],
    rules: [],
    startWeight: 0,
    canary: "v2",
    createDestination: true,
  },
});
const rule = (object: KubeObject | undefined) => (object?.spec as { http: readonly unknown[] } | undefined)?.http[0];

describe("a rollout whose canary is no destination yet", () => {
  it("asks the cluster about every patch, adds the canary with the first weight, and ends with all of the traffic there", async () => {
    const scene = world({ objects: withoutCanary() });
    const run = scene.start({ plan: creating });
    await scene.pass();
    expect(run.outcome).toMatchObject({ name: "promoted", exitCode: 0 });
    expect(scene.steps()[0]).toBe("5 progressing 1");
    expect(routeCalls(run, "dry-run")).toHaveLength(5);
    expect(scene.weights()).toEqual([0, 100]);
    expect(rule(scene.object())).toMatchObject({ name: "primary", timeout: "3s" });
    const added = "reviews.shop.svc.cluster.local/v2 is added to http/primary";
    expect(scene.record()?.notes[0]?.because).toBe(`the rollout begins; ${added}`);
    expect(run.tellings[0]?.warnings[0]).toContain(`${added} with the first weight (create-destination)`);
  });

  it("leaves it there with weight 0 when the traffic goes back, and begins again from there without the word", async () => {
    const scene = world({ objects: withoutCanary() });
    const failing = scene.start({ plan: creating, evidence: judged("rollback", "errors") });
    await scene.pass();
    expect(failing.outcome?.name).toBe("rolled-back");
    expect(rule(scene.object())).toEqual({
      name: "primary",
      timeout: "3s",
      route: [
        { ...v1, weight: 100 },
        { destination: { host: "reviews", subset: "v2" }, weight: 0 },
      ],
    });
    const { createDestination: _, ...target } = creating.target;
    const again = scene.start({ plan: plan({ rollout: "next", revision: "def", target }), at: scene.scheduler.now() });
    await scene.pass();
    expect(again.outcome?.name).toBe("promoted");
  });

  it("stops where somebody removes the canary again", async () => {
    const scene = world({ objects: withoutCanary() });
    const run = scene.start({ plan: creating });
    scene.edit(60_000, (draft: Draft) => {
      const spec = draft.spec as { http: { route: unknown[] }[] };
      spec.http[0]?.route.pop();
    });
    await scene.pass();
    expect(run.outcome).toMatchObject({ name: "drifted", code: "drifted" });
    expect(run.outcome?.because).toContain("no longer sends to reviews.shop.svc.cluster.local/v2");
    expect(rule(scene.object())).toMatchObject({ route: [v1] });
  });
});
