import { describe, expect, test } from "vitest";
import { commit, nothingLeft, reports } from "./scene.ts";
import { openWatched, watchedPlan } from "./traffic.ts";

/** The action as it would be shipped, once up and once back: what `make test` has of the folder; `make gate` has the rest. */

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
    expect(outputs["reason"]).toMatch(
      / Check success-rate is (0\.99\d+|1); the limit is at least 0\.99\. Check latency is [\d.]+; the limit is at most 500\.$/,
    );
    const result = JSON.parse(outputs["result-json"] ?? "");
    expect(result).toMatchObject({ outcome: "promoted", weight: 100, phase: 2, rollout: outputs["rollout"] });
    expect(result.checks.map(({ name, kind }: Record<string, unknown>) => [name, kind])).toEqual([
      ["success-rate", "passing"],
      ["latency", "passing"],
    ]);
    expect(result.timeline.at(0)).toMatchObject({ at: 0, phase: 1, weight: 20, because: "The rollout starts." });
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
    expect(because).toMatch(
      /^Check success-rate was 0\.\d+ in 3 measurements in a row, last at [\d:]+ UTC; the limit is at least 0\.99\.$/,
    );
    expect(outputs).toMatchObject({ outcome: "rolled-back", weight: "0", phase: "1" });
    expect(JSON.parse(outputs["result-json"] ?? "").checks[0]).toMatchObject({ kind: "failing" });
    expect(annotations).toEqual([
      { level: "error", title: "Rolled back: shop/virtualservice/reviews", message: `${because} ${nothingLeft}` },
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

/** A status is told for each phase, unless the next one is there before it could be; so each word counts once. */
const states = (statuses: readonly { readonly state: string }[]) => [...new Set(statuses.map(({ state }) => state))];
