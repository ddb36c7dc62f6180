import { expect, test } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { apiReasons } from "../../../src/base/reasons/api-reasons.ts";
import { type Reason, type ReasonCode, reason } from "../../../src/base/reasons/index.ts";
import { textOf } from "../../../src/text/index.ts";

const object = 'virtualservices.networking.istio.io "reviews" in namespace "shop"';
const call = { host: "api.test:6443", verb: "patch", object };
const plugin = { command: "aws", user: "ci", withheld: ["MY_OIDC", "GITHUB_TOKEN"], others: 0 };
const withheld = 'Withheld from it: MY_OIDC, GITHUB_TOKEN. Name in "exec-env" what it needs.';
const who = '"aws", which logs in kubeconfig user "ci",';
const says = foreign("not today");
const said = "The server says: not today.";
const invalid = { ...plugin, apiVersion: "client.authentication.k8s.io/v1" };
const refused = reason("network-refused", { errno: "ECONNREFUSED" });
const rejected = reason("github-rejected", {
  status: 403,
  says: foreign("Resource not accessible by integration"),
});

/** Each code with an example, and what is read of it. */
const golden: readonly (readonly [Reason, string])[] = [
  [reason("api-no-answer", { withinMs: 4_000 }), "There was no complete answer within 4 s."],
  [reason("api-no-answer", { withinMs: 80 }), "There was no complete answer within 80 ms."],
  [reason("network-cancelled", {}), "The request was cancelled."],
  [
    reason("network-request-malformed", {}),
    "The request could not be written: its URL or a header has a forbidden form.",
  ],
  [reason("network-dns", { errno: "ENOTFOUND" }), "The server's name does not resolve (ENOTFOUND)."],
  [reason("network-dns", { errno: "EAI_AGAIN" }), "The server's name could not be resolved just now (EAI_AGAIN)."],
  [refused, "The connection was refused: nothing listens there (ECONNREFUSED)."],
  [reason("network-reset", { errno: "ECONNRESET" }), "The connection was reset (ECONNRESET)."],
  [reason("network-timeout", { errno: "ETIMEDOUT" }), "The connection timed out (ETIMEDOUT)."],
  [reason("network-unreachable", { errno: "EHOSTUNREACH" }), "The address cannot be reached from here (EHOSTUNREACH)."],
  [reason("network-tls", { errno: "EPROTO" }), "The TLS handshake failed (EPROTO)."],
  [
    reason("network-certificate", { problem: "expired", errno: "CERT_HAS_EXPIRED" }),
    "The server's certificate has expired (CERT_HAS_EXPIRED).",
  ],
  [
    reason("network-certificate", { problem: "untrusted", errno: "SELF_SIGNED_CERT_IN_CHAIN" }),
    "The server's certificate is not signed by an authority that is trusted here (SELF_SIGNED_CERT_IN_CHAIN).",
  ],
  [
    reason("network-proxy-refused", { status: 407 }),
    "The proxy refused the connection with 407. Put other credentials into its URL.",
  ],
  [reason("network-proxy-refused", { status: 503 }), "The proxy refused the connection with 503."],
  [reason("network-proxy-silent", {}), "The proxy did not answer."],
  [
    reason("network-proxy-unusable", { source: "HTTPS_PROXY" }),
    "HTTPS_PROXY is not a URL. Write it as http://HOST:PORT.",
  ],
  [
    reason("network-proxy-unusable", { source: "HTTPS_PROXY", scheme: "socks5" }),
    "HTTPS_PROXY names a socks5 proxy, which Sluice cannot use. Give an http or https proxy.",
  ],
  [reason("network-cut-off", {}), "The connection broke before the answer was complete."],
  [reason("network-protocol-switched", {}), "The server switched to another protocol."],
  [reason("network-compressed", {}), "The answer is compressed, which was not asked for."],
  [reason("network-too-large", { limitBytes: 8_388_608 }), "The answer is larger than 8 MiB."],
  [reason("network-not-http", { errno: "HPE_INVALID_CONSTANT" }), "The answer is not HTTP (HPE_INVALID_CONSTANT)."],
  [
    reason("network-redirected", { status: 301 }),
    "The server answered with a redirect (301), which is never followed.",
  ],
  [reason("network-failed", { errno: "EODD" }), "The request failed (EODD)."],

  [
    reason("login-file-unreadable", { file: "certificate" }),
    "A certificate or key file that the kubeconfig names can no longer be read.",
  ],
  [reason("login-file-unreadable", { file: "token" }), "The token file that the kubeconfig names cannot be read."],
  [reason("login-cancelled", {}), "The request was cancelled while logging in."],
  [reason("login-timeout", { command: "aws" }), '"aws" was still logging in when the time was up.'],
  [reason("plugin-not-started", plugin), `${who} could not be started. ${withheld}`],
  [reason("plugin-stopped", { ...plugin, withheld: [] }), `${who} was stopped. No variable was withheld from it.`],
  [
    reason("plugin-timeout", { ...plugin, limitMs: 1_500 }),
    `${who} did not end within 1.5 s and was stopped. ${withheld}`,
  ],
  [
    reason("plugin-exited", { ...plugin, exitCode: 3, others: 21 }),
    `${who} ended with code 3; run it by hand to see what it says. Withheld from it: MY_OIDC, GITHUB_TOKEN and 21 others. Name in "exec-env" what it needs.`,
  ],
  [
    reason("plugin-killed", { ...plugin, signal: "SIGSEGV" }),
    `${who} ended with signal SIGSEGV; run it by hand to see what it says. ${withheld}`,
  ],
  [reason("plugin-output-broken", plugin), `${who} broke off. ${withheld}`],
  [
    reason("plugin-output-too-large", { ...plugin, limitBytes: 65_536 }),
    `${who} wrote more than 64 KiB and was stopped. ${withheld}`,
  ],
  [
    reason("plugin-answer-invalid", { ...invalid, problem: "no-credential" }),
    `${who} did not write an ExecCredential. ${withheld}`,
  ],
  [
    reason("plugin-answer-invalid", { ...invalid, problem: "other-version" }),
    `${who} did not answer in client.authentication.k8s.io/v1, which the kubeconfig asks for. ${withheld}`,
  ],
  [
    reason("login-failed", { host: "api.test:6443", cause: reason("login-cancelled", {}) }),
    "Logging in to api.test:6443 failed. The request was cancelled while logging in.",
  ],

  [
    reason("api-unreachable", { ...call, cause: refused }),
    `The API server at api.test:6443 could not be asked to patch ${object}. The connection was refused: nothing listens there (ECONNREFUSED).`,
  ],
  [
    reason("api-unauthorized", { user: "ci" }),
    'The API server does not accept the credentials of kubeconfig user "ci" (401). Log in again, or pass a new token.',
  ],
  [
    reason("api-forbidden", { user: "ci", verb: "patch", object, says }),
    `The API server forbids kubeconfig user "ci" to patch ${object} (403). Grant the verb "patch" on it, or check the name: what does not exist may be hidden in this way too. ${said}`,
  ],
  [
    reason("api-access-denied", { user: "ci", verb: "patch", object, says }),
    `Kubeconfig user "ci" may not patch ${object}. Grant the verb "patch" on it. ${said}`,
  ],
  [
    reason("api-admission-denied", { ...call, status: 403, says }),
    `Admission control at api.test:6443 refuses to patch ${object} (403). ${said}`,
  ],
  [
    reason("api-throttled", { ...call, says }),
    `The API server at api.test:6443 is too busy to patch ${object} (429). ${said}`,
  ],
  [
    reason("api-redirected", { ...call, status: 302 }),
    `api.test:6443 answered patch ${object} with a redirect (302), which is never followed. Check "server" in the kubeconfig.`,
  ],
  [
    reason("api-rejected", { ...call, status: 422, says }),
    `The API server at api.test:6443 refused to patch ${object} (422). ${said}`,
  ],
  [
    reason("api-server-error", { ...call, status: 503 }),
    `The API server at api.test:6443 answered patch ${object} with 503.`,
  ],
  [
    reason("api-unexpected-answer", { ...call, status: 502, body: "html" }),
    `api.test:6443 answered patch ${object} with a page of HTML (502). Check "server" in the kubeconfig, and proxies.`,
  ],
  [
    reason("api-unexpected-answer", { ...call, status: 200, body: "other" }),
    `api.test:6443 answered patch ${object} with something that is not what was asked for (200). Check "server" in the kubeconfig, and proxies.`,
  ],
  [reason("api-not-found", { object }), `There is no ${object}.`],
  [
    reason("api-version-not-served", { plural: "virtualservices", version: "networking.istio.io/v1", object }),
    `The API server does not serve virtualservices in networking.istio.io/v1, so there is no ${object}.`,
  ],
  [
    reason("api-list-too-long", { object: 'pods in namespace "shop"', limit: 5_000 }),
    'There are more than 5000 pods in namespace "shop", too many to list.',
  ],

  [
    reason("github-unreachable", { cause: reason("api-no-answer", { withinMs: 20_000 }) }),
    "GitHub could not be asked. There was no complete answer within 20 s.",
  ],
  [rejected, "GitHub answered 403: Resource not accessible by integration."],
  [reason("github-rejected", { status: 503 }), "GitHub answered 503."],
  [
    reason("github-rate-limited", { status: 429, waitMs: 90_000, says: foreign("too many requests") }),
    "GitHub answered 429: too many requests. It asks for 1 min 30 s without requests.",
  ],
  [
    reason("github-redirected", { status: 301 }),
    "GitHub answered 301, a redirect, which is not followed. Was the repository renamed?",
  ],
  [reason("github-answer-malformed", { expected: "list" }), "GitHub answered with something other than a list."],
  [reason("github-answer-malformed", { expected: "login" }), "GitHub did not say whose token this is."],
  [
    reason("github-failed", { says: foreign("Parameter token is required") }),
    "GitHub could not be asked: Parameter token is required.",
  ],
  [
    reason("pull-request-unknown", { cause: rejected }),
    "The pull request of this commit could not be found. GitHub answered 403: Resource not accessible by integration.",
  ],
  [
    reason("run-end-unknown", { run: "4711", cause: rejected }),
    "Whether run 4711 has ended is unknown. GitHub answered 403: Resource not accessible by integration. Only the deadline counts.",
  ],
];

test.each(golden.map(([of, text]) => [of.code, of, text] as const))("%s", (_code, of, text) => {
  expect(textOf(of)).toBe(text);
});

test("each code has an example", () => {
  const told = new Set(golden.map(([{ code }]) => code));
  expect((Object.keys(apiReasons) as ReasonCode[]).filter((code) => !told.has(code))).toEqual([]);
});

test.each(["half-certificate", "certificate", "key", "mismatch", "expiry", "empty", "token"] as const)(
  "what is wrong with a plugin's answer is told: %s",
  (problem) => {
    expect(textOf(reason("plugin-answer-invalid", { ...invalid, problem }))).toMatch(/^"aws", .* "ci", gave .*\. /);
  },
);

test("words of a server cannot become a command to the runner", () => {
  const hostile = reason("api-rejected", { ...call, status: 422, says: foreign("a\n::error::b ##[group]c") });
  expect(textOf(hostile)).toMatch(/The server says: a ::error::b ## \[group\]c\.$/);
});
