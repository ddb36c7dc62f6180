import { proxyUnusable } from "./proxy.ts";

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: "the server's name does not resolve",
  EAI_AGAIN: "the server's name could not be resolved just now",
  ECONNREFUSED: "the connection was refused: nothing listens there",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed by the other side",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  EADDRNOTAVAIL: "the address cannot be used from here",
  EPROTO: "the TLS handshake failed",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet",
  CERT_REVOKED: "the server's certificate was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
};

const untrusted = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
  "CERT_SIGNATURE_FAILURE",
];

/**
 * A network error as a code and plain words. Error objects of Node and of libraries carry URLs, headers and buffers, so
 * only their code is looked at, and a message only where we wrote it ourselves.
 */
export function describeFailure(error: unknown): { readonly code: string; readonly because: string } {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : "";
  if (code === proxyUnusable) return { code, because: message };
  const proxyStatus = /^Bad response: (\d{3})$/.exec(message)?.[1];
  if (proxyStatus !== undefined) {
    const hint = proxyStatus === "407" ? "; it wants other credentials in its URL" : "";
    return { code: "proxy", because: `the proxy refused the connection with ${proxyStatus}${hint}` };
  }
  if (message === "Proxy timeout") return { code: "proxy", because: "the proxy did not answer" };
  if (untrusted.includes(code)) {
    return { code, because: "the server's certificate is not signed by an authority that is trusted here" };
  }
  const known = words[code];
  if (known !== undefined) return { code, because: `${known} (${code})` };
  if (code.startsWith("HPE_")) return { code, because: `the answer is not HTTP (${code})` };
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) {
    return { code, because: `the TLS handshake failed (${code})` };
  }
  return { code, because: `the request failed (${code})` };
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : "UNKNOWN";
}
