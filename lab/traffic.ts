import { Agent, request } from "node:http";

/** One request that a client has made, and how it ended. */
export type Answer = {
  /** When it was sent and how long it took, in milliseconds of `performance.now()`. */
  readonly at: number;
  readonly tookMs: number;
  /** 0 where no answer came. */
  readonly status: number;
  /** Which version answered; undefined where Envoy itself did. */
  readonly version: string | undefined;
};

export type Traffic = {
  readonly answers: readonly Answer[];
  /** Ends it and waits for what is under way. */
  stop(): Promise<readonly Answer[]>;
};

export type TrafficOptions = {
  readonly host: string;
  readonly perSecond: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where Envoy waits for it. */
  readonly port?: number;
  /** A connection for each request, where it is connections that are moved. */
  readonly connects?: boolean;
};

/** Longer than any machine holds its breath: whoever gets no answer by then has lost it, and was not merely slow. */
const patienceMs = 60_000;

/**
 * Steady traffic through Envoy. The next request does not wait for the last, as with real clients: a slow version does not
 * get fewer requests for being slow.
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const { host, perSecond, headers = {}, port = 8090, connects = false } = options;
  // A second's worth of connections: with more, a slow Envoy would be kept busy taking up ever new ones.
  const agent = new Agent({ keepAlive: !connects, maxSockets: Math.max(8, perSecond) });
  const answers: Answer[] = [];
  const started = performance.now();
  let sent = 0;
  let open = 0;
  let done: (() => void) | undefined;

  const send = () => {
    const at = performance.now();
    open += 1;
    let isOver = false;
    const over = (status: number, version?: string) => {
      if (isOver) return;
      isOver = true;
      open -= 1;
      answers.push({ at, tookMs: performance.now() - at, status, version });
      if (open === 0) done?.();
    };
    const where = { host: "127.0.0.1", port, agent, headers: { host, ...headers }, timeout: patienceMs };
    const call = request(where, (response) => {
      const version = response.headers["x-version"];
      response.resume();
      response.on("close", () => over(response.statusCode ?? 0, typeof version === "string" ? version : undefined));
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => over(0));
    call.end();
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * perSecond);
    for (; sent < due; sent += 1) send();
  }, 10);

  return {
    answers,
    async stop() {
      clearInterval(timer);
      if (open > 0)
        await new Promise<void>((resolve) => {
          done = resolve;
        });
      agent.destroy();
      return answers;
    },
  };
}

/** How many answers each version gave between two moments. */
export function served(answers: readonly Answer[], from: number, to: number): { v1: number; v2: number; all: number } {
  const within = answers.filter(({ at }) => at >= from && at < to);
  const by = (version: string) => within.filter((answer) => answer.version === version).length;
  return { v1: by("v1"), v2: by("v2"), all: within.length };
}
