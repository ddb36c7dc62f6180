import type { NetworkCode } from "../base/reasons/api-reasons.ts";
import { type Reason, reason } from "../base/reasons/index.ts";

/** A reason of ours on its way through a library that knows only errors. */
export class NetworkError extends TypeError {
  readonly reason: Reason<NetworkCode>;

  constructor(why: Reason<NetworkCode>) {
    super(why.code);
    this.reason = why;
  }
}

const byErrno = {
  ENOTFOUND: "network-dns",
  EAI_AGAIN: "network-dns",
  ECONNREFUSED: "network-refused",
  ECONNRESET: "network-reset",
  EPIPE: "network-reset",
  ETIMEDOUT: "network-timeout",
  EHOSTUNREACH: "network-unreachable",
  ENETUNREACH: "network-unreachable",
  EADDRNOTAVAIL: "network-unreachable",
  EPROTO: "network-tls",
} as const;

const certificates = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not-yet-valid",
  CERT_REVOKED: "revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "other-name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
  CERT_UNTRUSTED: "untrusted",
  CERT_SIGNATURE_FAILURE: "untrusted",
} as const;

/**
 * Why no answer came. Error objects of Node and of libraries carry URLs, headers and buffers, so only their code is looked at, and a
 * message only where it is one that the proxy agent writes.
 */
export function networkReason(error: unknown): Reason<NetworkCode> {
  const chain = causesOf(error);
  const ours = chain.find((one) => one instanceof NetworkError);
  if (ours !== undefined) return ours.reason;
  for (const { message } of chain.filter((one) => one instanceof Error)) {
    const refused = /^Bad response: (\d{3})$/.exec(message)?.[1];
    if (refused !== undefined) return reason("network-proxy-refused", { status: Number(refused) });
    if (message === "Proxy timeout") return reason("network-proxy-silent", {});
  }
  return byCode(errnoOf(error));
}

function byCode(errno: string): Reason<NetworkCode> {
  if (hasKey(certificates, errno)) return reason("network-certificate", { problem: certificates[errno], errno });
  if (hasKey(byErrno, errno)) return reason(byErrno[errno], { errno });
  if (errno.startsWith("HPE_")) return reason("network-not-http", { errno });
  if (errno.startsWith("ERR_SSL_") || errno.startsWith("ERR_TLS_")) return reason("network-tls", { errno });
  return reason("network-failed", { errno });
}

/** What the runtime or a library calls the failure, as `ECONNRESET`; `UNKNOWN` where it has no name that could be one. */
export function errnoOf(error: unknown): string {
  const codes = causesOf(error).map((one) => (one as { readonly code?: unknown }).code);
  return codes.find((code) => typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code))?.toString() ?? "UNKNOWN";
}

/** A library wraps what happened in errors of its own, a few deep at most. */
function causesOf(error: unknown): readonly object[] {
  const chain: object[] = [];
  for (let one = error; typeof one === "object" && one !== null && chain.length < 4; ) {
    chain.push(one);
    one = (one as { readonly cause?: unknown }).cause;
  }
  return chain;
}

const hasKey = <T extends object>(table: T, key: string): key is Extract<keyof T, string> => Object.hasOwn(table, key);
