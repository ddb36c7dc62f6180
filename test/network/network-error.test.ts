import { inspect } from "node:util";
import { expect, test } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { errnoOf, NetworkError, networkReason } from "../../src/network/network-error.ts";

const failing = (code: unknown, message = "") => Object.assign(new Error(message), { code });

/** As Node 24 and its OpenSSL throw them. */
test.each([
  ["ENOTFOUND", "getaddrinfo ENOTFOUND api.test", { code: "network-dns" }],
  ["EAI_AGAIN", "getaddrinfo EAI_AGAIN api.test", { code: "network-dns" }],
  ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:6443", { code: "network-refused" }],
  ["ECONNRESET", "read ECONNRESET", { code: "network-reset" }],
  ["EPIPE", "write EPIPE", { code: "network-reset" }],
  ["ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:443", { code: "network-timeout" }],
  ["EHOSTUNREACH", "connect EHOSTUNREACH 10.0.0.1:443", { code: "network-unreachable" }],
  ["CERT_HAS_EXPIRED", "certificate has expired", { code: "network-certificate", data: { problem: "expired" } }],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "Hostname/IP does not match certificate's altnames",
    { code: "network-certificate", data: { problem: "other-name" } },
  ],
  [
    "SELF_SIGNED_CERT_IN_CHAIN",
    "self-signed certificate in certificate chain",
    { code: "network-certificate", data: { problem: "untrusted" } },
  ],
  ["HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/, RTSP/ or ICE/", { code: "network-not-http" }],
  ["EPROTO", "write EPROTO 0A000126:SSL routines::unexpected eof while reading", { code: "network-tls" }],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "0A00010B:SSL routines::wrong version number", { code: "network-tls" }],
  ["EODD", "odd", { code: "network-failed" }],
])("%s is classified by its code", (errno, message, expected) => {
  expect(networkReason(failing(errno, message))).toMatchObject({ ...expected, data: { errno } });
  expect(networkReason(failing(errno, message))).toMatchObject(expected);
});

test("a message that is not ours is never repeated, nor a code that is no code", () => {
  const secretive = failing("Bearer pa55word", "connect to https://user:pa55word@host with Bearer pa55word");
  expect(networkReason(secretive)).toEqual(reason("network-failed", { errno: "UNKNOWN" }));
  expect(inspect(networkReason("pa55word"))).not.toContain("pa55word");
  expect(networkReason(undefined)).toEqual(reason("network-failed", { errno: "UNKNOWN" }));
  expect(errnoOf(null)).toBe("UNKNOWN");
});

test("what the proxy said is told apart from what the server said, in the words of the proxy agent", () => {
  expect(networkReason(new Error("Bad response: 407"))).toEqual(reason("network-proxy-refused", { status: 407 }));
  expect(networkReason(new Error("Bad response: 503"))).toEqual(reason("network-proxy-refused", { status: 503 }));
  expect(networkReason(new Error("Proxy timeout"))).toEqual(reason("network-proxy-silent", {}));
});

test("an error that a library wraps is known by what it wraps", () => {
  const cut = reason("network-cut-off", {});
  expect(networkReason(new Error("request failed", { cause: new NetworkError(cut) }))).toBe(cut);
  const fetchFailed = new TypeError("fetch failed", { cause: failing("ECONNREFUSED") });
  expect(networkReason(fetchFailed)).toEqual(reason("network-refused", { errno: "ECONNREFUSED" }));
  const circle: { cause?: unknown } = {};
  circle.cause = circle;
  expect(networkReason(circle)).toEqual(reason("network-failed", { errno: "UNKNOWN" }));
});
