import type { Clock } from "../base/clock.ts";
import { type Fields, member, textOf } from "../base/read-fields.ts";
import type { NetworkCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { GitHub, GitHubError, GitHubResponse, Viewer } from "../ports/github.ts";
import { failed, failureOf } from "./rest-error.ts";

/** What is needed of `fetch`: one that goes by the proxy settings is passed in. */
export type Fetch = (
  url: string,
  init?: {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
    redirect?: "manual";
  },
) => Promise<Response>;

export type GitHubOptions = {
  readonly token: string;
  readonly apiUrl: string;
  readonly graphqlUrl?: string;
  readonly clock: Clock;
  readonly fetch?: Fetch;
  /** The unit of the waits before a retry and between writes. A server on loopback asks for none: 0. */
  readonly waitUnitMs?: Millis;
};

/** The longest that one call may take, retries and the waiting before them included. */
export const callLimitMs = 20_000;
/** An issue holds 2,500 comments at most. */
const mostPages = 30;
const perPage = 100;

type Octokit = ReturnType<typeof import("@actions/github").getOctokit>;

/** Octokit is loaded with the first call: a run that never talks to GitHub does not pay for it. */
async function connect({ token, apiUrl, waitUnitMs = 1000 }: GitHubOptions): Promise<Octokit> {
  const [{ getOctokit }, { retry }, { throttling }] = await Promise.all([
    import("@actions/github"),
    import("@octokit/plugin-retry"),
    import("@octokit/plugin-throttling"),
  ]);
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  return getOctokit(
    token,
    {
      baseUrl: apiUrl.replace(/\/+$/, ""),
      userAgent: "sluice",
      log: silent,
      request: { log: silent },
      // The retry plugin would send a request again 1 s after a 429 that asked for 60 s.
      retry: { doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451], retryAfterBaseValue: waitUnitMs },
      // Waiting out a limit is the channel's business: there it costs no open call.
      throttle: {
        id: apiUrl,
        enabled: waitUnitMs > 0,
        onRateLimit: () => false,
        onSecondaryRateLimit: () => false,
      },
    },
    retry,
    throttling,
  );
}

/**
 * The fetch of one call. Once the call has been given up nothing of it is sent any more, and the error is one that the
 * retry plugin leaves alone: any other kind of abort would look like an answer of 500 to it and be sent again.
 */
function fetchUntil(signal: AbortSignal, fetch: Fetch): Fetch {
  return async (url, init) => {
    const givenUp = () => new DOMException("given up", "AbortError");
    try {
      return await fetch(url, { ...init, signal, redirect: "manual" });
    } catch (error) {
      throw signal.aborted ? givenUp() : error;
    }
  };
}

type Sent = { readonly status: number; readonly data: unknown; readonly headers: Fields };

function answerOf({ status, data, headers }: Sent): GitHubResponse {
  if (status < 200 || status >= 300) return { ...failed(reason("github-redirected", { status })), status };
  return { kind: "ok", status, data, next: /\brel="next"/.test(textOf(headers["link"]) ?? "") };
}

const unreachable = (cause: Reason<NetworkCode>): GitHubError => failed(reason("github-unreachable", { cause }));

/** Runs `work` until it ends, its time is up, or whoever asked has given up. What comes later is dropped. */
async function inTime<T>(
  clock: Clock,
  asker: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | GitHubError> {
  const controller = new AbortController();
  const done = new AbortController();
  const giveUp = () => controller.abort();
  asker?.addEventListener("abort", giveUp, { once: true });
  if (asker?.aborted === true) giveUp();
  const late = unreachable(reason("api-no-answer", { withinMs: callLimitMs }));
  const stopped = unreachable(reason("network-cancelled", {}));
  const abandoned = new Promise<GitHubError>((resolve) => {
    if (controller.signal.aborted) resolve(stopped);
    controller.signal.addEventListener("abort", () => resolve(stopped), { once: true });
  });
  try {
    return await Promise.race([
      work(controller.signal).catch(failureOf),
      clock.sleep(callLimitMs, done.signal).then(() => late),
      abandoned,
    ]);
  } finally {
    done.abort();
    giveUp();
    asker?.removeEventListener("abort", giveUp);
  }
}

const graphqlOf = (apiUrl: string): string => {
  const base = apiUrl.replace(/\/+$/, "");
  return base.endsWith("/api/v3") ? `${base.slice(0, -"/v3".length)}/graphql` : `${base}/graphql`;
};

/** GitHub's REST and GraphQL interface under one token. */
export function gitHub(options: GitHubOptions): GitHub {
  const { clock, fetch = globalThis.fetch as Fetch } = options;
  let connecting: Promise<Octokit> | undefined;
  let known: Viewer | undefined;

  const ask: GitHub["ask"] = (route, parameters, { creates = false, signal } = {}) =>
    inTime(clock, signal, async (until) => {
      connecting ??= connect(options);
      const octokit = await connecting;
      const request = { fetch: fetchUntil(until, fetch), ...(creates ? { retries: 0 } : {}) };
      return answerOf(await octokit.request(route, { ...parameters, request }));
    });

  const list: GitHub["list"] = async (route, parameters, { signal, enough } = {}) => {
    const items: unknown[] = [];
    for (let page = 1; page <= mostPages; page += 1) {
      const answer = await ask(route, { ...parameters, per_page: perPage, page }, { ...(signal ? { signal } : {}) });
      if (answer.kind === "failed") return answer;
      if (!Array.isArray(answer.data)) return failed(reason("github-answer-malformed", { expected: "list" }));
      items.push(...answer.data);
      if (!answer.next || enough?.(answer.data) === true) break;
    }
    return { kind: "ok", items };
  };

  const viewer: GitHub["viewer"] = async (signal) => {
    if (known !== undefined) return known;
    const route = `POST ${options.graphqlUrl ?? graphqlOf(options.apiUrl)}`;
    const answer = await ask(route, { query: "query { viewer { login } }" }, { ...(signal ? { signal } : {}) });
    if (answer.kind === "failed") return answer;
    const login = textOf(member(member(member(answer.data, "data"), "viewer"), "login"));
    if (login === undefined) return failed(reason("github-answer-malformed", { expected: "login" }));
    known = { kind: "ok", login };
    return known;
  };

  return { ask, list, viewer };
}
