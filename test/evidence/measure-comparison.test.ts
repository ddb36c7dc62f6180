import { describe, expect, test } from "vitest";
import { unpackBaseline } from "../../src/evidence/calibration-record.ts";
import { replay } from "../../src/judge/verdict-with-numbers.ts";
import { textOf } from "../../src/text/index.ts";
import { attempted, planFrom, rehearsed } from "../rehearsal/rehearsed.ts";

/** Whole rollouts in virtual time, judged by comparing both versions. */

const plan = (more = "", phases = "20/50/100", hold = "3m") => `
route: virtualservice/reviews
namespace: shop
canary: v2
phases: ${phases}
hold: ${hold}
prometheus: https://prometheus.example.com
${more}`;

const steps = ({ moments }: Awaited<ReturnType<typeof rehearsed>>) =>
  moments.filter(({ committed }) => committed).map(({ weight, verdict }) => `${weight} ${verdict}`);

describe("a rollout that is judged by comparing both versions", () => {
  test("goes up where the canary is as good as stable, and says how sure that is", async () => {
    const done = await rehearsed({ plan: plan(), scenario: "traffic 100 rps; errors 0.3%" });
    expect([done.outcome.name, steps(done)]).toEqual(["promoted", ["20 none", "50 pass", "100 pass", "100 pass"]]);
    expect(done.progress.state?.grounds).toMatchObject({ kind: "pass", phase: 3 });
    expect(done.progress.judged?.reason).toMatchObject({ code: "passed-by-checks", data: { weight: 100 } });
  });

  test("is taken back by errors within minutes, although stable fails too", async () => {
    const done = await rehearsed({
      plan: plan(),
      scenario: "traffic 100 rps; errors 2%; canary errors 2% until phase 50, then 8%",
    });
    expect([done.outcome.name, done.phase, done.weight]).toEqual(["rolled-back", 2, 0]);
    expect(done.progress.judged?.reason).toMatchObject({ code: "canary-worse", data: { metric: "errors" } });
    expect(done.truth.canary.spoiled).toBeLessThan(400);
  });

  test("is not taken back by an incident that hits both", async () => {
    const done = await rehearsed({
      plan: plan(),
      scenario: "traffic 100 rps; errors 0.3%; incident 10% from 1m for 4m",
    });
    expect(done.outcome.name).not.toBe("rolled-back");
  });

  test("is taken back by slowness", async () => {
    const done = await rehearsed({ plan: plan(), scenario: "traffic 100 rps; errors 0.3%; canary slow 4% by 1s" });
    expect(done.outcome.name).toBe("rolled-back");
    expect(done.progress.judged?.reason.code).toBe("canary-slower");
  });

  test("pauses where there is too little traffic, and had said so before it began", async () => {
    const notes: string[] = [];
    const watch = { note: (note: string) => void notes.push(note) };
    const done = await rehearsed({ plan: plan(), scenario: "traffic 1 rps; errors 0.3%", watch });
    expect([done.outcome.name, done.weight]).toEqual(["paused", 20]);
    expect(done.progress.judged).toMatchObject({ kind: "inconclusive", lacking: "traffic" });
    const { code, data } = done.progress.judged?.reason ?? {};
    expect(code).toBe("too-little-traffic");
    expect(data).toMatchObject({ metric: "errors", detectable: expect.any(Number) });
    expect(notes).toContainEqual(expect.stringContaining("Phase 1 (20%): too little traffic to rule out +0.5 points"));
  });

  test("is taken back where traffic does not follow the weight", async () => {
    const done = await rehearsed({ plan: plan(), scenario: "traffic 100 rps; errors 0.3%; share 0% from 0m" });
    expect([done.outcome.name, done.weight]).toEqual(["rolled-back", 0]);
    expect(done.progress.judged?.reason).toMatchObject({ code: "sample-ratio-mismatch", data: { canary: 0 } });
    const other = await rehearsed({
      plan: plan("compare: { split: off }"),
      scenario: "traffic 100 rps; errors 0.3%; share 0% from 0m",
    });
    expect(other.outcome.name).toBe("paused");
  });

  test("waits while Prometheus is down, and never promotes on no data", async () => {
    const gap = await rehearsed({
      plan: plan(),
      scenario: "traffic 100 rps; errors 0.3%; prometheus down from 1m for 4m",
    });
    expect(gap.outcome.name).toBe("promoted");
    const passes = gap.moments.filter(({ verdict }) => verdict === "pass").map(({ at }) => (at ?? 0) - gap.startMs);
    expect(Math.min(...passes)).toBeGreaterThan(5 * 60_000);
    for (const fault of [
      "down",
      "answers slowly",
      "answers html",
      "answers nan",
      "answers 500",
      "answers nothing",
      "answers two series",
    ]) {
      const read = await attempted({
        plan: plan(),
        scenario: `traffic 100 rps; errors 0.3%; prometheus ${fault} from 1m`,
      });
      if (read.kind === "refused") throw new Error(read.problems.map(({ message }) => message).join());
      expect([fault, read.outcome.name, read.weight]).toEqual([fault, "paused", 20]);
      const judged = read.progress.judged;
      expect([judged?.kind, judged?.kind === "inconclusive" && judged.lacking]).toEqual(["inconclusive", "data"]);
      expect(["no-data", "no-series"]).toContain(judged?.reason.code);
    }
  });

  test("tells bursts of errors from a bad canary", async () => {
    const done = await rehearsed({
      plan: plan("on-inconclusive: promote"),
      scenario: "traffic 200 rps; errors 0.5%; bursts of 10",
    });
    expect(done.outcome.name).toBe("promoted");
    const baseline = unpackBaseline(done.progress.state?.frozen);
    if (baseline?.kind !== "compared") throw new Error("no baseline");
    expect(baseline.frozen.phiFrom).toBe("history");
    expect(baseline.frozen.phi["errors"]).toBeGreaterThan(6);
    expect(baseline.perSecond).toBeGreaterThan(190);
    expect(baseline.perSecond).toBeLessThan(205);
    expect(baseline.reporter).toBe("source");
  });

  test("judges by its own checks as well, in one verdict", async () => {
    const checks = "checks: [{ preset: latency, max: 20ms, every: 1m }]";
    const done = await rehearsed({ plan: plan(`compare: {}\n${checks}`), scenario: "traffic 100 rps; errors 0.3%" });
    expect([done.outcome.name, done.weight]).toEqual(["rolled-back", 0]);
    const failing = { check: "latency", max: 20, points: 3 };
    expect(done.progress.judged?.reason).toMatchObject({ code: "check-failing", data: failing });
    expect(done.progress.judged?.numbers?.samples["latency"]?.length).toBeGreaterThan(2);
  });

  test("compares counters of one's own", async () => {
    const metrics = `compare:
  metrics:
    - name: orders
      total: orders_total{version="{{canary}}"}
      bad: orders_lost_total{version="{{canary}}"}
`;
    const scenario =
      "traffic 100 rps; errors 0.3%; canary errors 0.3% until phase 50, then 6%; metric orders_total counts requests; metric orders_lost_total counts bad requests";
    const done = await rehearsed({ plan: plan(metrics), scenario });
    expect(done.outcome.name).toBe("rolled-back");
    expect(Object.keys(done.progress.judged?.numbers?.evidence ?? {})).toEqual(["errors", "latency", "orders"]);
    const { canary } = done.progress.judged?.numbers?.evidence["orders"] ?? { canary: { n: 0, x: 0 } };
    expect(canary.n).toBeGreaterThan(1000);
    expect(canary.x).toBeGreaterThan(10);
  });
});

describe("what stands in the way of a comparison", () => {
  test("stable without a series refuses the rollout before anything is moved", async () => {
    const done = await rehearsed({ plan: plan(), scenario: "no-traffic" });
    expect([done.outcome.name, done.outcome.code]).toEqual(["refused", "metric-labels-missing"]);
    expect(textOf(done.outcome.reason)).toContain("finds no series of istio_requests_total for stable (v1)");
  });

  test("but a user's own checks judge alone where nobody asked for the comparison", async () => {
    const checks = 'checks: [{ name: queue, query: "max(queue{version=\\"{{canary}}\\"})", max: 3, every: 1m }]';
    const scenario = "traffic 100 rps; errors 0.3%; protocol tcp; metric queue is 1";
    const done = await rehearsed({ plan: plan(checks), scenario });
    expect(done.outcome.name).toBe("promoted");
    const cause = { code: "comparison-without-series", data: { version: "v1" } };
    expect(done.progress.judged?.caveats).toMatchObject([{ code: "not-compared", data: { cause } }]);
    const asked = await rehearsed({ plan: plan(`compare: {}\n${checks}`), scenario });
    expect([asked.outcome.name, asked.outcome.code]).toEqual(["refused", "metric-labels-missing"]);
  });

  test("a source that does not answer", async () => {
    const done = await rehearsed({ plan: plan(), scenario: "traffic 100 rps; prometheus down from 0m" });
    expect([done.outcome.name, done.outcome.code]).toEqual(["refused", "metric-query-failed"]);
  });
});

describe("one rollout, many runners", () => {
  test("whoever joins later judges by the same baseline, and replay makes the same verdict", async () => {
    const done = await rehearsed({
      plan: plan(),
      scenario: "traffic 100 rps; errors 0.3%; bursts of 3; runner dies at 2m and returns after 1m",
    });
    expect(done.outcome.name).toBe("promoted");
    const undisturbed = await rehearsed({ plan: plan(), scenario: "traffic 100 rps; errors 0.3%; bursts of 3" });
    expect(done.progress.state?.frozen).toEqual(undisturbed.progress.state?.frozen);
    const judged = undisturbed.progress.judged;
    if (judged?.numbers === undefined) throw new Error("nothing was compared");
    const { numbers, ...verdict } = judged;
    expect(replay(JSON.parse(JSON.stringify(numbers))).verdict).toEqual(verdict);
  });

  test("compare: off asks nothing and keeps nothing", async () => {
    const done = await rehearsed({ plan: plan("compare: off"), scenario: "traffic 100 rps; errors 0.1%" });
    expect(done.outcome.name).toBe("promoted");
    expect(done.progress.state?.frozen).toBeNull();
    expect(done.progress.judged).not.toHaveProperty("numbers");
    expect((await planFrom(plan("compare: off"))).checks).toHaveLength(2);
  });
});
