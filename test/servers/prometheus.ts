import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { SluiceError } from "../../src/base/problem.ts";
import type { EvaluatorOptions } from "../../src/simulator/prometheus/evaluate.ts";
import { labelRecord, labelValue } from "../../src/simulator/prometheus/label-set.ts";
import { durationMs } from "../../src/simulator/prometheus/lex.ts";
import { parse } from "../../src/simulator/prometheus/parse.ts";
import { instantQuery, rangeQuery, type Unanswered } from "../../src/simulator/prometheus/query.ts";
import { countUpTo, type SampleStore, type StoredSeries } from "../../src/simulator/prometheus/series-store.ts";
import type { SamplePoint, Value } from "../../src/simulator/prometheus/value.ts";
import type { SimulatedTraffic } from "../../src/simulator/traffic/index.ts";
import { hold } from "../runner/held.ts";

/** What the double does instead of answering well. */
export type Misbehaviour =
  | "hang"
  | "drip"
  | "reset"
  | "html"
  | "redirect"
  | "status-500"
  | "status-503"
  | "truncated"
  | "two-series"
  | "scalar"
  | "nan"
  | "bare-nan"
  | "empty"
  | "warnings"
  | "huge"
  | "gzip-bomb"
  | "echo-authorization";

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly parameters: URLSearchParams;
};
type Reply = { readonly status: number; readonly body: unknown };

export type PrometheusOptions = EvaluatorOptions & {
  /** Samples, or a world whose own faults count too. */
  readonly samples?: SampleStore;
  readonly world?: SimulatedTraffic;
  /** The server's time in milliseconds; the world is scraped up to here. */
  readonly now: () => number;
  /** Answers instead of the evaluator where it returns something. */
  readonly script?: (asked: Asked) => unknown;
  /** Where the end of the test is told: tests that run side by side bring their own. */
  readonly atEnd?: (clear: () => Promise<void>) => void;
};

export type PrometheusDouble = {
  readonly url: string;
  readonly asked: Asked[];
  misbehaviour: Misbehaviour | undefined;
};

const worldFaults = {
  down: "reset",
  nan: "nan",
  html: "html",
  "two-series": "two-series",
  slow: "hang",
  empty: "empty",
  "server-error": "status-500",
} as const satisfies Record<NonNullable<ReturnType<SimulatedTraffic["metricsFault"]>>, Misbehaviour>;

/** Prometheus' HTTP API on loopback, answered from samples in memory. Ends with the test. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusDouble> {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = askedOf(request, Buffer.concat(chunks).toString("utf8"));
      asked.push(one);
      options.world?.advanceTo(options.now());
      const fault = options.world?.metricsFault(options.now());
      const misbehaviour = double.misbehaviour ?? (fault === undefined ? undefined : worldFaults[fault]);
      response.sendDate = false;
      response.setHeader("date", new Date(options.now()).toUTCString());
      const scripted = options.script?.(one);
      const reply = scripted === undefined ? answered(one, options) : { status: 200, body: scripted };
      if (misbehaviour === undefined) sendJson(response, reply);
      else misbehave[misbehaviour](response, reply, one);
    });
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const atEnd = options.atEnd ?? onTestFinished;
  atEnd(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  const double: PrometheusDouble = { url: `http://127.0.0.1:${port}`, asked, misbehaviour: undefined };
  return double;
}

function askedOf(request: IncomingMessage, body: string): Asked {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const parameters = new URLSearchParams([...searchParams, ...(isForm ? new URLSearchParams(body) : [])]);
  return { method: request.method ?? "", path: pathname, headers: request.headers, parameters };
}

const json = { "content-type": "application/json" };

function sendJson(response: ServerResponse, { status, body }: Reply): void {
  if (typeof body === "string") response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
  else response.writeHead(status, json).end(JSON.stringify(body));
}

const page = "<!doctype html><title>Sign in</title><p>Please sign in.";

type Misbehave = (response: ServerResponse, reply: Reply, asked: Asked) => void;

const misbehave: Readonly<Record<Misbehaviour, Misbehave>> = {
  hang: ({ req }) => hold(req.socket),
  drip: (response) => {
    response.writeHead(200, json);
    hold(response.req.socket);
    const drip = () => {
      if (!response.destroyed) response.write(" ", () => setImmediate(drip));
    };
    drip();
  },
  reset: (response) => response.destroy(),
  html: (response) => response.writeHead(200, { "content-type": "text/html" }).end(page),
  redirect: (response, _reply, { path }) => response.writeHead(302, { location: `${path}?again` }).end(),
  "status-500": (response) => response.writeHead(500, { "content-type": "text/plain" }).end("internal error"),
  "status-503": (response) => {
    const body = { status: "error", errorType: "timeout", error: "query timed out in expression evaluation" };
    sendJson(response, { status: 503, body });
  },
  truncated: (response, { body }) => {
    const text = JSON.stringify(body);
    response.writeHead(200, { ...json, "content-length": String(text.length) });
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
  },
  "two-series": (response, reply) => sendResult(response, reply, (result) => [...result, ...result.map(renamed)]),
  scalar: (response) => sendData(response, { resultType: "scalar", result: [1, "0.5"] }),
  nan: (response, reply, asked) => sendResult(response, reply, (result) => withoutNumbers(result, asked)),
  "bare-nan": (response, reply, asked) => {
    const data = { resultType: "matrix", result: withoutNumbers(resultOf(reply), asked) };
    const text = JSON.stringify({ status: "success", data });
    response.writeHead(200, json).end(text.replaceAll(',"NaN"]', ",NaN]"));
  },
  empty: (response, reply) => sendResult(response, reply, () => []),
  warnings: (response, { status, body }) => {
    sendJson(response, { status, body: { ...(body as object), warnings: ["some shard did not answer"] } });
  },
  huge: (response) => {
    response.writeHead(200, json);
    const chunk = Buffer.alloc(1 << 20, "1");
    let left = 60;
    const pour = () => {
      if (left === 0) return response.end();
      left -= 1;
      return response.write(chunk, pour);
    };
    response.on("error", () => {});
    pour();
  },
  "gzip-bomb": (response) => {
    response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(64 << 20, " ")));
  },
  "echo-authorization": (response, _reply, { headers }) => {
    const error = `not allowed: authorization ${headers.authorization ?? "none"}`;
    sendJson(response, { status: 403, body: { status: "error", errorType: "forbidden", error } });
  },
};

type Result = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] };

function sendData(response: ServerResponse, data: unknown): void {
  sendJson(response, { status: 200, body: { status: "success", data } });
}

function resultOf({ body }: Reply): Result[] {
  const { result } = (body as { data?: { result?: Result[] } }).data ?? {};
  return Array.isArray(result) ? result : [];
}

function sendResult(response: ServerResponse, reply: Reply, change: (result: Result[]) => Result[]): void {
  const data = (reply.body as { data?: { resultType: string; result: Result[] } }).data;
  if (reply.status !== 200 || data === undefined || !Array.isArray(data.result)) sendJson(response, reply);
  else sendData(response, { ...data, result: change(data.result) });
}

function renamed(one: Result): Result {
  return { ...one, metric: { ...one.metric, replica: "b" } };
}

/** NaN at every point of the question's own grid, whether or not anything was scraped there. */
function withoutNumbers(result: Result[], { parameters }: Asked): Result[] {
  const grid = gridOf(parameters);
  if ("status" in grid) return result.map((one) => ({ ...one, value: [one.value?.[0] ?? 0, "NaN"] }));
  const values: [number, string][] = [];
  for (let at = grid.from; at <= grid.to; at += grid.stepMs) values.push([at / 1000, "NaN"]);
  return (result.length === 0 ? [{ metric: {} }] : result).map((one) => ({ ...one, values }));
}

function answered(asked: Asked, options: PrometheusOptions): Reply {
  try {
    return answer(asked, options);
  } catch (error) {
    // A selector of `match[]` that cannot be read.
    if (error instanceof SluiceError) return refused(`invalid parameter "match[]": ${error.message}`);
    throw error;
  }
}

/** What a healthy Prometheus says. */
function answer(asked: Asked, options: PrometheusOptions): Reply {
  const samples = options.samples ?? options.world?.samples;
  const found = samples === undefined ? undefined : routes[asked.path];
  if (samples !== undefined && found !== undefined) return found(asked.parameters, samples, options);
  const [, label] = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(asked.path) ?? [];
  if (samples !== undefined && label !== undefined) {
    const values = matched(asked.parameters, samples).map((series) => labelValue(series.labels, label));
    return success([...new Set(values.filter((value) => value !== ""))].sort());
  }
  return { status: 404, body: "404 page not found\n" };
}

type Handle = (parameters: URLSearchParams, samples: SampleStore, options: PrometheusOptions) => Reply;

const routes: Readonly<Record<string, Handle>> = {
  "/-/ready": () => ({ status: 200, body: "Prometheus Server is Ready.\n" }),
  "/api/v1/status/buildinfo": () => success({ version: "3.4.0", revision: "", branch: "", goVersion: "go1.24" }),
  "/api/v1/query": (parameters, samples, options) => {
    const time = timeOf(parameters, "time", options.now());
    if (typeof time !== "number") return time;
    const answered = instantQuery(parameters.get("query") ?? "", samples, time, options);
    return answered.kind === "failed" ? failed(answered) : success(shown(answered.value, time));
  },
  "/api/v1/query_range": (parameters, samples, options) => {
    const grid = gridOf(parameters);
    if ("status" in grid) return grid;
    const answered = rangeQuery(parameters.get("query") ?? "", samples, grid, options);
    if (answered.kind === "failed") return failed(answered);
    const result = answered.rows.map(({ labels, points }) => ({
      metric: labelRecord(labels),
      values: points.map(shownPoint),
    }));
    return success({ resultType: "matrix", result });
  },
  "/api/v1/series": (parameters, samples) => {
    if (parameters.getAll("match[]").length === 0) return refused("no match[] parameter provided");
    return success(matched(parameters, samples).map((series) => labelRecord(series.labels)));
  },
  "/api/v1/labels": (parameters, samples) => {
    const names = matched(parameters, samples).flatMap((series) => series.labels.pairs.map(([name]) => name));
    return success([...new Set(names)].sort());
  },
};

function success(data: unknown): Reply {
  return { status: 200, body: { status: "success", data } };
}

function refused(error: string): Reply {
  return { status: 400, body: { status: "error", errorType: "bad_data", error } };
}

function failed({ type, because }: Unanswered): Reply {
  if (type === "bad_data") return refused(`invalid parameter "query": ${because}`);
  return { status: 422, body: { status: "error", errorType: type, error: because } };
}

/** Seconds since 1970, or RFC 3339. */
function timeOf(parameters: URLSearchParams, name: string, fallback?: number): number | Reply {
  const text = parameters.get(name);
  if (text === null && fallback !== undefined) return fallback;
  const seconds = text === null || text === "" ? Number.NaN : Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text ?? "") : Math.round(seconds * 1000);
  return Number.isNaN(ms)
    ? refused(`invalid parameter "${name}": cannot parse "${text ?? ""}" to a valid timestamp`)
    : ms;
}

type AskedGrid = { readonly from: number; readonly to: number; readonly stepMs: number };

function gridOf(parameters: URLSearchParams): AskedGrid | Reply {
  const from = timeOf(parameters, "start");
  if (typeof from !== "number") return from;
  const to = timeOf(parameters, "end");
  if (typeof to !== "number") return to;
  if (to < from) return refused('invalid parameter "end": end timestamp must not be before start time');
  const text = parameters.get("step") ?? "";
  const stepMs = durationMs(text) ?? (text === "" ? Number.NaN : Number(text) * 1000);
  if (Number.isNaN(stepMs)) return refused(`invalid parameter "step": cannot parse "${text}" to a valid duration`);
  if (stepMs <= 0) {
    return refused(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  if ((to - from) / stepMs > 11_000) {
    return refused(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  return { from, to, stepMs };
}

function matched(parameters: URLSearchParams, samples: SampleStore): readonly StoredSeries[] {
  const selectors = parameters.getAll("match[]").map((text) => parse(text));
  const found = selectors.flatMap((one) => (one.kind === "selector" ? samples.select(one.matchers) : []));
  const all = selectors.length === 0 ? samples.select([]) : [...new Set(found)];
  const [start, end] = [
    timeOf(parameters, "start", Number.NEGATIVE_INFINITY),
    timeOf(parameters, "end", Number.POSITIVE_INFINITY),
  ];
  if (typeof start !== "number" || typeof end !== "number") return [];
  return all.filter((series) => countUpTo(series.times, end) > countUpTo(series.times, start - 1));
}

/** Values are texts in Prometheus' JSON, times are numbers of seconds. */
function shown(value: Value, at: number): unknown {
  switch (value.kind) {
    case "scalar":
      return { resultType: "scalar", result: shownPoint([at, value.value]) };
    case "string":
      return { resultType: "string", result: [at / 1000, value.value] };
    case "vector": {
      const result = value.samples.map((sample) => ({
        metric: labelRecord(sample.labels),
        value: shownPoint([at, sample.value]),
      }));
      return { resultType: "vector", result };
    }
    case "matrix": {
      const result = value.rows.map(({ labels, points }) => ({
        metric: labelRecord(labels),
        values: points.map(shownPoint),
      }));
      return { resultType: "matrix", result };
    }
    default:
      return value satisfies never;
  }
}

function shownPoint([at, value]: SamplePoint): [number, string] {
  if (value === Number.POSITIVE_INFINITY) return [at / 1000, "+Inf"];
  if (value === Number.NEGATIVE_INFINITY) return [at / 1000, "-Inf"];
  return [at / 1000, Object.is(value, -0) ? "-0" : String(value)];
}
