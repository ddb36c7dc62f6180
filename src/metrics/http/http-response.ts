import type { Millis } from "../../base/units.ts";
import { errnoOf, networkReason } from "../../network/network-error.ts";
import { textOf } from "../../text/index.ts";
import { quoteBareNumbers } from "./bare-numbers.ts";

export type HttpFailure = {
  readonly kind: "failed";
  readonly code:
    | "refused-url"
    | "unreachable"
    | "timeout"
    | "cancelled"
    | "too-large"
    | "broken-off"
    | "redirected"
    | "status"
    | "not-json";
  /** Plain words, without any secret. */
  readonly because: string;
};

/** `date`: the sender's own clock, where the answer names it. */
export type HttpAnswer =
  | { readonly kind: "json"; readonly value: unknown; readonly date: Millis | undefined }
  | HttpFailure;

/** What is left of an answer once the library's own objects, which hold our headers, are gone. */
export type Received = { readonly status: number; readonly type: string; readonly body: string; readonly date: string };

/** How to speak of the source: its name, and its own words made fit to be shown. */
type Voice = { readonly name: string; readonly words: (text: string, most?: number) => string };

export const mebibyte = 1024 * 1024;

export function failed(code: HttpFailure["code"], because: string): HttpFailure {
  return { kind: "failed", code, because };
}

/** An error of the library as words: only its code is looked at, since its message and fields may hold our headers. */
export function describeThrown(error: unknown, name: string, maxBytes: number): HttpFailure {
  const code = errnoOf(error);
  const message = error instanceof Error ? error.message : "";
  if (code === "ERR_BAD_RESPONSE" && message.startsWith("maxContentLength")) {
    return failed("too-large", `${name} sent more than ${maxBytes / mebibyte} MiB, which is not read.`);
  }
  if (code.startsWith("Z_") || code.startsWith("ERR_BROTLI") || code.startsWith("ERR__ERROR")) {
    return failed("broken-off", `${name} sent a compressed answer that cannot be unpacked.`);
  }
  if (code === "ERR_BAD_RESPONSE" || code === "ERR_STREAM_PREMATURE_CLOSE") {
    return failed("broken-off", `${name} broke off in the middle of its answer.`);
  }
  return failed("unreachable", `${name} gave no answer: ${textOf(networkReason(error))}`);
}

/** Only a 200 with JSON in it is an answer; everything else is a failure with its own name. */
export function readReply({ status, type, body, date }: Received, voice: Voice): HttpAnswer {
  const { name } = voice;
  if (status >= 300 && status < 400) {
    const remedy = "which is not followed. Give the final address as the URL.";
    return failed("redirected", `${name} redirected to another place (${status}), ${remedy}`);
  }
  const media = type.split(";")[0]?.trim().toLowerCase() ?? "";
  const isJson = media === "application/json" || /^application\/[a-z0-9.-]+\+json$/.test(media);
  const value = isJson ? parseJson(body) : undefined;
  if (status !== 200) return failed("status", `${name} answered ${status}${hint(status)}${said(value, voice)}.`);
  if (media === "text/html" || media === "application/xhtml+xml") {
    return failed("not-json", `${name} sent a web page instead of JSON. Is a login page in front of it?`);
  }
  if (!isJson) {
    const what = media === "" ? "an answer without a content type" : voice.words(media, 60);
    return failed("not-json", `${name} sent ${what} instead of JSON.`);
  }
  if (value === undefined) return failed("not-json", `${name} sent JSON that is broken or cut off.`);
  const dated = Date.parse(date);
  return { kind: "json", value, date: Number.isNaN(dated) ? undefined : dated };
}

function hint(status: number): string {
  if (status === 401) return ", it does not accept the credentials";
  if (status === 403) return ", the credentials do not allow this question";
  if (status === 404) return ", there is no such API below the URL";
  if (status === 429) return ", it is asked too often";
  return "";
}

/** The server's own words, from the fields that Prometheus and its relatives use for them. */
function said(value: unknown, voice: Voice): string {
  if (typeof value !== "object" || value === null) return "";
  const { errorType, error } = value as { readonly errorType?: unknown; readonly error?: unknown };
  const parts = [errorType, error].filter((part) => typeof part === "string" && part !== "");
  return parts.length === 0 ? "" : `: ${voice.words(parts.join(": ")).replace(/\.+$/, "")}`;
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
