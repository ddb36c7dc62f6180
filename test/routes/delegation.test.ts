import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { finding } from "../../src/base/reasons/finding.ts";
import { delegation } from "../../src/routes/delegation.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { target, to, virtualService } from "./shapes.ts";

const { facing, faultsOf, followed, goesOn, ignored, isDelegate, rootsOf } = delegation;
const delegating = (name: string, more: object = {}, namespace?: string) => ({
  ...more,
  delegate: { name, ...(namespace === undefined ? {} : { namespace }) },
});
const prefix = (value: string) => ({ match: [{ uri: { prefix: value } }] });
const root = (...rules: readonly unknown[]): KubeObject =>
  virtualService({ hosts: ["web", "www.example.com"], gateways: ["edge"], http: rules }, { name: "root" });
const delegate = (spec: object, metadata: object = {}): KubeObject =>
  virtualService(spec, { name: "weights", ...metadata });
const split = { route: [to("v1", 100), to("v2", 0)] };

describe("without the word", () => {
  it("a root is refused with the object that holds the weights", () => {
    const selected = virtualservice.select(root(delegating("weights", prefix("/"), "shop")), target());
    expect(selected).toEqual({
      kind: "refused",
      findings: [
        finding("delegated", {
          why: "elsewhere",
          delegate: "shop/weights",
          route: "shop/virtualservice/weights",
          rules: [],
          delegates: [],
        }),
      ],
    });
  });
});

describe("the delegate that is followed", () => {
  it("is the only one, in the root's own namespace where none is written", () => {
    const found = { kind: "follows", name: "weights", labels: ["http/0"], spent: [] };
    expect(followed(root(delegating("weights")), [])).toEqual({ ...found, namespace: "prod" });
    expect(followed(root(delegating("weights", {}, "shop")), [])).toEqual({ ...found, namespace: "shop" });
    const twice = root(delegating("weights", prefix("/a")), delegating("weights", prefix("/b")), split);
    expect(followed(twice, [])).toMatchObject({ kind: "follows", labels: ["http/0", "http/1"] });
  });

  it("is chosen among several by a rule of the root; what names none of its rules is for the delegate", () => {
    const two = root(delegating("api", { name: "api", ...prefix("/api") }), delegating("rest", { name: "rest" }));
    expect(followed(two, ["http/api", "http/main"])).toEqual({
      kind: "follows",
      namespace: "prod",
      name: "api",
      labels: ["http/api"],
      spent: ["http/api"],
    });
    expect(followed(two, [])).toEqual({
      kind: "refused",
      finding: finding("ambiguous-scope", {
        unclear: "delegates",
        object: "VirtualService prod/root",
        rules: [],
        selectors: [],
        delegates: [
          { rule: "http/api", to: "prod/api" },
          { rule: "http/rest", to: "prod/rest" },
        ],
      }),
    });
  });

  it("is none where nothing delegates, or where the user selects rules that do not", () => {
    expect(followed(root(split), [])).toEqual({ kind: "stays" });
    const mixed = root(delegating("weights", prefix("/a")), { name: "own", ...split });
    expect(followed(mixed, ["http/own"])).toEqual({ kind: "stays" });
    expect(followed(mixed, ["http/own", "http/0"])).toMatchObject({
      kind: "refused",
      finding: finding("ambiguous-scope", {
        unclear: "places",
        object: "VirtualService prod/root",
        rules: ["http/own"],
        selectors: ["http/0"],
        delegates: [],
      }),
    });
  });

  it("goes neither in a circle nor two levels deep", () => {
    expect(followed(root(delegating("root")), [])).toMatchObject({
      kind: "refused",
      finding: { reason: { code: "delegated", data: { why: "itself", rules: ["http/0"] } } },
    });
    const top = root(delegating("weights"));
    expect(goesOn(top, delegate({ http: [split] }))).toBeUndefined();
    expect(goesOn(top, delegate({ http: [delegating("deeper")] }))).toEqual(
      finding("delegated", {
        why: "further",
        delegate: "prod/weights",
        root: "prod/root",
        rules: [],
        delegates: [{ rule: "http/0", to: "prod/deeper" }],
      }),
    );
    expect(goesOn(top, delegate({ http: [delegating("root")] }))).toMatchObject({
      reason: { data: { delegates: [{ to: "prod/root" }] } },
    });
  });
});

describe("what the mesh leaves out with a line in its own log alone", () => {
  const why = (top: KubeObject, below: KubeObject) => ignored(top, below);
  const about = { object: "VirtualService prod/weights", root: "prod/root", fields: [] };
  const top = root(delegating("weights", { match: [{ uri: { prefix: "/shop" }, headers: { a: { exact: "1" } } }] }));
  const withMatch = (...blocks: readonly object[]) => delegate({ http: [{ match: blocks, ...split }] });

  it("is nothing where the delegate's match is narrower, or silent", () => {
    for (const fine of [
      delegate({ http: [split] }),
      withMatch({ uri: { prefix: "/shop/cart" } }),
      withMatch({ uri: { exact: "/shop/cart" }, headers: { a: { exact: "1" }, b: { regex: ".*" } } }),
      withMatch({ method: { exact: "GET" } }),
    ]) {
      expect(why(top, fine)).toEqual([]);
    }
    expect(why(root(delegating("weights")), withMatch({ uri: { regex: ".*" } }))).toEqual([]);
  });

  it("is a rule that matches more than the root's rule, in any of its blocks", () => {
    for (const wider of [
      withMatch({ uri: { prefix: "/" } }),
      withMatch({ uri: { prefix: "/shop" } }, { uri: { prefix: "/other" } }),
      withMatch({ uri: { regex: "/shop/.*" } }),
      withMatch({ uri: { prefix: "/shop" }, ignoreUriCase: true }),
      withMatch({ headers: { a: { exact: "2" } } }),
    ]) {
      expect(why(top, wider)).toEqual([finding("route-ignored", { why: "wider-match", rule: "http/0", ...about })]);
    }
  });

  it("is an object with hosts of its own, or one that the root's namespace cannot see", () => {
    expect(why(root(delegating("weights")), delegate({ hosts: ["web"], http: [split] }))).toEqual([
      finding("route-ignored", { why: "own-hosts", ...about }),
    ]);
    const exported = (...exportTo: readonly string[]) =>
      ignored(root(delegating("weights", {}, "shop")), delegate({ exportTo, http: [split] }, { namespace: "shop" }));
    expect(exported(".")).toMatchObject([
      { reason: { data: { why: "not-exported", namespace: "prod", root: "prod/root" } } },
    ]);
    for (const fine of [[], ["*"], ["prod"]]) expect(exported(...fine)).toEqual([]);
  });
});

describe("a delegate and its roots", () => {
  const weights = delegate({ http: [split] });
  const top = root(delegating("weights", { fault: { abort: {} } }));

  it("know each other", () => {
    expect(isDelegate(weights)).toBe(true);
    expect(isDelegate(top)).toBe(false);
    expect(rootsOf(weights, [top, root(delegating("other")), root(split)])).toEqual([top]);
    expect(faultsOf(top, weights)).toEqual([
      finding("fault-injected", { rule: "http/0", root: "VirtualService prod/root" }),
    ]);
  });

  it("face callers together: the root's hosts and gateways in full, the delegate's rules", () => {
    const { spec } = facing(delegate({ http: [split] }, { namespace: "shop" }), [top]);
    expect(spec).toEqual({
      hosts: ["web.prod.svc.cluster.local", "www.example.com"],
      gateways: ["prod/edge"],
      http: [split],
    });
    expect(facing(weights, [])).toBe(weights);
  });
});
