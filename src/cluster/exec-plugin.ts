import { type ChildProcessByStdio, spawn } from "node:child_process";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import type { LoginCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis } from "../base/units.ts";
import type { Env } from "../network/proxy.ts";
import { shortestSecret } from "../network/redact.ts";
import { certificateEnd, earliest } from "./credential-expiry.ts";
import { checkPair, isToken } from "./kubeconfig/user.ts";
import type { Plugin } from "./resolved-kubeconfig.ts";

/** What a plugin gave: a token, a client certificate with its key, or both. */
export type Ticket = {
  readonly token?: string;
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** When it ends, by the date that the plugin wrote; a certificate's own end counts too. */
  readonly endsAt?: Millis;
};

export type PluginResult =
  | { readonly kind: "ticket"; readonly ticket: Ticket }
  | { readonly kind: "failed"; readonly reason: Reason<LoginCode> };

/** What every reason of a plugin holds besides what it did. */
type Who = Reason<"plugin-stopped">["data"];
type Failed = Extract<PluginResult, { kind: "failed" }>;
const failed = (why: Reason<LoginCode>): Failed => ({ kind: "failed", reason: why });

const maxOutputBytes = 65_536;

/** Of the runner's variables only these reach every plugin: where programs are, and how the network is reached. */
const usual = [
  "PATH",
  "HOME",
  ...["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
];

/** The three known plugins read their cloud's credentials from the environment. */
const clouds: Readonly<Record<string, readonly string[]>> = {
  aws: ["AWS_"],
  "gke-gcloud-auth-plugin": ["GOOGLE_", "CLOUDSDK_"],
  kubelogin: ["AZURE_", "AAD_"],
};

/** The environment of a plugin, and the names of what it does not get. */
export function environmentOf(plugin: Plugin, env: Env): { given: Record<string, string>; withheld: string[] } {
  const prefixes = clouds[basename(plugin.command)] ?? [];
  const passes = (name: string) =>
    usual.includes(name) || plugin.passed.includes(name) || prefixes.some((prefix) => name.startsWith(prefix));
  const known = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    given: {
      ...Object.fromEntries(known.filter(([name]) => passes(name))),
      ...plugin.env,
      KUBERNETES_EXEC_INFO: plugin.info,
    },
    withheld: known.map(([name]) => name).filter((name) => !passes(name) && !(name in plugin.env)),
  };
}

/** How long a plugin may take, by which clock, and what stops it before. */
export type Limit = { readonly clock: Clock; readonly limitMs: Millis; readonly signal: AbortSignal };

/** Runs the plugin once: no shell, nothing on its stdin, what it says on stderr dropped, and its whole group ended. */
export async function runPlugin(plugin: Plugin, env: Env, limit: Limit): Promise<PluginResult> {
  const { given, withheld } = environmentOf(plugin, env);
  const { command, user } = plugin;
  const who = { command, user, ...likeliest(withheld) };
  const output = await run(plugin, given, limit, who);
  return output.kind === "output" ? readTicket(output.text, plugin, who) : output;
}

type Output = { readonly kind: "output"; readonly text: string } | Failed;

function run(
  plugin: Plugin,
  given: Record<string, string>,
  { clock, limitMs, signal }: Limit,
  who: Who,
): Promise<Output> {
  return new Promise((resolve) => {
    const child = start(plugin, given);
    if (child === undefined || signal.aborted) {
      killGroup(child?.pid);
      resolve(failed(reason("plugin-not-started", who)));
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = new AbortController();
    const end = (output: Output) => {
      done.abort();
      signal.removeEventListener("abort", stop);
      child.stdout.destroy();
      resolve(output);
    };
    const fail = (why: Reason<LoginCode>) => {
      killGroup(child.pid);
      end(failed(why));
    };
    const stop = () => fail(reason("plugin-stopped", who));
    signal.addEventListener("abort", stop, { once: true });
    void clock.sleep(limitMs, done.signal).then(() => {
      if (!done.signal.aborted) fail(reason("plugin-timeout", { ...who, limitMs }));
    });
    child.on("error", () => fail(reason("plugin-not-started", who)));
    child.stdout.on("error", () => fail(reason("plugin-output-broken", who)));
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) fail(reason("plugin-output-too-large", { ...who, limitBytes: maxOutputBytes }));
      else chunks.push(chunk);
    });
    // Something that it left running may hold its output open; the group is ended so that the output ends too.
    child.on("exit", () => killGroup(child.pid));
    child.on("close", (code, signal) => {
      if (code === 0) end({ kind: "output", text: Buffer.concat(chunks).toString("utf8") });
      else if (code === null) end(failed(reason("plugin-killed", { ...who, signal: String(signal) })));
      else end(failed(reason("plugin-exited", { ...who, exitCode: code })));
    });
  });
}

function start(plugin: Plugin, env: Record<string, string>): ChildProcessByStdio<null, Readable, null> | undefined {
  try {
    // Not in the workspace: interpreters look for code in the folder that they are started in.
    const options = { cwd: "/", env, detached: true, shell: false } as const;
    return spawn(plugin.path, plugin.args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

type Invalid = Reason<"plugin-answer-invalid">["data"]["problem"];

function readTicket(text: string, { apiVersion }: Plugin, who: Who): PluginResult {
  const invalid = (problem: Invalid) => failed(reason("plugin-answer-invalid", { ...who, apiVersion, problem }));
  const answer = parse(text);
  if (answer?.kind !== "ExecCredential") return invalid("no-credential");
  if (answer.apiVersion !== apiVersion) return invalid("other-version");
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = answer.status ?? {};
  if (isAbsent(token) && isAbsent(clientCertificateData)) return invalid("empty");
  const word = isAbsent(token) ? undefined : token;
  if (word !== undefined && (typeof word !== "string" || !isToken(word) || word.length < shortestSecret)) {
    return invalid("token");
  }
  const certificate = readCertificate(clientCertificateData, clientKeyData);
  if (typeof certificate === "string") return invalid(certificate);
  const stated = isAbsent(expirationTimestamp) ? undefined : Date.parse(String(expirationTimestamp));
  if (Number.isNaN(stated)) return invalid("expiry");
  const endsAt = earliest([stated, certificate === undefined ? undefined : certificateEnd(certificate.cert)]);
  return {
    kind: "ticket",
    ticket: {
      ...(word === undefined ? {} : { token: word }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(endsAt === undefined ? {} : { endsAt }),
    },
  };
}

function isAbsent(value: unknown): value is undefined | null | "" {
  return value === undefined || value === null || value === "";
}

type Credential = {
  readonly kind?: unknown;
  readonly apiVersion?: unknown;
  readonly status?: Readonly<
    Record<"token" | "clientCertificateData" | "clientKeyData" | "expirationTimestamp", unknown>
  >;
};

function parse(text: string): Credential | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Credential) : undefined;
  } catch {
    return undefined;
  }
}

function readCertificate(cert: unknown, key: unknown): Ticket["certificate"] | Invalid {
  if (isAbsent(cert) && isAbsent(key)) return undefined;
  if (typeof cert !== "string" || typeof key !== "string") return "half-certificate";
  return checkPair(cert, key) ?? { cert, key };
}

const likely = /TOKEN|CREDENTIAL|SECRET|AUTH|PROFILE|ROLE|AWS|AZURE|GOOGLE|CLOUD|KUBE|OIDC|KEY/;

/** A reason names no more of them. */
const mostNamed = 20;

/** Names alone, those first that a login may have wanted: a runner has about a hundred variables. */
function likeliest(names: readonly string[]): Pick<Who, "withheld" | "others"> {
  const rank = (name: string) => (likely.test(name) ? 0 : 1) + (/^(INPUT|GITHUB|ACTIONS|RUNNER)_/.test(name) ? 0.5 : 0);
  const sorted = [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return { withheld: sorted.slice(0, mostNamed), others: Math.max(0, sorted.length - mostNamed) };
}
