import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Clock } from "../base/clock.ts";
import type { NetworkCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { networkReason } from "./network-error.ts";

/** The most that is read of any answer: a longer one is refused before its text is looked at. */
export const mostBodyBytes = 8 * 1_048_576;

export type Request = {
  readonly url: string | URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whoever made the agent destroys it. Without one the connection is used once, and no proxy is asked. */
  readonly agent?: http.Agent;
  readonly clock: Clock;
  /** Spans connect, headers and body. */
  readonly deadlineMs: Millis;
  /** What the caller had in all, where a login has used up a part of it: this is what a passed deadline is told by. */
  readonly givenMs?: Millis;
  readonly signal?: AbortSignal;
  /** The most bytes that a body may have, never more than `mostBodyBytes`. */
  readonly capBytes: number;
};

export type HttpResponse = {
  readonly kind: "answer";
  readonly status: number;
  /** Names in lower case; a header sent several times is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** When the headers arrived, by the monotonic clock. */
  readonly receivedAt: Millis;
};

export type NoAnswer = {
  readonly kind: "failed";
  /** Holds no header and no body. */
  readonly reason: Reason<NetworkCode>;
  /** Whether the server may have had the request. */
  readonly sent: "no" | "maybe";
};

type Fail = (why: Reason<NetworkCode>) => void;

/** One bounded request: it ends by its deadline, follows no redirect, asks for no compression, and never throws. */
export function exchange(request: Request): Promise<HttpResponse | NoAnswer> {
  return new Promise((resolve) => {
    if (request.signal?.aborted === true) {
      resolve({ kind: "failed", reason: reason("network-cancelled", {}), sent: "no" });
      return;
    }
    const call = open(request);
    if (call === undefined) {
      resolve({ kind: "failed", reason: reason("network-request-malformed", {}), sent: "no" });
      return;
    }
    const done = new AbortController();
    const end = (result: HttpResponse | NoAnswer) => {
      done.abort();
      request.signal?.removeEventListener("abort", cancel);
      if (result.kind === "failed") call.destroy();
      resolve(result);
    };
    let connected = false;
    const fail: Fail = (why) => end({ kind: "failed", reason: why, sent: connected ? "maybe" : "no" });
    const cancel = () => fail(reason("network-cancelled", {}));
    void request.clock.sleep(request.deadlineMs, done.signal).then(() => {
      if (done.signal.aborted) return;
      fail(reason("api-no-answer", { withinMs: request.givenMs ?? request.deadlineMs }));
    });
    request.signal?.addEventListener("abort", cancel, { once: true });

    whenConnected(call, () => {
      connected = true;
    });
    // The listener stays when the promise is settled: a late error on a destroyed request must not end the process.
    call.on("error", (error) => fail(networkReason(error)));
    call.on("response", (response) => receive(response, request, end, fail));
    // A server may switch protocols unasked; the socket would be ours to close.
    call.on("upgrade", (_response, socket) => {
      socket.destroy();
      fail(reason("network-protocol-switched", {}));
    });
    call.end(request.body);
  });
}

function open(request: Request): http.ClientRequest | undefined {
  try {
    const url = new URL(request.url);
    const send = url.protocol === "https:" ? https.request : http.request;
    const body = request.body === undefined ? {} : { "content-length": String(Buffer.byteLength(request.body)) };
    return send(url, {
      method: request.method ?? "GET",
      headers: { ...request.headers, ...body },
      agent: request.agent ?? false,
      ...(request.agent === undefined ? { rejectUnauthorized: true } : {}),
    });
  } catch {
    return undefined;
  }
}

const established = new WeakSet<Socket>();

/** Over TLS nothing is sent before the handshake is done, so a refused certificate is a request that was never made. */
function whenConnected(call: http.ClientRequest, then: () => void): void {
  call.once("socket", (socket) => {
    const secure = socket instanceof TLSSocket;
    if (established.has(socket) || (!secure && !socket.connecting)) {
      then();
      return;
    }
    socket.once(secure ? "secureConnect" : "connect", () => {
      established.add(socket);
      then();
    });
  });
}

function receive(
  response: http.IncomingMessage,
  request: Request,
  end: (answer: HttpResponse) => void,
  fail: Fail,
): void {
  const receivedAt = request.clock.now();
  const encoding = response.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    fail(reason("network-compressed", {}));
    return;
  }
  const chunks: Buffer[] = [];
  const most = Math.min(request.capBytes, mostBodyBytes);
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) fail(reason("network-too-large", { limitBytes: most }));
    else chunks.push(chunk);
  });
  response.on("error", () => fail(reason("network-cut-off", {})));
  response.on("close", () => {
    if (!response.complete) {
      fail(reason("network-cut-off", {}));
      return;
    }
    const status = response.statusCode ?? 0;
    const text = Buffer.concat(chunks).toString("utf8");
    end({ kind: "answer", status, headers: flat(response.headers), text, receivedAt });
  });
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
