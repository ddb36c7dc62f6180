import { describe, expect, it } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { type Counting, countAll, type Points } from "../../../src/evidence/count-requests.ts";
import type { CounterRow, PhaseCounters } from "../../../src/judge/intervals-from-counters.ts";
import { rangeClient } from "../../../src/metrics/prometheus/range-client.ts";
import { sourceOver } from "../../../src/metrics/prometheus/source.ts";
import type { MetricSource, VersionTarget, VersionTargets } from "../../../src/ports/metric-source.ts";
import type { LabelledSeries, Measurement } from "../../../src/ports/range-queries.ts";
import { readScenario } from "../../../src/simulator/scenario/index.ts";
import { rehearsedMetrics } from "../../../src/simulator/simulated-metric-source.ts";
import { createWorld, type SimulatedTraffic } from "../../../src/simulator/traffic/index.ts";
import { startPrometheus } from "../../servers/prometheus.ts";
import { overQueries } from "./samples.ts";
import { handClock } from "./servers.ts";

const start = 1_760_000_000_000;
const minute = 60_000;
const host = "web.prod.svc.cluster.local";
const tolerance = { ratio: 1.1, difference: 0 };

const arm = (version: string, further: Partial<VersionTarget> = {}): VersionTarget => ({
  host,
  service: "web",
  namespace: "prod",
  subset: version,
  workloads: [`web-${version}`],
  ...further,
});
const arms: VersionTargets = { canary: arm("v2"), stable: arm("v1"), namespace: "prod" };
const counting: Counting = {
  arms,
  of: "both",
  requests: true,
  boundariesMs: [],
  metrics: [],
  stepMs: 15_000,
  staleAfterMs: 45_000,
};
const points = (from: number, count: number): Points => ({ from, to: from + (count - 1) * 15_000, points: count });

function worldOf(words: string): SimulatedTraffic {
  const found = readScenario(words);
  if (found.kind === "refused") throw new Error(found.problems.map((problem) => problem.message).join("\n"));
  const subsets = { stable: { host, subset: "v1" }, canary: { host, subset: "v2" } };
  const world = createWorld({ scenario: found.scenario, seed: 3, startMs: start, historyMs: 20 * minute, ...subsets });
  world.weightChanged(start, 20);
  world.advanceTo(start + 10 * minute);
  return world;
}

/** Answers each question by script, and remembers it. */
function scripted(answer: (query: string) => readonly LabelledSeries[] | Measurement) {
  const asked: string[] = [];
  const source = overQueries(async ({ query }) => {
    asked.push(query);
    const given = answer(query);
    return "kind" in given ? given : { kind: "series", series: given };
  });
  return { source, asked };
}

async function counted(
  source: MetricSource,
  over: Partial<Counting> = {},
  grids: readonly Points[] = [points(start, 3)],
): Promise<readonly PhaseCounters[]> {
  const found = await countAll(source, { ...counting, ...over }, grids, { now: start + 10 * minute });
  if (found.kind !== "counted") throw new Error(found.reason.code);
  return found.phases;
}

/** By how much all counters of a version grew from the first to the last point. */
function grown(counters: readonly CounterRow[], which: "canary" | "stable", adds?: string): number {
  const rows = counters.filter(
    (row) => row.arm === which && (adds === undefined || (row.kind === "count" && row.adds === adds)),
  );
  return rows.reduce((sum, { values }) => sum + (values.at(-1) ?? 0) - (values[0] ?? 0), 0);
}

const labels = (further: Readonly<Record<string, string>> = {}) => ({
  instance: "gateway:15020",
  reporter: "source",
  destination_workload: "web-v2",
  destination_workload_namespace: "prod",
  response_code: "200",
  ...further,
});

describe("counting both versions", () => {
  it("asks once a selector for both, and finds what was served", async () => {
    // A fifth of 50 a second for five minutes, of which 4 of 100 fail.
    const world = worldOf("no noise; traffic 50 rps; errors 1%; canary errors 4%; traffic follows after 1s");
    const queries = rehearsedMetrics({ world, now: () => start + 10 * minute });
    const asked: string[] = [];
    const spy = overQueries((question, ...rest) => {
      asked.push(question.query);
      return queries.measure(question, ...rest);
    });
    const [phase] = await counted(spy, { boundariesMs: [100, 0.5] }, [points(start + 4 * minute, 21)]);
    expect(asked).toEqual([
      'last_over_time(istio_requests_total{reporter="source",destination_workload=~"web-v1|web-v2",' +
        'destination_workload_namespace="prod",response_flags!~"(.*,)?(DC|DI|FI|RL|RLSE|UAEX)(,.*)?"}[45s])',
      'last_over_time(istio_request_duration_milliseconds_bucket{reporter="source",destination_workload=~"web-v1|web-v2",' +
        'destination_workload_namespace="prod",response_flags!~"(.*,)?(DC|DI|FI|RL|RLSE|UAEX)(,.*)?",' +
        'le=~"100(\\\\.0+)?|0\\\\.50*|\\\\+Inf"}[45s])',
    ]);
    const rows = (phase?.counters ?? []).filter(({ kind }) => kind === "count");
    expect(grown(rows, "canary")).toBe(3000);
    expect(grown(rows, "stable")).toBe(12_000);
    expect(grown(rows, "canary", "both")).toBe(120);
    expect(grown(rows, "stable", "both")).toBe(120);
    const edges = (phase?.counters ?? []).flatMap((row) => (row.kind === "bucket" ? [row.edgeMs] : []));
    expect(new Set(edges)).toEqual(new Set([0.5, 100, Number.POSITIVE_INFINITY]));
    expect(new Set(rows.map(({ target }) => target))).toEqual(new Set(["instance=10.1.0.2:15020"]));
  });

  it("gives the same through HTTP, however long the range is", async () => {
    const world = worldOf("scrape every 15s; traffic 20 rps; errors 2%; gateway restarts at 4m; pods 2 and 1");
    const { url } = await startPrometheus({ world, now: () => start + 10 * minute });
    const far = sourceOver(rangeClient({ url }), { lagMs: 0 });
    const near = sourceOver(rehearsedMetrics({ world, now: () => start + 10 * minute }), { lagMs: 0 });
    const grids = [points(start, 9), { from: start + 2 * minute, to: start + 9.5 * minute, points: 31 }];
    const sorted = (phases: readonly PhaseCounters[]) =>
      phases.map(({ counters, up }) => ({ counters: counters.map((row) => JSON.stringify(row)).sort(), up }));
    const over = { boundariesMs: [50, 100], stepMs: 15_000 };
    expect(sorted(await counted(far, over, grids))).toEqual(sorted(await counted(near, over, grids)));
    far.close();
  });

  it("counts 5xx and 0 as failures, and gRPC by its own status", async () => {
    const of = (further: Readonly<Record<string, string>>) => ({ labels: labels(further), values: [1, 2, 3] });
    const { source } = scripted(() => [
      of({}),
      of({ response_code: "503" }),
      of({ response_code: "0" }),
      of({ response_code: "404" }),
      of({ request_protocol: "grpc", grpc_response_status: "14" }),
      of({ request_protocol: "grpc", grpc_response_status: "5" }),
      of({ request_protocol: "http", grpc_response_status: "14" }),
      of({ destination_workload: "web-v3" }),
    ]);
    const [phase] = await counted(source);
    const adds = phase?.counters.map((row) => (row.kind === "count" ? row.adds : row.kind));
    expect(adds).toEqual(["total", "both", "both", "total", "both", "total", "total"]);
  });

  it("counts connections where there are no requests", async () => {
    const { source, asked } = scripted((query) =>
      query.includes("up{") ? [] : [{ labels: labels(), values: [1, 2, 3] }],
    );
    const [phase] = await counted(source, { arms: { ...arms, protocol: "tcp" }, boundariesMs: [100] });
    expect(asked.map((query) => /[a-z_]+_total/.exec(query)?.[0])).toEqual([
      "istio_tcp_connections_opened_total",
      "istio_tcp_connections_closed_total",
    ]);
    expect(asked[1]).toContain('response_flags!="-"');
    expect(phase?.counters.map((row) => row.kind === "count" && row.adds)).toEqual(["total", "bad"]);
  });

  it("counts each program once, however often it is scraped", async () => {
    const twice = [
      { labels: labels({ job: "pods", prometheus_replica: "b" }), values: [10, 20, 30] },
      { labels: labels({ job: "mesh", prometheus_replica: "a" }), values: [1, 2, 3] },
    ];
    for (const series of [twice, twice.toReversed()]) {
      const [phase] = await counted(scripted(() => series).source);
      expect(phase?.counters.map(({ values }) => values)).toEqual([[1, 2, 3]]);
    }
    // A dimension that a team has added is no second scrape.
    const [phase] = await counted(
      scripted(() => ["a", "b"].map((path) => ({ labels: labels({ request_path: path }), values: [1, 2, 3] }))).source,
    );
    expect(phase?.counters).toHaveLength(2);
  });

  it("asks who was up only where that tells whether a new counter counts in full", async () => {
    const fresh = { labels: labels({ response_code: "503" }), values: [null, 4, 4] };
    const old = { labels: labels(), values: [7, 8, 9] };
    const isUp = { labels: { instance: "gateway:15020", job: "pods" }, values: [1, 1, 1] };
    const answer = (series: readonly LabelledSeries[]) => (query: string) => (query.includes("up{") ? [isUp] : series);
    const known = scripted(answer([fresh, old]));
    expect((await counted(known.source))[0]?.up).toEqual([]);
    expect(known.asked).toHaveLength(1);
    const alone = scripted(answer([fresh]));
    expect((await counted(alone.source))[0]?.up).toEqual([{ target: "instance=gateway:15020", values: [1, 1, 1] }]);
    expect(alone.asked[1]).toBe('last_over_time(up{instance=~"gateway:15020"}[45s])');
  });

  it("goes by pod where no instance is known", async () => {
    const { source, asked } = scripted((query) =>
      query.includes("up{") ? [] : [{ labels: { ...labels(), instance: "", pod: "web.1" }, values: [null, 1, 2] }],
    );
    const [phase] = await counted(source);
    expect(phase?.counters[0]?.target).toBe("pod=web.1");
    expect(asked[1]).toBe('last_over_time(up{pod=~"web\\\\.1"}[45s])');
  });
});

const orders = {
  name: "orders",
  total: 'orders_total{version="{{canary}}",not="{{stable}}"}',
  bad: 'orders_total{version="{{canary}}",state="lost"}',
  gate: false,
  tolerance,
  limit: tolerance,
};

describe("a user's own counters", () => {
  it("are written for the canary, and read for stable with the names changed", async () => {
    const { source, asked } = scripted(() => [{ labels: { pod: "a" }, values: [1, 2, 3] }]);
    const [phase] = await counted(source, { requests: false, metrics: [orders] });
    expect(asked).toEqual([
      'last_over_time(orders_total{version="v2",not="v1"}[45s])',
      'last_over_time(orders_total{version="v2",state="lost"}[45s])',
      'last_over_time(orders_total{version="v1",not="v2"}[45s])',
      'last_over_time(orders_total{version="v1",state="lost"}[45s])',
    ]);
    expect(phase?.counters.map((row) => row.kind === "count" && [row.arm, row.process, row.adds])).toEqual([
      ["canary", "orders", "total"],
      ["canary", "orders", "bad"],
      ["stable", "orders", "total"],
      ["stable", "orders", "bad"],
    ]);
  });
});

describe("what cannot be counted", () => {
  const outcome = (source: MetricSource, over: Partial<Counting> = {}, grids = [points(start, 3)]) =>
    countAll(source, { ...counting, ...over }, grids, { now: start, clock: handClock() });

  it("is an error of the turn, with the source's own words", async () => {
    const says = foreign("the query took too long");
    const failure = { kind: "error", reason: reason("metric-source-error", { source: "Prometheus", says }) } as const;
    const { source, asked } = scripted(() => failure);
    expect(await outcome(source, { metrics: Array(6).fill(orders) })).toEqual(failure);
    // Four were on their way when the first failed; the others are not sent after them.
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it("is an error where who was up could not be asked", async () => {
    const failure = { kind: "error", reason: reason("metric-range-empty", {}) } as const;
    const { source } = scripted((query) =>
      query.includes("up{") ? failure : [{ labels: labels(), values: [null, 1, 2] }],
    );
    expect(await outcome(source)).toEqual(failure);
  });

  it("is an error where the source lives in another time", async () => {
    const { source } = scripted(() => ({ kind: "series", series: [], date: start - 40_000 }));
    expect(await outcome(source)).toEqual({
      kind: "error",
      reason: reason("clock-skewed", { offMs: 40_000 }),
    });
  });

  it("is impossible where no label tells the versions apart", async () => {
    const same = { ...arms, canary: arm("v2", { workloads: [] }), stable: arm("v1", { workloads: [] }) };
    const { source, asked } = scripted(() => []);
    expect(await outcome(source, { arms: same })).toMatchObject({ kind: "impossible" });
    expect(asked).toEqual([]);
  });

  it("is not asked for before the first look is complete", async () => {
    const { source, asked } = scripted(() => []);
    expect(await outcome(source, {}, [{ from: start, to: start, points: 1 }])).toEqual({
      kind: "counted",
      phases: [{ counters: [], up: [] }],
    });
    expect(asked).toEqual([]);
  });
});
