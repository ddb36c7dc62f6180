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
type Refused = Reason<MetricCode>;

/** What the endpoint answered for these intervals, as a whole or not at all: half an answer that is wrong proves nothing. */
export function readIntervals(
  json: unknown,
  { from, to, stepMs }: Grid,
  source: string,
  words: (text: string) => Foreign,
): Intervals | Refused {
  const malformed = reason("metric-reply-malformed", { source });
  if (!isMembers(json)) return malformed;
  if (json["error"] !== undefined) return reason("metric-source-error", { source, ...said(json, { words }) });
  const { intervals } = json;
  if (!Array.isArray(intervals)) return malformed;
  const found = new Map<Millis, Increment>();
  for (const raw of intervals as readonly unknown[]) {
    if (!isMembers(raw)) return malformed;
    const [begins, ends] = [msOf(raw["from"]), msOf(raw["to"])];
    if (begins === undefined || ends === undefined) return malformed;
    const isAsked = begins >= from && ends <= to && ends - begins === stepMs && (begins - from) % stepMs === 0;
    if (!isAsked) return reason("metric-interval-unasked", { from: begins, to: ends });
    if (found.has(ends)) return reason("metric-interval-twice", { from: begins });
    const [canary, stable] = [countsIn(raw, "canary", begins), countsIn(raw, "stable", begins)];
    if (canary === "malformed" || stable === "malformed") return malformed;
    if (canary !== undefined && "code" in canary) return canary;
    if (stable !== undefined && "code" in stable) return stable;
    found.set(ends, { at: ends, ...(canary && { canary }), ...(stable && { stable }) });
  }
  return found;
}

/** Unix time in seconds. */
const msOf = (raw: unknown): Millis | undefined =>
  typeof raw === "number" && Number.isFinite(raw) ? Math.round(raw * 1000) : undefined;

function countsIn(
  interval: Readonly<Record<string, unknown>>,
  version: Arm,
  at: Millis,
): ArmCounts | Refused | "malformed" | undefined {
  const raw = interval[version];
  // A version that is left out is not known; without requests it has counts of 0.
  if (raw === undefined || raw === null) return undefined;
  if (!isMembers(raw) || raw["total"] === undefined || raw["bad"] === undefined) return "malformed";
  const impossible = (problem: Reason<"metric-count-impossible">["data"]["problem"]) =>
    reason("metric-count-impossible", { version, at, problem });
  const [n, x] = [raw["total"], raw["bad"]];
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(x)) return impossible("fraction");
  if ((n as number) < 0 || (x as number) < 0) return impossible("negative");
  if ((x as number) > (n as number)) return impossible("bad-above-total");
  return { n: n as number, x: x as number };
}
