import { describe, expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { nothingLeft, openScene, planPath, quick, reports, type Scene } from "./scene.ts";
import { type Metered, meteredPlan, openMetered } from "./traffic.ts";

const scheduled = { ...quick, phases: "20/pause/50/100" };
const asOtherRun = { runId: 5000, runNumber: 18 };

/** Lets a first run come to a pause of the schedule, where a command may find it. */
async function pausedScene(atEnd: Parameters<typeof openScene>[0]): Promise<Scene> {
  const scene = await openScene(atEnd);
  const { outputs, main } = await scene.run({ plan: scheduled });
  expect([outputs["outcome"], main.exitCode]).toEqual(["paused", 0]);
  return scene;
}

/** A step that is only signed anew is the same step. */
const distinct = (steps: readonly string[]) => steps.filter((step, at) => step !== steps[at - 1]);

/** Resolves with the patch that leads to this step of the route. */
const patched = (scene: Scene, step: string) =>
  new Promise<void>((resolve) => {
    scene.api.trick = () => ({
      after: () => {
        if (scene.steps().at(-1) === step) resolve();
      },
    });
  });

describe.concurrent("a pause in the schedule", () => {
  test("ends the run well, and `promote` goes on to the end", async ({ onTestFinished }) => {
    const scene = await pausedScene(onTestFinished);
    expect(scene.steps()).toEqual(["20 progressing 1", "20 paused 1"]);
    const { outputs, conclusion } = await scene.run({ plan: scheduled, inputs: { command: "promote" }, ...asOtherRun });
    expect([conclusion, outputs["outcome"]]).toEqual(["success", "promoted"]);
    expect(scene.steps().slice(2)).toEqual(["50 progressing 2", "100 progressing 3", "100 promoted 3"]);
  });

  test("says how to go on, and a `run` that finds it changes nothing", async ({ onTestFinished }) => {
    const scene = await pausedScene(onTestFinished);
    const before = scene.writes().length;
    const { outputs, main, annotations } = await scene.run({ plan: scheduled, ...asOtherRun });
    expect([outputs["outcome"], outputs["weight"], main.exitCode, annotations]).toEqual(["paused", "20", 0, []]);
    expect(outputs["reason"]).toMatch(/To go on run `promote`; to roll back run `rollback`\.$/);
    expect(scene.writes().length).toBe(before);
  });

  test("is taken back by a `rollback` by hand, which needs no plan and succeeds", async ({ onTestFinished }) => {
    const scene = await pausedScene(onTestFinished);
    const { outputs, conclusion, annotations } = await scene.run({
      event: { name: "workflow_dispatch", payload: {} },
      sha: "9".repeat(40),
      inputs: { command: "rollback", config: "", route: "shop/virtualservice/reviews" },
      ...asOtherRun,
    });
    expect([conclusion, outputs["outcome"], outputs["weight"], annotations]).toEqual([
      "success",
      "rolled-back",
      "0",
      [],
    ]);
    expect(scene.steps().at(-1)).toBe("0 rolled-back 1");
    expect(scene.state()?.reason).toEqual(reason("rollback-requested", { command: "rollback", run: "5000" }));
  });
});

describe.concurrent("commands to a rollout that another run drives", () => {
  const long = (scene: Metered) => meteredPlan(scene, { hold: "1m", "max-hold": "2m" });

  test("`status` says where it stands, and writes nothing", async ({ onTestFinished }) => {
    const scene = await openMetered(onTestFinished);
    const entered = patched(scene, "20 progressing 1");
    const driver = scene.start({ plan: long(scene) });
    await entered;
    const before = scene.writes().length;
    const status = await scene.run({ inputs: { command: "status", config: "", route: quick.route }, ...asOtherRun });
    expect(status.outputs).toMatchObject({
      outcome: "in-progress",
      weight: "20",
      phase: "1",
      "reason-code": "rollout-started",
    });
    expect([status.conclusion, scene.writes().length]).toEqual(["success", before]);
    driver.kill();
    await driver.done;
  });

  test("`pause` stops it: the driver ends, and fails since nobody there asked for it", async ({ onTestFinished }) => {
    const scene = await openMetered(onTestFinished);
    const entered = patched(scene, "20 progressing 1");
    const driver = scene.start({ plan: long(scene) });
    await entered;
    const pause = await scene.run({ inputs: { command: "pause", config: "", route: quick.route }, ...asOtherRun });
    expect([pause.conclusion, pause.outputs["outcome"], pause.outputs["weight"]]).toEqual(["success", "paused", "20"]);
    const driven = await driver.done;
    expect([driven.main.exitCode, driven.outputs["outcome"]]).toEqual([1, "paused"]);
    expect(driven.annotations).toEqual([
      expect.objectContaining({ level: "error", title: "Paused: shop/virtualservice/reviews" }),
    ]);
    expect(driven.outputs["reason"]).toContain("Paused at 20% by `pause` in run 5000");
    expect(driven.outputs["reason-code"]).toBe("paused-person");
    expect(scene.steps()).toEqual(["20 progressing 1", "20 paused 1"]);

    const resumed = scene.start({ plan: long(scene), inputs: { command: "resume" }, runId: 5001, runNumber: 19 });
    await patched(scene, "20 progressing 1");
    const rollback = await scene.run({
      plan: long(scene),
      inputs: { command: "rollback" },
      runId: 5002,
      runNumber: 20,
    });
    expect([rollback.conclusion, rollback.outputs["outcome"]]).toEqual(["success", "rolled-back"]);
    const late = await resumed.done;
    expect([late.main.exitCode, late.outputs["outcome"]]).toEqual([1, "rolled-back"]);
    expect(late.outputs["reason-code"]).toBe("rolled-back-by");
    expect(late.outputs["reason"]).toContain("Rolled back by `rollback` in run 5002");
    expect(scene.steps().slice(2)).toEqual(["20 progressing 1", "0 rolled-back 1"]);
  });

  test("`promote` ends the wait of the phase: it writes once, and the driver goes on", async ({ onTestFinished }) => {
    const scene = await openMetered(onTestFinished);
    const entered = patched(scene, "20 progressing 1");
    const slow = meteredPlan(scene, { phases: "20@1m/100@1s", "max-hold": "2m" });
    const driver = scene.start({ plan: slow });
    await entered;
    const promote = await scene.run({ plan: slow, inputs: { command: "promote" }, ...asOtherRun });
    expect([promote.conclusion, promote.outputs["outcome"]]).toEqual(["success", "in-progress"]);
    const driven = await driver.done;
    expect([driven.conclusion, driven.outputs["outcome"]]).toEqual(["success", "promoted"]);
    // The driver signs the record again that the command left without a driver.
    expect(distinct(scene.steps())).toEqual(["20 progressing 1", "100 progressing 2", "100 promoted 2"]);
    expect(scene.state()?.notes.map((note) => note.reason)).toContainEqual(
      reason("approved", { weight: 20, command: "promote", run: "5000" }),
    );
  });

  test("are refused where there is nothing to command", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const words = ["promote", "pause", "resume", "rollback", "sweep", "status"];
    const results = await Promise.all(words.map((command) => scene.run({ inputs: { command } })));
    expect(results.map(({ main, outputs }) => [main.exitCode, outputs["outcome"], outputs["reason"]])).toEqual([
      [2, "refused", "There is no rollout on the route to promote. Start one with `run`."],
      [2, "refused", "There is no rollout on the route to pause."],
      [2, "refused", "There is no rollout on the route to resume. Start one with `run`."],
      [0, "none", "Nothing to roll back: the route carries no rollout."],
      [0, "none", "The route carries no rollout."],
      [0, "none", "The route carries no rollout."],
    ]);
    expect(scene.writes()).toEqual([]);
  });
});

describe.concurrent("before a rollout", () => {
  test("`preflight` tries every patch and writes none", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { outputs, conclusion } = await scene.run({ inputs: { command: "preflight" } });
    expect([conclusion, outputs["outcome"]]).toEqual(["success", "ready"]);
    expect(scene.api.log.filter(({ query }) => query.get("dryRun") === "All").length).toBe(4);
    expect([scene.writes(), scene.steps()]).toEqual([[], []]);
  });

  test("`dry-run` prints the patch that it would send, and sends none that counts", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { outputs, conclusion, log, main } = await scene.run({ inputs: { "dry-run": "true" } });
    expect([conclusion, outputs["outcome"]]).toEqual(["success", "ready"]);
    expect(log.join("\n")).toContain('"path": "/spec/http/0/route/1/weight"');
    expect(main.summary).toContain('"path": "/spec/http/0/route/1/weight"');
    expect([scene.writes(), scene.steps()]).toEqual([[], []]);
  });
});

describe.concurrent("a rollout in several runs", () => {
  test("`until`: one job a phase, each of which succeeds when its weight is reached", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const job = (until?: string) => scene.run(until === undefined ? {} : { inputs: { until } });
    const [first, second, again, last] = [await job("20"), await job("50"), await job("50"), await job()];
    expect(
      [first, second, again, last].map(({ conclusion, outputs }) => [
        conclusion,
        outputs["outcome"],
        outputs["weight"],
      ]),
    ).toEqual([
      ["success", "reached", "20"],
      ["success", "reached", "50"],
      ["success", "reached", "50"],
      ["success", "promoted", "100"],
    ]);
    expect(scene.steps()).toEqual([
      ...["20 progressing 1", "20 paused 1", "50 progressing 2", "50 paused 2"],
      ...["100 progressing 3", "100 promoted 3"],
    ]);
    expect(new Set([first, second, last].map(({ outputs }) => outputs["rollout"])).size).toBe(1);
  });

  test("`turns`: a scheduled job takes its turn, and begins nothing anew", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const turn = (runId: number) =>
      scene.run({ inputs: { turns: "1" }, runId, runNumber: runId, event: { name: "schedule", payload: {} } });
    for (let id = 1; scene.state()?.status !== "promoted" && id <= 30; id += 1) {
      const { outputs, conclusion } = await turn(id);
      expect([conclusion, outputs["outcome"]]).toEqual([
        "success",
        scene.state()?.status === "promoted" ? "promoted" : "in-progress",
      ]);
      expect(outputs["weight"]).toBe(String(scene.state()?.weight));
    }
    const later = await turn(31);
    expect([later.conclusion, later.outputs["outcome"], later.outputs["weight"]]).toEqual([
      "success",
      "promoted",
      "100",
    ]);
    expect(scene.steps()).toEqual(["20 progressing 1", "50 progressing 2", "100 progressing 3", "100 promoted 3"]);
  });

  test("two runs of one rollout at once drive it together, and both succeed", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const results = await Promise.all([scene.run(), scene.run(asOtherRun)]);
    expect(results.map(({ conclusion, outputs }) => [conclusion, outputs["outcome"]])).toEqual([
      ["success", "promoted"],
      ["success", "promoted"],
    ]);
    expect(distinct(scene.steps())).toEqual([
      "20 progressing 1",
      "50 progressing 2",
      "100 progressing 3",
      "100 promoted 3",
    ]);
  });

  test("a newer revision takes over from its first phase, and the older run ends superseded", async ({
    onTestFinished,
  }) => {
    const scene = await openMetered(onTestFinished);
    const older = meteredPlan(scene, { phases: "50@1m/100", "max-hold": "2m" });
    scene.github.pulls.set("a".repeat(40), [{ number: 1, state: "open" }]);
    scene.github.pulls.set("b".repeat(40), [{ number: 2, state: "open" }]);
    const entered = patched(scene, "50 progressing 1");
    const first = scene.start({ plan: older, sha: "a".repeat(40) });
    await entered;
    // The server's clock has whole seconds: a run in the same one would be ordered by its rollout's id.
    await scene.time.clock.sleep(1_000);
    const second = await scene.run({ sha: "b".repeat(40), ...asOtherRun });
    const old = await first.done;
    expect([second.conclusion, second.outputs["outcome"]]).toEqual(["success", "promoted"]);
    expect([old.main.exitCode, old.outputs["outcome"]]).toEqual([1, "superseded"]);
    expect(old.outputs["reason"]).toBe(`A newer run took the route over with rollout ${second.outputs["rollout"]}.`);
    expect(scene.steps()).toEqual([
      ...["50 progressing 1", "20 progressing 1", "50 progressing 2", "100 progressing 3", "100 promoted 3"],
    ]);
    expect(scene.github.comments.map(({ issue, body }) => [issue, /### (.*) – /.exec(body)?.[1]])).toEqual([
      [1, "A newer rollout has taken over"],
      [2, "Promoted"],
    ]);

    // Its first attempt never comes back; what it brought is not begun again by a late process.
    const late = await scene.run({ plan: older, sha: "a".repeat(40) });
    expect([late.main.exitCode, late.outputs["outcome"]]).toEqual([1, "superseded"]);
  });

  test("`rollout` guards a job that takes back its own rollout from a newer one", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { outputs } = await scene.run();
    const other = await scene.run({ inputs: { command: "rollback", rollout: "0123456789ab" } });
    expect([other.conclusion, other.outputs["outcome"]]).toEqual(["success", "none"]);
    const own = await scene.run({ inputs: { command: "rollback", rollout: outputs["rollout"] ?? "" }, ...asOtherRun });
    expect([own.conclusion, own.outputs["outcome"], own.outputs["weight"]]).toEqual(["success", "rolled-back", "0"]);
    expect(scene.steps().at(-1)).toBe("0 rolled-back 3");
  });

  test("`sweep` takes back what nobody drives any more, with a warning and no failure", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.pulls.set("1".repeat(40), [{ number: 12, state: "open" }]);
    const long = { ...quick, phases: "20@10m/100" };
    const entered = patched(scene, "20 progressing 1");
    const driver = scene.start({ plan: long, runId: 7 });
    await entered;
    const sweep = (runId: number) =>
      scene.run({
        inputs: { command: "sweep", config: "", route: quick.route },
        runId,
        event: { name: "schedule", payload: {} },
      });
    scene.github.runs.set("7/1", "in_progress");
    const alive = await sweep(8);
    expect([alive.conclusion, alive.outputs["outcome"], alive.annotations]).toEqual(["success", "in-progress", []]);
    driver.lose();
    await driver.done;
    scene.github.runs.set("7/1", "completed");
    const swept = await sweep(9);
    expect([swept.conclusion, swept.outputs["outcome"], swept.outputs["weight"]]).toEqual([
      "success",
      "rolled-back",
      "0",
    ]);
    expect(swept.annotations).toEqual([
      {
        level: "warning",
        title: "Rolled back: shop/virtualservice/reviews",
        message: `Run 7, which drove the rollout, has ended without finishing it. ${nothingLeft}`,
      },
    ]);
    expect(reports(scene)[0]).toContain("### Rolled back");
    expect(scene.steps()).toEqual(["20 progressing 1", "0 rolled-back 1"]);
  });
});

test("a plan file that another step changed is another plan: `promote` is refused", async ({ onTestFinished }) => {
  const scene = await pausedScene(onTestFinished);
  const { outputs, main, annotations } = await scene.run({
    plan: { ...scheduled, hold: "1s" },
    inputs: { command: "promote" },
  });
  expect([main.exitCode, outputs["outcome"]]).toEqual([2, "refused"]);
  expect(annotations.map(({ message }) => message)).toEqual([
    "The rollout on the route was started with another plan. `promote` needs the same route, phases, checks and policies.",
  ]);
  expect([planPath, scene.steps().at(-1)]).toEqual([planPath, "20 paused 1"]);
});
