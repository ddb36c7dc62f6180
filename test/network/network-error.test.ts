import { inspect } from "node:util";
import { expect, test } from "vitest";
import { describeFailure } from "../../src/network/network-error.ts";

const failing = (code: unknown, message = "") => Object.assign(new Error(message), { code });

test.each([
  ["ENOTFOUND", "the server's name does not resolve (ENOTFOUND)"],
  ["CERT_HAS_EXPIRED", "the server's certificate has expired (CERT_HAS_EXPIRED)"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "the server's certificate is not signed by an authority that is trusted here"],
  ["HPE_INVALID_CONSTANT", "the answer is not HTTP (HPE_INVALID_CONSTANT)"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "the TLS handshake failed (ERR_SSL_WRONG_VERSION_NUMBER)"],
  ["EODD", "the request failed (EODD)"],
])("%s is told in plain words", (code, because) => {
  expect(describeFailure(failing(code))).toEqual({ code, because });
});

test("a message that is not ours is never repeated, nor a code that is no code", () => {
  const secretive = failing("Bearer pa55word", "connect to https://user:pa55word@host with Bearer pa55word");
  expect(describeFailure(secretive)).toEqual({ code: "UNKNOWN", because: "the request failed (UNKNOWN)" });
  expect(inspect(describeFailure("pa55word"))).not.toContain("pa55word");
  expect(describeFailure(undefined).code).toBe("UNKNOWN");
});

test("what the proxy said is told apart from what the server said", () => {
  expect(describeFailure(new Error("Bad response: 407")).because).toContain("wants other credentials");
  expect(describeFailure(new Error("Bad response: 503")).because).toBe("the proxy refused the connection with 503");
  expect(describeFailure(new Error("Proxy timeout")).because).toBe("the proxy did not answer");
});
