import { describe, expect, it } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { type RecordedCalibration, unpackBaseline } from "../../src/evidence/calibration-record.ts";
import type { ComparingPlan } from "../../src/evidence/history-queries.ts";
import { measureBaseline } from "../../src/evidence/measure-calibration.ts";
import { constants } from "../../src/judge/constants.ts";
import type { MetricSource, VersionTarget, VersionTargets } from "../../src/ports/metric-source.ts";
import type { Measurement, RangeQueries, RangeQuery } from "../../src/ports/range-queries.ts";
import { readScenario } from "../../src/simulator/scenario/index.ts";
import { rehearsedMetrics } from "../../src/simulator/simulated-metric-source.ts";
import { createWorld } from "../../src/simulator/traffic/index.ts";
import { accepted, route } from "../inputs/reading.ts";
import { overQueries } from "../metrics/prometheus/samples.ts";
import { HandClock } from "../reports/samples.ts";

const start = 1_760_000_000_000;
const host = "reviews.shop.svc.cluster.local";
const arm = (version: string, further: Partial<VersionTarget> = {}): VersionTarget => {
  return {
    host,
    service: "reviews",
    namespace: "shop",
    subset: version,
    workloads: [`reviews-${version}`],
    ...further,
  };
};
const arms: VersionTargets = { canary: arm("v2"), stable: arm("v1"), namespace: "shop" };

async function planOf(more = ""): Promise<ComparingPlan> {
  const { plan } = await accepted({}, { plan: `route: ${route}\nprometheus: https://p.example.com\n${more}` });
  if (plan?.metrics === undefined || plan.compare === "off") throw new Error("nothing is compared");
  return { ...plan, metrics: plan.metrics, compare: plan.compare };
}

/** What a source says where it has no series. */
const nothing = ({ kind }: RangeQuery): Measurement =>
  kind === "number" ? { kind: "samples", samples: [], seriesCount: 0 } : { kind: "series", series: [] };

/** A source over a rehearsed world that hides what a test does not want to be found. */
function sourceOf(words: string, hidden: (query: string) => boolean = () => false) {
  const read = readScenario(words);
  if (read.kind === "refused") throw new Error(read.problems.map(({ message }) => message).join("\n"));
  const subsets = { stable: { host, subset: "v1" }, canary: { host, subset: "v2" } };
  const world = createWorld({ scenario: read.scenario, seed: 1, startMs: start, ...subsets });
  world.advanceTo(start);
  const queries = rehearsedMetrics({ world, now: () => start });
  const asked: string[] = [];
  const measure: RangeQueries["measure"] = async (question, ...rest) => {
    asked.push(question.query);
    return hidden(question.query) ? nothing(question) : queries.measure(question, ...rest);
  };
  return { source: overQueries(measure), measure, asked };
}

async function frozen(source: MetricSource, plan: ComparingPlan, over: Partial<VersionTargets> = {}) {
  const options = { now: start, clock: new HandClock(), signal: new AbortController().signal };
  const freezing = await measureBaseline(source, plan, { ...arms, ...over }, options);
  return { ...freezing, baseline: unpackBaseline(JSON.parse(JSON.stringify(freezing.frozen))) };
}

function comparedIn(baseline: RecordedCalibration | undefined): Extract<RecordedCalibration, { kind: "compared" }> {
  if (baseline?.kind !== "compared") throw new Error("nothing was measured");
  return baseline;
}

describe("what is measured before the first write", () => {
  it("traffic, rates, dispersion and boundaries, pod by pod", async () => {
    const { source, asked } = sourceOf("traffic 100 rps; errors 1%; latency 100ms; pods 4 and 2");
    const { baseline, findings, notes } = await frozen(source, await planOf());
    const { frozen: found, perSecond, reporter } = comparedIn(baseline);
    expect([findings, reporter, found.phiFrom]).toEqual([[], "source", "history"]);
    expect(perSecond).toBeGreaterThan(97);
    expect(perSecond).toBeLessThan(103);
    expect(found.rate["errors"]).toBeCloseTo(0.01, 2);
    // Independent errors: nothing beyond what chance makes of them.
    expect(found.phi["errors"]).toBeLessThan(1.6);
    expect(found.phi["errors"]).toBeGreaterThanOrEqual(1);
    expect(found.boundariesMs).toEqual(constants.boundariesMs);
    expect(found.rate["latency>100"]).toBeGreaterThan(0.3);
    expect(asked.some((query) => query.includes('reporter="destination"'))).toBe(true);
    expect(notes).toMatchObject([
      { code: "phase-forecast", data: { phase: 1, weight: 5, withinMs: 1_200_000, difference: 0.005 } },
      { code: "phase-forecast", data: { phase: 2, weight: 20 } },
      { code: "phase-forecast", data: { phase: 3, weight: 50 } },
      { code: "judged-by-stable", data: { phase: 4, weight: 100 } },
    ]);
  });

  it("finds how many errors come at once", async () => {
    const { source } = sourceOf("traffic 200 rps; errors 1%; bursts of 10");
    const { frozen: found } = comparedIn((await frozen(source, await planOf())).baseline);
    expect(found.phi["errors"]).toBeGreaterThan(7);
    expect(found.phi["errors"]).toBeLessThan(20);
  });

  it("looks back a whole day where an hour holds too few errors", async () => {
    const { source, asked } = sourceOf("traffic 5 rps; errors 0.05%");
    await frozen(source, await planOf());
    const totals = asked.filter((query) => query.includes("istio_requests_total") && query.includes("destination"));
    expect(totals.length).toBeGreaterThan(1);
  });

  it("assumes bursts of two where nothing failed, and says so when it judges", async () => {
    const { source } = sourceOf("traffic 20 rps; errors 0%");
    const { frozen: found } = comparedIn((await frozen(source, await planOf())).baseline);
    expect([found.phi["errors"], found.rate["errors"]]).toEqual([2, 0]);
  });

  it("takes a gateway's counts as those of one pod where no proxy stands beside the pods", async () => {
    const words = "traffic 200 rps; errors 1%; bursts of 10; pods 4 and 2";
    const { source } = sourceOf(words, (query) => query.includes('reporter="destination"'));
    const { frozen: found, reporter } = comparedIn((await frozen(source, await planOf())).baseline);
    expect(reporter).toBe("source");
    expect(found.phi["errors"]).toBeGreaterThan(6);
  });

  it("falls back to the server's own proxy, with a warning", async () => {
    const { source } = sourceOf("traffic 50 rps; errors 1%", (query) => !query.includes('reporter="destination"'));
    const { baseline, notes } = await frozen(source, await planOf());
    expect(comparedIn(baseline).reporter).toBe("destination");
    expect(notes[0]).toEqual(reason("counted-by-server", {}));
  });

  it("finds the buckets of a service that has been counted for less than a minute", async () => {
    const { measure } = sourceOf("traffic 50 rps; errors 1%");
    const young = overQueries(async (question, from, to, signal) =>
      to < start - 15_000 ? nothing(question) : measure(question, from, to, signal),
    );
    const { baseline, notes } = await frozen(young, await planOf());
    const { frozen: found, perSecond } = comparedIn(baseline);
    expect(perSecond).toBeNull();
    expect(found.boundariesMs).toEqual(constants.boundariesMs);
    expect(notes.map(({ code }) => code)).toEqual(["traffic-unknown", "judged-by-stable"]);
  });

  it("compares errors alone where there are no buckets", async () => {
    const { source } = sourceOf("traffic 50 rps; errors 1%", (query) => query.includes("_bucket"));
    const { baseline, notes } = await frozen(source, await planOf());
    expect(comparedIn(baseline).frozen.boundariesMs).toEqual([]);
    const metric = "istio_request_duration_milliseconds_bucket";
    expect(notes[0]).toEqual(reason("latency-buckets-missing", { metric }));
    const without = sourceOf("traffic 50 rps; errors 1%");
    await frozen(without.source, await planOf("compare: { weights: { latency: 0 } }\n"));
    expect(without.asked.some((query) => query.includes("_bucket"))).toBe(false);
  });
});

describe("what stable showed of what judges at 100 %", () => {
  const shownIn = (baseline: RecordedCalibration | undefined) =>
    Object.fromEntries((comparedIn(baseline).atFull ?? []).map(({ preset, stable }) => [preset, stable]));

  it("its errors in an hour, and the bucket that its p99 keeps to", async () => {
    const { source } = sourceOf("traffic 100 rps; errors 3%; latency 100ms");
    const { baseline, notes } = await frozen(source, await planOf());
    const shown = shownIn(baseline);
    expect(Object.keys(shown)).toEqual(["success-rate", "latency"]);
    expect(shown["success-rate"]).toBeCloseTo(0.03, 2);
    // The p99 of a lognormal around 100 ms is 643 ms.
    expect(shown["latency"]).toBe(1000);
    expect(notes.at(-1)).toMatchObject({
      code: "judged-by-stable",
      data: {
        phase: 4,
        checks: [
          { check: "success-rate", min: expect.closeTo(0.88, 1), unit: "share", stable: expect.closeTo(0.97, 2) },
          { check: "latency", max: 4000, unit: "ms", stable: 1000 },
        ],
      },
    });
  });

  it("a p99 at which slow requests only just do not count, as the minutes have it in which they do", async () => {
    const { source } = sourceOf("traffic 20 rps; errors 0.1%; slow 0.9% by 3s");
    expect(shownIn((await frozen(source, await planOf())).baseline)["latency"]).toBe(5000);
  });

  it("asked of the reporter that counts, with stable's labels", async () => {
    const { source, asked } = sourceOf(
      "traffic 50 rps; errors 1%",
      (query) => !query.includes('reporter="destination"'),
    );
    const shown = shownIn((await frozen(source, await planOf())).baseline);
    expect(shown["success-rate"]).toBeCloseTo(0.01, 2);
    const own = asked.filter((query) => query.startsWith("1 - ") || query.includes("histogram_quantile"));
    expect(own).toHaveLength(2);
    for (const query of own) expect(query).toContain("reviews-v1");
  });

  it("is not known of a service with hardly a request", async () => {
    const { measure } = sourceOf("traffic 50 rps; errors 0%");
    const few = overQueries(async (question, from, to, signal) => {
      const measured = await measure(question, from, to, signal);
      const isCount =
        question.kind === "number" && /^sum\(\(istio_requests_total\{[^}]*reviews-v1/.test(question.query);
      if (measured.kind !== "samples" || !isCount) return measured;
      return { ...measured, samples: measured.samples.map(({ at }) => ({ at, kind: "value", value: 19 })) };
    });
    expect(shownIn((await frozen(few, await planOf())).baseline)).toEqual({ "success-rate": null, latency: null });
  });

  it("no latency where stable has no buckets, or where latency is not compared", async () => {
    const { source } = sourceOf("traffic 50 rps; errors 1%", (query) => query.includes("_bucket"));
    expect(Object.keys(shownIn((await frozen(source, await planOf())).baseline))).toEqual(["success-rate"]);
    const without = sourceOf("traffic 50 rps; errors 1%");
    const { baseline } = await frozen(without.source, await planOf("compare: { weights: { latency: 0 } }\n"));
    expect(Object.keys(shownIn(baseline))).toEqual(["success-rate"]);
  });

  it("nothing where the plan has checks of its own", async () => {
    const { source, asked } = sourceOf("traffic 50 rps; errors 1%");
    const { baseline, notes } = await frozen(source, await planOf("checks: [{ name: a, query: up, min: 1 }]\n"));
    expect(comparedIn(baseline).atFull).toBeUndefined();
    expect(asked.some((query) => query.includes("histogram_quantile"))).toBe(false);
    expect(notes.map(({ data }) => "phase" in data && data.phase)).toEqual([1, 2, 3]);
  });

  it("a question that the source refuses would be refused at 100 % too, so nothing begins", async () => {
    const { measure } = sourceOf("traffic 50 rps; errors 1%");
    const says = foreign("bad_data: no such function");
    const refusing = overQueries(async (question, ...rest) =>
      question.query.includes("histogram_quantile")
        ? { kind: "error", reason: reason("metric-source-error", { source: "Prometheus", says }) }
        : measure(question, ...rest),
    );
    expect((await frozen(refusing, await planOf())).findings).toEqual([
      {
        reason: {
          code: "metric-query-failed",
          data: {
            cause: reason("stable-query-failed", {
              check: "latency",
              cause: reason("metric-source-error", { source: "Prometheus", says }),
            }),
          },
        },
      },
    ]);
  });
});

describe("what speaks against beginning", () => {
  it("labels that tell nothing apart", async () => {
    const { source } = sourceOf("traffic 50 rps");
    const same = { canary: arm("v2", { workloads: [] }), stable: arm("v1", { workloads: [] }) };
    const { findings, frozen: kept } = await frozen(source, await planOf(), same);
    expect([findings.map(({ reason }) => reason.code), kept]).toEqual([["metric-not-separable"], null]);
  });

  it("a user's counter that nobody counts", async () => {
    const { source } = sourceOf("traffic 50 rps; errors 1%");
    const metric = `compare: { metrics: [{ name: a, total: 'a_total{v="{{canary}}"}', bad: 'b_total{v="{{canary}}"}' }] }\n`;
    const { findings } = await frozen(source, await planOf(metric));
    expect(findings).toEqual([
      {
        reason: {
          code: "metric-labels-missing",
          data: { cause: reason("metric-without-series", { metric: "a" }) },
        },
      },
    ]);
  });

  it("an answer that holds no counters, unless a user's own checks can judge alone", async () => {
    const source = overQueries(async () => ({
      kind: "error",
      reason: reason("metric-series-twice", {}),
      unusable: true,
    }));
    expect((await frozen(source, await planOf())).findings).toMatchObject([
      { reason: { code: "metric-query-failed" } },
    ]);
    const own = await frozen(source, await planOf("checks: [{ name: a, query: up, min: 1 }]\n"));
    expect([own.findings, own.baseline?.kind]).toEqual([[], "not-compared"]);
  });

  it("a source that hangs is given up in time for the write", async () => {
    let given = 0;
    const cancelled = { kind: "error", reason: reason("metric-cancelled", { source: "Prometheus" }) } as const;
    const source = overQueries(
      (_question, _from, _to, signal) =>
        new Promise((resolve) => {
          signal?.addEventListener("abort", () => resolve(cancelled));
        }),
    );
    const clock = {
      now: () => 0,
      sleep: async (ms: number) => {
        given = ms;
      },
    };
    const options = { now: start, clock, signal: new AbortController().signal };
    const { findings } = await measureBaseline(source, await planOf(), arms, options);
    expect(findings).toMatchObject([{ reason: { code: "metric-query-failed" } }]);
    expect(given).toBeLessThanOrEqual(10_000);
  });
});
