import { describe, expect, it } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { trialOf } from "../../../src/evidence/measure-checks.ts";
import { probeQueries } from "../../../src/metrics/prometheus/probe-queries.ts";
import type { VersionTargets } from "../../../src/ports/metric-source.ts";
import type { Measurement, RangeQueries } from "../../../src/ports/range-queries.ts";
import type { Check } from "../../../src/rollout/plan.ts";
import { check, queriesOf, twoServices } from "./samples.ts";

const at = 1_767_225_600_000;
const empty: Measurement = { kind: "samples", samples: [], seriesCount: 0 };
const some: Measurement = { kind: "samples", samples: [{ at, kind: "value", value: 1 }], seriesCount: 1 };
const counters = (...pods: string[]): Measurement => ({
  kind: "series",
  series: pods.map((pod) => ({ labels: { pod }, values: [1] })),
});
const tryChecks = (queries: RangeQueries, checks: readonly Check[], versions: VersionTargets, moment: number) =>
  probeQueries(
    queries,
    checks.map((one) => trialOf(one, versions)),
    moment,
  );
const up = check({ ask: { query: "up" } });

describe("trying a query before anything is written", () => {
  it("is content with a number, with none yet, and with nothing at all", async () => {
    for (const said of [1, reason("metric-nan", {}), empty]) {
      expect(
        await tryChecks(
          queriesOf(() => said),
          [up],
          twoServices,
          at,
        ),
      ).toEqual([]);
    }
  });

  it("asks for one point, at a whole second and with steps of one: what rounds to the step moves it nowhere", async () => {
    const source = queriesOf(() => 1);
    await tryChecks(source, [up], twoServices, at + 999);
    expect(source.asked).toEqual([{ question: { kind: "number", query: "up", stepMs: 1000 }, from: at, to: at }]);
  });

  it("finds what would fail in every turn", async () => {
    const says = foreign("bad_data: parse error");
    const cause = reason("metric-status", { source: "Prometheus", status: 400, says });
    const broken = queriesOf(() => ({ kind: "error", reason: cause }));
    expect(await tryChecks(broken, [up], twoServices, at)).toEqual([
      reason("query-failed", { check: "conversion", cause }),
    ]);
    const unfit = reason("metric-several-series", { count: 2, labels: [] });
    const several = queriesOf(() => ({ kind: "samples", samples: [], unfit }));
    expect(await tryChecks(several, [up], twoServices, at)).toEqual([
      reason("query-unfit", { check: "conversion", cause: unfit }),
    ]);
  });
});

describe("trying all checks", () => {
  it("finds nothing where a canary is empty and stable is not", async () => {
    const source = queriesOf(({ query }) => (query.includes("reviews-v2") ? empty : some));
    expect(await tryChecks(source, [check()], twoServices, at)).toEqual([]);
    expect(source.asked.map(({ question: { query } }) => query)).toEqual([
      'ok{v="reviews-v2"}[1m]',
      'ok{v="reviews-v1"}[1m]',
    ]);
  });

  it("finds that stable, which has the traffic, has no series", async () => {
    const source = queriesOf(({ kind }) => (kind === "counters" ? counters() : empty));
    const checks = [check(), check({ name: "success", ask: { preset: "success-rate" } })];
    expect(await tryChecks(source, checks, twoServices, at)).toEqual([
      reason("query-without-series", { check: "conversion", label: "stable (reviews-v1)" }),
      reason("query-without-series", { check: "success", label: "destination_service_name" }),
    ]);
  });

  it("names the counter of another data plane, and who serves the route where they are not known", async () => {
    const nothing = queriesOf(({ kind }) => (kind === "counters" ? counters() : empty));
    const checks = [check({ name: "success", ask: { preset: "success-rate" } })];
    const found = (arms: object) => tryChecks(nothing, checks, { ...twoServices, ...arms }, at);
    expect(await found({ controllers: ["traefik.io/gateway-controller"] })).toEqual([
      reason("query-without-series", {
        check: "success",
        label: "service",
        plane: "Traefik",
        counter: "traefik_service_requests_total",
      }),
    ]);
    expect(await found({ controllers: ["example.com/gateway"] })).toEqual([
      reason("query-without-series", {
        check: "success",
        label: "destination_service_name",
        strangers: ["example.com/gateway"],
      }),
    ]);
  });

  it("takes connections that never end for counted", async () => {
    const checks = [check({ name: "cut", ask: { preset: "connections" } })];
    const arms = { ...twoServices, protocol: "tcp" as const };
    const open = queriesOf(({ kind, query }) => (kind === "counters" ? counters(query) : empty));
    expect(await tryChecks(open, checks, arms, at)).toEqual([]);
    expect(open.asked.map(({ question: { query } }) => query)).toContainEqual(
      expect.stringMatching(/^istio_tcp_connections_opened_total\{.*reviews-v1/),
    );
    const uncounted = queriesOf(({ kind }) => (kind === "counters" ? counters() : empty));
    expect(await tryChecks(uncounted, checks, arms, at)).toMatchObject([{ code: "query-without-series" }]);
  });

  it("asks no second time what was just refused, nor a query that names no version", async () => {
    const source = queriesOf(({ query }) =>
      query === "up" ? empty : { kind: "error", reason: reason("metric-range-empty", {}) },
    );
    const checks = [check({ ask: { query: "up" } }), check({ name: "broken", count: "n", requests: 1 })];
    const problems = await tryChecks(source, checks, twoServices, at);
    const cause = reason("metric-range-empty", {});
    expect(problems).toEqual([
      reason("query-failed", { check: "broken", cause }),
      reason("query-failed", { check: "broken", asked: "count", cause }),
    ]);
    expect(source.asked).toHaveLength(3);
  });

  it("reports a check that cannot be asked at all", async () => {
    const problems = await tryChecks(
      queriesOf(() => some),
      [check({ ask: { query: "{{canary}}" } })],
      twoServices,
      at,
    );
    expect(problems).toMatchObject([{ code: "metric-query-invalid" }]);
  });

  it("finds that both sides are the same series", async () => {
    const checks = [check({ ask: { preset: "latency", quantile: 0.99 } })];
    const same = queriesOf(({ kind }) => (kind === "counters" ? counters("a", "b") : some));
    expect(await tryChecks(same, checks, twoServices, at)).toMatchObject([
      { code: "versions-not-separable", data: { cause: { data: { problem: "same-series" } } } },
    ]);
    const apart = queriesOf(({ kind, query }) => (kind === "counters" ? counters(query) : some));
    expect(await tryChecks(apart, checks, twoServices, at)).toEqual([]);
  });
});
