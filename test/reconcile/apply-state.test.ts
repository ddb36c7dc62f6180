import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import type { ObjectDraft } from "../../src/simulator/cluster/object-store.ts";
import { noticeText } from "../../src/text/index.ts";
import { plan } from "../rollout/samples.ts";
import { shop } from "../servers/shop.ts";
import { dropRecord, judged, notesOf, routeCalls, setWeights, wordsOf, world } from "./world.ts";

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
    expect(scene.record()?.notes[0]?.reason).toEqual(
      reason("rollout-started", { canary: "reviews.shop.svc.cluster.local/v2", addedTo: ["http/primary"] }),
    );
    expect(run.tellings[0]?.warnings.map((one) => noticeText(one))[0]).toContain(
      `${added} with the first weight (create-destination)`,
    );
  });

  it("leaves it there with weight 0 when the traffic goes back, and begins again from there without the word", async () => {
    const scene = world({ objects: withoutCanary() });
    const failing = scene.start({ plan: creating, evidence: judged("fail") });
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
    scene.edit(60_000, (draft: ObjectDraft) => {
      const spec = draft.spec as { http: { route: unknown[] }[] };
      spec.http[0]?.route.pop();
    });
    await scene.pass();
    expect(run.outcome).toMatchObject({ name: "drifted", code: "drifted" });
    expect(wordsOf(run)).toContain("no longer sends to reviews.shop.svc.cluster.local/v2");
    expect(rule(scene.object())).toMatchObject({ route: [v1] });
  });
});

describe("a rollout that pauses Flux", () => {
  const key = "kustomize.toolkit.fluxcd.io/reconcile";
  const { createDestination: _, ...target } = creating.target;
  const pausing = plan({ target: { ...target, pauseFlux: true } });
  const words = (scene: ReturnType<typeof world>) =>
    scene.store.history.filter(({ after }) => after !== undefined && isRoute(after)).map(({ after }) => word(after));
  const word = (object: KubeObject | undefined) => object?.metadata.annotations?.[key] ?? "none";

  it("does so from the first weight to the end, whichever it is", async () => {
    for (const verdict of ["pass", "fail"] as const) {
      const scene = world();
      const run = scene.start({ plan: pausing, evidence: judged(verdict) });
      await scene.pass();
      expect(run.outcome?.name).toBe(verdict === "pass" ? "promoted" : "rolled-back");
      const [before, ...during] = words(scene);
      const last = during.pop();
      expect([before, last]).toEqual(["none", "none"]);
      expect(new Set(during)).toEqual(new Set(["disabled"]));
    }
  });

  it("leaves it to whoever takes the route over, who takes it away in the end", async () => {
    const scene = world();
    const first = scene.start({ plan: pausing });
    const second = scene.start({ plan: plan({ rollout: "next", revision: "def", target }), at: 60_000 });
    await scene.pass();
    expect([first.outcome?.name, second.outcome?.name]).toEqual(["superseded", "promoted"]);
    expect(words(scene).at(-2)).toBe("disabled");
    expect(word(scene.object())).toBe("none");
  });

  it("says that it is still there where the weights were moved by hand, with and without the record", async () => {
    const withoutRecord = (draft: ObjectDraft) => {
      dropRecord(draft);
      setWeights(70, 30)(draft);
    };
    for (const change of [setWeights(70, 30), withoutRecord]) {
      const scene = world();
      const run = scene.start({ plan: pausing });
      scene.edit(60_000, change);
      await scene.pass();
      expect(run.outcome?.name).toBe("drifted");
      expect(notesOf(run)).toContain(`Flux is still kept from this object by the annotation ${key}`);
      expect(word(scene.object())).toBe("disabled");
    }
  });

  it("ends it with the rollback of a run whose record was removed, as that record had it", async () => {
    const scene = world();
    const run = scene.start({ plan: pausing });
    scene.edit(60_000, dropRecord);
    await scene.pass();
    expect(run.outcome?.name).toBe("rolled-back");
    expect(word(scene.object())).toBe("none");
  });
});

describe("a route that a tool keeps as Git has it", () => {
  const managed = shop().map((object) =>
    isRoute(object)
      ? { ...object, metadata: { ...object.metadata, annotations: { "argocd.argoproj.io/tracking-id": "shop" } } }
      : object,
  );

  it("is looked at every ten seconds for three minutes after each patch, and a revert is called one", async () => {
    const scene = world({ objects: managed });
    const run = scene.start();
    scene.edit(22_000, setWeights(100, 0), "argocd-controller");
    await scene.pass();
    expect(run.outcome).toMatchObject({ name: "drifted" });
    expect(run.outcome?.reason).toMatchObject({
      code: "rollout-drifted",
      data: { found: { code: "weights-reverted", data: { tools: ["Argo CD"] } } },
    });
    const reads = routeCalls(run, "read").map(({ at }) => at);
    const gaps = reads.slice(2).map((at, index) => at - (reads[index + 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(11_000);
  });
});
