import type { Foreign } from "../../base/foreign.ts";
import type { apiReasons } from "../../base/reasons/api-reasons.ts";
import { sentence as stopped } from "../escape.ts";
import { byteSize, duration, timeLimit } from "../format.ts";
import type { SentencesOf, Telling } from "../sentences-of.ts";

const certificates = {
  expired: "has expired",
  "not-yet-valid": "is not valid yet",
  revoked: "was revoked",
  "other-name": "is for another name",
  untrusted: "is not signed by an authority that is trusted here",
} as const;

const answers = {
  "no-credential": "did not write an ExecCredential",
  empty: "gave neither a token nor a certificate",
  token: "gave a token that cannot be used",
  "half-certificate": "gave only one of client certificate and key; they come together",
  certificate: "gave a client certificate that is not a certificate in PEM form",
  key: "gave a client key that is not a key in PEM form without a passphrase",
  mismatch: "gave a client certificate and a client key that do not belong together",
  expiry: "gave an expirationTimestamp that is not a date",
} as const;

/** What the other side said, as a sentence of its own. */
const said = (says: Foreign | undefined, { words }: Telling): string =>
  says === undefined ? "" : ` The server says: ${stopped(words(says))}`;

type Plugin = {
  readonly command: string;
  readonly user: string;
  readonly withheld: readonly string[];
  readonly others: number;
};

/** What a plugin did, and what it did not get: a login may have wanted a variable. */
function plugin({ command, user, withheld, others }: Plugin, { name }: Telling, did: string): string {
  const more = others > 0 ? ` and ${others} others` : "";
  const kept =
    withheld.length === 0
      ? "No variable was withheld from it."
      : `Withheld from it: ${withheld.map(name).join(", ")}${more}. Name in "exec-env" what it needs.`;
  return `"${name(command)}", which logs in kubeconfig user "${name(user)}", ${did}. ${kept}`;
}

const exec: Pick<SentencesOf<typeof apiReasons>, Extract<keyof typeof apiReasons, `plugin-${string}`>> = {
  "plugin-not-started": (data, telling) => plugin(data, telling, "could not be started"),
  "plugin-stopped": (data, telling) => plugin(data, telling, "was stopped"),
  "plugin-timeout": (data, telling) =>
    plugin(data, telling, `did not end within ${timeLimit(data.limitMs)} and was stopped`),
  "plugin-exited": (data, telling) =>
    plugin(data, telling, `ended with code ${data.exitCode}; run it by hand to see what it says`),
  "plugin-killed": (data, telling) =>
    plugin(data, telling, `ended with signal ${telling.name(data.signal)}; run it by hand to see what it says`),
  "plugin-output-broken": (data, telling) => plugin(data, telling, "broke off"),
  "plugin-output-too-large": (data, telling) =>
    plugin(data, telling, `wrote more than ${byteSize(data.limitBytes)} and was stopped`),
  "plugin-answer-invalid": (data, telling) =>
    plugin(
      data,
      telling,
      data.problem === "other-version"
        ? `did not answer in ${telling.name(data.apiVersion)}, which the kubeconfig asks for`
        : answers[data.problem],
    ),
};

type Call = { readonly host: string; readonly verb: string; readonly object: string };
const asked = ({ verb, object }: Omit<Call, "host">, { name }: Telling): string => `${name(verb)} ${name(object)}`;

export const apiSentences: SentencesOf<typeof apiReasons> = {
  "api-no-answer": ({ withinMs }) => `There was no complete answer within ${timeLimit(withinMs)}.`,
  "network-cancelled": () => "The request was cancelled.",
  "network-request-malformed": () => "The request could not be written: its URL or a header has a forbidden form.",
  "network-dns": ({ errno }, { name }) =>
    errno === "ENOTFOUND"
      ? `The server's name does not resolve (${name(errno)}).`
      : `The server's name could not be resolved just now (${name(errno)}).`,
  "network-refused": ({ errno }, { name }) => `The connection was refused: nothing listens there (${name(errno)}).`,
  "network-reset": ({ errno }, { name }) => `The connection was reset (${name(errno)}).`,
  "network-timeout": ({ errno }, { name }) => `The connection timed out (${name(errno)}).`,
  "network-unreachable": ({ errno }, { name }) => `The address cannot be reached from here (${name(errno)}).`,
  "network-tls": ({ errno }, { name }) => `The TLS handshake failed (${name(errno)}).`,
  "network-certificate": ({ problem, errno }, { name }) =>
    `The server's certificate ${certificates[problem]} (${name(errno)}).`,
  "network-proxy-refused": ({ status }) =>
    status === 407
      ? "The proxy refused the connection with 407. Put other credentials into its URL."
      : `The proxy refused the connection with ${status}.`,
  "network-proxy-silent": () => "The proxy did not answer.",
  "network-proxy-unusable": ({ source, scheme }, { name }) =>
    scheme === undefined
      ? `${name(source)} is not a URL. Write it as http://HOST:PORT.`
      : `${name(source)} names a ${name(scheme)} proxy, which Sluice cannot use. Give an http or https proxy.`,
  "network-cut-off": () => "The connection broke before the answer was complete.",
  "network-protocol-switched": () => "The server switched to another protocol.",
  "network-compressed": () => "The answer is compressed, which was not asked for.",
  "network-too-large": ({ limitBytes }) => `The answer is larger than ${byteSize(limitBytes)}.`,
  "network-not-http": ({ errno }, { name }) => `The answer is not HTTP (${name(errno)}).`,
  "network-redirected": ({ status }) => `The server answered with a redirect (${status}), which is never followed.`,
  "network-failed": ({ errno }, { name }) => `The request failed (${name(errno)}).`,

  "login-file-unreadable": ({ file }) =>
    file === "token"
      ? "The token file that the kubeconfig names cannot be read."
      : "A certificate or key file that the kubeconfig names can no longer be read.",
  "login-cancelled": () => "The request was cancelled while logging in.",
  "login-timeout": ({ command }, { name }) => `"${name(command)}" was still logging in when the time was up.`,
  ...exec,

  "login-failed": ({ host, cause }, { name, sentence }) => `Logging in to ${name(host)} failed. ${sentence(cause)}`,
  "api-unreachable": (data, telling) =>
    `The API server at ${telling.name(data.host)} could not be asked to ${asked(data, telling)}. ${telling.sentence(data.cause)}`,
  "api-unauthorized": ({ user, says }, telling) =>
    `The API server does not accept the credentials of kubeconfig user "${telling.name(user)}" (401). Log in again, or pass a new token.${said(says, telling)}`,
  "api-forbidden": (data, telling) =>
    `The API server forbids kubeconfig user "${telling.name(data.user)}" to ${asked(data, telling)} (403). ` +
    `Grant the verb "${telling.name(data.verb)}" on it, or check the name: what does not exist may be hidden in this way too.${said(data.says, telling)}`,
  "api-access-denied": (data, telling) =>
    `Kubeconfig user "${telling.name(data.user)}" may not ${asked(data, telling)}. ` +
    `Grant the verb "${telling.name(data.verb)}" on it.${said(data.says, telling)}`,
  "api-admission-denied": (data, telling) =>
    `Admission control at ${telling.name(data.host)} refuses to ${asked(data, telling)} (${data.status}).${said(data.says, telling)}`,
  "api-throttled": (data, telling) =>
    `The API server at ${telling.name(data.host)} is too busy to ${asked(data, telling)} (429).${said(data.says, telling)}`,
  "api-redirected": (data, telling) =>
    `${telling.name(data.host)} answered ${asked(data, telling)} with a redirect (${data.status}), which is never followed. Check "server" in the kubeconfig.`,
  "api-rejected": (data, telling) =>
    `The API server at ${telling.name(data.host)} refused to ${asked(data, telling)} (${data.status}).${said(data.says, telling)}`,
  "api-server-error": (data, telling) =>
    `The API server at ${telling.name(data.host)} answered ${asked(data, telling)} with ${data.status}.${said(data.says, telling)}`,
  "api-unexpected-answer": (data, telling) => {
    const what = data.body === "html" ? "a page of HTML" : "something that is not what was asked for";
    return `${telling.name(data.host)} answered ${asked(data, telling)} with ${what} (${data.status}). Check "server" in the kubeconfig, and proxies.`;
  },
  "api-not-found": ({ object }, { name }) => `There is no ${name(object)}.`,
  "api-version-not-served": ({ plural, version, object }, { name }) =>
    `The API server does not serve ${name(plural)} in ${name(version)}, so there is no ${name(object)}.`,
  "api-list-too-long": ({ object, limit }, { name }) =>
    `There are more than ${limit} ${name(object)}, too many to list.`,

  "github-unreachable": ({ cause }, { sentence }) => `GitHub could not be asked. ${sentence(cause)}`,
  "github-rejected": ({ status, says }, { words }) =>
    stopped(`GitHub answered ${status ?? "with an error"}${says === undefined ? "" : `: ${words(says)}`}`),
  "github-rate-limited": ({ status, waitMs, says }, { words }) =>
    `${stopped(`GitHub answered ${status}${says === undefined ? "" : `: ${words(says)}`}`)} It asks for ${duration(waitMs)} without requests.`,
  "github-redirected": ({ status }) =>
    `GitHub answered ${status}, a redirect, which is not followed. Was the repository renamed?`,
  "github-answer-malformed": ({ expected }) =>
    expected === "list"
      ? "GitHub answered with something other than a list."
      : "GitHub did not say whose token this is.",
  "github-failed": ({ says }, { words }) => `GitHub could not be asked: ${stopped(words(says))}`,
  "pull-request-unknown": ({ cause }, { sentence }) =>
    `The pull request of this commit could not be found. ${sentence(cause)}`,
  "run-end-unknown": ({ run, cause }, { name, sentence }) =>
    `Whether run ${name(run)} has ended is unknown. ${sentence(cause)} Only the deadline counts.`,
};
