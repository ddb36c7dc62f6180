import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../src/base/clock.ts";
import { rangeClient } from "../../src/metrics/prometheus/range-client.ts";
import { sourceOver } from "../../src/metrics/prometheus/source.ts";
import { usualSockets } from "../../src/network/http-agent.ts";
import type { Cluster } from "../../src/ports/cluster.ts";
import type { MetricSource } from "../../src/ports/metric-source.ts";
import type { RangeQuery } from "../../src/ports/range-queries.ts";
import type { FaultPoint, FaultWrapper } from "../../src/simulator/cluster/fault-injection.ts";
import type { Store } from "../../src/simulator/cluster/object-store.ts";
import { everything } from "../../src/simulator/cluster/rbac.ts";
import type { SimulatedResponse } from "../../src/simulator/cluster/server-responses.ts";
import * as answers from "../../src/simulator/cluster/server-responses.ts";
import { connect } from "../cluster/connect.ts";
import { answerHead } from "../servers/answer-head.ts";
import { answerOf } from "../servers/api-answers.ts";
import { type ApiPath, apiPath } from "../servers/api-path.ts";
import { kubeconfigFor } from "../servers/kubeconfig.ts";
import type { Answered } from "./metrics.ts";
import type { Millis } from "./scene.ts";

/** One run's end of the line, and what stands at the other end. */
export type Seat = {
  readonly name: string;
  readonly isDead: () => boolean;
  readonly clock: Clock;
  readonly store: Store;
  readonly serverNow: () => Millis;
  readonly date: (at: Millis) => Millis | undefined;
  /** Where calls to the cluster go wrong. */
  readonly around: FaultWrapper;
  readonly ask: (question: RangeQuery, from: Millis, to: Millis, signal: AbortSignal) => Promise<Answered>;
};

/**
 * The adapters that ship, and a loopback server for them. The ports with their faults stand inside the server: what is lost
 * there is a broken connection here, and every refusal is read and worded by the code that people run.
 */
export type Wire = {
  readonly isBusy: () => boolean;
  readonly join: (seat: Seat) => { readonly cluster: Cluster; readonly source: MetricSource };
  readonly close: () => void;
};

const usualDeadlineMs = 10_000;

/** The calls of one run to one server, and the requests that wait there, at their ports, where virtual time goes on. */
type Line = { calls: number; readonly parked: Set<ServerResponse>; readonly mostAtOnce: number };
type Joined = { readonly seat: Seat; readonly toCluster: Line; readonly toMetrics: Line };

/** Something is on its way: a call that neither waits at its port nor for another one to be through. */
const isMoving = ({ calls, parked, mostAtOnce }: Line): boolean => Math.min(calls, mostAtOnce) > parked.size;

export async function openWire(): Promise<Wire> {
  const joined = new Map<string, Joined>();
  let isOver = false;
  const listener = createServer((request, response) => {
    serve(joined, request, response).catch(() => response.destroy());
  });
  listener.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;

  /** Counts each call as long as it lasts. When the scene is over nobody goes on, and no answer reaches the dead. */
  const countedOn =
    (line: Line, isDead: () => boolean): Counted =>
    async (work) => {
      line.calls += 1;
      const result = await work();
      line.calls -= 1;
      return isOver || isDead() ? new Promise(() => {}) : result;
    };

  function join(seat: Seat): ReturnType<Wire["join"]> {
    const toCluster: Line = { calls: 0, parked: new Set(), mostAtOnce: usualSockets };
    const toMetrics: Line = { calls: 0, parked: new Set(), mostAtOnce: Number.POSITIVE_INFINITY };
    joined.set(seat.name, { seat, toCluster, toMetrics });
    const path = `/${encodeURIComponent(seat.name)}`;
    const users = [{ name: "rehearsal", token: "simulated" }];
    const clock = outside(seat.clock);
    const kubeconfig = kubeconfigFor({ url: `${url}${path}`, authority: "", users }, "rehearsal", {});
    const client = rangeClient({ url: `${url}${path}`, allowHttp: true, clock });
    const ask = countedOn(toMetrics, seat.isDead);
    return {
      cluster: countedCluster(
        connect(kubeconfig, { clock, allowInsecureTls: true }),
        countedOn(toCluster, seat.isDead),
      ),
      source: sourceOver(
        {
          measure: (question, from, to, signal) => ask(() => client.measure(question, from, to, signal)),
          close: () => client.close(),
        },
        { lagMs: 0 },
      ),
    };
  }

  return {
    isBusy: () => {
      for (const { toCluster, toMetrics } of joined.values())
        if (isMoving(toCluster) || isMoving(toMetrics)) return true;
      return false;
    },
    join,
    close() {
      isOver = true;
      listener.close();
      listener.closeAllConnections();
    },
  };
}

/** Whoever no longer waits is told at once, not by the next event: a request may hang on it. */
function outside(clock: Clock): Clock {
  return {
    now: clock.now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        signal?.addEventListener("abort", () => resolve(), { once: true });
        void clock.sleep(ms, signal).then(resolve);
      }),
  };
}

type Counted = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** The cluster, every call of it counted. */
function countedCluster(cluster: Cluster, counted: Counted): Cluster {
  return {
    read: (...asked) => counted(() => cluster.read(...asked)),
    patch: (...asked) => counted(() => cluster.patch(...asked)),
    list: (...asked) => counted(() => cluster.list(...asked)),
    versions: (...asked) => counted(() => cluster.versions(...asked)),
    may: (...asked) => counted(() => cluster.may(...asked)),
    credential: () => cluster.credential(),
    close: () => cluster.close(),
  };
}

async function serve(
  joined: ReadonlyMap<string, Joined>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", "http://loopback");
  const [, name = "", ...rest] = url.pathname.split("/");
  const found = joined.get(decodeURIComponent(name));
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  const { seat, toCluster, toMetrics } = found;
  const path = `/${rest.join("/")}`;
  // What was still to be sent when the machine died is not sent.
  if (seat.isDead()) {
    response.destroy();
    return;
  }
  const isMetrics = path.startsWith("/api/v1/query");
  const { parked } = isMetrics ? toMetrics : toCluster;
  const gone = new AbortController();
  response.once("close", () => {
    parked.delete(response);
    gone.abort();
  });
  parked.add(response);
  const asked = { method: request.method ?? "", url, body: Buffer.concat(chunks).toString(), headers: request.headers };
  const reply = isMetrics
    ? await metricsReply(seat, url.searchParams, gone.signal)
    : await clusterReply(seat, apiPath(path), asked, gone.signal);
  parked.delete(response);
  send(request, response, reply);
}

/** With the code 0 there is no answer, and the connection breaks. */
type Reply = { readonly answer: SimulatedResponse; readonly date: Millis | undefined };

const nothing: SimulatedResponse = { code: 0, body: "", warnings: [] };

async function metricsReply(seat: Seat, form: URLSearchParams, signal: AbortSignal): Promise<Reply> {
  const ms = (name: string) => Math.round(Number(form.get(name)) * 1000);
  const question: RangeQuery = { kind: "number", query: form.get("query") ?? "", stepMs: ms("step") };
  const { sent } = await seat.ask(question, ms("start"), ms("end"), signal);
  if (sent === undefined) return { answer: nothing, date: undefined };
  return { answer: { code: sent.code, body: sent.body, warnings: [] }, date: sent.date };
}

type Asked = {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
};

/** As the doubles of a rehearsal hold it, so that the same faults can be put on it. */
type Timed = { readonly answer: SimulatedResponse; readonly time: { readonly dateMs: Millis } | undefined };

async function clusterReply(seat: Seat, path: ApiPath, asked: Asked, signal: AbortSignal): Promise<Reply> {
  const stamped = (answer: SimulatedResponse): Timed => {
    const dateMs = seat.date(seat.serverNow());
    return { answer, time: dateMs === undefined ? undefined : { dateMs } };
  };
  const { answer, time } = await seat.around<Timed>(
    callOf(path, asked, signal),
    () => stamped(worked(seat, path, asked)),
    {
      lost: () => ({ answer: nothing, time: undefined }),
      answered: (code, message, retryAfterSeconds) =>
        stamped({ ...refused(code, message), ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }),
    },
  );
  return { answer, date: time?.dateMs };
}

function worked({ store, serverNow }: Seat, path: ApiPath, { method, url, body, headers }: Asked): SimulatedResponse {
  return answerOf(store, {
    method,
    path,
    query: url.searchParams,
    mediaType: headers["content-type"] ?? "",
    agent: headers["user-agent"] ?? "",
    body,
    user: { name: "rehearsal", rights: everything },
    now: serverNow(),
  });
}

function callOf(path: ApiPath, { method, url, body }: Asked, signal: AbortSignal): FaultPoint {
  const named = path.kind === "resource" ? path.resource : undefined;
  const rest = { resource: named, deadlineMs: usualDeadlineMs, signal };
  if (path.kind === "review") return { ...rest, kind: "may" };
  if (named === undefined) return { ...rest, kind: "versions" };
  if (method === "GET") return { ...rest, kind: named.name === undefined ? "list" : "read" };
  const kind = url.searchParams.get("dryRun") === "All" ? "dry-run" : "patch";
  return { ...rest, kind, operations: JSON.parse(body) as unknown };
}

/** Proxies answer with pages and routers with a line of text, where the API server itself says a Status. */
function refused(code: number, message: string): SimulatedResponse {
  if (message.startsWith("<")) return { code, body: message, warnings: [] };
  return code === 404 ? answers.pageNotFound : answers.refusal({ code, message });
}

function send(request: IncomingMessage, response: ServerResponse, { answer, date }: Reply): void {
  if (answer.code === 0) {
    request.socket.destroy();
    return;
  }
  if (answer.code === 307) response.setHeader("Location", "http://127.0.0.1:9/elsewhere");
  response.end(answerHead(response, answer, date === undefined ? null : new Date(date).toUTCString()));
}
