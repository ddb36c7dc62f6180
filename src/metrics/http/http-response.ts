import type { Foreign } from "../../base/foreign.ts";
import { type Reason, reason } from "../../base/reasons/index.ts";
import type { MetricCode } from "../../base/reasons/metric-reasons.ts";
import type { Millis } from "../../base/units.ts";
import { errnoOf, networkReason } from "../../network/network-error.ts";
import { quoteBareNumbers } from "./bare-numbers.ts";

/** No usable answer, without any secret in it. */
export type HttpFailure = { readonly kind: "failed"; readonly reason: Reason<MetricCode> };

/** `date`: the sender's own clock, where the answer names it. */
export type HttpAnswer =
  | { readonly kind: "json"; readonly value: unknown; readonly date: Millis | undefined }
  | HttpFailure;

/** What is left of an answer once the library's own objects, which hold our headers, are gone. */
export type Received = { readonly status: number; readonly type: string; readonly body: string; readonly date: string };

/** How to speak of the source: its name, and its own words without any known secret. */
type Voice = { readonly name: string; readonly words: (text: string, most?: number) => Foreign };

export const mebibyte = 1024 * 1024;

export const failed = (why: Reason<MetricCode>): HttpFailure => ({ kind: "failed", reason: why });

/** An error of the library as a reason: only its code is looked at, since its message and fields may hold our headers. */
export function describeThrown(error: unknown, source: string, limitBytes: number): HttpFailure {
  const code = errnoOf(error);
  const message = error instanceof Error ? error.message : "";
  if (code === "ERR_BAD_RESPONSE" && message.startsWith("maxContentLength")) {
    return failed(reason("metric-reply-too-large", { source, limitBytes }));
  }
  if (code.startsWith("Z_") || code.startsWith("ERR_BROTLI") || code.startsWith("ERR__ERROR")) {
    return failed(reason("metric-reply-broken", { source, how: "compressed" }));
  }
  if (code === "ERR_BAD_RESPONSE" || code === "ERR_STREAM_PREMATURE_CLOSE") {
    return failed(reason("metric-reply-broken", { source, how: "cut-off" }));
  }
  return failed(reason("metric-unreachable", { source, cause: networkReason(error) }));
}

/** Only a 200 with JSON in it is an answer; everything else is a failure with its own code. */
export function readReply({ status, type, body, date }: Received, voice: Voice): HttpAnswer {
  const { name: source } = voice;
  if (status >= 300 && status < 400) return failed(reason("metric-redirected", { source, status }));
  const media = type.split(";")[0]?.trim().toLowerCase() ?? "";
  const isJson = media === "application/json" || /^application\/[a-z0-9.-]+\+json$/.test(media);
  const value = isJson ? parseJson(body) : undefined;
  if (status !== 200) return failed(reason("metric-status", { source, status, ...said(value, voice) }));
  if (media === "text/html" || media === "application/xhtml+xml") return failed(reason("metric-web-page", { source }));
  if (!isJson) {
    return failed(reason("metric-not-json", { source, ...(media === "" ? {} : { type: voice.words(media, 60) }) }));
  }
  if (value === undefined) return failed(reason("metric-reply-broken", { source, how: "json" }));
  const dated = Date.parse(date);
  return { kind: "json", value, date: Number.isNaN(dated) ? undefined : dated };
}

/** The server's own words, from the fields that metric sources use for them. */
export function said(value: unknown, { words }: Pick<Voice, "words">): { readonly says?: Foreign } {
  if (typeof value !== "object" || value === null) return {};
  const { errorType, error } = value as { readonly errorType?: unknown; readonly error?: unknown };
  const parts = [errorType, error].filter((part) => typeof part === "string" && part !== "");
  return parts.length === 0 ? {} : { says: words(parts.join(": ")) };
}

/** Longer ones are read as JSON or not at all: nothing that says NaN without quotes is that long. */
const longestWithBareNumbers = mebibyte;

/** A bare NaN is not JSON, but some sources write it: it is read as the word, so that it stays one bad value. */
function parseJson(text: string): unknown {
  const value = parseStrict(text);
  if (value !== undefined || text.length > longestWithBareNumbers) return value;
  return parseStrict(quoteBareNumbers(text));
}

function parseStrict(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
