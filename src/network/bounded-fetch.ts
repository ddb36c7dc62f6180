import type http from "node:http";
import type { Clock } from "../base/clock.ts";
import { reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { exchange, mostBodyBytes } from "./bounded-request.ts";
import { agentFor } from "./http-agent.ts";
import { NetworkError } from "./network-error.ts";
import type { Env } from "./proxy.ts";

export type FetchOptions = {
  readonly env: Env;
  readonly clock: Clock;
  readonly deadlineMs?: Millis;
  readonly capBytes?: number;
};

/** What a library that expects `fetch` passes: only text bodies are known here. */
type FetchInit = {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null | undefined;
};

type BoundedFetch = {
  readonly fetch: (url: string | URL, init?: FetchInit) => Promise<Response>;
  readonly close: () => void;
};

const bodiless = [204, 205, 304];

/**
 * `fetch` for libraries that bring their own requests: bounded like every other request here, through the same proxy
 * decision, and a redirect is an error, since following one would carry the token along.
 */
export function boundedFetch(options: FetchOptions): BoundedFetch {
  const agents = new Map<string, http.Agent>();
  const agentOf = (url: URL): http.Agent => {
    const agent = agents.get(url.origin) ?? agentFor(url, { env: options.env });
    agents.set(url.origin, agent);
    return agent;
  };
  return {
    fetch: async (address, init = {}) => {
      if (init.body !== undefined && init.body !== null && typeof init.body !== "string") {
        throw new TypeError("only a text can be sent as the body of a request");
      }
      const url = new URL(address);
      const answer = await exchange({
        url,
        method: (init.method ?? "GET").toUpperCase(),
        headers: init.headers ?? {},
        ...(typeof init.body === "string" ? { body: init.body } : {}),
        ...(init.signal ? { signal: init.signal } : {}),
        agent: agentOf(url),
        clock: options.clock,
        deadlineMs: options.deadlineMs ?? 20_000,
        capBytes: options.capBytes ?? mostBodyBytes,
      });
      if (answer.kind === "failed") {
        const error = new NetworkError(answer.reason);
        if (answer.reason.code === "network-cancelled") error.name = "AbortError";
        throw error;
      }
      if (answer.status >= 300 && answer.status < 400 && answer.status !== 304) {
        throw new NetworkError(reason("network-redirected", { status: answer.status }));
      }
      const body = bodiless.includes(answer.status) ? null : answer.text;
      const response = new Response(body, { status: answer.status, headers: answer.headers });
      return Object.defineProperty(response, "url", { value: url.href });
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}
