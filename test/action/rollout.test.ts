import { describe, expect, test } from "vitest";
import { openScene, quick, weightsOn } from "./scene.ts";

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
  for (const line of blind)
    expect(line).toMatch(/phase 2 of 3 +\? +unknown .* with 503\. The server says: no leader\.$/);
});

test.concurrent("a run that joins says so, and not that the rollout starts", async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished);
  const plan = { ...quick, phases: "20@4s/100" };
  const first = scene.start({ plan });
  await new Promise<void>((resolve) => {
    scene.api.trick = ({ method, query }) =>
      method === "PATCH" && query.get("dryRun") === null ? { after: resolve } : undefined;
  });
  const second = await scene.run({ plan, runId: 5000, runNumber: 18 });
  const lines = second.log.filter((line) => line.includes("UTC  phase 1"));
  expect(lines[0]).toContain("This run drives the rollout from here on, at 20%");
  expect([(await first.done).conclusion, second.conclusion]).toEqual(["success", "success"]);
});
