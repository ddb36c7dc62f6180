import type { Clock } from "../base/clock.ts";
import type { LoginCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { TlsOptions } from "../network/http-agent.ts";
import type { Env } from "../network/proxy.ts";
import type { Credential } from "../ports/cluster.ts";
import { materialReader } from "./client-credentials.ts";
import { earliest, tokenEnd } from "./credential-expiry.ts";
import { type PluginResult, runPlugin, type Ticket } from "./exec-plugin.ts";
import { readText } from "./kubeconfig/find-sources.ts";
import { isToken } from "./kubeconfig/user.ts";
import type { Access, Plugin } from "./resolved-kubeconfig.ts";

/** What one request logs in with. */
export type Pass = {
  readonly kind: "pass";
  readonly tls: TlsOptions;
  readonly authorization?: string;
};
export type NoPass = { readonly kind: "failed"; readonly reason: Reason<LoginCode> };

/** How long a request may wait for a plugin, and whether it can do with what is there. */
export type Patience = { readonly hurried: boolean; readonly waitMs: Millis; readonly signal?: AbortSignal };

export type Login = {
  take(patience: Patience): Promise<Pass | NoPass>;
  /** After a 401: another credential than the refused one, or undefined where there is none to be had. */
  renew(refused: Pass, patience: Patience): Promise<Pass | NoPass | undefined>;
  /** The renewed credential was refused as well: for a while there is no point in renewing. */
  refusedAgain(): void;
  credential(): Credential;
  /** Ends a plugin that still runs: it has a process group of its own and would outlive us. */
  close(): void;
};

type LoginOptions = {
  readonly clock: Clock;
  readonly env: Env;
  /** The API server's time, once it has answered. */
  readonly serverNow: () => Millis | undefined;
  readonly pluginMs: Millis;
  readonly pluginHurriedMs: Millis;
  readonly onSecrets: (secrets: readonly string[]) => void;
};

const renewBeforeMs = 120_000;
const noPointMs = 5_000;

export function openLogin(access: Access, options: LoginOptions): Login {
  const readMaterial = materialReader(access);
  const plugin = access.plugin === undefined ? undefined : pluginLogin(access.plugin, options);
  const file = access.tokenFile === undefined ? undefined : tokenInFile(access.tokenFile, options.onSecrets);
  let refusedAt = Number.NEGATIVE_INFINITY;

  async function assemble(ticket: Ticket | undefined): Promise<Pass | NoPass> {
    const material = await readMaterial();
    if (material === undefined) {
      return { kind: "failed", reason: reason("login-file-unreadable", { file: "certificate" }) };
    }
    const token = ticket?.token ?? file?.();
    if (file !== undefined && token === undefined) {
      return { kind: "failed", reason: reason("login-file-unreadable", { file: "token" }) };
    }
    const authorization = token === undefined ? material.authorization : `Bearer ${token}`;
    return {
      kind: "pass",
      tls: { ...material.tls, ...ticket?.certificate },
      ...(authorization === undefined ? {} : { authorization }),
    };
  }

  return {
    async take(patience) {
      const ticket = await plugin?.take(patience);
      return ticket?.kind === "failed" ? ticket : assemble(ticket?.ticket);
    },
    async renew(refused, patience) {
      if (options.clock.now() - refusedAt < noPointMs) return undefined;
      const ticket = await plugin?.replace(refused, patience);
      if (ticket?.kind === "failed") return ticket;
      const pass = await assemble(ticket?.ticket);
      // A plugin may well give the same token again and have set something right on the way.
      return plugin === undefined && pass.kind === "pass" && isSame(pass, refused) ? undefined : pass;
    },
    refusedAgain() {
      refusedAt = options.clock.now();
    },
    credential: () => describe(access, file?.(), plugin?.ticket()),
    close: () => plugin?.close(),
  };
}

function isSame(one: Pass, other: Pass): boolean {
  const text = (value: string | Buffer | undefined) => value?.toString() ?? "";
  return one.authorization === other.authorization && text(one.tls.cert) === text(other.tls.cert);
}

/** The token of a file that somebody else renews. As long as it cannot be read the last one that could be is used. */
function tokenInFile(path: string, onSecrets: (secrets: readonly string[]) => void): () => string | undefined {
  let last: string | undefined;
  return () => {
    const token = readText(path)?.trim();
    if (token !== undefined && token !== last && isToken(token)) {
      onSecrets([token]);
      last = token;
    }
    return last;
  };
}

type TicketResult = { readonly kind: "ticket"; readonly ticket: Ticket } | NoPass;

/** The plugin runs once however many requests wait for it, and goes on when one of them gives up waiting. */
function pluginLogin(plugin: Plugin, options: LoginOptions) {
  let ticket: Ticket | undefined;
  let running: Promise<PluginResult> | undefined;
  const closed = new AbortController();

  async function launch(limitMs: Millis): Promise<PluginResult> {
    const result = await runPlugin(plugin, options.env, { clock: options.clock, limitMs, signal: closed.signal });
    running = undefined;
    if (result.kind === "failed") return result;
    ticket = result.ticket;
    const { token, certificate } = ticket;
    options.onSecrets([
      ...(token === undefined ? [] : [token]),
      ...(certificate === undefined ? [] : [certificate.key]),
    ]);
    return result;
  }

  function run(patience: Patience): Promise<TicketResult> {
    running ??= launch(patience.hurried ? options.pluginHurriedMs : options.pluginMs);
    return waited(running, patience, options.clock, plugin);
  }

  function leftMs(): Millis {
    const now = options.serverNow();
    return now === undefined || ticket?.endsAt === undefined ? Number.POSITIVE_INFINITY : ticket.endsAt - now;
  }

  return {
    ticket: () => ticket,
    close: () => closed.abort(),
    async take(patience: Patience): Promise<TicketResult> {
      const present = ticket;
      const left = leftMs();
      const good = present !== undefined && left > 0;
      if (good && (left > renewBeforeMs || patience.hurried)) return { kind: "ticket", ticket: present };
      const result = await run(patience);
      return result.kind === "failed" && good ? { kind: "ticket", ticket: present } : result;
    },
    async replace(refused: Pass, patience: Patience): Promise<TicketResult> {
      const isNewer =
        ticket !== undefined &&
        (ticket.token === undefined
          ? ticket.certificate?.cert !== refused.tls.cert
          : `Bearer ${ticket.token}` !== refused.authorization);
      return isNewer && ticket !== undefined ? { kind: "ticket", ticket } : run(patience);
    },
  };
}

async function waited(
  running: Promise<PluginResult>,
  patience: Patience,
  clock: Clock,
  plugin: Plugin,
): Promise<TicketResult> {
  const done = new AbortController();
  const signals = patience.signal === undefined ? [done.signal] : [done.signal, patience.signal];
  const givenUp = clock.sleep(patience.waitMs, AbortSignal.any(signals)).then(
    (): NoPass => ({
      kind: "failed",
      reason:
        patience.signal?.aborted === true
          ? reason("login-cancelled", {})
          : reason("login-timeout", { command: plugin.command }),
    }),
  );
  const result = await Promise.race([running, givenUp]);
  done.abort();
  return result;
}

/** What cannot be renewed decides how long one can write; only without such a part does the rest. */
function describe(access: Access, fileToken: string | undefined, ticket: Ticket | undefined): Credential {
  const isRenewed = access.plugin !== undefined || access.tokenFile !== undefined;
  const passing = earliest([ticket?.endsAt, fileToken === undefined ? undefined : tokenEnd(fileToken)]);
  const endsAt = access.endsAt ?? passing;
  return {
    user: access.user,
    ...(endsAt === undefined ? {} : { endsAt }),
    renewable: isRenewed && access.endsAt === undefined,
  };
}
