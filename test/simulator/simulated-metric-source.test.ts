import { describe, expect, test } from "vitest";
import { foreign } from "../../src/base/foreign.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { istio } from "../../src/metrics/prometheus/data-planes/istio.ts";
import { latency, successRate } from "../../src/metrics/prometheus/presets.ts";
import { rangeClient } from "../../src/metrics/prometheus/range-client.ts";
import type { Measurement, RangeQuery } from "../../src/ports/range-queries.ts";
import { instantQuery } from "../../src/simulator/prometheus/query.ts";
import { readScenario } from "../../src/simulator/scenario/index.ts";
import { rehearsedMetrics } from "../../src/simulator/simulated-metric-source.ts";
import { createWorld, type SimulatedTraffic } from "../../src/simulator/traffic/index.ts";
import { twoServices } from "../metrics/prometheus/samples.ts";
import { type Misbehaviour, startPrometheus } from "../servers/prometheus.ts";

const start = 1_760_000_000_000;
const minute = 60_000;
const host = "web.prod.svc.cluster.local";

/** A fifth of the traffic goes to v2 from the start on. */
function worldOf(text: string): SimulatedTraffic {
  const found = readScenario(text);
  if (found.kind === "refused") throw new Error(found.problems.map((problem) => problem.message).join("\n"));
  const subsets = { stable: { host, subset: "v1" }, canary: { host, subset: "v2" } };
  const world = createWorld({ scenario: found.scenario, seed: 3, startMs: start, historyMs: 20 * minute, ...subsets });
  world.weightChanged(start, 20);
  return world;
}

function question(query: string, kind: RangeQuery["kind"] = "number"): RangeQuery {
  return { kind, query, stepMs: minute };
}

function measured(
  world: SimulatedTraffic,
  asked: RangeQuery,
  minutes: readonly [from: number, to: number],
): Promise<Measurement> {
  const now = start + minutes[1] * minute;
  const source = rehearsedMetrics({ world, now: () => now });
  return source.measure(asked, start + minutes[0] * minute, now);
}

function valuesOf(measurement: Measurement): (number | string)[] {
  if (measurement.kind !== "samples") throw new Error(JSON.stringify(measurement));
  return measurement.samples.map((sample) => (sample.kind === "value" ? sample.value : sample.reason.code));
}

describe("the usual queries of a mesh give what is true", () => {
  // 50 rps, a fifth to v2, which fails 4 of 100: 10 requests a second, 0.4 of them failures.
  const world = worldOf(
    "no noise; traffic 50 rps; errors 1%; canary errors 4%; latency 100ms; traffic follows after 1s",
  );
  world.advanceTo(start + 10 * minute);
  const S = 'reporter="source",destination_workload_namespace="prod",destination_workload="web-v2"';
  const stable = S.replace("web-v2", "web-v1");
  const F = 'response_flags!~"(.*,)?(DC|DI|FI|RL|RLSE|UAEX)(,.*)?"';
  const w = "2m";
  const rate = (selector: string) => `sum(rate(istio_requests_total{${selector}}[${w}]))`;
  const X = `istio_requests_total{${S},${F}}`;
  const table: [what: string, query: string, expected: number, digits: number][] = [
    ["rate", rate(S), 10, 6],
    ["errors", `(${rate(`${S},${F},response_code=~"5..|0"`)} or vector(0)) / ${rate(`${S},${F}`)}`, 0.04, 3],
    ["grpc, of a service that speaks HTTP", `${rate(`${S},request_protocol="grpc"`)} or vector(0)`, 0, 9],
    [
      "p50",
      `histogram_quantile(0.5, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${S}}[${w}])))`,
      100,
      0,
    ],
    [
      "<=500 ms",
      `sum(rate(istio_request_duration_milliseconds_bucket{${S},le=~"500(\\\\.0)?"}[${w}])) / sum(rate(istio_request_duration_milliseconds_bucket{${S},le="+Inf"}[${w}]))`,
      0.9779,
      2,
    ],
    [
      "unrouted",
      `sum(rate(istio_requests_total{reporter="source",destination_service=~"web\\\\.prod\\\\.svc\\\\.cluster\\\\.local",destination_workload="unknown",response_flags=~"(.*,)?(NC|NR|UH|UF)(,.*)?"}[${w}])) or vector(0)`,
      0,
      9,
    ],
    ["share", `${rate(S)} / (${rate(S)} + ${rate(stable)})`, 0.2, 6],
    [
      "count n",
      `sum((${X} unless last_over_time(${X}[15m] offset ${w})) or increase(${X}[${w}])) or vector(0)`,
      1200,
      0,
    ],
  ];
  test.each(table)("%s", (_what, query, expected, digits) => {
    const answer = instantQuery(query, world.samples, start + 8 * minute);
    const values = answer.kind === "value" && answer.value.kind === "vector" ? answer.value.samples : [];
    expect(values.map(({ value }) => value)).toEqual([expect.closeTo(expected, digits)]);
  });

  test("unrouted, while nobody is ready", () => {
    const down = worldOf("no noise; traffic 50 rps; canary unready from 2m");
    down.advanceTo(start + 6 * minute);
    const query = table.find(([what]) => what === "unrouted")?.[1] ?? "";
    const answer = instantQuery(query, down.samples, start + 6 * minute);
    expect(answer.kind === "value" && answer.value.kind === "vector" && answer.value.samples[0]?.value).toBeCloseTo(
      10,
      6,
    );
  });

  test("gRPC and TCP", () => {
    const number = (text: string, query: string) => {
      const other = worldOf(`no noise; traffic 50 rps; errors 0%; canary errors 4%; ${text}`);
      other.advanceTo(start + 8 * minute);
      const answer = instantQuery(query, other.samples, start + 8 * minute);
      return answer.kind === "value" && answer.value.kind === "vector" ? answer.value.samples[0]?.value : undefined;
    };
    const grpc = `${S},request_protocol="grpc"`;
    const failing = `${grpc},grpc_response_status=~"2|4|12|13|14|15"`;
    expect(number("protocol grpc", `(${rate(failing)} or vector(0)) / ${rate(grpc)}`)).toBeCloseTo(0.04, 3);
    const closed = `sum(rate(istio_tcp_connections_closed_total{${S}}[${w}]))`;
    expect(number("protocol tcp", `sum(rate(istio_tcp_connections_opened_total{${S}}[${w}]))`)).toBeCloseTo(10, 6);
    expect(number("protocol tcp; canary crashes from 5m", closed.replace("}", ',response_flags!="-"}'))).toBeCloseTo(
      10,
      6,
    );
  });

  test("the presets see the canary's failures, its first ones too", async () => {
    const requests = istio.requests(twoServices);
    const { value, count } = successRate(requests, S, minute);
    const shares = valuesOf(await measured(world, question(value), [3, 8]));
    for (const share of shares) expect(share).toBeCloseTo(0.96, 2);
    for (const requests of valuesOf(await measured(world, question(count), [3, 8])))
      expect(requests).toBeCloseTo(600, -1);
    const first = worldOf("no noise; traffic 50 rps; errors 0%; canary errors 100% from 4m for 1s");
    const [before, after] = valuesOf(await measured(first, question(value), [4, 5]));
    expect(before).toBe(1);
    expect(after).toBeCloseTo(1 - 10 / 600, 3);
    const p99 = valuesOf(
      await measured(world, question(latency(istio.durations(twoServices), requests, S, 0.5, minute).value), [3, 3]),
    );
    expect(p99).toEqual([expect.closeTo(100, 0)]);
  });
});

describe("what is no number is told apart", () => {
  const query = 'sum(rate(http_requests_total{version="v2"}[1m]))';
  const text = "no noise; traffic 50 rps; errors 0%";

  test("values, and none where the grid begins before them", async () => {
    expect(valuesOf(await measured(worldOf(text), question(query), [-1, 4]))).toEqual([
      "point-missing",
      "point-missing",
      ...Array.from({ length: 4 }, () => expect.closeTo(10, 0)),
    ]);
  });

  test.each([
    ["sum(nothing)", "metric-no-series"],
    ["vector(0) / vector(0)", "metric-nan"],
    ["vector(1) / 0", "metric-infinite"],
    ["-1 / vector(0)", "metric-infinite"],
  ])("%s", async (asked, because) => {
    expect(valuesOf(await measured(worldOf(text), question(asked), [3, 3]))).toEqual([because]);
  });

  test("several series are never one", async () => {
    const found = await measured(worldOf(text), question("http_requests_total"), [3, 3]);
    expect(found).toMatchObject({ seriesCount: 5, unfit: reason("metric-several-series", { count: 5, labels: [] }) });
  });

  test("a query that cannot be read is an error", async () => {
    expect(await measured(worldOf(text), question("sum("), [3, 3])).toEqual({
      kind: "error",
      reason: reason("metric-source-error", {
        source: "Prometheus",
        says: foreign("bad_data: 1:5: parse error: unclosed left parenthesis"),
      }),
    });
  });

  test("counters come raw, each series by itself, null where there is none", async () => {
    const found = await measured(
      worldOf(text),
      question('istio_requests_total{reporter="source"}', "counters"),
      [-2, 3],
    );
    if (found.kind !== "series") throw new Error(JSON.stringify(found));
    const canary = found.series.find(({ labels }) => labels["destination_workload"] === "web-v2");
    expect(found.series).toHaveLength(2);
    expect(canary?.values.slice(0, 3)).toEqual([null, null, null]);
    expect(canary?.values.slice(3).every((value) => Number.isInteger(value))).toBe(true);
  });

  test("what is no counter is an error as a whole", async () => {
    expect(await measured(worldOf(text), question("-up", "counters"), [3, 4])).toMatchObject({ kind: "error" });
    expect(await measured(worldOf(text), question("up / 0 * 0", "counters"), [3, 4])).toMatchObject({ kind: "error" });
  });

  test("a question that was given up, and one about nothing", async () => {
    const source = rehearsedMetrics({ world: worldOf(text), now: () => start + 3 * minute });
    expect(await source.measure(question(query), start, start, AbortSignal.abort())).toMatchObject({ kind: "error" });
    expect(await source.measure(question(query), start + 1, start)).toMatchObject({ kind: "error" });
    source.close();
  });
});

describe("what is wrong with Prometheus", () => {
  const query = "sum(rate(http_requests_total[1m]))";
  test.each([
    ["prometheus down from 5m", "error", "metric-unreachable"],
    ["prometheus answers html from 5m", "error", "metric-web-page"],
    ["prometheus answers 500 from 5m", "error", "metric-status"],
    ["prometheus answers slowly from 5m", "error", "metric-no-answer"],
    ["prometheus answers NaN from 5m", "samples", "metric-nan"],
    ["prometheus answers nothing from 5m", "samples", "metric-no-series"],
    ["prometheus answers two series from 5m", "samples", "metric-several-series"],
  ])("%s", async (clause, kind, code) => {
    const world = worldOf(`traffic 50 rps; ${clause} for 3m`);
    for (const sample of valuesOf(await measured(world, question(query), [3, 4]))) expect(sample).toBeTypeOf("number");
    const during = await measured(world, question(query), [3, 6]);
    expect(during.kind).toBe(kind);
    const said = during.kind === "error" ? [during.reason.code] : valuesOf(during);
    for (const one of said) expect(one).toBe(code);
    expect(valuesOf(await measured(world, question(query), [10, 10]))[0]).toBeTypeOf("number");
  });

  test("counters that are not numbers, or stand there twice, are unusable", async () => {
    for (const fault of ["NaN", "two series"]) {
      const world = worldOf(`traffic 50 rps; prometheus answers ${fault}`);
      expect(await measured(world, question("http_requests_total", "counters"), [3, 4])).toMatchObject({
        kind: "error",
      });
    }
  });
});

describe("the same world behind a real HTTP server", () => {
  test.each<[kind: RangeQuery["kind"], query: string]>([
    ["number", 'sum(rate(istio_requests_total{destination_workload="web-v2",reporter="source"}[1m]))'],
    ["number", "sum(nothing)"],
    ["number", "vector(0) / vector(0)"],
    ["counters", 'last_over_time(istio_requests_total{reporter="source"}[45s])'],
  ])("is read alike: %s %s", async (kind, query) => {
    const now = () => start + 6 * minute;
    const asked = question(query, kind);
    const server = await startPrometheus({ world: worldOf("traffic 50 rps"), now });
    const source = rangeClient({ url: server.url });
    const overHttp = await source.measure(asked, start, now());
    source.close();
    const inside = await rehearsedMetrics({ world: worldOf("traffic 50 rps"), now }).measure(asked, start, now());
    const sorted = (found: Measurement) =>
      found.kind === "series"
        ? found.series.toSorted((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1))
        : found;
    expect(sorted(overHttp)).toEqual(sorted(inside));
    expect(server.asked[0]).toMatchObject({ path: "/api/v1/query_range" });
  });
});

describe("the loopback Prometheus", () => {
  const now = () => start + 6 * minute;
  const time = String(start / 1000 + 300);
  const serve = () => startPrometheus({ world: worldOf("no noise; traffic 50 rps; errors 0%"), now });

  async function get(url: string, path: string, parameters: Record<string, string>, method = "GET") {
    const form = new URLSearchParams(parameters);
    const response =
      method === "GET" ? await fetch(`${url}${path}?${form}`) : await fetch(`${url}${path}`, { method, body: form });
    return { status: response.status, body: (await response.json()) as unknown };
  }

  test("values are texts, times are seconds, by GET and by POST", async () => {
    const { url, asked } = await serve();
    const body = {
      status: "success",
      data: { resultType: "vector", result: [{ metric: { version: "v2" }, value: [Number(time), "10"] }] },
    };
    const query = 'round(sum by (version) (rate(http_requests_total{version="v2"}[1m])))';
    for (const method of ["GET", "POST"]) {
      expect(await get(url, "/api/v1/query", { query, time }, method)).toEqual({ status: 200, body });
    }
    expect(asked.map((one) => [one.method, one.parameters.get("query")])).toEqual([
      ["GET", query],
      ["POST", query],
    ]);
    const special = await get(url, "/api/v1/query", { query: "vector(1) / 0", time });
    expect(JSON.stringify(special.body)).toContain('"+Inf"');
    expect(JSON.stringify((await get(url, "/api/v1/query", { query: "0 / 0" })).body)).toContain('"scalar","result":[');
    expect(JSON.stringify((await get(url, "/api/v1/query", { query: "up[1m]", time })).body)).toContain('"matrix"');
    expect(JSON.stringify((await get(url, "/api/v1/query", { query: '"a"' })).body)).toContain('"string"');
  });

  test("series, labels and label values", async () => {
    const { url } = await serve();
    const series = await get(url, "/api/v1/series", { "match[]": 'http_requests_total{version="v2"}' });
    expect(series.body).toMatchObject({ status: "success", data: [{ version: "v2" }, { version: "v2" }] });
    const labels = await get(url, "/api/v1/labels", {});
    expect((labels.body as { data: string[] }).data).toContain("destination_workload");
    const values = await get(url, "/api/v1/label/version/values", {});
    expect(values.body).toEqual({ status: "success", data: ["v1", "v2"] });
    expect((await get(url, "/api/v1/series", { "match[]": "{" })).status).toBe(400);
    expect((await get(url, "/api/v1/series", {})).status).toBe(400);
  });

  test.each([
    [{ query: "sum(" }, 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis'],
    [{ start: "soon" }, 'invalid parameter "start": cannot parse "soon" to a valid timestamp'],
    [{ end: "1" }, 'invalid parameter "end": end timestamp must not be before start time'],
    [
      { step: "0" },
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [{ step: "x" }, 'invalid parameter "step": cannot parse "x" to a valid duration'],
    [
      { end: String(start / 1000 + 11_001) },
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    ],
  ])("refuses %o", async (change, error) => {
    const { url } = await serve();
    const usual = { query: "up", start: String(start / 1000), end: String(start / 1000 + 60), step: "1" };
    const found = await get(url, "/api/v1/query_range", { ...usual, ...change });
    expect(found).toEqual({ status: 400, body: { status: "error", errorType: "bad_data", error } });
  });

  test("11,000 steps are not too many", async () => {
    const { url } = await serve();
    const grid = { start: String(start / 1000), end: String(start / 1000 + 11_000), step: "1s" };
    expect((await get(url, "/api/v1/query_range", { query: "vector(1)", ...grid })).status).toBe(200);
  });

  test("what can be read but not computed is another error", async () => {
    const { url } = await serve();
    const found = await get(url, "/api/v1/query", {
      query: "http_requests_total / on (code) http_requests_total",
      time,
    });
    expect(found).toMatchObject({ status: 422, body: { errorType: "execution" } });
  });

  test("a script may answer instead", async () => {
    const server = await startPrometheus({ now, script: ({ path }) => ({ status: "success", data: path }) });
    expect((await get(server.url, "/api/v1/query", {})).body).toEqual({ status: "success", data: "/api/v1/query" });
  });

  test("every misbehaviour is what it says", async () => {
    const server = await serve();
    const path = `${server.url}/api/v1/query?query=sum(http_requests_total)&time=${time}`;
    const headers = { authorization: "Bearer secret" };
    const ask = async (misbehaviour: Misbehaviour) => {
      server.misbehaviour = misbehaviour;
      const response = await fetch(path, { headers, redirect: "manual" });
      return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
    };
    expect(await ask("html")).toMatchObject({ status: 200, type: "text/html" });
    expect(await ask("redirect")).toMatchObject({ status: 302 });
    expect(await ask("status-500")).toMatchObject({ status: 500 });
    expect(await ask("status-503")).toMatchObject({ status: 503, text: expect.stringContaining("timeout") });
    expect(JSON.parse((await ask("two-series")).text)).toMatchObject({
      data: { result: [{}, { metric: { replica: "b" } }] },
    });
    expect((await ask("scalar")).text).toContain('"resultType":"scalar"');
    expect((await ask("nan")).text).toContain('"NaN"');
    expect((await ask("bare-nan")).text).toContain(",NaN]");
    expect(JSON.parse((await ask("empty")).text)).toMatchObject({ data: { result: [] } });
    expect((await ask("warnings")).text).toContain('"warnings"');
    expect((await ask("echo-authorization")).text).toContain("Bearer secret");
    expect((await ask("huge")).text.length).toBe(60 << 20);
    await expect(ask("truncated")).rejects.toThrow();
    await expect(ask("reset")).rejects.toThrow();
    server.misbehaviour = "gzip-bomb";
    const bomb = await fetch(path);
    expect(bomb.headers.get("content-encoding")).toBe("gzip");
    await bomb.body?.cancel();
  });

  test("one that hangs and one that drips never come to an end", async () => {
    const server = await serve();
    server.misbehaviour = "hang";
    const gaveUp = new AbortController();
    const hanging = fetch(`${server.url}/api/v1/query`, { signal: gaveUp.signal });
    while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gaveUp.abort();
    await expect(hanging).rejects.toThrow();
    server.misbehaviour = "drip";
    const dripping = await fetch(`${server.url}/api/v1/query`);
    const reader = dripping.body?.getReader();
    for (let i = 0; i < 3; i += 1) expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
  });
});
