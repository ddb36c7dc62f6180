import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import type { RecordedCalibration, Shown } from "../../src/evidence/calibration-record.ts";
import { packBaseline } from "../../src/evidence/calibration-record.ts";
import { fullChecks, fullNotice, unknownShown } from "../../src/evidence/full-weight.ts";
import { evidenceFrom } from "../../src/evidence/index.ts";
import type { VersionTargets } from "../../src/ports/metric-source.ts";
import type { Compare, Plan } from "../../src/rollout/plan.ts";
import { accepted, route } from "../inputs/reading.ts";
import { overQueries } from "../metrics/prometheus/samples.ts";
import { inPhase, minute, plan, second, watch } from "../rollout/samples.ts";

const metrics = {
  provider: "prometheus",
  url: "https://p.example.com",
  scrapeIntervalMs: 15 * second,
  lagMs: 30 * second,
  hosts: [],
  allowHttp: false,
};
const phase = (holdMs: number) => ({ weight: 100, holdMs, maxHoldMs: 4 * holdMs, thenPause: false });
const checkOf = (shown: Shown, over: Partial<Plan["metrics"] & object> = {}, holdMs = 5 * minute) => {
  const [check] = fullChecks([shown], plan({ metrics: { ...metrics, ...over } }), phase(holdMs));
  if (check === undefined) throw new Error("nothing is checked");
  return check;
};
const arm = (version: string) => ({
  host: "reviews.shop.svc.cluster.local",
  service: "reviews",
  namespace: "shop",
  subset: version,
  workloads: [`reviews-${version}`],
});
const arms: VersionTargets = { namespace: "shop", stable: arm("v1"), canary: arm("v2") };

async function compareOf(more = ""): Promise<Compare> {
  const { plan: read } = await accepted({}, { plan: `route: ${route}\nprometheus: https://p.example.com\n${more}` });
  if (read === undefined || read.compare === "off") throw new Error("nothing is compared");
  return read.compare;
}

const baseline: RecordedCalibration & { kind: "compared" } = {
  kind: "compared",
  reporter: "source",
  perSecond: 50,
  unrouted: 0,
  frozen: { phi: { errors: 1 }, rate: { errors: 0.001 }, phiFrom: "history", boundariesMs: [250, 500] },
};

describe("the limits at 100 %", () => {
  it.each([
    // Five points worse than stable or four times as bad, whichever is more; a pass takes half of that.
    [0, 0.95, 0.975],
    [0.001, 0.949, 0.974],
    [0.02, 0.92, 0.955],
    [0.05, 0.8, 0.9],
    [0.2, 0.2, 0.6],
    // Four times as often would be always: a canary that fails everything must not get by.
    [0.25, 0.075, 0.5],
    [0.5, 0.05, 0.25],
    [0.99, 0.001, 0.005],
    [null, 0.9, undefined],
  ])("where stable fails in %s of its requests", (stable, min, passMin) => {
    for (const preset of ["success-rate", "connections"] as const) {
      const check = checkOf({ preset, stable });
      expect(check).toMatchObject({ name: preset, ask: { preset }, min, unit: "share" });
      expect([check.passMin, check.max]).toEqual([passMin, undefined]);
    }
  });

  it.each([
    [50, 1000],
    [250, 1000],
    [500, 2000],
    [10_000, 40_000],
    [null, 5000],
  ])("where stable's p99 lies in the bucket up to %s ms", (stable, max) => {
    const ask = { preset: "latency", quantile: 0.99 };
    expect(checkOf({ preset: "latency", stable })).toMatchObject({ name: "latency", ask, max, unit: "ms" });
  });

  it("fail like any other check, and never by silence", () => {
    expect(checkOf({ preset: "success-rate", stable: 0 })).toMatchObject({
      failAfter: { consecutive: 3, total: 5 },
      silentAfter: { consecutive: 5, total: 10 },
      onSilent: "wait",
    });
  });

  it.each([
    ["a minute", {}, 5 * minute, 60 * second],
    ["never less than four scrapes", {}, minute, 60 * second],
    ["four scrapes where they take longer", { scrapeIntervalMs: 30 * second }, 5 * minute, 120 * second],
    ["so that three of them fit into a short hold", { scrapeIntervalMs: 5 * second }, 2 * minute, 30 * second],
    ["in whole seconds", { scrapeIntervalMs: 250, lagMs: 250 }, 5 * second, second],
    ["and a hold of nothing is no reason for none", { scrapeIntervalMs: 5 * second }, 0, 20 * second],
  ])("a value every so often: %s", (_, over, holdMs, everyMs) => {
    expect(checkOf({ preset: "latency", stable: null }, over, holdMs).everyMs).toBe(everyMs);
  });

  it("are said before they are needed", () => {
    const shown: readonly Shown[] = [
      { preset: "success-rate", stable: 0.00123 },
      { preset: "latency", stable: 500 },
    ];
    const where = { phase: 4, weight: 100 };
    const notice = (some: readonly Shown[]) => {
      return fullNotice(fullChecks(some, plan({ metrics }), phase(minute)), some, where);
    };
    expect(notice(shown)).toEqual(
      reason("judged-by-stable", {
        ...where,
        checks: [
          { check: "success-rate", min: 0.949, unit: "share", stable: 1 - 0.00123 },
          { check: "latency", max: 2000, unit: "ms", stable: 500 },
        ],
      }),
    );
    const [unknown] = notice([{ preset: "connections", stable: null }]).data.checks;
    expect(unknown).toEqual({ check: "connections", min: 0.9, unit: "share" });
  });
});

describe("what is looked at where no record says it", () => {
  const presets = (shown: readonly Shown[]) => shown.map(({ preset, stable }) => [preset, stable]);

  it("is both presets, of connections their own, and no latency that cannot be or is not to be judged", async () => {
    const compare = await compareOf();
    const both = [
      ["success-rate", null],
      ["latency", null],
    ];
    expect(presets(unknownShown(compare, arms))).toEqual(both);
    expect(presets(unknownShown(compare, arms, baseline))).toEqual(both);
    expect(presets(unknownShown(compare, { ...arms, protocol: "tls" }))).toEqual([["connections", null]]);
    const bare = { ...baseline, frozen: { ...baseline.frozen, boundariesMs: [] } };
    expect(presets(unknownShown(compare, arms, bare))).toEqual([["success-rate", null]]);
    const unweighed = await compareOf("compare: { weights: { latency: 0 } }\n");
    expect(presets(unknownShown(unweighed, arms))).toEqual([["success-rate", null]]);
  });
});

describe("a phase at 100 %", () => {
  const atFull: readonly Shown[] = [
    { preset: "success-rate", stable: 0.001 },
    { preset: "latency", stable: 500 },
  ];

  const answerTo = (query: string, success: number, latencyMs: number): number => {
    if (query.includes('destination_workload="unknown"')) return 0;
    if (query.startsWith("1 - ")) return success;
    return query.includes("histogram_quantile") ? latencyMs : 1000;
  };

  /** A source by which the canary succeeds so often and takes so long, and what it was asked for. */
  function source(success: number, latencyMs: number) {
    const asked: string[] = [];
    const measured = overQueries(async ({ kind, query, stepMs }, from, to) => {
      if (kind === "counters") return { kind: "series", series: [] };
      asked.push(query);
      const value = answerTo(query, success, latencyMs);
      const times = Array.from({ length: Math.floor((to - from) / stepMs) + 1 }, (_, i) => from + i * stepMs);
      return { kind: "samples", samples: times.map((at) => ({ at, kind: "value", value })), seriesCount: 1 };
    });
    return { measured, asked };
  }

  async function judged(
    kept: RecordedCalibration | undefined,
    [success, latencyMs]: readonly [number, number],
    over: Partial<Plan> = {},
    number = 4,
  ) {
    const { measured, asked } = source(success, latencyMs);
    const given = plan({ metrics, compare: await compareOf(), ...over });
    const frozen = kept === undefined ? null : JSON.parse(JSON.stringify(packBaseline(kept)));
    const verdict = await evidenceFrom(measured, async () => arms)(
      given,
      inPhase(number, { frozen }),
      watch + (number - 1) * 10 * minute + 5 * minute,
      new AbortController().signal,
    );
    return { verdict, asked };
  }

  it("is judged by what the record says of stable, and every run that joins judges alike", async () => {
    const { verdict } = await judged({ ...baseline, atFull }, [0.93, 40]);
    const low = { check: "success-rate", value: 0.93, min: 0.949, unit: "share", points: 3 };
    expect(verdict).toMatchObject({
      kind: "fail",
      culprit: "success-rate",
      reason: { code: "check-failing", data: low },
    });
    const slow = await judged({ ...baseline, atFull }, [0.999, 4100]);
    expect(slow.verdict.reason).toMatchObject({ data: { check: "latency", value: 4100, max: 2000, unit: "ms" } });
    const sound = await judged({ ...baseline, atFull }, [0.999, 1900]);
    expect(sound.verdict).toMatchObject({
      kind: "pass",
      reason: { code: "passed-by-checks", data: { weight: 100 } },
      checks: [
        { name: "success-rate", unit: "share", latest: 0.999 },
        { name: "latency", unit: "ms", latest: 1900 },
      ],
    });
  });

  it("is neither failed nor passed by a canary in between", async () => {
    const { verdict } = await judged({ ...baseline, atFull }, [0.952, 40]);
    expect(verdict).toMatchObject({
      kind: "inconclusive",
      lacking: "data",
      reason: {
        code: "check-below-pass",
        data: { check: "success-rate", value: 0.952, min: 0.949, passMin: 0.974, need: 3 },
      },
    });
  });

  it.each([
    ["an older record, which says nothing of stable", baseline],
    ["no record of a baseline at all", undefined],
  ])("is judged all the same with %s", async (_, kept) => {
    expect((await judged(kept, [0.91, 4900])).verdict.kind).toBe("pass");
    const failing = async (...shown: readonly [number, number]) => (await judged(kept, shown)).verdict.reason;
    expect(await failing(0.89, 4900)).toMatchObject({ data: { check: "success-rate", value: 0.89, min: 0.9 } });
    expect(await failing(0.91, 5100)).toMatchObject({ data: { check: "latency", value: 5100, max: 5000 } });
  });

  it("has no checks of ours where the plan has its own, and below 100 % there are none", async () => {
    const own = { name: "queue", ask: { query: "queue" }, max: 2000, everyMs: minute } as const;
    const limits = { failAfter: { consecutive: 3, total: 5 }, silentAfter: { consecutive: 5, total: 10 } };
    const checks = [{ ...own, ...limits, onSilent: "wait" as const }];
    const alone = await judged({ ...baseline, atFull }, [0, 9000], { checks });
    expect(alone.verdict.checks.map(({ name }) => name)).toEqual(["queue"]);
    expect(alone.verdict.kind).toBe("pass");
    const below = await judged({ ...baseline, atFull }, [0, 9000], {}, 3);
    expect(below.verdict.checks).toEqual([]);
    expect(below.asked.filter((query) => query.includes("v2"))).toEqual([]);
  });
});
