import { cause, figure, list, name, number, oneOf, optional, words } from "./reason-shape.ts";

/** Why a request brought no usable answer of HTTP. `errno`: what the runtime calls the failure. */
const networkReasons = {
  /** `withinMs`: what the caller had in all, a login before the request included. */
  "api-no-answer": { withinMs: figure },
  "network-cancelled": {},
  "network-request-malformed": {},
  "network-dns": { errno: name },
  "network-refused": { errno: name },
  "network-reset": { errno: name },
  "network-timeout": { errno: name },
  "network-unreachable": { errno: name },
  "network-tls": { errno: name },
  "network-certificate": {
    problem: oneOf("expired", "not-yet-valid", "revoked", "other-name", "untrusted"),
    errno: name,
  },
  "network-proxy-refused": { status: number },
  "network-proxy-silent": {},
  /** `scheme`: where it is a URL, but of a proxy that cannot be used. */
  "network-proxy-unusable": { source: name, scheme: optional(name) },
  "network-cut-off": {},
  "network-protocol-switched": {},
  "network-compressed": {},
  "network-too-large": { limitBytes: number },
  "network-not-http": { errno: name },
  "network-redirected": { status: number },
  "network-failed": { errno: name },
} as const;

/** `withheld`: names of variables that the plugin did not get, the likeliest first; `others`: how many more. */
const plugin = { command: name, user: name, withheld: list(name), others: figure } as const;

/** Why there is nothing to log in with. */
const loginReasons = {
  "login-file-unreadable": { file: oneOf("certificate", "token") },
  "login-cancelled": {},
  "login-timeout": { command: name },
  "plugin-not-started": plugin,
  "plugin-stopped": plugin,
  "plugin-timeout": { ...plugin, limitMs: figure },
  "plugin-exited": { ...plugin, exitCode: number },
  "plugin-killed": { ...plugin, signal: name },
  "plugin-output-broken": plugin,
  "plugin-output-too-large": { ...plugin, limitBytes: number },
  /** `apiVersion`: the one that the kubeconfig asks for. */
  "plugin-answer-invalid": {
    ...plugin,
    apiVersion: name,
    problem: oneOf(
      "no-credential",
      "other-version",
      "empty",
      "token",
      "half-certificate",
      "certificate",
      "key",
      "mismatch",
      "expiry",
    ),
  },
} as const;

/** One call to an API server. `object` as in `pods "a" in namespace "shop"`. */
const call = { host: name, verb: name, object: name } as const;
const says = optional(words);

/** Why an API server did not do what it was asked. */
const clusterReasons = {
  "login-failed": { host: name, cause },
  "api-unreachable": { ...call, cause },
  "api-unauthorized": { user: name, says },
  "api-forbidden": { user: name, verb: name, object: name, says },
  /** What a SelfSubjectAccessReview answers, before anything is tried. */
  "api-access-denied": { user: name, verb: name, object: name, says },
  "api-admission-denied": { ...call, status: number, says },
  "api-throttled": { ...call, says },
  "api-redirected": { ...call, status: number },
  /** Any other 4xx. */
  "api-rejected": { ...call, status: number, says },
  "api-server-error": { ...call, status: number, says },
  "api-unexpected-answer": { ...call, status: number, body: oneOf("html", "other") },
  "api-not-found": { object: name },
  "api-version-not-served": { plural: name, version: name, object: name },
  "api-list-too-long": { object: name, limit: number },
} as const;

/** Why GitHub did not do what it was asked, and what is not known without it. */
const githubReasons = {
  "github-unreachable": { cause },
  "github-rejected": { status: optional(number), says },
  "github-rate-limited": { status: number, waitMs: figure, says },
  "github-redirected": { status: number },
  "github-answer-malformed": { expected: oneOf("list", "login") },
  /** The client of GitHub's makers failed, in its own words. */
  "github-failed": { says: words },
  "pull-request-unknown": { cause },
  "run-end-unknown": { run: name, cause },
} as const;

/** Why a call to another program failed. */
export const apiReasons = { ...networkReasons, ...loginReasons, ...clusterReasons, ...githubReasons } as const;

export type NetworkCode = keyof typeof networkReasons;
export type LoginCode = keyof typeof loginReasons;
/** `network-cancelled` stands alone where the caller gave up waiting. */
export type ClusterCode = keyof typeof clusterReasons | "network-cancelled";
export type GitHubCode = keyof typeof githubReasons;
