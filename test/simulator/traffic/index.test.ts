import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matcherOf } from "../../../src/simulator/prometheus/label-matcher.ts";
import { labelRecord } from "../../../src/simulator/prometheus/label-set.ts";
import { instantQuery } from "../../../src/simulator/prometheus/query.ts";
import type { StoredSeries } from "../../../src/simulator/prometheus/series-store.ts";
import { readScenario } from "../../../src/simulator/scenario/index.ts";
import { createWorld, type SimulatedTraffic, type WorldOptions } from "../../../src/simulator/traffic/index.ts";

const start = 1_760_000_000_000;
const minute = 60_000;
const host = "reviews.shop.svc.cluster.local";

function worldOf(text: string, options: Partial<WorldOptions> = {}): SimulatedTraffic {
  const found = readScenario(text);
  if (found.kind === "refused") throw new Error(found.problems.map((problem) => problem.message).join("\n"));
  return createWorld({
    scenario: found.scenario,
    seed: 1,
    startMs: start,
    historyMs: 20 * minute,
    stable: { host, subset: "v1" },
    canary: { host, subset: "v2" },
    ...options,
  });
}

/** The canary gets a fifth from the start on. */
function atTwenty(text: string, minutes: number, options: Partial<WorldOptions> = {}): SimulatedTraffic {
  const world = worldOf(text, options);
  world.weightChanged(start, 20);
  world.advanceTo(start + minutes * minute);
  return world;
}

function everySample(world: SimulatedTraffic): unknown {
  const all = world.samples.select([matcherOf("__name__", "=~", ".+")]);
  return all.map(({ labels, times, values, staleAt }) => ({ labels: labels.key, times, values, staleAt }));
}

/** The answer at so many minutes after the start, one number for each value of `label`. */
function ask(world: SimulatedTraffic, query: string, minutes: number, label = "version"): Record<string, number> {
  world.advanceTo(start + minutes * minute);
  const answer = instantQuery(query, world.samples, start + minutes * minute);
  if (answer.kind === "failed" || answer.value.kind !== "vector") throw new Error(JSON.stringify(answer));
  return Object.fromEntries(answer.value.samples.map(({ labels, value }) => [labelRecord(labels)[label] ?? "", value]));
}

/** What a counter grew by in all its lives, from its first sample on. */
function growth({ values }: StoredSeries): number {
  return values.reduce((sum, value, index) => {
    const before = values[index - 1];
    return sum + (before === undefined ? 0 : value >= before ? value - before : value);
  }, 0);
}

describe("equal seed, equal samples", () => {
  const text =
    "traffic 30 rps; errors 2%; canary errors 2% until phase 20, then 9%; canary latency 1.5x; canary restarts at 6m";

  test("however often the world is asked", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 * minute }), { maxLength: 30 }), (times) => {
        const often = worldOf(text, { historyMs: minute });
        const once = worldOf(text, { historyMs: minute });
        for (const world of [often, once]) {
          let told = 0;
          const changes = [
            [30_300, 5],
            [4 * minute + 70, 20],
          ] as const;
          const asks = world === often ? times.toSorted((a, b) => a - b) : [];
          for (const [at, weight] of changes) {
            for (; told < asks.length && (asks[told] ?? 0) <= at; told += 1) world.advanceTo(start + (asks[told] ?? 0));
            world.weightChanged(start + at, weight);
          }
          for (; told < asks.length; told += 1) world.advanceTo(start + (asks[told] ?? 0));
          world.advanceTo(start + 10 * minute);
        }
        expect(everySample(often)).toEqual(everySample(once));
        expect(often.truth()).toEqual(once.truth());
      }),
      { numRuns: 8 },
    );
  });

  test("what happened to the weights for a while leaves the later traffic as it would have been", () => {
    const later = (weights: readonly number[]) => {
      const world = worldOf("traffic 30 rps; errors 2%");
      for (const [index, weight] of weights.entries()) world.weightChanged(start + index * minute, weight);
      world.advanceTo(start + 3 * minute);
      const before = world.truth();
      world.advanceTo(start + 9 * minute);
      const { stable, canary } = world.truth();
      return [stable.requests - before.stable.requests, canary.bad - before.canary.bad];
    };
    expect(later([20, 50, 20])).toEqual(later([20, 20, 20]));
  });

  test("another seed, other samples", () => {
    expect(atTwenty(text, 2).truth()).toEqual(atTwenty(text, 2).truth());
    expect(atTwenty(text, 2).truth()).not.toEqual(atTwenty(text, 2, { seed: 2 }).truth());
  });
});

describe("the truth", () => {
  test("without noise every rate comes out exactly", () => {
    const world = atTwenty("no noise; traffic 50 rps; errors 1%; canary errors 4%; traffic follows after 20s", 10);
    // 580 s at a fifth of 50 rps, of which 4 in 100 fail where stable would have failed once.
    expect(world.truth()).toEqual({
      stable: { requests: 20 * 50 + 580 * 40, bad: (20 * 50 + 580 * 40) / 100 },
      canary: { requests: 5800, bad: 232, spoiled: expect.closeTo(232 - 58, 6) },
    });
  });

  test("with noise they come out nearly, and differ by as much as chance has it", () => {
    const { canary, stable } = atTwenty("traffic 200 rps; errors 1%", 60).truth();
    expect(Math.abs(canary.requests - 144_000)).toBeLessThan(6 * Math.sqrt(144_000));
    expect(Math.abs(stable.bad - 5760)).toBeLessThan(6 * Math.sqrt(5760));
    expect(Math.abs(canary.spoiled)).toBeLessThan(6 * Math.sqrt(1440));
    expect(canary.requests).not.toBe(144_000);
  });

  test("bursts are as many errors, but in clusters", () => {
    const spread = (text: string) => {
      let squares = 0;
      for (let seed = 0; seed < 40; seed += 1) {
        const { bad } = atTwenty(`${text}; traffic 100 rps; errors 1%`, 5, { seed, historyMs: 0 }).truth().canary;
        squares += (bad - 60) ** 2;
      }
      return squares / 40 / 60;
    };
    expect(spread("bursts of 1")).toBeLessThan(2.5);
    expect(spread("bursts of 10")).toBeGreaterThan(5);
    expect(atTwenty("bursts of 10; errors 1%", 30).truth().canary.bad % 10).toBe(0);
  });

  test("what the history holds is not counted as served", () => {
    const world = worldOf("no noise; traffic 10 rps; errors 0%");
    world.advanceTo(start);
    expect(world.truth().stable).toEqual({ requests: 0, bad: 0 });
    world.advanceTo(start + 5000);
    expect(world.truth().stable.requests).toBe(50);
  });

  test("the caller's counters hold exactly what was served", () => {
    const world = worldOf("traffic 40 rps; errors 3%; canary unready from 4m for 1m; scrape every 1s");
    world.weightChanged(start, 20);
    world.advanceTo(start + 8 * minute);
    const before = world.truth();
    const counters = world.samples.select([
      matcherOf("__name__", "=", "istio_requests_total"),
      matcherOf("reporter", "=", "source"),
    ]);
    const at = (series: StoredSeries, time: number) =>
      series.values[series.times.findLastIndex((found) => found <= time)] ?? 0;
    // The scrape of each second stands somewhere inside it and sees the whole seconds before.
    const counted = (from: number, to: number, keep: (labels: Record<string, string>) => boolean) =>
      counters
        .filter((series) => keep(labelRecord(series.labels)))
        .reduce((sum, series) => sum + at(series, to) - at(series, from), 0);
    const [from, to] = [start + 999, start + 8 * minute + 999];
    world.advanceTo(to);
    expect(counted(from, to, () => true)).toBe(before.stable.requests + before.canary.requests);
    expect(counted(from, to, (labels) => labels["response_code"] !== "200")).toBe(
      before.stable.bad + before.canary.bad,
    );
    expect(counted(from, to, (labels) => labels["destination_workload"] === "reviews-v1")).toBe(before.stable.requests);
  });
});

describe("where the traffic goes", () => {
  const share = (world: SimulatedTraffic, minutes: number) => {
    const rates = ask(world, "sum by (version) (rate(http_requests_total[1m]))", minutes);
    return (rates["v2"] ?? 0) / ((rates["v1"] ?? 0) + (rates["v2"] ?? 0));
  };
  const quiet = "no noise; traffic 100 rps; errors 0%; scrape every 5s";

  test("it follows the weight after the lag, and only then begins the phase", () => {
    const world = worldOf(`${quiet}; traffic follows after 20s`);
    expect(world.timeOf({ phase: 20, afterMs: 1000 })).toBeUndefined();
    world.weightChanged(start + 500, 20);
    expect(world.timeOf({ phase: 20, afterMs: 1000 })).toBe(start + 21_500);
    expect(world.timeOf({ phase: 5, afterMs: 0 })).toBe(start + 20_500);
    expect(world.timeOf({ phase: 50, afterMs: 0 })).toBeUndefined();
    world.advanceTo(start + 20_000);
    expect(world.truth().canary.requests).toBe(0);
    world.advanceTo(start + 21_000);
    expect(world.truth().canary.requests).toBe(10);
    expect(share(world, 3)).toBeCloseTo(0.2, 3);
  });

  test("a rollback takes it back", () => {
    const world = atTwenty(quiet, 5);
    world.weightChanged(start + 5 * minute, 0);
    world.advanceTo(start + 6 * minute);
    const { requests } = world.truth().canary;
    world.advanceTo(start + 60 * minute);
    expect(world.truth().canary.requests).toBe(requests);
    expect(requests).toBe(20 * 300);
  });

  test("weights that are ignored change nothing until they are followed again", () => {
    const world = worldOf(`${quiet}; weights ignored from 2m for 5m`);
    world.weightChanged(start, 10);
    world.weightChanged(start + 3 * minute, 50);
    expect(share(world, 5)).toBeCloseTo(0.1, 3);
    expect(share(world, 9)).toBeCloseTo(0.5, 3);
  });

  test("a real share stands in for any weight but 0", () => {
    const world = worldOf(`${quiet}; share 2.5%`);
    world.weightChanged(start, 5);
    expect(share(world, 3)).toBeCloseTo(0.025, 3);
    world.weightChanged(start + 4 * minute, 0);
    expect(share(world, 9)).toBe(0);
  });
});

describe("what Prometheus sees of it", () => {
  test("a counter is born with its first event, on a target that was known before", () => {
    const world = worldOf(
      "no noise; traffic 10 rps; errors 0%; canary errors 100% from 3m for 10s; traffic follows after 1s",
    );
    world.weightChanged(start, 20);
    world.advanceTo(start + 10 * minute);
    const [failures] = world.samples.select([
      matcherOf("__name__", "=", "istio_requests_total"),
      matcherOf("reporter", "=", "source"),
      matcherOf("response_code", "=", "500"),
    ]);
    expect(failures?.times[0]).toBeGreaterThan(start + 3 * minute);
    expect(failures?.values[0]).toBeGreaterThan(0);
    const [up] = world.samples.select([matcherOf("__name__", "=", "up"), matcherOf("pod", "=~", "reviews-v2-.*")]);
    expect(up?.times[0]).toBeLessThan(start);
  });

  test("long-lived counters are large, and their growth is what was served", () => {
    const world = worldOf("no noise; traffic 30 rps; errors 0%");
    world.advanceTo(start);
    const [one] = world.samples.select([
      matcherOf("__name__", "=", "istio_requests_total"),
      matcherOf("reporter", "=", "source"),
    ]);
    expect(one?.values[0]).toBeGreaterThan(1_000_000);
    expect(one === undefined ? 0 : growth(one)).toBeCloseTo(30 * 20 * 60, -3);
  });

  test("every target has its own place in the scrape interval, and keeps it", () => {
    const world = atTwenty("scrape every 30s; pods 3 and 2", 10);
    const ups = world.samples.select([matcherOf("__name__", "=", "up")]);
    expect(ups).toHaveLength(6);
    expect(new Set(ups.map(({ times }) => (times[0] ?? 0) % 30_000)).size).toBeGreaterThan(3);
    for (const { times } of ups) {
      for (let i = 1; i < times.length; i += 1) expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBe(30_000);
    }
  });

  test.each(["http", "grpc", "tcp"])("no two series are one, and time never stands still: %s", (protocol) => {
    const trouble =
      "errors 5%; canary crashes from 2m for 1m; canary unready from 4m for 1m; stable restarts at 3m; no data from 6m for 1m";
    const own = "metric up is 3; metric depth is 4; metric http_requests_total counts requests";
    const world = atTwenty(`protocol ${protocol}; traffic 50 rps; ${trouble}; ${own}`, 8);
    const all = world.samples.select([matcherOf("__name__", "=~", ".+")]);
    expect(new Set(all.map(({ labels }) => labels.key)).size).toBe(all.length);
    const standing = all.filter(({ times }) => times.some((at, index) => at <= (times[index - 1] ?? 0)));
    expect(standing.map(({ labels }) => labels.key)).toEqual([]);
  });

  test("a restart sets the counters of that program back, and the caller's stay", () => {
    const world = atTwenty("no noise; traffic 50 rps; canary restarts at 3m", 6);
    const lives = (reporter: string) =>
      world.samples
        .select([
          matcherOf("__name__", "=", "istio_requests_total"),
          matcherOf("reporter", "=", reporter),
          matcherOf("destination_workload", "=", "reviews-v2"),
          matcherOf("response_code", "=", "200"),
        ])
        .map(({ values }) => values.filter((value, index) => value < (values[index - 1] ?? 0)).length);
    expect(lives("destination")).toEqual([1, 1]);
    expect(lives("source")).toEqual([0]);
    expect(ask(world, 'sum by (version) (increase(http_requests_total{version="v2"}[2m]))', 4)["v2"]).toBeGreaterThan(
      900,
    );
  });

  test("a gateway restart sets the caller's counters back", () => {
    const world = atTwenty("gateway restarts at 3m", 6);
    const [one] = world.samples.select([
      matcherOf("__name__", "=", "istio_requests_total"),
      matcherOf("reporter", "=", "source"),
      matcherOf("destination_workload", "=", "reviews-v1"),
      matcherOf("response_code", "=", "200"),
    ]);
    expect(one?.values.filter((value, index) => value < (one.values[index - 1] ?? 0))).toHaveLength(1);
  });

  test("an unready canary fails without a workload, and only its callers see it", () => {
    const world = atTwenty("no noise; traffic 50 rps; errors 0%; canary unready from 2m for 5m", 4);
    const failed =
      'sum by (destination_workload) (rate(istio_requests_total{response_flags="UH",response_code="503"}[1m]))';
    expect(ask(world, failed, 4, "destination_workload")).toEqual({ unknown: expect.closeTo(10, 6) });
    expect(ask(world, 'count(istio_requests_total{reporter="destination",response_code="503"})', 4)).toEqual({});
    expect(world.readyPods("canary", start + 4 * minute)).toBe(0);
    expect(world.readyPods("canary", start + 8 * minute)).toBe(2);
    expect(world.readyPods("stable", start + 4 * minute)).toBe(3);
  });

  test("a crashed canary is silent itself and keeps its workload at its callers", () => {
    const world = atTwenty("no noise; traffic 50 rps; errors 0%; canary crashes from 2m for 5m", 4);
    const failed = 'sum by (destination_workload) (rate(istio_requests_total{response_flags="UF"}[1m]))';
    expect(ask(world, failed, 4, "destination_workload")).toEqual({ "reviews-v2": expect.closeTo(10, 6) });
    expect(ask(world, 'sum by (pod) (up{pod=~"reviews-v2.*"})', 4, "job")).toEqual({ "": 0 });
    expect(
      ask(world, 'count(istio_requests_total{reporter="destination",destination_workload="reviews-v2"})', 4),
    ).toEqual({});
    expect(ask(world, 'count by (version) (http_requests_total{version="v2"})', 9)).toEqual({ v2: 2 });
  });

  test("no data: the series end; Prometheus down: they only have a gap", () => {
    const gone = atTwenty("no data from 3m for 3m", 10);
    expect(ask(gone, "count(istio_requests_total)", 4)).toEqual({});
    expect(ask(gone, "count(up)", 4)).toEqual({});
    expect(Object.values(ask(gone, "count(up)", 7))).toEqual([6]);
    const down = atTwenty("prometheus down from 3m for 3m", 10);
    expect(Object.values(ask(down, "count(up)", 4))).toEqual([6]);
    expect(Object.values(ask(down, "sum(count_over_time(up[150s]))", 6))).toEqual([]);
    expect(down.metricsFault(start + 4 * minute)).toBe("down");
    expect(down.metricsFault(start + 6 * minute)).toBeUndefined();
  });

  test("latency is lognormal around its median, with the tail that was asked for", () => {
    const over = (bound: string, version: string) =>
      `1 - sum(rate(istio_request_duration_milliseconds_bucket{reporter="source",destination_version="${version}",le="${bound}"}[5m])) / ` +
      `sum(rate(istio_request_duration_milliseconds_bucket{reporter="source",destination_version="${version}",le="+Inf"}[5m]))`;
    const world = atTwenty(
      "no noise; traffic 1000 rps; errors 0%; latency 50ms; canary latency 2x; canary slow 2% by 1s",
      6,
    );
    const value = (query: string) => Object.values(ask(world, query, 6))[0];
    expect(value(over("50", "v1"))).toBeCloseTo(0.5, 2);
    expect(value(over("100", "v2"))).toBeCloseTo(0.5 * 0.98 + 0.02, 2);
    expect(value(over("1000", "v2"))).toBeCloseTo(0.02 + 0.98 * 0.002, 3);
    const mean =
      'sum(rate(istio_request_duration_milliseconds_sum{reporter="source",destination_version="v1"}[5m])) / sum(rate(istio_request_duration_milliseconds_count{reporter="source",destination_version="v1"}[5m]))';
    expect(value(mean)).toBeCloseTo(50 * Math.exp(0.32), 0);
  });

  test("the application's own counters and gauges, for the plan's own queries", () => {
    const world = atTwenty(
      "no noise; traffic 50 rps; errors 0%; canary errors 6%; metric checkout_total counts requests; metric checkout_ok_total counts good requests; metric depth is 40; canary metric depth is 140 from 3m",
      6,
    );
    const conversion = 'sum(rate(checkout_ok_total{version="v2"}[1m])) / sum(rate(checkout_total{version="v2"}[1m]))';
    expect(Object.values(ask(world, conversion, 5))).toEqual([expect.closeTo(0.94, 2)]);
    expect(ask(world, "max by (version) (depth)", 2)).toEqual({ v1: 40, v2: 40 });
    expect(ask(world, "max by (version) (depth)", 4)).toEqual({ v1: 40, v2: 140 });
    expect(world.metricNames()).toContain("checkout_ok_total");
  });

  test("gRPC failures answer 200 and carry a status; TCP has connections", () => {
    const grpc = atTwenty("no noise; protocol grpc; traffic 50 rps; errors 4%", 5);
    const failing =
      'sum by (response_code) (rate(istio_requests_total{reporter="source",grpc_response_status="13"}[1m]))';
    expect(ask(grpc, failing, 5, "response_code")).toEqual({ 200: expect.closeTo(2, 1) });
    const tcp = atTwenty("no noise; protocol tcp; traffic 50 rps; errors 0%", 5);
    const opened = 'sum by (destination_version) (rate(istio_tcp_connections_opened_total{reporter="source"}[1m]))';
    expect(ask(tcp, opened, 5, "destination_version")).toEqual({
      v1: expect.closeTo(40, 6),
      v2: expect.closeTo(10, 6),
    });
    expect(ask(tcp, "count(istio_requests_total)", 5)).toEqual({});
  });

  test("two Services instead of subsets, and names that are known from the cluster", () => {
    const world = atTwenty("no noise; traffic 50 rps; errors 0%", 5, {
      stable: { host: "web.prod.svc.cluster.local", workload: "web-deployment", version: "1.2.3" },
      canary: { host: "web-canary.prod.svc.cluster.local" },
    });
    const by = (label: string) =>
      ask(world, `sum by (${label}) (rate(istio_requests_total{reporter="source"}[1m]))`, 5, label);
    expect(by("destination_service_name")).toEqual({ web: expect.closeTo(40, 6), "web-canary": expect.closeTo(10, 6) });
    expect(Object.keys(by("destination_workload")).sort()).toEqual(["web-canary", "web-deployment"]);
    expect(Object.keys(by("destination_canonical_revision")).sort()).toEqual(["1.2.3", "web-canary"]);
    expect(Object.keys(by("destination_service_namespace"))).toEqual(["prod"]);
  });
});
