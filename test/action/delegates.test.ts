import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { shop } from "../servers/shop.ts";
import { openScene, quick } from "./scene.ts";

const root: KubeObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "front", namespace: "shop" },
  spec: { hosts: ["reviews"], http: [{ name: "all", timeout: "5s", delegate: { name: "reviews" } }] },
};
/** The shop behind a root: what was its route is the delegate, under Flux. */
const delegated = (): readonly KubeObject[] => [
  ...shop().map((object) => {
    if (object.kind !== "VirtualService") return object;
    const { hosts: _, ...spec } = object.spec as Record<string, unknown>;
    const labels = { "kustomize.toolkit.fluxcd.io/name": "shop" };
    return { ...object, metadata: { ...object.metadata, labels }, spec };
  }),
  root,
];
const plan = { ...quick, route: "shop/virtualservice/front", "follow-delegates": true, gitops: "pause-flux" };
const key = "kustomize.toolkit.fluxcd.io/reconcile";

describe.concurrent("a root that delegates", () => {
  test("is left as it is, while its delegate is moved, holds the record and is named in everything", async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished, { objects: delegated() });
    const { main, outputs, log } = await scene.run({ plan });
    expect([main.exitCode, outputs["outcome"]]).toEqual([0, "promoted"]);
    const versions = scene.history();
    expect(new Set(versions.map(({ metadata }) => metadata.name))).toEqual(new Set(["reviews"]));
    expect(scene.steps()).toEqual(["20 progressing 1", "50 progressing 2", "100 progressing 3", "100 promoted 3"]);
    expect(versions.map(({ metadata }) => metadata.annotations?.[key] ?? "none")).toEqual([
      "disabled",
      "disabled",
      "disabled",
      "none",
    ]);
    expect(log.join("\n")).toContain("The weights of VirtualService shop/front live in its delegate shop/reviews");
    expect(log.join("\n")).toContain(
      `The annotation ${key}: disabled (gitops: pause-flux) is set with the first weight`,
    );
    expect(main.summary).toContain("### Promoted – `shop/virtualservice/reviews`");
  });

  test("is taken back by its own name, without a plan", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { objects: delegated() });
    await scene.run({ plan: { ...plan, phases: "20/pause/100" } });
    expect(scene.state()?.flux).toEqual({ before: null });
    const back = await scene.run({
      plan,
      inputs: { command: "rollback" },
      event: { name: "workflow_dispatch", payload: {} },
    });
    expect(back.main.exitCode).toBe(0);
    expect(scene.steps().at(-1)).toBe("0 rolled-back 1");
    expect(scene.history().at(-1)?.metadata.annotations).not.toHaveProperty([key]);
  });

  test("is refused without the word, and where the delegate is not there", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { objects: delegated() });
    const { "follow-delegates": _, ...without } = plan;
    const refused = await scene.run({ plan: without });
    expect([refused.main.exitCode, refused.outputs["outcome"]]).toEqual([2, "refused"]);
    expect(refused.log.join("\n")).toContain(
      "The weights live in shop/reviews. Name that object, or set `follow-delegates: true` and grant patch there.",
    );
    const lonely = await openScene(onTestFinished, {
      objects: [...shop().filter(({ kind }) => kind !== "VirtualService"), root],
    });
    const lost = await lonely.run({ plan });
    expect(lost.main.exitCode).toBe(2);
    expect(lost.log.join("\n")).toContain(
      "VirtualService shop/reviews was not found. http/all of VirtualService shop/front delegates to it.",
    );
    expect([...scene.writes(), ...lonely.writes()].filter(({ query }) => query.get("dryRun") !== "All")).toEqual([]);
  });
});
