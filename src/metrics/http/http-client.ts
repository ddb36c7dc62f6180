import { lookup as systemLookup } from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import axios from "axios";
import { type Clock, systemClock } from "../../base/clock.ts";
import { type Foreign, foreign } from "../../base/foreign.ts";
import { reason } from "../../base/reasons/index.ts";
import type { Millis } from "../../base/units.ts";
import { foreignWords, scrubber } from "../../network/redact.ts";
import {
  describeThrown,
  failed,
  type HttpAnswer,
  type HttpFailure,
  mebibyte,
  type Received,
  readReply,
} from "./http-response.ts";
import { checkUrl, guardLookup, isListed } from "./url-policy.ts";

/** Connections come from outside, since one decision about proxies is shared by everything that Sluice contacts. */
export type Agents = { readonly http?: http.Agent; readonly https?: https.Agent };

export type HttpOptions = {
  /** The name of the source in sentences. */
  readonly name: string;
  /** Credentials belong to the origin of this URL and go nowhere else. */
  readonly base: URL;
  readonly hosts: readonly string[];
  readonly allowHttp: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly agents?: Agents | undefined;
  readonly deadlineMs?: Millis | undefined;
  readonly clock?: Clock | undefined;
  readonly lookup?: LookupFunction | undefined;
};

/** A form, or an object of JSON. */
type Question = { readonly parameters: Readonly<Record<string, string>> } | { readonly json: object };

type MetricRequest = Question & {
  /** In full and without a question mark. */
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
  /** Counted after unpacking. */
  readonly maxBytes?: number | undefined;
};

/** The only place that talks to metric sources. It never throws and retries nothing: the next turn is the retry. */
export interface MetricsHttp {
  ask(call: MetricRequest): Promise<HttpAnswer>;
  /** Another program's words: one line, short, and without any known secret. */
  words(text: string, most?: number): Foreign;
  /** The same for what code has to read: the labels of a series. */
  clean(text: string, most?: number): string;
  close(): void;
}

export const defaultDeadlineMs = 10_000;

/**
 * Forms are GET, which read-only roles and proxies allow. Longer ones are POST: many reverse proxies take 8 KiB for
 * the first line of a request and no more.
 */
const longestUrl = 6000;

export function metricsHttp(options: HttpOptions): MetricsHttp {
  const { name, base, hosts, headers } = options;
  const scrub = scrubber(options.secrets);
  const clean = (text: string, most?: number) => foreignWords(text, scrub, most);
  const words = (text: string, most?: number) => foreign(clean(text, most), most);
  // No connection is kept by default: one that the other side closed meanwhile would look like a fault of the source.
  const own = { http: new http.Agent(), https: new https.Agent({ rejectUnauthorized: true }) };
  const agents = { http: options.agents?.http ?? own.http, https: options.agents?.https ?? own.https };

  async function ask(call: MetricRequest): Promise<HttpAnswer> {
    const atHome = URL.canParse(call.url) && new URL(call.url).origin === base.origin;
    const sent = atHome ? headers : {};
    const checked = checkUrl(call.url, { ...options, credentials: Object.keys(sent).length > 0 });
    const refused = (problem: "rule" | "not-listed", host: string) =>
      failed(reason("metric-url-refused", { source: name, host, problem }));
    if (checked.kind === "refused") return refused("rule", base.host);
    if (!atHome && !isListed(checked.url, hosts)) return refused("not-listed", checked.url.host);
    const received = await send({ ...options, agents }, checked.url, sent, call);
    return "kind" in received ? received : readReply(received, { name, words });
  }

  function close(): void {
    own.http.destroy();
    own.https.destroy();
  }

  return { ask, words, clean, close };
}

type Sent = Readonly<Record<string, string>>;

async function send(options: HttpOptions, url: URL, sent: Sent, call: MetricRequest): Promise<Received | HttpFailure> {
  const { name, deadlineMs = defaultDeadlineMs, clock = systemClock, lookup = systemLookup } = options;
  const { signal, maxBytes = mebibyte } = call;
  const [stop, done] = [new AbortController(), new AbortController()];
  const cause: { late?: true; cancelled?: true; refused?: string } = {};
  const source = name;
  const cancel = () => {
    cause.cancelled = true;
    stop.abort();
  };
  if (signal?.aborted === true) return failed(reason("metric-cancelled", { source }));
  signal?.addEventListener("abort", cancel, { once: true });
  // The library's own timeout does not stop a body that arrives slowly, so the whole call hangs on our signal.
  const limit = clock.sleep(deadlineMs, done.signal).then(() => {
    if (done.signal.aborted) return;
    cause.late = true;
    stop.abort();
  });
  const guarded = guardLookup(lookup, options.hosts, (address) => {
    cause.refused = address;
  });
  try {
    return await exchange(options.agents ?? {}, url, sent, { ...call, signal: stop.signal, maxBytes }, guarded);
  } catch (error) {
    if (cause.late) return failed(reason("metric-no-answer", { source, withinMs: deadlineMs }));
    if (cause.cancelled) return failed(reason("metric-cancelled", { source }));
    if (cause.refused !== undefined) {
      const { refused: address } = cause;
      return failed(reason("metric-url-refused", { source, host: url.host, problem: "blocked-address", address }));
    }
    return describeThrown(error, source, maxBytes);
  } finally {
    signal?.removeEventListener("abort", cancel);
    done.abort();
    await limit;
  }
}

/** The one call of the library. What it returns and what it throws stay in this file: both hold our headers. */
async function exchange(
  agents: Agents,
  url: URL,
  sent: Sent,
  call: MetricRequest & { readonly signal: AbortSignal; readonly maxBytes: number },
  lookup: LookupFunction,
): Promise<Received> {
  const { contentType, ...question } = written(url, call);
  const response = await axios.request<string>({
    adapter: "http",
    ...question,
    headers: {
      Accept: "application/json",
      "User-Agent": "sluice",
      ...(contentType === undefined ? {} : { "Content-Type": contentType }),
      ...sent,
    },
    transformRequest: (data: unknown) => data,
    transformResponse: (data: unknown) => data,
    responseType: "text",
    validateStatus: () => true,
    maxRedirects: 0,
    maxContentLength: call.maxBytes,
    maxBodyLength: mebibyte,
    proxy: false,
    signal: call.signal,
    lookup: forLibrary(lookup),
    httpAgent: agents.http,
    httpsAgent: agents.https,
  });
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const { "content-type": type, date } = response.headers;
  return { status: response.status, type: text(type), date: text(date), body: text(response.data) };
}

function written({ href }: URL, question: Question) {
  const post = (contentType: string, data: string) => ({ method: "POST", url: href, data, contentType });
  if ("json" in question) return post("application/json", JSON.stringify(question.json));
  const form = new URLSearchParams(question.parameters).toString();
  if (href.length + form.length >= longestUrl) return post("application/x-www-form-urlencoded", form);
  return { method: "GET", url: `${href}?${form}`, contentType: undefined };
}

/** The library names Node's function in types of its own. */
function forLibrary(lookup: LookupFunction) {
  type Found = { readonly address: string; readonly family: 4 | 6 };
  return (name: string, options: object, callback: (error: Error | null, found: Found[]) => void): void => {
    lookup(name, { ...options, all: true }, (error, found) => {
      const entries = typeof found === "string" ? [{ address: found }] : (found ?? []);
      callback(
        error,
        entries.map(({ address }) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    });
  };
}
