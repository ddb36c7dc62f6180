import { describe, expect, it } from "vitest";
import { attempted, rehearsed } from "../../rehearsal/rehearsed.ts";

const plan = (more = "") => `
route: virtualservice/reviews
namespace: shop
canary: v2
phases: 20/50/100
hold: 5m
counts: https://counts.example.com/shop
${more}`;

const steps = ({ moments }: Awaited<ReturnType<typeof rehearsed>>) =>
  moments.filter(({ committed }) => committed).map(({ weight, verdict }) => `${weight} ${verdict}`);

describe("a rehearsal of a plan with `counts`", () => {
  it("goes up where the canary is as good as stable, and is held to the success rate at the end", async () => {
    const done = await rehearsed({ plan: plan(), scenario: "traffic 100 rps; errors 0.3%" });
    expect([done.outcome.name, steps(done)]).toEqual(["promoted", ["20 none", "50 pass", "100 pass", "100 pass"]]);
  });

  it("is rolled back by errors, although stable fails too", async () => {
    const scenario = "traffic 100 rps; errors 2%; canary errors 2% until phase 50, then 8%";
    const done = await rehearsed({ plan: plan(), scenario });
    expect([done.outcome.name, done.phase, done.weight]).toEqual(["rolled-back", 2, 0]);
    expect(done.progress.judged).toMatchObject({ kind: "fail", culprit: "errors" });
  });

  it("is rolled back at 100 % by a canary that fails there alone", async () => {
    const scenario = "traffic 100 rps; errors 0.3%; canary errors 0.3% until phase 100, then 40%";
    const done = await rehearsed({ plan: plan(), scenario });
    expect([done.outcome.name, done.phase, done.weight]).toEqual(["rolled-back", 3, 0]);
    expect(done.progress.judged).toMatchObject({ kind: "fail", culprit: "success-rate" });
  });

  it("never passes while the source is silent", async () => {
    const scenario = "traffic 100 rps; errors 0.3%; prometheus down from 3m";
    const done = await rehearsed({ plan: plan(), scenario });
    expect([done.outcome.name, done.weight]).toEqual(["paused", 20]);
  });

  it("does not begin where nothing is counted", async () => {
    const found = await attempted({ plan: plan(), scenario: "traffic 100 rps; prometheus down from 0m" });
    expect(JSON.stringify(found)).toContain("query-failed");
  });
});
