import { describe, expect, it } from "vitest";
import { stream } from "../../src/simulator/engine/seeded-random.ts";
import { minute, second } from "../rollout/samples.ts";
import { judged, routeCalls, type Started, wordsOf, world } from "./world.ts";

/** A request is under way for 300 ms there and back, and the first phase has been entered when the writer begins. */
const latencyMs = 150;
const busyFrom = 20 * second;
const offsets = Array.from({ length: 20 }, (_, index) => 50 * index);
const failing = judged("fail");

/** What was called between each read of the route and the patch that follows it, from the second patch down on. */
function between({ calls }: Started): readonly string[] {
  const names = calls.map(({ kind, resource }) => (resource?.plural === "virtualservices" ? kind : "else"));
  const patches = names.flatMap((name, index) => (name === "patch" ? [index] : []));
  return patches.slice(2).map((index) => names.slice(0, index).reverse().slice(0, 1).join());
}

describe("a way back beside a program that writes to the route every second", () => {
  it("gets home, whatever the moment in which that program writes", async () => {
    for (const offset of offsets) {
      const scene = world({ latencyMs });
      const draws = stream(offset, "spread of retries");
      scene.busy(busyFrom + offset, second, 5 * minute);
      const run = scene.start({ evidence: failing, ports: { random: () => draws.unit() } });
      await scene.pass();
      expect([offset, run.outcome?.name, scene.weights()]).toEqual([offset, "rolled-back", [100, 0]]);
      const [, first = 0] = routeCalls(run, "patch").map(({ at }) => at);
      expect((run.endedAt ?? 0) - first).toBeLessThanOrEqual(30 * second);
    }
  });

  it("asks nothing between the read and the patch that it guards", async () => {
    const scene = world({ latencyMs });
    scene.busy(busyFrom, 200, 2 * minute);
    const run = scene.start({ evidence: failing });
    await scene.pass();
    const asked = between(run);
    expect(asked.length).toBeGreaterThan(10);
    expect(new Set(asked)).toEqual(new Set(["read"]));
    expect(run.outcome?.name).toBe("rolled-back");
  });

  it("after a cancel gets home within its seconds", async () => {
    for (const offset of offsets) {
      const scene = world({ latencyMs });
      scene.busy(busyFrom + offset, second, 5 * minute);
      const run = scene.start();
      const at = 33 * second;
      scene.scheduler.at(at, () => run.cancel());
      await scene.pass();
      expect([offset, run.outcome?.name, scene.weights()]).toEqual([offset, "rolled-back", [100, 0]]);
      expect((run.endedAt ?? Number.NaN) - at).toBeLessThanOrEqual(6 * second);
      expect(new Set(between(run)).size).toBeLessThanOrEqual(1);
    }
  });
});

describe("the pace of a way back that the server refuses", () => {
  it("is a try a second, after ten every five seconds, and the end comes after an hour", async () => {
    const scene = world();
    const run = scene.start({
      evidence: failing,
      pick: ({ kind }, _, self) =>
        kind === "patch" && self.announced.length > 1
          ? { kind: "answer", code: 403, message: "never back" }
          : undefined,
    });
    await scene.pass();
    expect(run.outcome).toMatchObject({ name: "failed", exitCode: 1, code: "write-rejected" });
    expect(run.outcome?.reason).toMatchObject({ code: "write-rejected", data: { triedMs: 60 * 60 * second } });
    expect(wordsOf(run)).toContain("never back");
    const patches = routeCalls(run, "patch").map(({ at }) => at);
    const gaps = patches.slice(2).map((at, index) => at - (patches[index + 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(second);
    expect(Math.max(...gaps.slice(0, 10))).toBeLessThanOrEqual(1_500 + 100);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000 + 100);
    const tried = (run.endedAt ?? 0) - (patches[1] ?? 0);
    expect(tried).toBeGreaterThan(60 * minute);
    expect(tried).toBeLessThan(61 * minute);
  });

  it("does not spend what a phase may be raised and signed with", async () => {
    const scene = world();
    const run = scene.start({
      evidence: failing,
      pick: ({ kind }, _, self) =>
        kind === "patch" && self.announced.length > 1 && self.announced.length < 100
          ? { kind: "answer", code: 409, message: "busy" }
          : undefined,
    });
    await scene.pass();
    expect(routeCalls(run, "patch")).toHaveLength(100);
    expect([run.outcome?.name, scene.weights()]).toEqual(["rolled-back", [100, 0]]);
  });
});

describe("a sweep that is refused", () => {
  it("asks once whether the run has ended that drove the rollout", async () => {
    const scene = world();
    const run = scene.start();
    scene.scheduler.at(30 * second, () => run.kill());
    let asked = 0;
    let patches = 0;
    const sweep = scene.start({
      at: minute,
      command: "sweep",
      plan: undefined,
      hasEnded: async () => {
        asked += 1;
        return true;
      },
      pick: ({ kind }) =>
        kind === "patch" && patches++ < 5 ? { kind: "answer", code: 409, message: "busy" } : undefined,
    });
    await scene.pass();
    expect([sweep.outcome?.name, patches, asked]).toEqual(["rolled-back", 6, 1]);
  });
});
