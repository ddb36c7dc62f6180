import type { Foreign } from "../../base/foreign.ts";
import { isMembers } from "../../base/json-value.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import type { ArmCounts } from "../../judge/types.ts";
import type { Grid, Increment } from "../../ports/metric-source.ts";
import { said } from "../http/http-response.ts";

type Arm = "canary" | "stable";
/** By the end of the interval. An interval that the endpoint left out is not known. */
export type Intervals = ReadonlyMap<Millis, Increment>;
/** `until`: what ends later is not complete yet. */
export type Answer = { readonly intervals: Intervals; readonly until: Millis };
type Refused = Reason<MetricCode>;

/** Of question and answer. A change that an endpoint of today would misread gets the next number. */
export const format = 1;

/** What the endpoint answered for these intervals, as a whole or not at all: half an answer that is wrong proves nothing. */
export function readIntervals(
  json: unknown,
  { from, to, stepMs }: Grid,
  source: string,
  words: (text: string) => Foreign,
): Answer | Refused {
  const malformed = reason("metric-reply-malformed", { source });
  if (!isMembers(json)) return malformed;
  if (json["error"] !== undefined) return reason("metric-source-error", { source, ...said(json, { words }) });
  if (json["format"] !== format) return otherFormat(json["format"], source, words);
  const [until, lists] = [msOf(json["until"]), json["counts"]];
  if (until === undefined || !isMembers(lists) || !Array.isArray(lists["errors"])) return malformed;
  const intervals = new Map<Millis, Increment>();
  let after = Number.NEGATIVE_INFINITY;
  for (const raw of lists["errors"] as readonly unknown[]) {
    const begins = isMembers(raw) ? msOf(raw["from"]) : undefined;
    if (!isMembers(raw) || begins === undefined) return malformed;
    const ends = begins + stepMs;
    const isAsked = begins >= from && ends <= to && (begins - from) % stepMs === 0;
    if (!isAsked) return reason("metric-interval-unasked", { from: begins, to: ends });
    if (begins === after) return reason("metric-interval-twice", { from: begins });
    if (begins < after) return reason("metric-interval-unordered", { from: begins, after });
    after = begins;
    const [canary, stable] = [countsIn(raw, "canary", begins), countsIn(raw, "stable", begins)];
    if (canary === "malformed" || stable === "malformed") return malformed;
    if (canary !== undefined && "code" in canary) return canary;
    if (stable !== undefined && "code" in stable) return stable;
    if (ends <= until) intervals.set(ends, { at: ends, ...(canary && { canary }), ...(stable && { stable }) });
  }
  return { intervals, until };
}

function otherFormat(named: unknown, source: string, words: (text: string) => Foreign): Refused {
  const isNamed = typeof named === "number" || typeof named === "string";
  return reason("metric-format-unknown", { source, known: format, ...(isNamed && { format: words(String(named)) }) });
}

/** A moment in UTC, as 2026-11-30T20:00:00Z. The 30th of February is none, although `Date` would take it for March. */
function msOf(raw: unknown): Millis | undefined {
  if (typeof raw !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(raw)) return undefined;
  const at = Date.parse(raw);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 19) === raw.slice(0, 19) ? at : undefined;
}

function countsIn(
  interval: Readonly<Record<string, unknown>>,
  version: Arm,
  at: Millis,
): ArmCounts | Refused | "malformed" | undefined {
  const raw = interval[version];
  // A version that is left out is not known; without requests it has [0, 0].
  if (raw === undefined || raw === null) return undefined;
  if (!Array.isArray(raw) || raw.length !== 2) return "malformed";
  const impossible = (problem: Reason<"metric-count-impossible">["data"]["problem"]) =>
    reason("metric-count-impossible", { version, at, problem });
  const [n, x] = raw as readonly unknown[];
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(x)) return impossible("fraction");
  if ((n as number) < 0 || (x as number) < 0) return impossible("negative");
  if ((x as number) > (n as number)) return impossible("bad-above-total");
  return { n: n as number, x: x as number };
}
