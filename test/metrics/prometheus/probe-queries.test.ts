import { describe, expect, it } from "vitest";
import { tryChecks, tryQuery } from "../../../src/metrics/prometheus/probe-queries.ts";
import type { Measurement } from "../../../src/ports/metric-source.ts";
import { check, sourceOf, twoServices } from "./samples.ts";

const at = 1_767_225_600_000;
const question = { kind: "number", query: "up", stepMs: 60_000 } as const;
const empty: Measurement = { kind: "samples", samples: [], seriesCount: 0 };
const some: Measurement = { kind: "samples", samples: [{ at, kind: "value", value: 1 }], seriesCount: 1 };
const counters = (...pods: string[]): Measurement => ({
  kind: "series",
  series: pods.map((pod) => ({ labels: { pod }, values: [1] })),
});

describe("trying a query before anything is written", () => {
  it("is content with a number, with none yet, and with nothing at all", async () => {
    expect(
      await tryQuery(
        sourceOf(() => 1),
        "q",
        question,
        at,
      ),
    ).toEqual({ kind: "ok", empty: false });
    expect(
      await tryQuery(
        sourceOf(() => "NaN"),
        "q",
        question,
        at,
      ),
    ).toEqual({ kind: "ok", empty: false });
    expect(
      await tryQuery(
        sourceOf(() => empty),
        "q",
        question,
        at,
      ),
    ).toEqual({ kind: "ok", empty: true });
    expect(
      await tryQuery(
        sourceOf(() => counters()),
        "q",
        { ...question, kind: "counters" },
        at,
      ),
    ).toEqual({ kind: "ok", empty: true });
  });

  it("asks for one point, at a whole second and with steps of one: what rounds to the step moves it nowhere", async () => {
    const source = sourceOf(() => 1);
    await tryQuery(source, "q", question, at + 999);
    expect(source.asked).toEqual([{ question: { ...question, stepMs: 1000 }, from: at, to: at }]);
  });

  it("finds what would fail in every turn", async () => {
    const broken = sourceOf(() => ({ kind: "error", because: "Prometheus answered 400: bad_data: parse error." }));
    expect(await tryQuery(broken, "conversion", question, at)).toEqual({
      kind: "problem",
      problem: {
        code: "metric-query-failed",
        message:
          "Query conversion failed: Prometheus answered 400: bad_data: parse error. Mend it, or see that the source can be reached.",
      },
    });
    const several = sourceOf(() => ({ ...some, unfit: "several series, 2 that differ in pod" }) as Measurement);
    expect(await tryQuery(several, "q", question, at)).toMatchObject({
      problem: {
        code: "metric-query-failed",
        message: "Query q does not give one number: several series, 2 that differ in pod.",
      },
    });
  });
});

describe("trying all checks", () => {
  it("finds nothing where a canary is empty and stable is not", async () => {
    const source = sourceOf(({ query }) => (query.includes("reviews-v2") ? empty : some));
    expect(await tryChecks(source, [check()], twoServices, at)).toEqual([]);
    expect(source.asked.map(({ question: { query } }) => query)).toEqual([
      'ok{v="reviews-v2"}[1m]',
      'ok{v="reviews-v1"}[1m]',
    ]);
  });

  it("finds that stable, which has the traffic, has no series", async () => {
    const source = sourceOf(({ kind }) => (kind === "counters" ? counters() : empty));
    const checks = [check(), check({ name: "success", ask: { preset: "success-rate" } })];
    expect(await tryChecks(source, checks, twoServices, at)).toEqual([
      {
        code: "metric-labels-missing",
        message:
          "Query conversion finds no series for stable (reviews-v1). Check Telemetry settings, reporter and scrape.",
      },
      {
        code: "metric-labels-missing",
        message:
          "Query success finds no series for destination_service_name. Check Telemetry settings, reporter and scrape.",
      },
    ]);
  });

  it("names the counter of another data plane, and who serves the route where nobody here knows them", async () => {
    const nothing = sourceOf(({ kind }) => (kind === "counters" ? counters() : empty));
    const checks = [check({ name: "success", ask: { preset: "success-rate" } })];
    const message = async (arms: object) =>
      (await tryChecks(nothing, checks, { ...twoServices, ...arms }, at)).map((problem) => problem.message);
    expect(await message({ controllers: ["traefik.io/gateway-controller"] })).toEqual([
      "Query success finds no series for service. Check that Traefik is scraped: its counter is traefik_service_requests_total.",
    ]);
    expect(await message({ controllers: ["example.com/gateway"] })).toEqual([
      "Query success finds no series for destination_service_name. Check Telemetry settings, reporter and scrape. The route is " +
        "served by example.com/gateway: if that is no Istio, write `prometheus.data-plane` or use your own query.",
    ]);
  });

  it("takes connections that never end for counted", async () => {
    const checks = [check({ name: "cut", ask: { preset: "connections" } })];
    const arms = { ...twoServices, protocol: "tcp" as const };
    const open = sourceOf(({ kind, query }) => (kind === "counters" ? counters(query) : empty));
    expect(await tryChecks(open, checks, arms, at)).toEqual([]);
    expect(open.asked.map(({ question: { query } }) => query)).toContainEqual(
      expect.stringMatching(/^istio_tcp_connections_opened_total\{.*reviews-v1/),
    );
    const uncounted = sourceOf(({ kind }) => (kind === "counters" ? counters() : empty));
    expect(await tryChecks(uncounted, checks, arms, at)).toMatchObject([{ code: "metric-labels-missing" }]);
  });

  it("asks no second time what was just refused, nor a query that names no version", async () => {
    const source = sourceOf(({ query }) => (query === "up" ? empty : { kind: "error", because: "no" }));
    const checks = [check({ ask: { query: "up" } }), check({ name: "broken", count: "n", requests: 1 })];
    const problems = await tryChecks(source, checks, twoServices, at);
    expect(problems.map(({ message }) => message.split(":")[0])).toEqual([
      "Query broken failed",
      "Query broken (count) failed",
    ]);
    expect(source.asked).toHaveLength(3);
  });

  it("reports a check that cannot be asked at all", async () => {
    const problems = await tryChecks(
      sourceOf(() => some),
      [check({ ask: { query: "{{canary}}" } })],
      twoServices,
      at,
    );
    expect(problems).toMatchObject([{ code: "input" }]);
  });

  it("finds that both sides are the same series", async () => {
    const checks = [check({ ask: { preset: "latency", quantile: 0.99 } })];
    const same = sourceOf(({ kind }) => (kind === "counters" ? counters("a", "b") : some));
    expect(await tryChecks(same, checks, twoServices, at)).toMatchObject([
      { code: "metric-not-separable", message: expect.stringContaining("the same series stand on both sides") },
    ]);
    const apart = sourceOf(({ kind, query }) => (kind === "counters" ? counters(query) : some));
    expect(await tryChecks(apart, checks, twoServices, at)).toEqual([]);
  });
});
