import { describe, expect, test } from "vitest";
import { commit, nothingLeft, openScene, quick, reports, weightsOn } from "./scene.ts";
import { openWatched, watchedPlan } from "./traffic.ts";

const good = "scrape every 1s; traffic 200 rps; errors 0.2%";
const badAtTwenty = `${good}; canary errors 0.2% until phase 20, then 8%`;

describe.concurrent("a rollout that is judged by its metrics", () => {
  test("goes up by its schedule and is promoted", async ({ onTestFinished }) => {
    const scene = await openWatched(onTestFinished, good);
    scene.github.pulls.set(commit, [{ number: 12, state: "open" }]);
    const { main, post, outputs, annotations, conclusion, log } = await scene.run({
      plan: watchedPlan(scene),
      inputs: { environment: "production" },
    });

    expect([conclusion, main.exitCode, post?.exitCode]).toEqual(["success", 0, 0]);
    expect(scene.steps()).toEqual(["20 progressing 1", "100 progressing 2", "100 promoted 2"]);
    expect(outputs).toMatchObject({ outcome: "promoted", weight: "100", phase: "2", rollout: scene.state()?.rollout });
    expect(outputs["reason"]).toMatch(/^success-rate is (0\.99\d+|1), at least 0\.99; latency is [\d.]+, at most 500$/);
    const result = JSON.parse(outputs["result-json"] ?? "");
    expect(result).toMatchObject({ outcome: "promoted", weight: 100, phase: 2, rollout: outputs["rollout"] });
    expect(result.checks.map(({ name, kind }: Record<string, unknown>) => [name, kind])).toEqual([
      ["success-rate", "passing"],
      ["latency", "passing"],
    ]);
    expect(result.timeline.at(0)).toMatchObject({ at: 0, phase: 1, weight: 20, because: "the rollout begins" });
    expect(annotations).toEqual([]);
    expect(main.state).toEqual({ isPost: "true", rollout: outputs["rollout"], ended: "true" });

    const [comment, ...others] = reports(scene);
    expect(others).toEqual([]);
    for (const text of [comment, main.summary]) {
      expect(text).toContain("### Promoted – `shop/virtualservice/reviews`");
      expect(text).toContain("**Now `v2` (canary) serves 100%, `v1` (stable) serves 0%.**");
      expect(text).toMatch(/\| `success-rate` \| passing \|/);
    }
    expect(main.summary).toContain("#### Timeline of this run");
    expect(scene.github.deployments.map(({ environment, statuses }) => [environment, states(statuses)])).toEqual([
      ["production", ["in_progress", "success"]],
    ]);
    expect(log).toContain("Outcome: promoted, phase 2 of 2");
    expect(scene.github.violations).toEqual([]);
  });

  test("is taken back by errors, which fails the step and says so everywhere", async ({ onTestFinished }) => {
    const scene = await openWatched(onTestFinished, badAtTwenty);
    scene.github.pulls.set(commit, [{ number: 12, state: "open" }]);
    const { main, outputs, annotations, conclusion, log } = await scene.run({
      plan: watchedPlan(scene),
      inputs: { environment: "production" },
    });

    expect([conclusion, main.exitCode]).toEqual(["failure", 1]);
    expect(scene.steps()).toEqual(["20 progressing 1", "0 rolled-back 1"]);
    const because = outputs["reason"] ?? "";
    expect(because).toMatch(/^success-rate was 0\.\d+, below 0\.99, at 3 points in a row$/);
    expect(outputs).toMatchObject({ outcome: "rolled-back", weight: "0", phase: "1" });
    expect(JSON.parse(outputs["result-json"] ?? "").checks[0]).toMatchObject({ kind: "failing" });
    expect(annotations).toEqual([
      { level: "error", title: "Rolled back: shop/virtualservice/reviews", message: `${because}. ${nothingLeft}` },
    ]);

    const [comment, news, ...others] = reports(scene);
    expect(others).toEqual([]);
    expect(comment).toContain("### Rolled back – `shop/virtualservice/reviews`");
    expect(comment).toContain(`**Why:** \`${because}\``);
    expect(comment).toMatch(/\| `success-rate` \| failing \|/);
    expect(news).toContain("**Rolled back:** `shop/virtualservice/reviews`. Now `v2` (canary) serves 0%");
    expect(scene.github.deployments.map(({ statuses }) => states(statuses))).toEqual([["in_progress", "failure"]]);
    expect(log).toContain("Now v2 (canary) serves 0%, v1 (stable) serves 100%.");
    expect(scene.github.violations).toEqual([]);
  });
});

describe.concurrent("what a run asks of the cluster", () => {
  test("is one read of the route a turn, and one patch a step", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    await scene.run();
    const onRoute = scene.api.log.filter(({ path }) => path.endsWith("/virtualservices/reviews"));
    const order = onRoute.map(({ method, query }) => (query.get("dryRun") === "All" ? "try" : method));
    // One try for each patch that may come, the way back among them, all before the first that counts.
    expect(order).toEqual([
      ...["GET", "try", "try", "try", "try", "PATCH"],
      ...["GET", "PATCH", "GET", "PATCH", "GET", "PATCH", "GET"],
    ]);
    expect(scene.history().map(weightsOn)).toEqual([
      [80, 20],
      [50, 50],
      [0, 100],
      [0, 100],
    ]);
  });

  test("goes over two connections at most, however long it lasts", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    let most = 0;
    scene.api.trick = () => {
      most = Math.max(most, scene.api.sockets.open);
      return undefined;
    };
    await scene.run({ plan: { ...quick, phases: "5/10/20/40/60/80/100" } });
    expect(scene.state()?.status).toBe("promoted");
    expect(most).toBeLessThanOrEqual(2);
    expect(scene.api.sockets.opened).toBeLessThanOrEqual(2);
  });
});

/** A status is told for each phase, unless the next one is there before it could be; so each word counts once. */
const states = (statuses: readonly { readonly state: string }[]) => [...new Set(statuses.map(({ state }) => state))];

test.concurrent("a cluster that is silent for a while delays a rollout and does not harm it", async ({
  onTestFinished,
}) => {
  const scene = await openScene(onTestFinished);
  let silent = 0;
  scene.api.trick = ({ method, path }) => {
    const isRead = method === "GET" && path.endsWith("/virtualservices/reviews") && scene.steps().length === 2;
    if (!isRead || silent === 2) return undefined;
    silent += 1;
    return { instead: { code: 503, type: "text/plain", body: "no leader" } };
  };
  const { conclusion, log } = await scene.run();
  expect([conclusion, scene.steps().at(-1)]).toEqual(["success", "100 promoted 3"]);
  const blind = log.filter((line) => line.startsWith("--:--:-- UTC"));
  expect(blind.length).toBe(2);
  for (const line of blind) expect(line).toMatch(/phase 2 of 3 +\? +unknown .* with 503\. The server says: no leader$/);
});

test.concurrent("a run that joins says so, and not that the rollout begins", async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished);
  const plan = { ...quick, phases: "20@4s/100" };
  const first = scene.start({ plan });
  await new Promise<void>((resolve) => {
    scene.api.trick = ({ method, query }) =>
      method === "PATCH" && query.get("dryRun") === null ? { after: resolve } : undefined;
  });
  const second = await scene.run({ plan, runId: 5000, runNumber: 18 });
  const lines = second.log.filter((line) => line.includes("UTC  phase 1"));
  expect(lines[0]).toContain("this run drives the rollout from here on, at 20%");
  expect([(await first.done).conclusion, second.conclusion]).toEqual(["success", "success"]);
});
