import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Machine } from "../runner/machine.ts";
import { brokenPromises, each, isWrite, moments, named, nothingLeft, openScene, quick, reports } from "./scene.ts";

const plan = { ...quick, phases: "50/100" };
const later = { runId: 5000, runNumber: 18 };

/** All that lies on the machine but the runner's own files. */
const filesOf = ({ workspace, home, temp }: Machine): readonly string[] =>
  [workspace, home, temp].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => !name.startsWith("_runner_file_commands"),
    ),
  );

describe("a machine that is lost at any request", () => {
  test("leaves a route that the next run promotes, and no version of it was ever broken", async ({
    onTestFinished,
  }) => {
    const clean = await openScene(onTestFinished);
    await clean.run({ plan });
    expect(clean.steps()).toEqual(["50 progressing 1", "100 progressing 2", "100 promoted 2"]);
    const cases = moments(clean.api.log).flatMap(({ at, request }) => [
      { at, when: "before" as const, name: named(request) },
      ...(isWrite(request) ? [{ at, when: "after" as const, name: named(request) }] : []),
    ]);
    await each(cases, async ({ at, when, name }) => {
      const scene = await openScene(onTestFinished);
      const lost = scene.start({ plan });
      scene.api.trick = () => {
        if (scene.api.log.length !== at + 1) return undefined;
        if (when === "before") lost.lose();
        return when === "before" ? { effect: false, instead: "reset" } : { after: () => lost.lose(), instead: "reset" };
      };
      const dead = await lost.done;
      const where = `${when} request ${at + 1}, ${name}`;
      // A run may take a turn less than the undisturbed one, and never come to this request.
      if (scene.api.log.length <= at) return;
      expect([dead.main.signal, dead.post], where).toEqual(["SIGKILL", undefined]);
      // Where nothing was written, the next run is a first one like any other.
      if (scene.state() === undefined) return;
      const next = await scene.run({ plan, ...later });
      expect([next.conclusion, next.outputs["outcome"]], where).toEqual(["success", "promoted"]);
      expect(scene.state()?.status, where).toBe("promoted");
      expect(brokenPromises(scene), where).toEqual([]);
    });
  });
});

describe.concurrent("a main that crashed", () => {
  test("is followed by a post that takes back what main drove, and tells it", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.pulls.set("1".repeat(40), [{ number: 12, state: "open" }]);
    const step = scene.start({ plan: { ...plan, phases: "50@10m/100" } });
    scene.api.trick = (request) =>
      isWrite(request) && scene.steps().length === 0 ? { after: () => step.kill() } : undefined;
    const { main, post, outputs, annotations, conclusion } = await step.done;
    expect([main.signal, conclusion, outputs]).toEqual(["SIGKILL", "failure", {}]);
    expect(main.state).toEqual({ isPost: "true", rollout: scene.state()?.rollout });
    expect(post?.exitCode).toBe(0);
    expect(scene.steps()).toEqual(["50 progressing 1", "0 rolled-back 1"]);
    expect(annotations).toEqual([
      {
        level: "warning",
        title: "Rolled back: shop/virtualservice/reviews",
        message: `Run 4242, which drove the rollout, has ended without finishing it. ${nothingLeft}`,
      },
    ]);
    expect(post?.summary).toContain("### Rolled back – `shop/virtualservice/reviews`");
    expect(reports(scene)[0]).toContain("### Rolled back – `shop/virtualservice/reviews`");
    expect(brokenPromises(scene)).toEqual([]);
  });

  test("before its first write leaves post nothing to do, and no request to make", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const step = scene.start({ plan });
    scene.api.trick = ({ query }) => {
      if (query.get("dryRun") === "All") step.kill();
      return undefined;
    };
    const { post } = await step.done;
    const atDeath = scene.api.log.length;
    expect([post?.exitCode, post?.raw]).toEqual([0, ""]);
    expect([scene.steps(), scene.api.log.length]).toEqual([[], atDeath]);
  });

  test("after the promotion has nothing taken back", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const step = scene.start({ plan });
    scene.api.trick = (request) =>
      isWrite(request) && scene.steps().length === 2 ? { after: () => step.kill() } : undefined;
    const { post } = await step.done;
    expect([post?.exitCode, scene.steps()]).toEqual([0, ["50 progressing 1", "100 progressing 2", "100 promoted 2"]]);
  });

  test("with `on-cancel: leave` leaves the rollout to a later run, which promotes it", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const leaving = { ...plan, "on-cancel": "leave" };
    const step = scene.start({ plan: leaving });
    scene.api.trick = (request) =>
      isWrite(request) && scene.steps().length === 0 ? { after: () => step.kill() } : undefined;
    const { post } = await step.done;
    expect([post?.exitCode, scene.steps()]).toEqual([0, ["50 progressing 1"]]);
    const next = await scene.run({ plan: leaving, ...later });
    expect(next.outputs["outcome"]).toBe("promoted");
  });

  test("leaves no file of its own on the machine", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const step = scene.start({ plan });
    const before = filesOf(step.machine);
    scene.api.trick = (request) => (isWrite(request) ? { after: () => step.lose() } : undefined);
    await step.done;
    expect(filesOf(step.machine)).toEqual(before);
  });
});

test("post after a main that ended does nothing, asks nothing, and prints nothing", async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished);
  const { post, main } = await scene.run({ inputs: { command: "status", config: "", route: quick.route } });
  expect(main.state).toEqual({ isPost: "true", ended: "true" });
  expect([post?.exitCode, post?.raw, post?.summary]).toEqual([0, "", ""]);
});
