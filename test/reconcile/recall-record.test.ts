import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import { recall } from "../../src/reconcile/recall-record.ts";
import { newRunMemory, type RunMemory } from "../../src/reconcile/run-memory.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import type { Fault } from "../../src/simulator/cluster/fault-injection.ts";
import type { ObjectDraft } from "../../src/simulator/cluster/object-store.ts";
import { day, minute, plan, record, second } from "../rollout/samples.ts";
import { virtualService as resource, shop } from "../servers/shop.ts";
import {
  dropRecord,
  epoch,
  judged,
  notesOf,
  routeCalls,
  type Started,
  setWeights,
  verdicts,
  type World,
  wordsOf,
  world,
} from "./world.ts";

const ended = ({ outcome }: Started) =>
  outcome === undefined
    ? "still runs"
    : `${outcome.name} ${outcome.exitCode}${outcome.code === undefined ? "" : ` ${outcome.code}`}`;
/** In the middle of the second phase, at 20 %. */
const inSecond = 135 * second;
const dropAnd = (change: (draft: ObjectDraft) => void) => (draft: ObjectDraft) => {
  dropRecord(draft);
  change(draft);
};
/** Readiness of stable, as its endpoint slice says it. */
const stableIs = (scene: World, at: number, ready: boolean) =>
  scene.scheduler.at(at, () => {
    const slices = { ...resource, group: "discovery.k8s.io", plural: "endpointslices", name: "reviews-abcde" };
    scene.store.edit(
      epoch,
      slices,
      (draft) => {
        const { endpoints } = draft as unknown as {
          endpoints: { conditions: { ready: boolean }; targetRef: { name: string } }[];
        };
        for (const endpoint of endpoints) if (endpoint.targetRef.name.includes("v1")) endpoint.conditions.ready = ready;
      },
      "endpointslice-controller",
    );
  });

describe("a record that is removed while a run drives", () => {
  it("is put back with the weights from before the rollout, in one patch", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(inSecond, dropRecord);
    await scene.pass();
    expect(ended(run)).toBe("rolled-back 1");
    expect(run.outcome?.reason).toEqual(reason("record-removed", { weight: 20 }));
    expect(scene.steps().slice(-2)).toEqual(["20 without a record", "0 rolled-back 2"]);
    expect(scene.weights()).toEqual([100, 0]);
    expect(scene.record()).toMatchObject({
      status: "rolled-back",
      rollout: "ours",
      weight: 0,
      rules: [{ home: [100, 0] }],
    });
    const { operations } = routeCalls(run, "patch").at(-1) ?? {};
    expect(operations).toMatchObject([
      { op: "test", path: "/metadata/resourceVersion" },
      { op: "test", path: "/metadata/uid", value: scene.object()?.metadata.uid },
      { op: "add", path: "/spec/http/0/route/0/weight", value: 100 },
      { op: "add", path: "/spec/http/0/route/1/weight", value: 0 },
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/sluice.dev~1rollout" },
    ]);
  });

  it("with all other annotations is put back too", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(inSecond, (draft) => void delete draft.metadata["annotations"]);
    await scene.pass();
    expect([ended(run), scene.weights(), scene.record()?.status]).toEqual(["rolled-back 1", [100, 0], "rolled-back"]);
  });

  it("keeps the reason of a way back that was decided before", async () => {
    const scene = world();
    const refusals = (at: number): Fault | undefined =>
      at < 5 ? { kind: "answer", code: 409, message: "busy" } : undefined;
    let patches = 0;
    const run = scene.start({
      evidence: judged("fail"),
      pick: ({ kind }) => (kind === "patch" && patches++ > 0 ? refusals(patches - 2) : undefined),
    });
    scene.edit(33 * second, dropRecord);
    await scene.pass();
    expect([ended(run), scene.weights()]).toEqual(["rolled-back 1", [100, 0]]);
    expect(run.outcome?.reason).toEqual(reason("record-removed", { weight: 5, decided: verdicts.fail.reason }));
  });

  it("goes home within the seconds after a cancel, also with on-cancel: leave", async () => {
    for (const onCancel of ["rollback", "leave"] as const) {
      const scene = world();
      const run = scene.start({ plan: plan({ policy: { onCancel } }) });
      scene.edit(inSecond, dropRecord);
      scene.scheduler.at(inSecond + 10, () => run.cancel());
      await scene.pass();
      expect([ended(run), scene.weights()]).toEqual(["rolled-back 1", [100, 0]]);
      expect((run.endedAt ?? Number.NaN) - inSecond).toBeLessThanOrEqual(6 * second);
    }
  });

  it("goes home for a `rollback` that had seen it, and for a `promote` that drives", async () => {
    const scene = world();
    const run = scene.start();
    scene.scheduler.at(inSecond, () => run.kill());
    let patches = 0;
    const rollback = scene.start({
      at: inSecond + second,
      command: "rollback",
      plan: undefined,
      pick: ({ kind }) =>
        kind === "patch" && patches++ < 3 ? { kind: "answer", code: 409, message: "busy" } : undefined,
    });
    scene.edit(inSecond + 2 * second, dropRecord);
    await scene.pass();
    expect([ended(rollback), scene.weights()]).toEqual(["rolled-back 0", [100, 0]]);
  });

  it("is put back as held where stable has no ready endpoint, and goes home once it has", async () => {
    const scene = world();
    const run = scene.start();
    stableIs(scene, inSecond - 1, false);
    scene.edit(inSecond, dropRecord);
    stableIs(scene, inSecond + minute, true);
    await scene.pass();
    expect(scene.steps().slice(-3)).toEqual(["20 without a record", "20 held 2", "0 rolled-back 2"]);
    expect(ended(run)).toBe("rolled-back 1");
  });

  it("is not left as if the rollout went on where the turns are used up before it is back", async () => {
    const scene = world();
    const first = scene.start({ turns: 2 });
    await scene.pass();
    const next = scene.start({
      at: scene.scheduler.now() + minute,
      turns: 2,
      pick: ({ kind }) => (kind === "patch" ? { kind: "answer", code: 409, message: "busy" } : undefined),
    });
    scene.edit(scene.scheduler.now() + minute + 500, dropRecord);
    await scene.pass();
    expect([ended(first), ended(next)]).toEqual(["in-progress 0", "drifted 1 record-missing"]);
    expect(next.outcome?.reason.code).toBe("record-not-restored");
    expect(wordsOf(next)).toContain("busy");
  });

  it("that this run has not seen for more than two turns is not acted on", async () => {
    const scene = world();
    const blind = (at: number) => at > inSecond && at < inSecond + 40 * second;
    const run = scene.start({ pick: () => (blind(scene.scheduler.now()) ? { kind: "request-lost" } : undefined) });
    scene.edit(inSecond + second, dropRecord);
    await scene.pass();
    expect(ended(run)).toBe("drifted 1 record-missing");
    expect(scene.weights()).toEqual([80, 20]);
  });

  it("leaves weights alone that are not the recorded ones", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(inSecond, dropAnd(setWeights(60, 40)));
    await scene.pass();
    expect([ended(run), scene.weights(), scene.record()]).toEqual(["drifted 1 drifted", [60, 40], undefined]);
    expect(run.outcome?.reason).toEqual(reason("record-vanished", { shows: "other" }));
  });

  it("says so where the weights from before the rollout are back", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(inSecond, dropAnd(setWeights(100, 0)), "argocd-controller");
    await scene.pass();
    expect([ended(run), scene.weights(), scene.record()]).toEqual(["drifted 1 drifted", [100, 0], undefined]);
    expect(run.outcome?.reason).toEqual(reason("record-vanished", { shows: "original", tools: ["Argo CD"] }));
  });

  it("leaves an object alone that was made in the place of the old one", async () => {
    const scene = world();
    const run = scene.start();
    scene.scheduler.at(inSecond, () => {
      const { spec, kind, apiVersion = "" } = scene.object() ?? {};
      scene.store.remove(epoch, resource);
      const metadata = { name: resource.name, namespace: resource.namespace };
      scene.store.place(epoch, { apiVersion, kind: kind ?? "", metadata, spec });
    });
    await scene.pass();
    expect([ended(run), scene.weights(), scene.record()]).toEqual(["drifted 1 drifted", [80, 20], undefined]);
  });
});

describe("what is recalled of a record", () => {
  const object = { metadata: { name: "reviews", uid: "uid" } } as KubeObject;
  const driver = {
    standing: (_: KubeObject, { status }: State) => ({ kind: status === "rolled-back" ? "as-recorded" : "rule-gone" }),
  } as unknown as RouteAdapter;
  const memory = (more: Partial<RunMemory> = {}) => ({
    ...newRunMemory(),
    lastState: record(),
    seenAt: 7,
    turn: 8,
    ...more,
  });
  const recalled = (more: Partial<RunMemory> = {}) => recall(memory(more), object, driver);

  it("is how the route stands against it, and against the weights from before", () => {
    expect(recalled()).toEqual({ state: record(), standing: { kind: "rule-gone" }, isHome: true });
  });

  it("is two turns old at most, but for a way back that was decided on it", () => {
    expect([8, 9, 10].map((turn) => recalled({ turn }) !== undefined)).toEqual([true, true, false]);
    const { rollout, startedAt } = record();
    expect(recalled({ turn: 99, takesBack: { rollout, startedAt, reason: said("errors") } })).toBeDefined();
    expect(
      recalled({ turn: 99, takesBack: { rollout, startedAt: startedAt + 1, reason: said("errors") } }),
    ).toBeUndefined();
  });

  it("is nothing of a rollout that has ended, of another object, or before anything was seen", () => {
    expect(recalled({ lastState: record("rolled-back") })).toBeUndefined();
    expect(recalled({ lastState: record("promoted") })).toBeUndefined();
    expect(recalled({ lastState: record("progressing", { uid: "other" }) })).toBeUndefined();
    expect(recalled({ lastState: undefined })).toBeUndefined();
  });
});

describe("a route without a record whose rules Sluice was the last to write", () => {
  const commands = ["rollback", "sweep", "status"] as const;
  const left = async (change: (draft: ObjectDraft) => void, by = "kubectl-edit") => {
    const scene = world();
    const run = scene.start();
    scene.scheduler.at(inSecond, () => run.kill());
    scene.edit(inSecond + second, change, by);
    await scene.pass(inSecond + minute);
    return scene;
  };
  const asked = async (scene: World, at = inSecond + 2 * minute) => {
    const runs = commands.map((command) => scene.start({ at, command, plan: undefined }));
    await scene.pass();
    return runs;
  };

  it("ends every command with exit code 1, the weights and what to do", async () => {
    const scene = await left(dropRecord);
    const runs = await asked(scene);
    expect(runs.map(ended)).toEqual(commands.map(() => "drifted 1 record-missing"));
    for (const run of runs) {
      expect(wordsOf(run)).toContain("http/primary: reviews.shop.svc.cluster.local/v1 80");
      expect(wordsOf(run)).toContain("/v2 20");
      const notes = notesOf(run);
      expect(notes).toContain("All traffic to reviews.shop.svc.cluster.local/v1:\nkubectl patch virtualservices");
      expect(notes).toContain('"path":"/spec/http/0/route/1/weight","value":0');
      expect(notes).toContain("--field-manager keep-weights");
    }
    expect(scene.weights()).toEqual([80, 20]);
  });

  it("ends well after 31 days", async () => {
    const scene = await left(dropRecord);
    expect((await asked(scene, 30 * day)).map(ended)).toEqual(commands.map(() => "drifted 1 record-missing"));
    const later = await left(dropRecord);
    expect((await asked(later, 32 * day)).map(ended)).toEqual(commands.map(() => "none 0"));
  });

  it.each([
    ["others have written the weights since", dropAnd(setWeights(60, 40))],
    ["all traffic goes to one version", dropAnd(setWeights(100, 0))],
  ])("ends well where %s", async (_, change) => {
    expect((await asked(await left(change))).map(ended)).toEqual(commands.map(() => "none 0"));
  });

  it("ends well where another manager has applied the same weights", async () => {
    const scene = await left(dropRecord);
    const [own] = scene.object()?.metadata.managedFields?.filter(({ manager }) => manager === "sluice") ?? [];
    const shared = { ...own, manager: "keep-weights", operation: "Apply" };
    const also = (object: KubeObject) => ({
      ...object,
      metadata: { ...object.metadata, managedFields: [...(object.metadata.managedFields ?? []), shared] },
    });
    const objects = shop().map((object) =>
      object.kind === "VirtualService" ? also(scene.object() ?? object) : object,
    );
    const applied = await asked(world({ objects }), 0);
    expect(applied.map(ended)).toEqual(commands.map(() => "none 0"));
  });
});
