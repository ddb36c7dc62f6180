import http from "node:http";
import https from "node:https";
import { HttpProxyAgent, HttpsProxyAgent } from "hpagent";
import { NetworkError } from "./network-error.ts";
import { type Env, proxyFor, readProxy } from "./proxy.ts";

export type TlsOptions = {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  /** Verified unless this says false in so many words; NODE_TLS_REJECT_UNAUTHORIZED has no say. */
  readonly rejectUnauthorized?: boolean;
};

type AgentOptions = {
  readonly env: Env;
  /** A proxy named for this server alone: it wins over the environment. */
  readonly proxyUrl?: string;
  readonly tls?: TlsOptions;
  readonly maxSockets?: number;
};

/** A socket that lay idle for this long is closed; it is longer than the longest wait between two turns. */
const idleMs = 30_000;

/** Connections to one server; further requests wait for one of them. */
export const usualSockets = 2;

/** One keep-alive agent for the server of `url`; whoever asked for it destroys it. */
export function agentFor(url: string | URL, options: AgentOptions): http.Agent {
  const secure = new URL(url).protocol === "https:";
  const route =
    options.proxyUrl === undefined
      ? proxyFor(url, options.env)
      : readProxy(options.proxyUrl, "The kubeconfig's proxy-url");
  const shared = { keepAlive: true, maxSockets: options.maxSockets ?? usualSockets, timeout: idleMs };
  const verified = { rejectUnauthorized: true, ...options.tls };
  if (route.kind === "proxy") {
    const through = { ...shared, proxy: route.proxy, proxyRequestOptions: { rejectUnauthorized: true } };
    return secure ? new HttpsProxyAgent({ ...through, ...verified }) : new HttpProxyAgent(through);
  }
  const agent = secure ? new https.Agent({ ...shared, ...verified }) : new http.Agent(shared);
  if (route.kind === "unusable") refuseConnections(agent, new NetworkError(route.reason));
  return agent;
}

/** Going round a proxy that someone asked for would be worse than failing, and a failure here is ordinary data later. */
function refuseConnections(agent: http.Agent, error: NetworkError): void {
  agent.createConnection = (_options, callback) => {
    process.nextTick(() => (callback as ((error: Error) => void) | undefined)?.(error));
    return undefined;
  };
}
