import { describe, expect, it } from "vitest";
import {
  type Block,
  covers,
  isGuarded,
  mayMeet,
  readBlock,
  resolveGateway,
  textOfBlock,
} from "../../src/routes/virtualservice-match.ts";

function block(value: object): Block {
  const found = readBlock(value, "prod");
  if (found === undefined) throw new Error("not a block");
  return found;
}
const uri = (kind: string, value: string) => ({ uri: { [kind]: value } });
const header = (value: object, name = "x-a") => ({ headers: { [name]: value } });

describe("what one match leaves of another", () => {
  it.each<[string, object, object]>([
    ["nothing asked", {}, uri("prefix", "/a")],
    ["the root prefix", uri("prefix", "/"), {}],
    ["a regex for all", uri("regex", ".*"), uri("regex", "/a.*b")],
    ["the same path", uri("exact", "/a"), uri("exact", "/a")],
    ["a shorter prefix", uri("prefix", "/a"), uri("prefix", "/ab")],
    ["a prefix of an exact path", uri("prefix", "/a"), uri("exact", "/a/b")],
    ["the same regex", uri("regex", "/a+"), uri("regex", "/a+")],
    [
      "case ignored by both",
      { ...uri("prefix", "/A"), ignoreUriCase: true },
      { ...uri("prefix", "/ab"), ignoreUriCase: true },
    ],
    ["case ignored by the wider", { ...uri("prefix", "/A"), ignoreUriCase: true }, uri("exact", "/ab")],
    ["presence of a header", header({}), header({ exact: "1" })],
    ["any value of a header", header({ regex: ".*" }), header({ prefix: "1" })],
    ["a header, named in another case", header({ exact: "1" }, "X-A"), header({ exact: "1" })],
    ["fewer guards", header({ exact: "1" }), { ...header({ exact: "1" }), method: { exact: "GET" } }],
    ["any method", { method: { regex: ".*" } }, {}],
    ["the wider exclusion", { withoutHeaders: { a: { exact: "1" } } }, { withoutHeaders: { a: {} } }],
    ["the same port", { port: 80 }, { port: 80 }],
    ["the same source", { sourceLabels: { app: "a" } }, { sourceLabels: { app: "a", tier: "b" } }],
    ["other gateways and names", { gateways: ["gw"], name: "n", statPrefix: "s" }, { gateways: ["mesh"] }],
  ])("%s takes all", (_, a, b) => {
    expect(covers(block(a), block(b))).toBe(true);
  });

  it.each<[string, object, object]>([
    ["a path, of everything", uri("prefix", "/a"), {}],
    ["a longer prefix", uri("prefix", "/ab"), uri("prefix", "/a")],
    ["an exact path, of a prefix", uri("exact", "/a"), uri("prefix", "/a")],
    ["another regex", uri("regex", "/a.*"), uri("exact", "/ab")],
    ["a prefix, of a regex", uri("prefix", "/a"), uri("regex", "/a.*")],
    ["case kept, of case ignored", uri("prefix", "/a"), { ...uri("prefix", "/ab"), ignoreUriCase: true }],
    ["case kept", uri("prefix", "/A"), uri("prefix", "/ab")],
    ["a header, of no header", header({}), {}],
    ["another header value", header({ exact: "1" }), header({ exact: "2" })],
    ["a query in another case", { queryParams: { A: {} } }, { queryParams: { a: {} } }],
    ["the narrower exclusion", { withoutHeaders: { a: {} } }, { withoutHeaders: { a: { exact: "1" } } }],
    ["a port, of every port", { port: 80 }, {}],
    ["another port", { port: 80 }, { port: 81 }],
    ["a field that nobody knows yet", { future: { exact: "1" } }, {}],
    ["an odd condition", uri("suffix", "/a"), uri("exact", "/a")],
    ["a scheme, of every scheme", { scheme: { exact: "https" } }, {}],
  ])("%s leaves some", (_, a, b) => {
    expect(covers(block(a), block(b))).toBe(false);
  });

  it("never throws on odd conditions, and finds each equal to itself alone", () => {
    for (const odd of [7, "x", [], { exact: 7 }, { a: { b: 1 } }]) {
      expect(covers(block({ uri: odd }), block({ uri: odd }))).toBe(true);
      expect(covers(block({ headers: odd }), block({ headers: odd }))).toBe(true);
      expect(covers(block({ uri: odd }), block({ uri: { exact: "/z" } }))).toBe(false);
    }
  });
});

describe("guards", () => {
  it.each<[object, boolean]>([
    [header({}), true],
    [{ queryParams: { a: {} } }, true],
    [{ method: { exact: "GET" } }, true],
    [{ method: { regex: ".*" } }, false],
    [{ sourceLabels: { a: "b" } }, true],
    [{ sourceLabels: {} }, false],
    [{ ...uri("prefix", "/a"), port: 80, authority: { exact: "a" } }, false],
  ])("%j: %s", (value, expected) => {
    expect(isGuarded(block(value))).toBe(expected);
  });
});

describe("whether a request may match both, guards aside", () => {
  it.each<[object, object, boolean]>([
    [{}, uri("exact", "/a"), true],
    [uri("prefix", "/a"), uri("prefix", "/ab"), true],
    [uri("prefix", "/ab"), uri("prefix", "/a"), true],
    [uri("prefix", "/a"), uri("prefix", "/b"), false],
    [uri("exact", "/a"), uri("prefix", "/"), true],
    [uri("prefix", "/b"), uri("exact", "/a"), false],
    [uri("exact", "/a"), uri("exact", "/b"), false],
    [uri("regex", "/a.*"), uri("exact", "/b"), true],
    [{ port: 80 }, { port: 81 }, false],
    [{ port: 80 }, {}, true],
    [header({ exact: "1" }), header({ exact: "2" }), true],
  ])("%j and %j: %s", (a, b, expected) => {
    expect(mayMeet(block(a), block(b))).toBe(expected);
  });
});

describe("the rest of a block", () => {
  it("compares without gateways, names and order of members", () => {
    const a = { gateways: ["gw"], name: "n", port: 80, uri: { exact: "/a" } };
    expect(textOfBlock(block(a))).toBe(textOfBlock(block({ uri: { exact: "/a" }, port: 80 })));
    expect(textOfBlock(block(a))).not.toBe(textOfBlock(block({ uri: { exact: "/a" }, port: 81 })));
  });

  it.each([null, 7, "x", []])("%j is none", (value) => {
    expect(readBlock(value, "prod")).toBeUndefined();
  });

  it.each([
    ["mesh", "mesh"],
    ["gw", "prod/gw"],
    ["./gw", "prod/gw"],
    ["infra/gw", "infra/gw"],
    ["gw.infra", "infra/gw"],
    ["gw.infra.svc.cluster.local", "infra/gw"],
  ])("gateway %s is %s", (gateway, full) => {
    expect(resolveGateway(gateway, "prod")).toBe(full);
  });
});
