import { describe, expect, it } from "vitest";
import type { RecordedCalibration } from "../../src/evidence/calibration-record.ts";
import { measureChecks } from "../../src/evidence/measure-checks.ts";
import { failedIn, unroutedBefore, unroutedCheck } from "../../src/evidence/unrouted-check.ts";
import { sourceOver } from "../../src/metrics/prometheus/source.ts";
import type { VersionTarget, VersionTargets } from "../../src/ports/metric-source.ts";
import { readScenario } from "../../src/simulator/scenario/index.ts";
import { rehearsedMetrics } from "../../src/simulator/simulated-metric-source.ts";
import { createWorld } from "../../src/simulator/traffic/index.ts";

const start = 1_760_000_040_000;
const minute = 60_000;
const host = "reviews.shop.svc.cluster.local";
const arm = (version: string): VersionTarget => ({ host, service: "reviews", namespace: "shop", subset: version });
const arms: VersionTargets = { canary: arm("v2"), stable: arm("v1"), namespace: "shop" };
const baseline: RecordedCalibration = {
  kind: "compared",
  reporter: "source",
  frozen: { phi: {}, rate: {}, phiFrom: "default", boundariesMs: [] },
  perSecond: 50,
  unrouted: 0.001,
};

function sourceOf(words: string) {
  const read = readScenario(words);
  if (read.kind === "refused") throw new Error(read.problems.map(({ message }) => message).join("\n"));
  const subsets = { stable: { host, subset: "v1" }, canary: { host, subset: "v2" } };
  const world = createWorld({ scenario: read.scenario, seed: 1, startMs: start, ...subsets });
  world.weightChanged(start, 5);
  world.advanceTo(start + 12 * minute);
  const queries = rehearsedMetrics({ world, now: () => start + 12 * minute });
  return sourceOver(queries, { lagMs: 30_000 });
}

async function failed(words: string) {
  const source = sourceOf(words);
  const checks = unroutedCheck(source, baseline, arms, 15_000);
  const watch = { watchFrom: start, now: start + 12 * minute, lagMs: 30_000 };
  const { samples } = await measureChecks(source, checks, arms, watch);
  const values = samples
    .get("unrouted")
    ?.map((sample) => (sample.kind === "value" ? sample.value : sample.reason.code));
  return { names: failedIn(checks, samples, start, watch.now).map(({ name }) => name), values };
}

describe("requests that reach neither version", () => {
  it("take a rollout back when they become many", async () => {
    const { names, values } = await failed("traffic 50 rps; canary unready from 2m for 8m");
    expect(names).toEqual(["unrouted"]);
    expect(values?.[5]).toBeGreaterThan(0.03);
  });

  it("say nothing while there are none, nor without any traffic", async () => {
    expect(await failed("traffic 50 rps; errors 2%")).toEqual({ names: [], values: Array(11).fill(0) });
    expect((await failed("traffic 0 rps")).names).toEqual([]);
  });

  it("are held against their share of the past", async () => {
    const check = unroutedCheck(sourceOf("traffic 50 rps"), baseline, arms, 20_500)[0];
    expect(check).toMatchObject({ max: 0.006, everyMs: 82_000 });
    const signal = new AbortController().signal;
    const share = (words: string) => unroutedBefore(sourceOf(words), arms, "source", start + 12 * minute, signal);
    expect(await share("traffic 50 rps")).toBe(0);
    const many = await share("traffic 50 rps; canary unready from 2m for 8m");
    expect(many).toBeGreaterThan(0.001);
    expect(many).toBeLessThan(0.05);
  });

  it("are not watched where there are no requests, nor anything to hold them against", () => {
    const source = sourceOf("traffic 50 rps");
    expect(unroutedCheck(source, baseline, arms, 15_000)).toHaveLength(1);
    expect(unroutedCheck(source, baseline, { ...arms, protocol: "tcp" }, 15_000)).toEqual([]);
    expect(unroutedCheck(source, undefined, arms, 15_000)).toEqual([]);
  });
});
