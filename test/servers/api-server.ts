import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { createStore, type Store } from "../../src/simulator/cluster/object-store.ts";
import { everything, type Rule } from "../../src/simulator/cluster/rbac.ts";
import type { SimulatedResponse } from "../../src/simulator/cluster/server-responses.ts";
import * as answers from "../../src/simulator/cluster/server-responses.ts";
import { hold } from "../runner/held.ts";
import { answerHead } from "./answer-head.ts";
import { answerOf } from "./api-answers.ts";
import { apiPath } from "./api-path.ts";
import { type KubeconfigChanges, kubeconfigFor } from "./kubeconfig.ts";
import { type Pem, sharedAuthority } from "./tls.ts";

/** Somebody whom the server knows, by token or by the name in a client certificate. */
export type User = { readonly name: string; readonly token?: string; readonly rights: readonly Rule[] };

/** One request as it arrived, and what became of it. */
export type Logged = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly user: string | undefined;
  /** Which connection it came by, counted from 1. */
  readonly socket: number;
  /** What the server did; undefined as long as it has done nothing. */
  answer: SimulatedResponse | undefined;
};

/** How one request is treated badly. Without `instead` the server answers as it should. */
export type Trick = {
  /** Whether the request takes effect before `instead` happens. */
  readonly effect?: boolean;
  readonly before?: () => void | Promise<void>;
  /** After the effect, before the answer. */
  readonly after?: () => void | Promise<void>;
  readonly instead?:
    | "hang"
    | "reset"
    /** The head and half of the body, then the end of the connection. */
    | "truncate"
    /** The head and half of the body, then nothing. */
    | "stall"
    | {
        readonly code: number;
        readonly body: string;
        readonly type: string;
        readonly headers?: Record<string, string>;
      };
  /** Another `Date` header, or none. */
  readonly date?: string | null;
};

export type ApiServerOptions = {
  readonly store?: Store;
  readonly users?: readonly User[];
  /** The server's time in milliseconds since 1970. */
  readonly now: () => number;
  readonly plainHttp?: boolean;
};

export type ApiServer = {
  readonly url: string;
  readonly store: Store;
  readonly users: User[];
  /** The certificate of the authority that vouches for the server. */
  readonly authority: string;
  readonly log: Logged[];
  /** Asked at every request; undefined means no trick. */
  trick: (request: Logged) => Trick | undefined;
  readonly sockets: { readonly opened: number; readonly open: number };
  now(): number;
  clientCertificate(user: string): Promise<Pem>;
  kubeconfig(user?: string, changes?: KubeconfigChanges): string;
  close(): Promise<void>;
};

export const admin: User = { name: "admin", token: "admin-token-1234567890", rights: everything };

/** A Kubernetes API server on loopback, over the same store that a rehearsal uses. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const store = options.store ?? createStore({ seed: 1 });
  const users = [...(options.users ?? [admin])];
  const authority = await sharedAuthority();
  const { key, certificate } = await authority.server();
  const open = new Map<Socket, number>();
  let opened = 0;

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    serve(server, request, response, open.get(request.socket) ?? 0).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  };
  const listener =
    options.plainHttp === true
      ? createPlainServer(onRequest)
      : createServer(
          { key, cert: certificate, ca: authority.certificate, requestCert: true, rejectUnauthorized: false },
          onRequest,
        );
  // A connection that lies idle stays: how long a test takes decides nothing.
  listener.keepAliveTimeout = 0;
  listener.on(options.plainHttp === true ? "connection" : "secureConnection", (socket: Socket) => {
    opened += 1;
    open.set(socket, opened);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;

  const server: ApiServer = {
    url: `${options.plainHttp === true ? "http" : "https"}://127.0.0.1:${port}`,
    store,
    users,
    authority: authority.certificate,
    log: [],
    trick: () => undefined,
    sockets: {
      get opened() {
        return opened;
      },
      get open() {
        return open.size;
      },
    },
    now: options.now,
    clientCertificate: (user) => authority.client(user),
    kubeconfig: (user = users[0]?.name ?? "", changes = {}) => kubeconfigFor(server, user, changes),
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      }),
  };
  return server;
}

async function serve(server: ApiServer, request: IncomingMessage, response: ServerResponse, socket: number) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", server.url);
  const user = whoIs(server, request);
  const logged: Logged = {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
    user: user?.name,
    socket,
    answer: undefined,
  };
  server.log.push(logged);
  const trick = server.trick(logged) ?? {};
  await trick.before?.();
  // The date stamps the beginning of the work on a request.
  const date = trick.date === undefined ? new Date(server.now()).toUTCString() : trick.date;
  const spoiled = typeof trick.instead === "object" || trick.instead === "hang" || trick.instead === "reset";
  if (trick.effect ?? !spoiled)
    logged.answer = user === undefined ? answers.unauthorized : answered(server, logged, user);
  await trick.after?.();
  send(response, request, logged.answer, trick, date);
}

function answered(server: ApiServer, { method, path, query, headers, body }: Logged, user: User): SimulatedResponse {
  return answerOf(server.store, {
    method,
    path: apiPath(path),
    query,
    mediaType: (headers["content-type"] ?? "").split(";")[0] ?? "",
    agent: headers["user-agent"] ?? "",
    body,
    user,
    now: server.now(),
  });
}

function whoIs(server: ApiServer, request: IncomingMessage): User | undefined {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (token !== undefined) return server.users.find((user) => user.token === token);
  const socket = request.socket as TLSSocket;
  if (socket.authorized !== true) return undefined;
  const name = socket.getPeerCertificate().subject.CN;
  return server.users.find((user) => user.name === name);
}

function send(
  response: ServerResponse,
  request: IncomingMessage,
  answer: SimulatedResponse | undefined,
  { instead }: Trick,
  date: string | null,
): void {
  if (instead === "hang") {
    hold(request.socket);
    return;
  }
  if (instead === "reset") {
    request.socket.destroy();
    return;
  }
  if (typeof instead === "object") {
    response.sendDate = false;
    if (date !== null) response.setHeader("Date", date);
    response.writeHead(instead.code, { "Content-Type": instead.type, ...instead.headers }).end(instead.body);
    return;
  }
  if (answer === undefined) return;
  const body = answerHead(response, answer, date);
  if (instead === undefined) response.end(body);
  else
    response.write(body.slice(0, Math.floor(body.length / 2)), () =>
      instead === "truncate" ? request.socket.destroy() : hold(request.socket),
    );
}
