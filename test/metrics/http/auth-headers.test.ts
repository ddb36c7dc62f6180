import { describe, expect, it } from "vitest";
import { prepare } from "../../../src/metrics/http/auth-headers.ts";

const refused = (credentials: Parameters<typeof prepare>[0]) => {
  const prepared = prepare(credentials);
  return prepared.kind === "refused" ? prepared.because : "";
};

describe("credentials of a metric source", () => {
  it("become headers, and every secret part of them is known", () => {
    expect(prepare({ bearer: "s3cret-token" })).toEqual({
      kind: "prepared",
      headers: { Authorization: "Bearer s3cret-token" },
      secrets: ["s3cret-token"],
    });
    const basic = prepare({ basic: { username: "me", password: "hunter22" } });
    expect(basic).toMatchObject({ headers: { Authorization: "Basic bWU6aHVudGVyMjI=" } });
    expect(basic.kind === "prepared" && basic.secrets).toContain("hunter22");
    const header = prepare({ headers: { "X-Api-Key": "Token abcdefgh" } });
    expect(header.kind === "prepared" && header.secrets).toEqual(["Token abcdefgh", "abcdefgh"]);
  });

  it("are nothing where nothing is needed", () => {
    expect(prepare({})).toEqual({ kind: "prepared", headers: {}, secrets: [] });
  });

  it("refuses two ways at once", () => {
    expect(refused({ bearer: "s3cret-token", headers: { authorization: "Token abcdefgh" } })).toContain(
      "Only one of bearer and headers.authorization",
    );
  });

  it.each(["Host", "content-length", "Transfer-Encoding", "Connection"])("refuses to set %s", (name) => {
    expect(refused({ headers: { [name]: "whatever" } })).toContain(`The header ${name} cannot be set`);
  });

  it("refuses values that would break the request, without showing them", () => {
    for (const value of ["secret\r\nX-Evil: 1", "secret\u0000value", "secret→value", ""]) {
      const because = refused({ headers: { "X-Api-Key": value } });
      expect(because).toContain("X-Api-Key is empty or has a line break");
      expect(because).not.toContain("secret");
    }
    expect(refused({ headers: { "X Api": "whatever" } })).toContain("not a header name");
    expect(refused({ headers: JSON.parse('{"__proto__": "whatever"}') })).toContain("not a header name");
  });

  it("refuses a credential that is too short to be hidden", () => {
    expect(refused({ bearer: "abc" })).toContain("shorter than 6");
  });
});
