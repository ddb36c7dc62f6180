import { expect, test } from "vitest";
import { keep, type Secrets, scrubbed } from "../../src/inputs/collected-secrets.ts";

test("a secret is known in every form that it may turn up in", () => {
  const secrets: Secrets = new Set();
  const value = 'first "line" of it\nsecond line\n';
  keep(secrets, value);
  for (const form of [
    value,
    value.trim(),
    'first \\"line\\" of it\\nsecond line\\n',
    'first "line" of it',
    "second line",
  ]) {
    expect(secrets).toContain(form);
  }
  expect(secrets).toContain(Buffer.from(value).toString("base64"));
});

test("what is too short to hide would black out the log", () => {
  const secrets: Secrets = new Set();
  keep(secrets, "abc");
  keep(secrets, "");
  expect([...secrets].filter((form) => form.length < 6)).toEqual([]);
});

test("the longest secret goes first, since one may be a part of another", () => {
  expect(scrubbed("x secret-and-more secret y", new Set(["secret", "secret-and-more"]))).toBe("x *** *** y");
});
