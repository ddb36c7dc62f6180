import type { LookupFunction } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { SluiceError } from "../../base/problem.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import { mostBodyBytes } from "../../network/bounded-request.ts";
import type { Measurement, RangeQueries, RangeQuery } from "../../ports/range-queries.ts";
import { type Credentials, prepare } from "../http/auth-headers.ts";
import { type Agents, defaultDeadlineMs, type MetricsHttp, metricsHttp } from "../http/http-client.ts";
import { checkUrl } from "../http/url-policy.ts";
import { counters, numbers, type PointGrid, type ResponsePart } from "./grid-samples.ts";
import { readAnswer } from "./query-response.ts";

/** What a metric source is made from. Secrets travel in `credentials` alone. */
export type PrometheusOptions = {
  readonly url: string;
  readonly hosts?: readonly string[];
  readonly allowHttp?: boolean;
  readonly credentials?: Credentials;
  readonly agents?: Agents;
  /** How long one question may take in all, the answer's last byte included. */
  readonly deadlineMs?: Millis;
  readonly clock?: Clock;
  readonly lookup?: LookupFunction;
};

/** Prometheus refuses ranges of more steps than this. */
const mostSteps = 11_000;
/** Counters come with many series: fewer steps a question keep each answer below its limit of bytes. */
const mostCounterSteps = 500;
/** A range that needs more questions than this is a mistake. */
const mostQuestions = 60;

/** The answers for all parts of a grid, or the first failure. */
type Whole =
  | { readonly kind: "parts"; readonly parts: readonly ResponsePart[]; readonly date: Millis | undefined }
  | { readonly kind: "error"; readonly reason: Reason<MetricCode> };

/** Prometheus, and whatever speaks its HTTP API: Thanos, Mimir, VictoriaMetrics and their relatives. */
export function rangeClient(options: PrometheusOptions): RangeQueries {
  const { url, hosts = [], allowHttp = false, deadlineMs = defaultDeadlineMs } = options;
  const prepared = prepare(options.credentials ?? {});
  if (prepared.kind === "refused") throw refusal(prepared.because);
  const { headers, secrets } = prepared;
  const checked = checkUrl(url, { hosts, allowHttp, credentials: Object.keys(headers).length > 0 });
  if (checked.kind === "refused") throw refusal(checked.because);
  const { agents, clock, lookup } = options;
  const [base, name] = [checked.url, "Prometheus"];
  const http = metricsHttp({
    name,
    base,
    hosts,
    allowHttp,
    headers,
    secrets,
    agents,
    deadlineMs,
    clock,
    lookup,
  });
  const endpoint = `${base.href.replace(/\/+$/, "")}/api/v1/query_range`;
  // The server gives up a little before we do, so that its own words about a slow query arrive.
  const timeout = `${Math.max(1, Math.floor((deadlineMs * 0.9) / 1000))}s`;

  async function measure(question: RangeQuery, from: Millis, to: Millis, signal?: AbortSignal): Promise<Measurement> {
    const { stepMs, kind } = question;
    if (!(stepMs > 0) || !(to >= from)) return { kind: "error", reason: reason("metric-range-empty", {}) };
    const grid = { from, stepMs, last: Math.floor((to - from) / stepMs) };
    const whole = await askParts(grid, kind === "counters" ? mostCounterSteps : mostSteps, (part) =>
      askPart({ http, endpoint, timeout, name }, question, part, signal),
    );
    if (whole.kind === "error") return whole;
    const result = kind === "number" ? numbers(whole.parts, http) : counters(whole.parts, grid, http);
    return whole.date === undefined || result.kind === "error" ? result : { ...result, date: whole.date };
  }

  return { measure, close: () => http.close() };
}

type Api = { readonly http: MetricsHttp; readonly endpoint: string; readonly timeout: string; readonly name: string };
type Asked =
  | { readonly part: ResponsePart; readonly date: Millis | undefined }
  | { readonly failed: Reason<MetricCode> };

async function askPart(
  api: Api,
  question: RangeQuery,
  grid: PointGrid,
  signal: AbortSignal | undefined,
): Promise<Asked> {
  const parameters = {
    query: question.query,
    start: seconds(grid.from),
    end: seconds(grid.from + grid.last * grid.stepMs),
    step: seconds(grid.stepMs),
    timeout: api.timeout,
  };
  const maxBytes = question.kind === "counters" ? mostBodyBytes : undefined;
  const reply = await api.http.ask({ url: api.endpoint, parameters, signal, maxBytes });
  if (reply.kind === "failed") return { failed: reply.reason };
  const answer = readAnswer(reply.value, api.name, api.http.words);
  if (answer.kind === "error") return { failed: answer.reason };
  return { part: { ...grid, answer }, date: reply.date };
}

async function askParts(grid: PointGrid, most: number, ask: (part: PointGrid) => Promise<Asked>): Promise<Whole> {
  if (grid.last > most * mostQuestions) {
    return { kind: "error", reason: reason("metric-range-too-long", { steps: grid.last }) };
  }
  const parts: ResponsePart[] = [];
  let date: Millis | undefined;
  // Each part begins at the point where the one before it ended; a grid of a single point is one part.
  for (let first = 0; first === 0 || first < grid.last; first += most) {
    const from = grid.from + first * grid.stepMs;
    const asked = await ask({ ...grid, from, last: Math.min(most, grid.last - first) });
    if ("failed" in asked) return { kind: "error", reason: asked.failed };
    parts.push(asked.part);
    date = asked.date;
  }
  return { kind: "parts", parts, date };
}

/** Prometheus takes times and steps in seconds, with a fraction if need be. */
function seconds(ms: Millis): string {
  return String(Math.round(ms) / 1000);
}

function refusal(because: string): SluiceError {
  return new SluiceError([{ code: "input", message: because, place: { path: "prometheus" } }]);
}
