import { describe, expect, test } from "vitest";
import type { Misbehaviour } from "../servers/prometheus.ts";
import { type AtEnd, planPath } from "./scene.ts";
import { openMetered, openWatched, watchedPlan } from "./traffic.ts";

const good = "scrape every 1s; traffic 200 rps; errors 0.2%";

/** The source answers well until the first phase is entered, and then no more. */
async function spoiled(atEnd: AtEnd, misbehaviour: Misbehaviour, more: Readonly<Record<string, unknown>> = {}) {
  const scene = await openWatched(atEnd, good);
  scene.api.trick = ({ method, query }) => ({
    after: () => {
      if (method === "PATCH" && query.get("dryRun") === null) scene.prometheus.misbehaviour = misbehaviour;
    },
  });
  const result = await scene.run({ plan: watchedPlan(scene, more) });
  return { ...result, scene };
}

const spoilings: readonly (readonly [Misbehaviour, string])[] = [
  // The slowest first, beside all the others.
  ["hang", "Prometheus did not answer within 10 s"],
  ["empty", "There is no series: nothing matches the query."],
  ["nan", "NaN, as when nothing is divided by nothing"],
  ["bare-nan", "NaN"],
  ["two-series", "There are several series, 2 that differ in replica"],
  ["scalar", "The answer is a scalar, not numbers over time"],
  ["html", "Prometheus sent a web page instead of JSON. Is a login page in front of it?"],
  ["redirect", "Prometheus redirected to another place (302), which is not followed."],
  ["status-500", "Prometheus answered 500"],
  ["status-503", "Prometheus answered 503"],
  ["truncated", "Prometheus broke off in the middle of its answer"],
  ["reset", "Prometheus gave no answer. The connection was reset (ECONNRESET)."],
  ["warnings", "Prometheus gave only part of an answer"],
];

describe.concurrent("without evidence nothing is promoted, and the reason names what was wrong", () => {
  test.for(spoilings)("%s", async ([misbehaviour, words], { onTestFinished }) => {
    const { scene, outputs, main, annotations } = await spoiled(onTestFinished, misbehaviour);
    expect(scene.steps()).toEqual(["20 progressing 1", "20 paused 1"]);
    expect([main.exitCode, outputs["outcome"], outputs["weight"]]).toEqual([1, "paused", "20"]);
    expect(outputs["reason"]).toContain(words);
    expect(outputs["reason-code"]).toBe("paused-inconclusive");
    expect(annotations.map(({ level, title }) => [level, title])).toEqual([
      ["error", "Paused: shop/virtualservice/reviews"],
    ]);
  });

  test("`on-inconclusive: rollback` takes the traffic back", async ({ onTestFinished }) => {
    const { scene, outputs, main } = await spoiled(onTestFinished, "empty", { "on-inconclusive": "rollback" });
    expect(scene.steps()).toEqual(["20 progressing 1", "0 rolled-back 1"]);
    expect([main.exitCode, outputs["outcome"], outputs["weight"]]).toEqual([1, "rolled-back", "0"]);
    expect(outputs["reason-code"]).toBe("inconclusive");
  });

  test("`on-inconclusive: promote` is for a lack of traffic, never for a lack of data", async ({ onTestFinished }) => {
    const { scene, outputs } = await spoiled(onTestFinished, "empty", { "on-inconclusive": "promote" });
    expect([scene.steps().at(-1), outputs["outcome"]]).toEqual(["20 paused 1", "paused"]);
  });

  test("infinity is no value, however good it would be", async ({ onTestFinished }) => {
    let began = false;
    const scene = await openMetered(onTestFinished, () => (began ? "+Inf" : "1"));
    scene.api.trick = ({ method, query }) => {
      began ||= method === "PATCH" && query.get("dryRun") === null;
      return undefined;
    };
    const { outputs } = await scene.run({
      plan: {
        ...{ route: "shop/virtualservice/reviews", phases: "20/100", settle: "0s", "write-allowance": "0s" },
        ...{
          hold: "1s",
          "max-hold": "4s",
          prometheus: { url: scene.prometheus.url, "scrape-interval": "250ms", lag: "0s" },
        },
        checks: [{ name: "conversion", query: 'conversion{version="{{canary}}"}', min: 0.9, every: "1s" }],
      },
    });
    expect([scene.steps().at(-1), outputs["outcome"]]).toEqual(["20 paused 1", "paused"]);
    expect(outputs["reason"]).toContain("+Inf");
  });
});

describe.concurrent("a metric source that does not answer from the start", () => {
  test.for(["status-500", "html", "empty", "two-series"] as const)(
    "refuses the rollout before anything is moved: %s",
    async (misbehaviour, { onTestFinished }) => {
      const scene = await openWatched(onTestFinished, good);
      scene.prometheus.misbehaviour = misbehaviour;
      const { main, outputs, annotations } = await scene.run({ plan: watchedPlan(scene) });
      expect([main.exitCode, outputs["outcome"]]).toEqual([2, "refused"]);
      expect(annotations.length).toBeGreaterThan(0);
      for (const { level, title } of annotations) {
        expect([level, title]).toEqual([
          "error",
          expect.stringMatching(/^Sluice: metric-(query-failed|labels-missing)$/),
        ]);
      }
      expect([scene.writes(), scene.steps(), planPath]).toEqual([[], [], "rollout.yml"]);
    },
  );
});
