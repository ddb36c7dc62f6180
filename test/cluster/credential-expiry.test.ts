import { expect, test } from "vitest";
import { certificateEnd, earliest, tokenEnd } from "../../src/cluster/credential-expiry.ts";
import { sharedCertificates } from "./api.ts";

const jwt = (claims: string) => `x.${Buffer.from(claims).toString("base64url")}.y`;

test.each([
  [jwt('{"exp":1785000000}'), 1_785_000_000_000],
  [jwt('{"exp":1e999}'), undefined],
  [jwt("null"), undefined],
  [jwt("{"), undefined],
  ["opaque", undefined],
])("the end of %s", (token, end) => {
  expect(tokenEnd(token)).toBe(end);
});

test("the end of a certificate, and the earliest of several ends", async () => {
  expect(certificateEnd((await sharedCertificates()).clientCert)).toBe(Date.UTC(2034, 4, 6, 7, 8, 9));
  expect(certificateEnd("none")).toBeUndefined();
  expect(earliest([3, undefined, 2])).toBe(2);
  expect(earliest([undefined])).toBeUndefined();
});
