import type http from "node:http";
import type { Clock } from "../base/clock.ts";
import type { NetworkCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import { exchange, type HttpResponse, mostBodyBytes, type NoAnswer } from "../network/bounded-request.ts";
import { agentFor, type TlsOptions } from "../network/http-agent.ts";
import type { Env } from "../network/proxy.ts";
import type { CallOptions, ServerTime } from "../ports/cluster.ts";
import { timeOf } from "./api-response.ts";
import { digestOf } from "./client-credentials.ts";
import { type Login, type NoPass, openLogin, type Pass, type Patience } from "./login.ts";
import type { Access } from "./resolved-kubeconfig.ts";

export type ConnectionLimits = {
  readonly deadlineMs: Millis;
  readonly capBytes: number;
  /** How long a credential plugin may take, and how long when the job is being cancelled. */
  readonly pluginMs: Millis;
  readonly pluginHurriedMs: Millis;
};

export const usualLimits: ConnectionLimits = {
  deadlineMs: 10_000,
  capBytes: mostBodyBytes,
  pluginMs: 20_000,
  pluginHurriedMs: 3_000,
};

/** Who asks for less time than this is about to be killed: then nothing is renewed before it must be. */
const hurriedBelowMs = 5_000;

type ApiCall = {
  readonly method: "GET" | "PATCH" | "POST";
  /** Below the server's URL, with its query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
};

/** What is left for one request, and what the caller gave for all. */
type Time = { readonly leftMs: Millis; readonly givenMs: Millis };

type LineOptions = {
  readonly clock: Clock;
  readonly env: Env;
  readonly limits: ConnectionLimits;
  readonly onSecrets: (secrets: readonly string[]) => void;
};

/** No answer came, or there was nothing to log in with and the request was not sent. */
export type NotAnswered = { readonly kind: "failed"; readonly reason: Reason<NetworkCode | "login-failed"> };

/** One line to one API server: logs in, keeps the connection, and asks. */
export type ApiConnection = {
  ask(call: ApiCall, options?: CallOptions): Promise<HttpResponse | NotAnswered>;
  /** For whoever asks several times for one thing. */
  readonly deadlineMs: Millis;
  readonly login: Login;
  close(): void;
};

export function openLine(access: Access, options: LineOptions): ApiConnection {
  const { clock, limits } = options;
  let serverTime: ServerTime | undefined;
  const serverNow = () =>
    serverTime === undefined ? undefined : serverTime.dateMs + (clock.now() - serverTime.receivedAt);
  const login = openLogin(access, { ...options, ...limits, serverNow });
  const sockets = openSockets(access, options.env);
  const { host } = new URL(access.server);

  async function send(call: ApiCall, pass: Pass, time: Time, signal?: AbortSignal): Promise<HttpResponse | NoAnswer> {
    const { agent, release } = sockets.take(pass.tls);
    const answer = await exchange({
      url: `${access.server}${call.path}`,
      method: call.method,
      headers: {
        accept: "application/json",
        "user-agent": "sluice",
        ...(pass.authorization === undefined ? {} : { authorization: pass.authorization }),
        ...(call.body === undefined ? {} : { "content-type": call.body.type }),
      },
      ...(call.body === undefined ? {} : { body: call.body.text }),
      agent,
      clock,
      deadlineMs: time.leftMs,
      givenMs: time.givenMs,
      ...(signal === undefined ? {} : { signal }),
      capBytes: limits.capBytes,
    });
    release();
    if (answer.kind === "answer") serverTime = timeOf(answer) ?? serverTime;
    return answer;
  }

  return {
    login,
    deadlineMs: limits.deadlineMs,
    async ask(call, { signal, deadlineMs = limits.deadlineMs } = {}) {
      const began = clock.now();
      const hurried = deadlineMs < hurriedBelowMs;
      // A plugin has a limit of its own; only who is in a hurry has the wait for it taken off the time to ask.
      const left = () => (hurried ? Math.max(1, deadlineMs - (clock.now() - began)) : deadlineMs);
      const patience = (): Patience => ({
        hurried,
        waitMs: hurried ? left() : limits.pluginMs + 1_000,
        ...(signal === undefined ? {} : { signal }),
      });
      const pass = await login.take(patience());
      if (pass.kind === "failed") return notSent(host, pass);
      const answer = await send(call, pass, { leftMs: left(), givenMs: deadlineMs }, signal);
      if (answer.kind === "failed" || answer.status !== 401) return answer;
      const fresh = await login.renew(pass, patience());
      if (fresh === undefined) return answer;
      if (fresh.kind === "failed") return notSent(host, fresh);
      const second = await send(call, fresh, { leftMs: left(), givenMs: deadlineMs }, signal);
      if (second.kind === "answer" && second.status === 401) login.refusedAgain();
      return second;
    },
    close() {
      login.close();
      sockets.close();
    },
  };
}

function notSent(host: string, pass: NoPass): NotAnswered {
  return { kind: "failed", reason: reason("login-failed", { host, cause: pass.reason }) };
}

type Held = { readonly digest: string; readonly agent: http.Agent; users: number };

/** One keep-alive agent. When the certificates change a new one takes its place, and the old one goes with its last user. */
function openSockets(access: Access, env: Env) {
  let present: Held | undefined;
  const held = new Set<Held>();
  const retire = (one: Held) => {
    if (one === present || one.users > 0) return;
    one.agent.destroy();
    held.delete(one);
  };
  return {
    take(tls: TlsOptions) {
      const digest = digestOf(tls);
      const last = present;
      if (last === undefined || last.digest !== digest) {
        const proxy = access.proxyUrl === undefined ? {} : { proxyUrl: access.proxyUrl };
        present = { digest, agent: agentFor(access.server, { env, tls, ...proxy }), users: 0 };
        held.add(present);
        if (last !== undefined) retire(last);
      }
      const one = present as Held;
      one.users += 1;
      return {
        agent: one.agent,
        release: () => {
          one.users -= 1;
          retire(one);
        },
      };
    },
    close() {
      present = undefined;
      for (const one of held) one.agent.destroy();
      held.clear();
    },
  };
}
