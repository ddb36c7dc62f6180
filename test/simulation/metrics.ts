import { foreign } from "../../src/base/foreign.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { numbers } from "../../src/metrics/prometheus/grid-samples.ts";
import { readAnswer } from "../../src/metrics/prometheus/query-response.ts";
import type { Measurement, RangeQuery } from "../../src/ports/range-queries.ts";
import type { Millis, Truth } from "./scene.ts";

/** How the canary really is, and what the metric source says of it. The two are kept apart, so that an oracle can judge. */

export const limit = 0.05;
export const everyMs = 5_000;
export const lagMs = 2_000;
export const valueQuery = "errors";
export const countQuery = "requests";
const good = 0.01;
const bad = 0.2;
const plenty = 500;

/** The canary's share over true time, as the route showed it. */
export type Served = { readonly at: Millis; readonly weight: number }[];

export function servedAt(served: Served, at: Millis): number {
  for (let place = served.length - 1; place >= 0; place -= 1) {
    const step = served[place];
    if (step !== undefined && step.at <= at) return step.weight;
  }
  return 0;
}

/** The true rate of errors at a moment. It depends on the past alone: what a point says never changes later. */
export function rateAt(truth: Truth, served: Served, at: Millis, startMs: Millis): number {
  const weight = servedAt(served, at);
  switch (truth.kind) {
    case "good":
      return good;
    case "bad":
      return weight > 0 ? bad : good;
    case "bad-after":
      return at >= startMs + truth.atMs ? bad : good;
    case "bad-from":
      return weight >= truth.weight ? bad : good;
    case "flapping":
      return weight > 0 && Math.floor((at - startMs) / truth.everyMs) % 2 === 1 ? bad : good;
    case "leak": {
      const since = served.find((step) => step.weight > 0)?.at ?? at;
      return weight > 0 ? good + (truth.perSecond * Math.max(0, at - since)) / 1000 : good;
    }
  }
}

/** One point as it was reported, tagged for the oracle. */
export type Reported = { readonly at: Millis; readonly raw: string | null; readonly series: number };
/** What a question was answered with. `error`: nothing that could be used. */
export type Told = { readonly query: string; readonly points: readonly Reported[]; readonly error: boolean };

type Asked = {
  readonly question: RangeQuery;
  readonly from: Millis;
  readonly to: Millis;
  readonly serverNow: Millis;
  readonly rate: (at: Millis) => number;
  readonly fault: string | undefined;
  /** Whether only few requests were counted then. */
  readonly few: (at: Millis) => boolean;
};

const voice = { words: (text: string) => foreign(text), clean: (text: string) => text };

/** What goes over the wire: a body, which is no JSON where it is a text, and the time that the server names. */
export type Sent = { readonly code: number; readonly body: unknown; readonly date: Millis };
/** Without `sent` there is no answer. */
export type Answered = { readonly measurement: Measurement; readonly told: Told; readonly sent?: Sent };

/** The answer as Prometheus would send it, read by the code that ships. */
export function answered(asked: Asked): Answered {
  const { question, from, to, serverNow, fault } = asked;
  const { query, stepMs } = question;
  const last = Math.floor((to - from) / stepMs);
  if (fault === "down") {
    const refused = reason("network-refused", { errno: "ECONNREFUSED" });
    const why = reason("metric-unreachable", { source: "Prometheus", cause: refused });
    return { measurement: { kind: "error", reason: why }, told: { query, points: [], error: true } };
  }
  const points: Reported[] = [];
  for (let step = 0; step <= last; step += 1) points.push(pointAt(asked, Math.round(from + step * stepMs)));
  const body = bodyOf(fault, points);
  const answer = readAnswer(body, "Prometheus", voice.words);
  const measurement = numbers([{ from, stepMs, last, answer }], voice);
  const date = serverNow + (fault === "clock-off" ? 90_000 : 0);
  const odd = fault === "status-error" || fault === "scalar" || fault === "clock-off" || answer.kind === "error";
  return {
    measurement: measurement.kind === "samples" ? { ...measurement, date } : measurement,
    told: { query, points: odd ? [] : points, error: odd },
    sent: { code: 200, body, date },
  };
}

function pointAt({ question, fault, few, rate, serverNow }: Asked, at: Millis): Reported {
  if (question.query === countQuery) {
    return { at, raw: String(few(at) ? 3 : plenty), series: 1 };
  }
  const value = String(Number(rate(at).toFixed(4)));
  switch (fault) {
    case "nan":
      return { at, raw: "NaN", series: 1 };
    case "infinite":
      return { at, raw: "+Inf", series: 1 };
    case "huge":
      return { at, raw: "1e308", series: 1 };
    case "empty-text":
      return { at, raw: "", series: 1 };
    case "empty-vector":
      return { at, raw: null, series: 0 };
    case "two-series":
      return { at, raw: value, series: 2 };
    case "late-scrape":
      return at > serverNow - 12_000 ? { at, raw: null, series: 1 } : { at, raw: value, series: 1 };
    default:
      return { at, raw: value, series: 1 };
  }
}

function bodyOf(fault: string | undefined, points: readonly Reported[]): unknown {
  if (fault === "status-error") return { status: "error", errorType: "timeout", error: "query timed out" };
  if (fault === "scalar") return { status: "success", data: { resultType: "scalar", result: [0, "0.01"] } };
  const values = points.flatMap(({ at, raw }) => (raw === null ? [] : [[at / 1000, raw]]));
  const one = { metric: { version: "v2" }, values };
  const other = { metric: { version: "v2", pod: "another" }, values: values.map(([at]) => [at, "0.001"]) };
  const empty = fault === "empty-vector" && points.every(({ raw }) => raw === null);
  const result = empty ? [] : fault === "two-series" && points[0]?.series === 2 ? [one, other] : [one];
  return { status: "success", data: { resultType: "matrix", result } };
}

/** Which limits the simulated check has. */
export const failAfter = { consecutive: 2, total: 4 } as const;
export const silentAfter = { consecutive: 4, total: 8 } as const;
