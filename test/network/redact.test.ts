import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clean, foreignWords, formsOf, scrubber } from "../../src/network/redact.ts";

describe("scrubbing secrets", () => {
  const token = 'tok"en\\with/odd+signs é';
  const scrub = scrubber([token]);

  test.each([
    ["itself", token],
    ["JSON", JSON.stringify({ token })],
    ["base64", Buffer.from(token).toString("base64")],
    ["base64url", Buffer.from(token).toString("base64url")],
    ["a URL", encodeURIComponent(token)],
  ])("removes it as %s", (_form, text) => {
    expect(scrub(`before ${text} after`)).not.toContain(text);
    expect(scrub(`before ${text} after`)).toMatch(/before .*\*\*\*.* after/);
  });

  test("removes it from base64 of a longer text, wherever it begins", () => {
    for (const user of ["", "a", "ab", "abc"]) {
      const basic = Buffer.from(`${user}:s3cret-password!`).toString("base64");
      const rest = scrubber(["s3cret-password!"])(`Basic ${basic}`);
      expect(Buffer.from(rest.replace("Basic ", ""), "base64").toString()).not.toContain("3cret-passwor");
    }
  });

  test("removes each line of a key, but not the words around it", () => {
    const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIAbcdefgh\nAwEHoUQDQgAEijklmn\n-----END EC PRIVATE KEY-----\n";
    const scrubKey = scrubber([key]);
    expect(scrubKey("line MHcCAQEEIAbcdefgh, line AwEHoUQDQgAEijklmn")).toBe("line ***, line ***");
    expect(scrubKey("-----BEGIN EC PRIVATE KEY-----")).toBe("-----BEGIN EC PRIVATE KEY-----");
  });

  test("a secret that holds another leaves no rest", () => {
    expect(scrubber(["secret", "secret-and-more"])("secret-and-more")).toBe("***");
  });

  test("what is too short to be masked does not ruin the text", () => {
    expect(scrubber(["a", "", "admin"])("an admin says a")).toBe("an admin says a");
    expect(formsOf("ab")).toEqual([]);
  });

  test("no secret survives in any form, whatever stands around it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
        const cleaned = scrubber([secret])(before + secret + after);
        // The text around may happen to spell the secret with the mask.
        fc.pre(!"***".includes(secret) && !(before + after).includes(secret) && !secret.includes("*"));
        return !cleaned.includes(secret);
      }),
    );
  });
});

describe("cleaning foreign words", () => {
  test("takes out line ends, control characters and what turns the direction", () => {
    expect(clean("a\r\nb\u0000c\u001b[31md\u0085e\u2028f")).toBe("a b c [31md e f");
    expect(clean("x\u202ey\u2066z\u200bw\ufeff\u{e0041}")).toBe("xyzw");
  });

  test("cuts at the limit by characters, never through one", () => {
    expect(clean("é".repeat(400))).toHaveLength(300);
    expect(clean("🚦".repeat(10), 4)).toBe("🚦🚦🚦…");
    expect(clean("exactly", 7)).toBe("exactly");
  });

  test("a secret is gone before the cut could leave half of it, also when it was torn apart", () => {
    const scrub = scrubber(["sesame-open-sesame"]);
    expect(foreignWords(`${"x".repeat(290)}sesame-open-sesame`, scrub)).toBe(`${"x".repeat(290)}***`);
    expect(foreignWords("sesame-\u200bopen-sesame", scrub)).toBe("***");
  });
});
