import { describe, expect, test } from "vitest";
import {
  brokenPromises,
  each,
  isWrite,
  moments,
  named,
  openScene,
  quick,
  reports,
  type Scene,
  weightsOn,
} from "./scene.ts";
import { meteredPlan, openMetered } from "./traffic.ts";

const plan = { ...quick, phases: "50/100" };
/** A process that is still there when the second signal would come is killed, and found out by it. */
const patience = { terminateAfterMs: 7_500, killAfterMs: 0 };
const long = { ...plan, phases: "50@10m/100" };

const home = (scene: Scene) => {
  const last = scene.history().at(-1);
  return last === undefined ? [100, 0] : weightsOn(last);
};

describe("a cancel at any request", () => {
  test("ends before the second signal, with the weights home or the promotion done", async ({ onTestFinished }) => {
    const clean = await openScene(onTestFinished);
    await clean.run({ plan });
    const cases = moments(clean.api.log).map(({ at, request }) => ({ at, name: named(request) }));
    await each(cases, async ({ at, name }) => {
      const scene = await openScene(onTestFinished);
      scene.github.pulls.set("1".repeat(40), [{ number: 12, state: "open" }]);
      const step = scene.start({ plan, patience });
      scene.api.trick = () => {
        if (scene.api.log.length === at + 1) step.cancel();
        return undefined;
      };
      const { main, post, outputs, conclusion } = await step.done;
      const where = `at request ${at + 1}, ${name}`;
      // A run may take a turn less than the undisturbed one, and never come to this request.
      if (scene.api.log.length <= at) return;
      expect([main.signal, post?.signal, conclusion], where).toEqual([null, null, "cancelled"]);
      expect(brokenPromises(scene), where).toEqual([]);
      const status = scene.state()?.status;
      if (status === undefined) {
        expect([home(scene), outputs["outcome"] === "cancelled" || outputs["outcome"] === "refused"], where).toEqual([
          [100, 0],
          true,
        ]);
        return;
      }
      expect(outputs["outcome"], where).toBe(status);
      expect([status, ...home(scene)], where).toEqual(
        status === "promoted" ? ["promoted", 0, 100] : ["rolled-back", 100, 0],
      );
      expect(reports(scene)[0], where).toContain(status === "promoted" ? "### Promoted" : "### Rolled back");
    });
  });
});

describe.concurrent("a cancel while a phase is watched", () => {
  /** Cancels as soon as the first phase is entered. */
  const cancelWhenEntered = (scene: Scene, cancel: () => void) => {
    scene.api.trick = (request) => (isWrite(request) && scene.steps().length === 0 ? { after: cancel } : undefined);
  };

  test("takes the traffic back, fails, and leaves the comment to post", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.pulls.set("1".repeat(40), [{ number: 12, state: "open" }]);
    const step = scene.start({ plan: long, patience, inputs: { environment: "production" } });
    cancelWhenEntered(scene, () => step.cancel());
    const { main, post, outputs, annotations } = await step.done;
    expect([main.exitCode, post?.exitCode]).toEqual([1, 0]);
    expect(outputs).toMatchObject({ outcome: "rolled-back", weight: "0", "reason-code": "job-cancelled" });
    expect(scene.steps()).toEqual(["50 progressing 1", "0 rolled-back 1"]);
    expect(main.summary).toContain("### Rolled back");
    expect(annotations.filter(({ level }) => level === "error").length).toBe(1);
    expect(reports(scene)[0]).toContain("### Rolled back");
    expect(reports(scene)[0]).toContain("**Why:** `The job was cancelled.`");
    expect(scene.github.deployments[0]?.statuses.at(-1)?.state).toBe("failure");
  });

  test("with `on-cancel: leave` leaves the weights, and the next run goes on", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const leaving = { ...plan, "on-cancel": "leave" };
    const step = scene.start({ plan: leaving, patience });
    cancelWhenEntered(scene, () => step.cancel());
    const { outputs, main, post } = await step.done;
    expect([main.exitCode, post?.exitCode]).toEqual([0, 0]);
    expect(outputs).toMatchObject({ outcome: "in-progress", weight: "50" });
    expect(outputs["reason-code"]).toBe("left-on-cancel");
    expect(scene.steps()).toEqual(["50 progressing 1"]);
    const next = await scene.run({ plan: leaving, runId: 5000, runNumber: 18 });
    expect(next.outputs["outcome"]).toBe("promoted");
  });

  test("is not delayed by a GitHub that hangs", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.fail({ fate: "hang" });
    const step = scene.start({
      plan: long,
      patience,
      inputs: { "pull-request": "12", environment: "production" },
      onLine: (line) => line.startsWith("Outcome:") && scene.github.heal(),
    });
    cancelWhenEntered(scene, () => step.cancel());
    const { main, outputs } = await step.done;
    expect([main.signal, main.exitCode, outputs["outcome"]]).toEqual([null, 1, "rolled-back"]);
    expect(scene.steps()).toEqual(["50 progressing 1", "0 rolled-back 1"]);
    expect(reports(scene)[0]).toContain("### Rolled back");
  });

  test("is not delayed by a Prometheus that hangs", async ({ onTestFinished }) => {
    const scene = await openMetered(onTestFinished);
    const step = scene.start({ plan: meteredPlan(scene, { hold: "1m", "max-hold": "2m" }), patience });
    cancelWhenEntered(scene, () => {
      scene.prometheus.misbehaviour = "hang";
    });
    const asked = scene.prometheus.asked;
    const push = asked.push.bind(asked);
    asked.push = (...items) => {
      if (scene.prometheus.misbehaviour === "hang") step.cancel();
      return push(...items);
    };
    const { main, outputs } = await step.done;
    expect([main.signal, main.exitCode, outputs["outcome"]]).toEqual([null, 1, "rolled-back"]);
    expect(scene.steps()).toEqual(["20 progressing 1", "0 rolled-back 1"]);
  });

  test("with a cluster that hangs ends in time, and post takes the traffic back", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    let hangs = false;
    const step = scene.start({
      plan: long,
      patience,
      onLine: (line) => {
        if (line.startsWith("Outcome:")) hangs = false;
      },
    });
    scene.api.trick = (request) => {
      if (hangs) return { instead: "hang" };
      if (!isWrite(request) || scene.steps().length > 0) return undefined;
      return {
        after: () => {
          hangs = true;
          step.cancel();
        },
      };
    };
    const { main, post, outputs } = await step.done;
    expect([main.signal, main.exitCode, outputs["outcome"], outputs["weight"]]).toEqual([null, 1, "failed", ""]);
    expect(outputs["reason-code"]).toBe("state-unknown");
    expect([post?.exitCode, scene.steps()]).toEqual([0, ["50 progressing 1", "0 rolled-back 1"]]);
  });

  test("whose way back loses its answer is done all the same", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const step = scene.start({ plan: long, patience });
    scene.api.trick = (request) => {
      if (!isWrite(request)) return undefined;
      if (scene.steps().length === 0) return { after: () => step.cancel() };
      return { effect: true, instead: "reset" };
    };
    const { main, outputs } = await step.done;
    expect([main.signal, main.exitCode, outputs["outcome"], outputs["weight"]]).toEqual([null, 1, "rolled-back", "0"]);
    expect(scene.steps()).toEqual(["50 progressing 1", "0 rolled-back 1"]);
  });

  test("takes back what another run drives as well", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const other = scene.start({ plan: long, runId: 1 });
    await new Promise<void>((resolve) => {
      scene.api.trick = (request) => (isWrite(request) ? { after: resolve } : undefined);
    });
    const joined = scene.start({ plan: long, runId: 2, runNumber: 18, patience });
    await new Promise<void>((resolve) => {
      scene.api.trick = (request) => (isWrite(request) ? { after: resolve } : undefined);
    });
    joined.cancel();
    const { main, outputs } = await joined.done;
    expect([main.signal, main.exitCode, outputs["outcome"]]).toEqual([null, 1, "rolled-back"]);
    expect(scene.steps().at(-1)).toBe("0 rolled-back 1");
    const left = await other.done;
    expect([left.main.exitCode, left.outputs["outcome"]]).toEqual([1, "rolled-back"]);
  });
});

test("the machine's own signals count as a cancel", async ({ onTestFinished }) => {
  await Promise.all(
    (["SIGTERM", "SIGHUP"] as const).map(async (signal) => {
      const scene = await openScene(onTestFinished);
      const step = scene.start({ plan: long });
      scene.api.trick = (request) =>
        isWrite(request) && scene.steps().length === 0 ? { after: () => step.kill(signal) } : undefined;
      const { main } = await step.done;
      expect([signal, main.exitCode, scene.steps().at(-1)]).toEqual([signal, 1, "0 rolled-back 1"]);
    }),
  );
});
