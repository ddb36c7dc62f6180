import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { mutating, validating } from "../../src/simulator/cluster/admission.ts";
import type { Fault } from "../../src/simulator/cluster/fault-injection.ts";
import { minute, plan, second, withPauseAfter } from "../rollout/samples.ts";
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
  weightsOn,
  wordsOf,
  world,
} from "./world.ts";

const ended = ({ outcome }: Started) =>
  outcome === undefined
    ? "still runs"
    : `${outcome.name} ${outcome.exitCode}${outcome.code === undefined ? "" : ` ${outcome.code}`}`;
const whole = ["5 progressing 1", "20 progressing 2", "50 progressing 3", "100 progressing 4", "100 promoted 4"];
/** Settling, allowance and hold of one phase. */
const phaseMs = 90 * second;
/** A moment in the middle of a phase. */
const during = (phase: number) => (phase - 0.5) * phaseMs;
const isRoute = (object: KubeObject) => object.kind === "VirtualService";

describe("a run", () => {
  it("drives the schedule to the promotion, phase by phase", async () => {
    const scene = world();
    const run = scene.start();
    await scene.pass();
    expect(ended(run)).toBe("promoted 0");
    expect(run.outcome).toMatchObject({ weight: 100, phase: 4 });
    expect(scene.steps()).toEqual(whole);
    expect(scene.weights()).toEqual([0, 100]);
    expect(scene.record()?.grounds).toMatchObject({ phase: 4, kind: "pass" });
    const { entered = [] } = scene.record() ?? {};
    const held = entered.slice(1).map((at, index) => at - (entered[index] ?? 0));
    expect(held.every((ms) => ms >= phaseMs && ms <= phaseMs + 3 * second)).toBe(true);
  });

  it("reads the route once a turn, a second apart at least, writes once a step, and asks preflight once", async () => {
    const scene = world();
    const run = scene.start();
    await scene.pass();
    const reads = routeCalls(run, "read").map(({ at }) => at);
    const turns = run.tellings.length;
    expect(reads).toHaveLength(turns);
    expect(reads.slice(1).every((at, index) => at - (reads[index] ?? 0) >= second)).toBe(true);
    expect(routeCalls(run, "patch")).toHaveLength(5);
    expect(routeCalls(run, "dry-run")).toHaveLength(5);
    expect(run.announced).toHaveLength(5);
  });

  it("tells every turn, and the last one with the outcome and the record as it stands", async () => {
    const scene = world();
    const run = scene.start();
    await scene.pass();
    expect(run.tellings.filter(({ kind }) => kind === "commit")).toHaveLength(5);
    expect(run.tellings.at(-1)).toMatchObject({ kind: "finish", outcome: run.outcome, state: { status: "promoted" } });
    expect(run.tellings.at(0)?.at).toBe(epoch);
  });

  it("takes the traffic back when the metrics fail, and fails", async () => {
    const scene = world();
    const run = scene.start({
      evidence: async (_, state) => (state.weight < 20 ? verdicts.pass : verdicts.fail),
    });
    await scene.pass();
    expect(ended(run)).toBe("rolled-back 1");
    expect(run.outcome?.reason).toEqual(verdicts.fail.reason);
    expect(scene.steps()).toEqual(["5 progressing 1", "20 progressing 2", "0 rolled-back 2"]);
    expect(scene.weights()).toEqual([100, 0]);
  });

  it("pauses where nothing is known by max-hold, and asks for nobody's metrics before a phase has settled", async () => {
    const scene = world();
    const askedAt: number[] = [];
    const run = scene.start({
      evidence: async (_, state, now) => {
        askedAt.push(now - (state.entered.at(-1) ?? 0));
        return verdicts.inconclusive;
      },
    });
    await scene.pass();
    expect(ended(run)).toBe("paused 1");
    expect(scene.steps()).toEqual(["5 progressing 1", "5 paused 1"]);
    expect(Math.min(...askedAt)).toBeGreaterThanOrEqual(30 * second);
    expect(scene.record()).toMatchObject({ cause: "evidence" });
  });

  it("is refused with every finding before anything is written", async () => {
    const scene = world({ objects: shop({ v2: [] }) });
    const run = scene.start();
    await scene.pass();
    expect(ended(run)).toBe("refused 2 subset-empty");
    expect(scene.steps()).toEqual([]);
    expect(run.tellings.at(-1)?.findings).toMatchObject([{ reason: { code: "subset-empty" } }]);
  });

  it("in a dry run prints the patch and writes nothing", async () => {
    const scene = world();
    const run = scene.start({ dryRun: true });
    await scene.pass();
    expect(ended(run)).toBe("ready 0");
    expect(scene.steps()).toEqual([]);
    expect(run.announced).toEqual([]);
    expect(notesOf(run)).toContain('"path": "/metadata/annotations"');
    const waiting = scene.start({ at: minute });
    await scene.pass(minute + 20 * second);
    const looking = scene.start({ at: minute + 30 * second, dryRun: true });
    await scene.pass(minute + 40 * second);
    expect([ended(waiting), ended(looking)]).toEqual(["still runs", "ready 0"]);
  });

  it("whose dry run the cluster refuses is refused", async () => {
    const scene = world();
    const run = scene.start({ dryRun: true, ports: { preflight: async () => ({ findings: [], notices: [] }) } });
    scene.store.admissions.push(
      validating(({ dryRun }) =>
        dryRun ? { kind: "denied", code: 422, message: "not on Fridays" } : { kind: "admitted" },
      ),
    );
    await scene.pass();
    expect(ended(run)).toBe("refused 2 dry-run-rejected");
    expect(run.outcome?.reason).toMatchObject({ code: "dry-run-refused", data: { weight: 5 } });
    expect(wordsOf(run)).toContain("not on Fridays");
  });
});

describe("people and other runs", () => {
  it("a pause in the schedule ends the run well; promote goes on and drives to the end", async () => {
    const scene = world();
    const asks = plan({ phases: withPauseAfter(20) });
    const run = scene.start({ plan: asks });
    await scene.pass();
    expect(ended(run)).toBe("paused 0");
    const promote = scene.start({ at: scene.scheduler.now() + minute, plan: asks, command: "promote" });
    await scene.pass();
    expect(ended(promote)).toBe("promoted 0");
    expect(scene.steps()).toEqual([
      "5 progressing 1",
      "20 progressing 2",
      "20 paused 2",
      "50 progressing 3",
      "100 progressing 4",
      "100 promoted 4",
    ]);
  });

  it("until: each job stops at its weight, the next one joins, and the last one promotes", async () => {
    const scene = world();
    const outcomes: string[] = [];
    for (const until of [5, 20, 100]) {
      const run = scene.start({ at: scene.scheduler.now() + minute, until, me: { id: "release", attempt: 1 } });
      await scene.pass();
      outcomes.push(ended(run));
    }
    expect(outcomes).toEqual(["reached 0", "reached 0", "promoted 0"]);
    expect(scene.steps()).toEqual([
      "5 progressing 1",
      "5 paused 1",
      "20 progressing 2",
      "20 paused 2",
      "50 progressing 3",
      "100 progressing 4",
      "100 promoted 4",
    ]);
    expect(scene.record()?.startedAt).toBe(epoch + minute);
  });

  it("a later rollout takes over from its first phase, keeps the home weights, and the earlier run is superseded", async () => {
    const scene = world();
    const first = scene.start();
    const second = scene.start({ at: during(3), plan: plan({ rollout: "newer", revision: "def" }) });
    await scene.pass();
    expect([ended(first), ended(second)]).toEqual(["superseded 1", "promoted 0"]);
    expect(scene.steps()).toEqual([...whole.slice(0, 3), ...whole]);
    expect(scene.record()).toMatchObject({
      rollout: "newer",
      superseded: [{ id: "1" }],
      rules: [{ home: [100, 0] }],
      revisions: ["abc", "def"],
    });
  });

  it("a run that found its rollout under way counts as having begun when that did, and is superseded by what came between", async () => {
    const scene = world();
    const first = scene.start();
    const throttled: Fault = { kind: "answer", code: 429, message: "slow down", retryAfterSeconds: 10 };
    let patches = 0;
    const newer = scene.start({
      at: during(2),
      plan: plan({ rollout: "newer", revision: "def" }),
      pick: ({ kind }) => (kind === "patch" && patches++ === 0 ? throttled : undefined),
    });
    const joining = scene.start({
      at: during(2) + 4 * second,
      pick: ({ kind }) => (kind === "patch" ? { kind: "request-lost" } : undefined),
    });
    await scene.pass();
    expect([ended(first), ended(newer), ended(joining)]).toEqual(["superseded 1", "promoted 0", "superseded 1"]);
  });

  it("two runs of one rollout cooperate: each phase is entered once, and both see the end", async () => {
    const scene = world();
    const runs = [scene.start(), scene.start({ at: during(1) }), scene.start({ at: during(3) })];
    await scene.pass();
    expect(runs.map(ended)).toEqual(["promoted 0", "promoted 0", "promoted 0"]);
    expect(new Set(scene.steps())).toEqual(new Set(whole));
    expect(scene.record()?.entered).toHaveLength(4);
    expect(
      scene
        .record()
        ?.tookPart.map(({ id }) => id)
        .sort(),
    ).toEqual(["1", "2", "3"]);
  });

  it("a person pauses what a run drives: the run ends and names who did; resume drives on; a later pause stands", async () => {
    const scene = world();
    const run = scene.start();
    const pause = scene.start({ at: during(2), command: "pause", plan: undefined });
    await scene.pass();
    expect([ended(run), ended(pause)]).toEqual(["paused 1", "paused 0"]);
    expect(run.outcome?.reason).toEqual(reason("paused-person", { weight: 20, command: "pause", run: "2" }));
    const now = scene.scheduler.now();
    const resume = scene.start({
      at: now + minute,
      command: "resume",
      evidence: judged("inconclusive"),
    });
    const again = scene.start({ at: now + minute + 20 * second, command: "pause", plan: undefined });
    await scene.pass();
    expect([ended(resume), ended(again)]).toEqual(["paused 1", "paused 0"]);
    expect(scene.record()).toMatchObject({ status: "paused", phase: 2, cause: "person" });
  });

  it("promote ends the wait of what another run drives; a second click on the same page promotes nothing more", async () => {
    const scene = world();
    const run = scene.start();
    const clicks = [
      scene.start({ at: during(2), command: "promote" }),
      scene.start({ at: during(2) + 10, command: "promote" }),
    ];
    await scene.pass();
    expect(ended(run)).toBe("promoted 0");
    expect(clicks.map(ended).sort()).toEqual(["in-progress 0", "in-progress 0"]);
    expect(scene.record()?.notes.filter((note) => note.reason.code === "approved")).toHaveLength(1);
  });

  it("a rollback by hand takes back what another run drives, and that run fails and says who it was", async () => {
    const scene = world();
    const run = scene.start();
    const rollback = scene.start({ at: during(3), command: "rollback", plan: undefined });
    await scene.pass();
    expect([ended(run), ended(rollback)]).toEqual(["rolled-back 1", "rolled-back 0"]);
    expect(run.outcome?.reason).toEqual(
      reason("rolled-back-by", {
        rollback: reason("rollback-requested", { command: "rollback", run: "2" }),
      }),
    );
    expect(scene.weights()).toEqual([100, 0]);
  });

  it("with turns: each run takes one, and together they promote", async () => {
    const scene = world();
    const outcomes = new Set<string>();
    for (let tick = 0; tick < 60 && scene.record()?.status !== "promoted"; tick += 1) {
      const run = scene.start({
        at: scene.scheduler.now() + 30 * second,
        turns: 1,
        plan: plan({ rollout: `commit ${tick}`, revision: `${tick}` }),
      });
      await scene.pass();
      outcomes.add(ended(run));
    }
    expect(outcomes).toEqual(new Set(["in-progress 0", "promoted 0"]));
    expect(scene.steps()).toEqual(whole);
    expect(scene.record()).toMatchObject({ rollout: "commit 0", by: null });
  });

  it("with turns used up before a rollout could begin fails", async () => {
    const scene = world();
    const run = scene.start({ turns: 1, date: () => undefined });
    await scene.pass();
    expect(ended(run)).toBe("failed 1 cluster-unreachable");
  });

  it("a sweep takes back what a dead run left: once it is known to have ended, or past the deadline", async () => {
    for (const knows of [true, false]) {
      const scene = world();
      const run = scene.start();
      scene.scheduler.at(during(2), () => run.kill());
      const early = scene.start({
        at: during(2) + minute,
        command: "sweep",
        plan: undefined,
        hasEnded: async () => knows,
      });
      const late = scene.start({ at: during(2) + 20 * minute, command: "sweep", plan: undefined });
      await scene.pass();
      expect([ended(early), ended(late)]).toEqual(
        knows ? ["rolled-back 0", "rolled-back 0"] : ["in-progress 0", "rolled-back 0"],
      );
      expect(scene.weights()).toEqual([100, 0]);
    }
  });

  it("a fresh run goes on where a dead one stopped", async () => {
    const scene = world();
    const run = scene.start();
    scene.scheduler.at(during(3), () => run.kill());
    const fresh = scene.start({ at: during(3) + minute });
    await scene.pass();
    expect(ended(fresh)).toBe("promoted 0");
    expect(new Set(scene.steps())).toEqual(new Set(whole));
  });
});

describe("what others do to the route", () => {
  it("a weight that somebody moved stops the run in its next turn; nothing is written after it", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(during(2), setWeights(60, 40));
    await scene.pass();
    expect(ended(run)).toBe("drifted 1 drifted");
    expect(run.outcome?.reason.code).toBe("rollout-drifted");
    expect(wordsOf(run)).toContain("changed by kubectl-edit");
    expect(scene.steps().at(-1)).toBe("40 progressing 2");
    expect((run.endedAt ?? 0) - during(2)).toBeLessThanOrEqual(16 * second);
  });

  it("a GitOps tool that put its weights back is told apart, with the snippet that keeps it away", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(during(2), setWeights(100, 0), "argocd-controller");
    await scene.pass();
    expect(ended(run)).toBe("drifted 1 drifted");
    expect(wordsOf(run)).toContain("kept by Argo CD");
    expect(notesOf(run)).toContain("ignoreDifferences");
  });

  it("a rule that is gone is told with the command that takes home what is left", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(during(2), (draft) => {
      draft.spec = {
        hosts: ["reviews"],
        http: [
          {
            name: "other",
            match: [{ uri: { exact: "/x" } }],
            route: [{ destination: { host: "reviews", subset: "v1" } }],
          },
        ],
      };
    });
    await scene.pass();
    expect(ended(run)).toBe("drifted 1 drifted");
    expect(notesOf(run)).toContain("kubectl patch");
  });

  it("a record that was taken away is no reason to start again", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(during(2), dropRecord);
    await scene.pass();
    expect(ended(run)).toBe("rolled-back 1");
    expect(scene.steps().slice(-2)).toEqual(["20 without a record", "0 rolled-back 2"]);
  });

  it("a rollback after a drift goes home and records what it found", async () => {
    const scene = world();
    scene.start();
    scene.edit(during(2), setWeights(60, 40));
    await scene.pass();
    const rollback = scene.start({ at: scene.scheduler.now() + minute, command: "rollback", plan: undefined });
    await scene.pass();
    expect(ended(rollback)).toBe("rolled-back 0");
    expect(scene.record()?.reason).toMatchObject({ code: "rollback-requested", data: { found: [expect.anything()] } });
    expect(scene.weights()).toEqual([100, 0]);
  });

  it.each([
    [
      "a record that nobody can read",
      (draft: { metadata: Record<string, unknown> }) => {
        draft.metadata["annotations"] = { "sluice.dev/rollout": "{" };
      },
      "failed 1 corrupt-record",
    ],
    ["a route that is being deleted", undefined, "failed 1 route-gone"],
  ])("%s ends the run without a write", async (_, change, expected) => {
    const scene = world();
    const run = scene.start();
    if (change === undefined) scene.scheduler.at(during(2), () => void scene.store.remove(epoch, resource));
    else scene.edit(during(2), change as never);
    await scene.pass();
    expect(ended(run)).toBe(expected);
  });

  it("a route that never was is refused, and so is one whose record nobody can read", async () => {
    const nowhere = world({ objects: shop().filter((object) => !isRoute(object)) });
    const none = nowhere.start();
    await nowhere.pass();
    expect(ended(none)).toBe("refused 2 object-not-found");
    const scene = world({
      objects: shop().map((object) =>
        isRoute(object)
          ? { ...object, metadata: { ...object.metadata, annotations: { "sluice.dev/rollout": "{" } } }
          : object,
      ),
    });
    const run = scene.start();
    await scene.pass();
    expect(ended(run)).toBe("refused 2 corrupt-record");
    expect(run.outcome?.reason).toMatchObject({
      code: "record-unreadable",
      data: { weights: [{ rule: "http/primary" }] },
    });
  });

  it("a route with a finalizer that is going away is not written on", async () => {
    const scene = world();
    const run = scene.start();
    scene.edit(during(2), (draft) => {
      draft.metadata["finalizers"] = ["example.com/wait"];
    });
    scene.scheduler.at(during(2) + second, () => void scene.store.remove(epoch, resource));
    await scene.pass();
    expect(ended(run)).toBe("failed 1 route-gone");
    expect(run.outcome?.reason).toEqual(reason("route-deleting", { route: "shop/virtualservice/reviews" }));
  });

  it("stable goes down while the canary fails: the traffic is held, and goes back when stable is ready", async () => {
    const scene = world();
    const slices = { ...resource, group: "discovery.k8s.io", plural: "endpointslices", name: "reviews-abcde" };
    const stableIs = (at: number, ready: boolean) =>
      scene.scheduler.at(
        at,
        () =>
          void scene.store.edit(
            epoch,
            slices,
            (draft) => {
              for (const endpoint of (
                draft as unknown as { endpoints: { conditions: { ready: boolean }; targetRef: { name: string } }[] }
              ).endpoints)
                if (endpoint.targetRef.name.includes("v1")) endpoint.conditions.ready = ready;
            },
            "endpointslice-controller",
          ),
      );
    stableIs(20 * second, false);
    stableIs(during(1), true);
    const run = scene.start({ evidence: judged("fail") });
    await scene.pass();
    expect(scene.steps()).toEqual(["5 progressing 1", "5 held 1", "0 rolled-back 1"]);
    expect(ended(run)).toBe("rolled-back 1");
    expect(run.outcome?.reason).toEqual(reason("stable-recovered", { failed: verdicts.fail.reason }));
  });
});

describe("faults of the API server", () => {
  const kinds = ["request-lost", "answer-lost"] as const;
  it.each(kinds)(
    "a %s at any call changes nothing about the end: each phase is entered once",
    async (kind) => {
      const calm = world();
      const { calls } = calm.start();
      await calm.pass();
      for (let at = 0; at < calls.length; at += 1) {
        const scene = world();
        const run = scene.start({ pick: (_, index) => (index === at ? { kind } : undefined) });
        await scene.pass();
        expect([at, ended(run), scene.weights(), new Set(scene.steps())]).toEqual([
          at,
          "promoted 0",
          [0, 100],
          new Set(whole),
        ]);
        expect(scene.record()?.entered).toHaveLength(4);
      }
    },
    120_000,
  );

  it.each(["rollback", "pause", "promote"] as const)(
    "a lost answer to `%s` is seen in the next read, and the command is done",
    async (command) => {
      const scene = world();
      scene.start();
      const pick = ({ kind }: { kind: string }): Fault | undefined =>
        kind === "patch" ? { kind: "answer-lost" } : undefined;
      const asked = scene.start({ at: during(2), command, pick });
      await scene.pass(during(2) + 20 * second);
      expect(asked.outcome?.exitCode).toBe(0);
      expect(routeCalls(asked, "patch")).toHaveLength(1);
    },
  );

  it("a pause whose answer was lost is not written again over the person who ended it meanwhile", async () => {
    const scene = world();
    scene.start({ evidence: judged("inconclusive") });
    const pick = ({ kind }: { kind: string }): Fault | undefined =>
      kind === "patch" ? { kind: "answer-lost" } : undefined;
    const pause = scene.start({ at: during(1), command: "pause", plan: undefined, pick });
    const resume = scene.start({ at: during(1) + 300, command: "resume", evidence: judged("inconclusive") });
    await scene.pass(during(1) + 30 * second);
    expect(ended(pause)).toBe("in-progress 0");
    expect(routeCalls(pause, "patch")).toHaveLength(1);
    expect([ended(resume), scene.record()?.status]).toEqual(["still runs", "progressing"]);
  });

  it("a resume whose answer was lost drives on, also beyond the time that a command may wait", async () => {
    const scene = world();
    scene.start();
    scene.start({ at: during(2), command: "pause", plan: undefined });
    await scene.pass();
    const slow = plan({
      phases: plan().phases.map((phase) => ({ ...phase, holdMs: 10 * minute, maxHoldMs: 40 * minute })),
    });
    const resume = scene.start({
      at: scene.scheduler.now() + minute,
      command: "resume",
      plan: slow,
      pick: ({ kind }) => (kind === "patch" ? { kind: "answer-lost" } : undefined),
    });
    await scene.pass();
    expect(ended(resume)).toBe("promoted 0");
  });

  it("a server that refuses every patch at one version ends the run before anything has begun", async () => {
    const scene = world();
    const run = scene.start({
      pick: ({ kind }) => (kind === "patch" ? { kind: "answer", code: 422, message: "no" } : undefined),
    });
    await scene.pass();
    expect(ended(run)).toBe("failed 1 write-rejected");
    expect(routeCalls(run, "patch")).toHaveLength(2);
  });

  it("a server that refuses a raise for good makes the run go back, in the server's words", async () => {
    const denies = validating(({ object, dryRun }) =>
      !dryRun && isRoute(object) && weightsOn(object)[1] === 50
        ? { kind: "denied", code: 403, message: "half is too much" }
        : { kind: "admitted" },
    );
    const scene = world({ admissions: [denies] });
    const run = scene.start();
    await scene.pass();
    expect(ended(run)).toBe("rolled-back 1");
    expect(run.outcome?.reason.code).toBe("step-rejected");
    expect(wordsOf(run)).toContain("half is too much");
    expect(scene.steps()).toEqual(["5 progressing 1", "20 progressing 2", "0 rolled-back 2"]);
  });

  it("a way back that is refused for good is tried for an hour, then given up with the server's words", async () => {
    const denies = validating(({ object, dryRun, operation }) =>
      !dryRun && operation === "UPDATE" && isRoute(object) && weightsOn(object)[1] === 0
        ? { kind: "denied", code: 403, message: "never back" }
        : { kind: "admitted" },
    );
    const scene = world({ admissions: [denies] });
    const run = scene.start({ evidence: judged("fail") });
    await scene.pass();
    expect(ended(run)).toBe("failed 1 write-rejected");
    expect(run.outcome?.reason).toMatchObject({ code: "write-rejected", data: { triedMs: 60 * minute } });
    expect(wordsOf(run)).toContain("never back");
    expect(routeCalls(run, "patch").length).toBeGreaterThan(600);
    expect(scene.weights()).toEqual([95, 5]);
  });

  it("being asked to slow down is no refusal: the run waits as long as it is told, and goes on", async () => {
    const scene = world();
    let times = 0;
    const run = scene.start({
      pick: ({ kind }) =>
        kind === "patch" && times++ < 3
          ? { kind: "answer", code: 429, message: "slow down", retryAfterSeconds: 7 }
          : undefined,
    });
    await scene.pass();
    expect(ended(run)).toBe("promoted 0");
    const [first = 0, next = 0] = routeCalls(run, "patch").map(({ at }) => at);
    expect(next - first).toBeGreaterThanOrEqual(7 * second);
  });

  it("a run that writes in circles stops", async () => {
    const scene = world();
    const run = scene.start({
      pick: ({ kind }) => (kind === "patch" ? { kind: "answer", code: 429, message: "slow down" } : undefined),
    });
    await scene.pass();
    expect(ended(run)).toBe("failed 1 write-rejected");
    expect(routeCalls(run, "patch")).toHaveLength(60);
  });

  it("an admission webhook that changes what is written ends the run", async () => {
    const scene = world();
    const run = scene.start();
    scene.scheduler.at(during(1), () =>
      scene.store.admissions.push(
        mutating((object, { dryRun }) => {
          if (!dryRun && isRoute(object))
            for (const entry of (object.spec as { http: { route: { weight: number }[] }[] }).http[0]?.route ?? [])
              entry.weight = 50;
          return object;
        }),
      ),
    );
    await scene.pass();
    expect(ended(run)).toBe("failed 1 write-altered");
  });

  it("an API server that never answers is refused after half a minute, a missing right at once", async () => {
    const silent = world();
    const waiting = silent.start({ pick: () => ({ kind: "request-lost" }) });
    await silent.pass();
    expect(ended(waiting)).toBe("refused 2 cluster-unreachable");
    expect(waiting.endedAt).toBeGreaterThanOrEqual(30 * second);
    const scene = world();
    const denied = scene.start({ rights: [] });
    await scene.pass();
    expect(ended(denied)).toBe("refused 2 permission-missing");
    expect(denied.calls).toHaveLength(1);
  });

  it("an API server that is away for ten minutes is waited for; past the deadline the rollout goes back at once", async () => {
    const scene = world();
    const away = (at: number) => at > during(2) && at < during(2) + 12 * minute;
    const run = scene.start({ pick: () => (away(scene.scheduler.now()) ? { kind: "request-lost" } : undefined) });
    await scene.pass();
    expect(ended(run)).toBe("rolled-back 1");
    expect(run.outcome?.reason).toEqual(reason("deadline-passed", { phase: 2, weight: 20 }));
  });

  it("an API server that does not come back leaves a state that nobody knows, and the run says so", async () => {
    const scene = world();
    const run = scene.start({ pick: () => (scene.scheduler.now() > during(2) ? { kind: "request-lost" } : undefined) });
    await scene.pass();
    expect(ended(run)).toBe("failed 1 cluster-unreachable");
    expect(run.outcome?.weight).toBeUndefined();
    expect(scene.steps()).toEqual(["5 progressing 1", "20 progressing 2"]);
  });

  it("without a date nothing begins, and nobody waits for ever", async () => {
    const scene = world();
    const run = scene.start({ date: () => undefined });
    await scene.pass();
    expect(ended(run)).toBe("refused 2 cluster-unreachable");
    expect(scene.steps()).toEqual([]);
  });

  it("without a date a rollback goes home all the same", async () => {
    const scene = world();
    const run = scene.start();
    const rollback = scene.start({ at: during(2), command: "rollback", plan: undefined, date: () => undefined });
    await scene.pass();
    expect([ended(run), ended(rollback)]).toEqual(["rolled-back 1", "rolled-back 0"]);
  });

  it("an unanswered question of preflight is asked again before the rollout begins", async () => {
    const scene = world();
    let times = 0;
    const run = scene.start({
      pick: ({ kind, resource: asked }) =>
        kind === "list" && asked?.plural === "pods" && times++ < 4
          ? { kind: "answer", code: 500, message: "etcd" }
          : undefined,
    });
    await scene.pass();
    expect(ended(run)).toBe("promoted 0");
  });
});

describe("a cancelled run", () => {
  it("at any call is home, or can be resumed, or has never begun, within six seconds", async () => {
    const calm = world();
    const { calls } = calm.start();
    await calm.pass();
    for (let at = 0; at < calls.length; at += 1) {
      const scene = world();
      let cancelledAt = 0;
      const run = scene.start({
        pick: (_, index, self) => {
          if (index === at) {
            cancelledAt = scene.scheduler.now();
            self.cancel();
          }
          return undefined;
        },
      });
      await scene.pass();
      const state = scene.record();
      expect([at, (run.endedAt ?? Number.NaN) - cancelledAt <= 6 * second]).toEqual([at, true]);
      if (state === undefined) expect([at, ended(run)]).toEqual([at, "cancelled 1"]);
      else if (state.status !== "promoted")
        expect([at, ended(run), scene.weights(), state.status]).toEqual([at, "rolled-back 1", [100, 0], "rolled-back"]);
    }
  }, 120_000);

  it("while a call hangs still ends within its seconds, and the late write is void or undone", async () => {
    for (const hung of ["read", "patch"] as const) {
      const scene = world();
      let cancelledAt = 0;
      let count = 0;
      const run = scene.start({
        pick: ({ kind, resource: asked }, _, self) => {
          if (kind !== hung || asked?.plural !== resource.plural || count++ !== 2) return undefined;
          scene.scheduler.at(scene.scheduler.now() + 100, () => {
            cancelledAt = scene.scheduler.now();
            self.cancel();
          });
          return { kind: "hang", effectAfterMs: 4 * second };
        },
      });
      await scene.pass();
      expect((run.endedAt ?? Number.NaN) - cancelledAt).toBeLessThanOrEqual(6 * second);
      expect([hung, ended(run), scene.weights()]).toEqual([hung, "rolled-back 1", [100, 0]]);
    }
  });

  it("beside a server that answers nothing says that the state is unknown, in time", async () => {
    const scene = world();
    const run = scene.start({ pick: () => (scene.scheduler.now() >= during(2) ? { kind: "hang" } : undefined) });
    scene.scheduler.at(during(2), () => run.cancel());
    await scene.pass();
    expect((run.endedAt ?? Number.NaN) - during(2)).toBeLessThanOrEqual(7 * second);
    expect(ended(run)).toBe("failed 1 cluster-unreachable");
  });

  it("right after a patch waits a moment before the next one", async () => {
    const scene = world();
    const run = scene.start({
      pick: ({ kind }, _, self) => {
        if (kind === "patch") scene.scheduler.at(scene.scheduler.now() + 45, () => self.cancel());
        return undefined;
      },
    });
    await scene.pass();
    const [first = 0, next = 0] = routeCalls(run, "patch").map(({ at }) => at);
    expect(next - first).toBeGreaterThanOrEqual(200);
    expect(ended(run)).toBe("rolled-back 1");
  });

  it("with `on-cancel: leave` leaves its rollout, which a fresh run finishes", async () => {
    const scene = world();
    const leaves = plan({ policy: { onCancel: "leave" } });
    const run = scene.start({ plan: leaves });
    scene.scheduler.at(during(2), () => run.cancel());
    await scene.pass();
    expect(ended(run)).toBe("in-progress 0");
    const fresh = scene.start({ at: scene.scheduler.now() + second, plan: leaves });
    await scene.pass();
    expect(ended(fresh)).toBe("promoted 0");
  });

  it("before its first answer has written nothing, and says so", async () => {
    const scene = world();
    const run = scene.start({
      pick: (_, __, self) => {
        self.cancel();
        return { kind: "request-lost" };
      },
    });
    await scene.pass();
    expect(ended(run)).toBe("cancelled 1");
    expect(run.endedAt).toBeLessThanOrEqual(6 * second);
    expect(scene.steps()).toEqual([]);
  });
});

describe("the size of a route", () => {
  const wide = (rules: number) =>
    shop().map((object) =>
      isRoute(object)
        ? {
            ...object,
            spec: {
              hosts: ["reviews"],
              http: Array.from({ length: rules }, (_, index) => ({
                name: `rule-${index}`,
                match: [{ uri: { exact: `/${index}` } }],
                route: [
                  { destination: { host: "reviews", subset: "v1" }, weight: 100 },
                  { destination: { host: "reviews", subset: "v2" }, weight: 0 },
                ],
              })),
            },
          }
        : object,
    );

  it("may be a hundred rules", async () => {
    const scene = world({ objects: wide(100) });
    const run = scene.start();
    await scene.pass();
    expect(ended(run)).toBe("promoted 0");
  });

  it("beyond what the record can hold is told before anything is written", async () => {
    const scene = world({ objects: wide(300) });
    const run = scene.start();
    await scene.pass();
    expect(ended(run)).toBe("failed 1 internal");
    expect(run.outcome?.reason.code).toBe("record-too-large");
    expect(scene.steps()).toEqual([]);
  });
});
