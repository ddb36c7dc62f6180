import { describe, expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { type ComparingPlan, chooseReporter, missingMetric, type Survey } from "../../src/evidence/history-queries.ts";
import type { MetricSource, VersionTarget, VersionTargets } from "../../src/ports/metric-source.ts";
import type { LabelledSeries, Measurement } from "../../src/ports/range-queries.ts";
import { accepted, route } from "../inputs/reading.ts";
import { overQueries } from "../metrics/prometheus/samples.ts";
import { HandClock } from "../reports/samples.ts";

const now = 1_760_000_000_000;
const minute = 60_000;
const arm = (version: string, workloads = [`reviews-${version}`]): VersionTarget => {
  return { host: "reviews.shop.svc.cluster.local", service: "reviews", namespace: "shop", subset: version, workloads };
};
const arms: VersionTargets = { canary: arm("v2"), stable: arm("v1"), namespace: "shop" };

async function planOf(more = ""): Promise<ComparingPlan> {
  const { plan } = await accepted({}, { plan: `route: ${route}\nprometheus: https://p.example.com\n${more}` });
  if (plan?.metrics === undefined || plan.compare === "off") throw new Error("nothing is compared");
  return { ...plan, metrics: plan.metrics, compare: plan.compare };
}

type Answer = (query: string, points: number, to: number) => readonly LabelledSeries[] | Measurement;

function sourceOf(answer: Answer): MetricSource & { readonly asked: string[] } {
  const asked: string[] = [];
  const source = overQueries(async ({ query, stepMs }, from, to) => {
    asked.push(query);
    const found = answer(query, Math.floor((to - from) / stepMs) + 1, to);
    return "kind" in found ? found : { kind: "series", series: found };
  });
  return { ...source, asked };
}
const surveyOf = async (source: MetricSource, over: Partial<Survey> = {}): Promise<Survey> => {
  const options = { now, clock: new HandClock(), signal: new AbortController().signal };
  return { source, plan: await planOf(), arms, options, ...over };
};

/** A counter of stable that has stood at 7 since its first scrape. */
function stable(points: number, first = 0): readonly LabelledSeries[] {
  const labels = {
    instance: "10.0.0.1:15020",
    destination_workload: "reviews-v1",
    destination_workload_namespace: "shop",
    response_code: "200",
  };
  return [{ labels, values: Array.from({ length: points }, (_, k) => (k < first ? null : 7 + 60 * (k - first))) }];
}
const isPresent = (to: number) => to > now - minute / 2;
const by = (reporter: string) => (query: string) => query.includes(`reporter="${reporter}"`);

describe("who counts", () => {
  it("is the first that knew stable in the last hour, with its traffic since then", async () => {
    const source = sourceOf((query, points) => (by("source")(query) ? stable(points, points - 11) : []));
    expect(await chooseReporter(await surveyOf(source))).toEqual({ kind: "chosen", reporter: "source", perSecond: 1 });
    expect(source.asked.filter((query) => by("destination")(query) || by("waypoint")(query))).toEqual([]);
  });

  it("is the first that counts stable now, where nobody has for a minute: how much traffic there is nobody knows", async () => {
    const source = sourceOf((query, points, to) => (isPresent(to) && by("source")(query) ? stable(points) : []));
    expect(await chooseReporter(await surveyOf(source))).toEqual({
      kind: "chosen",
      reporter: "source",
      perSecond: null,
    });
  });

  it("may be the server's own proxy alone, a moment after it began", async () => {
    const source = sourceOf((query, points, to) => (isPresent(to) && by("destination")(query) ? stable(points) : []));
    expect(await chooseReporter(await surveyOf(source))).toMatchObject({ reporter: "destination", perSecond: null });
  });

  it("is nobody where nobody counts stable, nor where only the canary is counted", async () => {
    expect(await chooseReporter(await surveyOf(sourceOf(() => [])))).toEqual({ kind: "none" });
    const canary = sourceOf((_, points) =>
      stable(points).map((one) => ({ ...one, labels: { ...one.labels, destination_workload: "reviews-v2" } })),
    );
    expect(await chooseReporter(await surveyOf(canary))).toEqual({ kind: "none" });
  });

  it("is not known where a question fails, about the past or about the present", async () => {
    const failure: Measurement = {
      kind: "error",
      reason: reason("metric-no-answer", { source: "Prometheus", withinMs: 10_000 }),
    };
    expect(await chooseReporter(await surveyOf(sourceOf(() => failure)))).toEqual(failure);
    const later = sourceOf((_query, _points, to) => (isPresent(to) ? failure : []));
    expect(await chooseReporter(await surveyOf(later))).toEqual(failure);
  });

  it("cannot be known where no label tells the versions apart", async () => {
    const same = { ...arms, canary: arm("v2", []), stable: arm("v1", []) };
    const choice = await chooseReporter(
      await surveyOf(
        sourceOf(() => []),
        { arms: same },
      ),
    );
    expect(choice).toMatchObject({ kind: "impossible", reason: { code: "versions-not-separable" } });
  });
});

describe("a user's counter", () => {
  const metric = `compare: { metrics: [{ name: orders, total: 'a_total{v="{{canary}}"}', bad: 'b_total{v="{{canary}}"}' }] }\n`;
  const missing = async (answer: Answer) =>
    missingMetric(await surveyOf(sourceOf(answer), { plan: await planOf(metric) }));
  it("is there where stable has been counted for a minute, or only now", async () => {
    const counted: Answer = (query, points) => (query.includes("a_total") ? stable(points) : []);
    expect(await missing(counted)).toBeUndefined();
    expect(await missing((query, points, to) => (isPresent(to) ? counted(query, points, to) : []))).toBeUndefined();
  });
  it("is missing where it has no series", async () => {
    expect(await missing((query, points) => (query.includes("b_total") ? stable(points) : []))).toBe("orders");
    const failure: Measurement = {
      kind: "error",
      reason: reason("metric-no-answer", { source: "Prometheus", withinMs: 10_000 }),
    };
    expect(await missing((_query, _points, to) => (isPresent(to) ? failure : []))).toEqual(failure);
  });
});
