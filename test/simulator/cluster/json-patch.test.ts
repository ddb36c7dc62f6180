import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyJsonPatch, mostOperations } from "../../../src/simulator/cluster/json-patch.ts";

type Operations = readonly Readonly<Record<string, unknown>>[];

function patched(document: unknown, ...operations: Operations): unknown {
  const result = applyJsonPatch(document, operations);
  if (result.kind !== "patched") throw new Error(`${result.kind}: ${JSON.stringify(result)}`);
  return result.document;
}

function outcome(document: unknown, ...operations: Operations): string {
  return applyJsonPatch(document, operations).kind;
}

describe("each operation of RFC 6902", () => {
  it.each<[string, unknown, Operations, unknown]>([
    ["adds a member", { host: "v1" }, [{ op: "add", path: "/weight", value: 5 }], { host: "v1", weight: 5 }],
    [
      "adds before a position",
      { hosts: ["a", "c"] },
      [{ op: "add", path: "/hosts/1", value: "b" }],
      { hosts: ["a", "b", "c"] },
    ],
    [
      "adds at the end by its position",
      { hosts: ["a"] },
      [{ op: "add", path: "/hosts/1", value: "b" }],
      { hosts: ["a", "b"] },
    ],
    [
      "adds at the end by a dash",
      { hosts: ["a"] },
      [{ op: "add", path: "/hosts/-", value: ["b"] }],
      { hosts: ["a", ["b"]] },
    ],
    [
      "adds a nested object",
      { spec: 1 },
      [{ op: "add", path: "/metadata", value: { labels: {} } }],
      { spec: 1, metadata: { labels: {} } },
    ],
    ["overwrites a member that is there", { weight: 5 }, [{ op: "add", path: "/weight", value: 20 }], { weight: 20 }],
    ["adds null", {}, [{ op: "add", path: "/timeout", value: null }], { timeout: null }],
    ["removes a member", { a: 1, b: 2 }, [{ op: "remove", path: "/b" }], { a: 1 }],
    ["removes an item", { hosts: ["a", "b", "c"] }, [{ op: "remove", path: "/hosts/1" }], { hosts: ["a", "c"] }],
    ["replaces a member", { a: 1, b: 2 }, [{ op: "replace", path: "/b", value: "x" }], { a: 1, b: "x" }],
    [
      "moves a member",
      { from: { name: "x", left: 1 }, to: {} },
      [{ op: "move", from: "/from/name", path: "/to/name" }],
      { from: { left: 1 }, to: { name: "x" } },
    ],
    [
      "moves an item",
      { hosts: ["a", "b", "c", "d"] },
      [{ op: "move", from: "/hosts/1", path: "/hosts/3" }],
      { hosts: ["a", "c", "d", "b"] },
    ],
    [
      "copies a member",
      { a: { b: [1] } },
      [
        { op: "copy", from: "/a", path: "/c" },
        { op: "add", path: "/c/b/-", value: 2 },
      ],
      { a: { b: [1] }, c: { b: [1, 2] } },
    ],
    [
      "tests a value and goes on",
      { a: { b: [1, "x"] } },
      [
        { op: "test", path: "/a", value: { b: [1, "x"] } },
        { op: "remove", path: "/a" },
      ],
      {},
    ],
    ["takes no notice of members it does not know", {}, [{ op: "add", path: "/a", value: 1, note: "x" }], { a: 1 }],
    [
      "reads ~1 as a slash",
      { annotations: {} },
      [{ op: "add", path: "/annotations/sluice.dev~1rollout", value: "{}" }],
      { annotations: { "sluice.dev/rollout": "{}" } },
    ],
    [
      "reads ~01 as ~1, not as a slash",
      { "~1": 10, "/": 9 },
      [{ op: "test", path: "/~01", value: 10 }],
      { "~1": 10, "/": 9 },
    ],
    ["takes an empty name for a name", { "": 1 }, [{ op: "replace", path: "/", value: 2 }], { "": 2 }],
    ["tests the whole document", { a: 1 }, [{ op: "test", path: "", value: { a: 1 } }], { a: 1 }],
    ["replaces the whole document", { a: 1 }, [{ op: "replace", path: "", value: { b: 2 } }], { b: 2 }],
  ])("%s", (_what, document, operations, expected) => {
    expect(patched(document, ...operations)).toEqual(expected);
  });

  it.each<[string, unknown, Readonly<Record<string, unknown>>]>([
    ["a failed test", { a: 1 }, { op: "test", path: "/a", value: 2 }],
    ["a test of another type", { "/": 9 }, { op: "test", path: "/~1", value: "9" }],
    ["a missing parent", { a: 1 }, { op: "add", path: "/b/c", value: 1 }],
    ["a parent that is no container", { a: 1 }, { op: "add", path: "/a/b", value: 1 }],
    ["a position beyond the end", { a: [1] }, { op: "add", path: "/a/2", value: 1 }],
    ["a position that is no number", { a: [1] }, { op: "add", path: "/a/x", value: 1 }],
    ["a replacement behind the end", { a: [1] }, { op: "replace", path: "/a/1", value: 1 }],
    ["the removal of what is not there", { a: 1 }, { op: "remove", path: "/b" }],
    ["a move of what is not there", { a: 1 }, { op: "move", from: "/b", path: "/c" }],
    ["a move into itself", { a: { b: 1 } }, { op: "move", from: "/a", path: "/a/b/c" }],
    ["an unknown operation", { a: 1 }, { op: "spam", path: "/a" }],
    ["an operation without a path", { a: 1 }, { op: "add", value: 1 }],
    ["a path without a slash", { a: 1 }, { op: "add", path: "a", value: 1 }],
  ])("does not apply: %s", (_what, document, operation) => {
    expect(outcome(document, operation)).toBe("failed");
  });
});

describe("where the API server is more lenient than the standard", () => {
  it("replaces a member that is missing", () => {
    expect(patched({ route: {} }, { op: "replace", path: "/route/weight", value: 5 })).toEqual({
      route: { weight: 5 },
    });
  });

  it("counts negative positions from the end", () => {
    const document = { http: [{ weight: 1 }, { weight: 2 }] };
    expect(patched(document, { op: "replace", path: "/http/-1/weight", value: 9 })).toEqual({
      http: [{ weight: 1 }, { weight: 9 }],
    });
    expect(patched({ a: [1, 2] }, { op: "add", path: "/a/-1", value: 3 })).toEqual({ a: [1, 2, 3] });
    expect(outcome({ a: [1, 2] }, { op: "remove", path: "/a/-3" })).toBe("failed");
  });

  it("passes a test against null on a missing member, but not under a missing parent", () => {
    const path = "/annotations/sluice.dev~1rollout";
    expect(outcome({ annotations: {} }, { op: "test", path, value: null })).toBe("patched");
    expect(outcome({}, { op: "test", path, value: null })).toBe("failed");
  });

  it("copies a missing member as null", () => {
    expect(patched({ a: 1 }, { op: "copy", from: "/b", path: "/c" })).toEqual({ a: 1, c: null });
  });
});

it("refuses what is no list of operations, and more than 10,000 of them, apart from what does not apply", () => {
  expect(applyJsonPatch({}, { op: "add" }).kind).toBe("malformed");
  expect(applyJsonPatch({}, ["add"]).kind).toBe("malformed");
  const test = { op: "test", path: "/a", value: null };
  expect(applyJsonPatch({}, Array(mostOperations).fill(test)).kind).toBe("patched");
  expect(applyJsonPatch({}, Array(mostOperations + 1).fill(test))).toEqual({ kind: "too-long", operations: 10_001 });
});

it("keeps hostile names as names", () => {
  const document = patched({}, { op: "add", path: "/__proto__", value: { polluted: true } });
  expect(Object.keys(document as object)).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(outcome({}, { op: "test", path: "/constructor/name", value: "Object" })).toBe("failed");
});

const json = fc.jsonValue({ maxDepth: 3 });
const pointer = fc
  .array(fc.constantFrom("a", "b", "0", "1", "-1", "-", "x~0y", "~1"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((part) => `/${part}`).join(""));
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom("add", "replace", "test"), path: pointer, value: json }),
  fc.record({ op: fc.constantFrom("move", "copy"), path: pointer, from: pointer }),
  fc.record({ op: fc.constant("remove"), path: pointer }),
);
const document = fc.dictionary(fc.constantFrom("a", "b", "x~y", "/"), json);

describe("for every document and patch", () => {
  it("never touches the document it was given, nor the values of the patch", () => {
    fc.assert(
      fc.property(document, fc.array(operation), (given, operations) => {
        const before = JSON.stringify([given, operations]);
        applyJsonPatch(given, operations);
        expect(JSON.stringify([given, operations])).toBe(before);
      }),
    );
  });

  it("is the same whether its operations come together or one by one", () => {
    fc.assert(
      fc.property(document, fc.array(operation, { maxLength: 5 }), (given, operations) => {
        const whole = applyJsonPatch(given, operations);
        let step: unknown = given;
        for (const single of operations) {
          const result = applyJsonPatch(step, [single]);
          if (result.kind !== "patched") {
            expect(whole.kind).toBe(result.kind);
            return;
          }
          step = result.document;
        }
        expect(whole).toEqual({ kind: "patched", document: step });
      }),
    );
  });

  it("an added value can be tested and removed again", () => {
    fc.assert(
      fc.property(document, fc.constantFrom("a~1b", "new", "~0"), json, (given, name, value) => {
        const { [name.replace("~1", "/").replace("~0", "~")]: _old, ...rest } = given;
        const path = `/${name}`;
        const operations = [
          { op: "add", path, value },
          { op: "test", path, value },
          { op: "remove", path },
        ];
        expect(patched(given, ...operations)).toEqual(rest);
      }),
    );
  });
});

describe("the document that a patch is applied to", () => {
  const document = () => ({
    metadata: { annotations: { team: "reviews" } },
    spec: { http: [{ route: [{ weight: 100 }, { weight: 0 }] }, { route: [{ weight: 1 }] }] },
  });

  it("stays as it was, whatever the operations do", () => {
    const given = document();
    const changed = patched(
      given,
      { op: "test", path: "/spec/http/0/route/0/weight", value: 100 },
      { op: "add", path: "/spec/http/0/route/1/weight", value: 20 },
      { op: "replace", path: "/spec/http/0/route/0/weight", value: 80 },
      { op: "copy", from: "/spec/http/0", path: "/spec/http/-" },
      { op: "add", path: "/spec/http/2/route/0/weight", value: 7 },
      { op: "move", from: "/metadata/annotations/team", path: "/metadata/team" },
      { op: "remove", path: "/spec/http/1" },
    );
    expect(given).toEqual(document());
    expect(changed).toEqual({
      metadata: { annotations: {}, team: "reviews" },
      spec: {
        http: [{ route: [{ weight: 80 }, { weight: 20 }] }, { route: [{ weight: 7 }, { weight: 20 }] }],
      },
    });
  });

  it("shares what no operation touched", () => {
    const given = document();
    const changed = patched(given, { op: "add", path: "/spec/http/0/route/0/weight", value: 80 }) as typeof given;
    expect(changed.metadata).toBe(given.metadata);
    expect(changed.spec.http[1]).toBe(given.spec.http[1]);
    expect(changed.spec.http[0]).not.toBe(given.spec.http[0]);
  });

  it("does not become the value that was put into it", () => {
    const value = { weight: 5 };
    patched(document(), { op: "add", path: "/spec/new", value }, { op: "add", path: "/spec/new/weight", value: 6 });
    expect(value).toEqual({ weight: 5 });
  });
});
