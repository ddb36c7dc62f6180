import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalText, contentDigest } from "../../src/base/content-digest.ts";
import { listOf, member, textsOf } from "../../src/base/read-fields.ts";

describe("members", () => {
  it("are own members only; null is absent", () => {
    expect(member({ a: 1 }, "a")).toBe(1);
    expect(member({ a: null }, "a")).toBeUndefined();
    expect(member({}, "toString")).toBeUndefined();
    expect(member(JSON.parse('{"__proto__": {"a": 1}}'), "a")).toBeUndefined();
    for (const odd of [null, undefined, 7, "text", [1]]) expect(member(odd, "length")).toBeUndefined();
  });

  it("are lists and texts only where they are", () => {
    expect(listOf("x")).toBeUndefined();
    expect(textsOf(["a", 1, null, "b"])).toEqual(["a", "b"]);
    expect(textsOf({ 0: "a" })).toEqual([]);
  });
});

describe("the canonical text", () => {
  it("does not depend on the order of members", () => {
    expect(canonicalText({ b: [1, { d: null, c: "x" }], a: true })).toBe(
      canonicalText({ a: true, b: [1, { c: "x", d: null }] }),
    );
  });

  it("is another for another content", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(!Object.is(a, -0) && !JSON.stringify([a, b]).includes("-0"));
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(canonicalText(a) === canonicalText(b)).toBe(same);
      }),
    );
  });

  it("ends, however deep the content is", () => {
    let deep: unknown = "x";
    for (let depth = 0; depth < 10_000; depth += 1) deep = { deep };
    expect(canonicalText(deep).length).toBeLessThan(2000);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, sorted(entry)] as const);
  // Told apart from a list, or an empty map would pass for one.
  return { entries: entries.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

describe("digests", () => {
  it("are ten letters and digits, the same for the same text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(contentDigest(text)).toMatch(/^[0-9a-z]{10}$/);
        expect(contentDigest(text)).toBe(contentDigest(text));
      }),
    );
  });

  it("tell apart texts that differ little", () => {
    const texts = Array.from(
      { length: 50_000 },
      (_, index) => `["rule-${index}",[{"uri":{"prefix":"/p${index % 7}"}}]]`,
    );
    expect(new Set(texts.map(contentDigest)).size).toBe(texts.length);
  });
});
