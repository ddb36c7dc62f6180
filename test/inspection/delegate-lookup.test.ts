import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import { faced, followDelegate } from "../../src/inspection/delegate-lookup.ts";
import { checkRivals } from "../../src/inspection/preflight/competing-routes.ts";
import { fabricReader } from "../../src/inspection/traffic-reporters.ts";
import { drivers } from "../../src/routes/index.ts";
import type { Rule } from "../../src/simulator/cluster/rbac.ts";
import { target } from "../routes/shapes.ts";
import { siteWith } from "./inspected-route.ts";
import { virtualServiceOf } from "./scene.ts";

const split = {
  name: "main",
  route: [
    { destination: { host: "reviews", subset: "v1" }, weight: 100 },
    { destination: { host: "reviews", subset: "v2" }, weight: 0 },
  ],
};
const root = virtualServiceOf("root", { hosts: ["reviews"], http: [{ name: "all", delegate: { name: "weights" } }] });
const weights = virtualServiceOf("weights", { http: [split] });
const options = {};
const refused = (code: string, data: object) => ({ kind: "refused", finding: { reason: { code, data } } });
const { virtualservice } = drivers;
const versions = { stable: "reviews.shop.svc.cluster.local/v1", canary: "reviews.shop.svc.cluster.local/v2" };

const follow = (objects: readonly KubeObject[], rules: readonly string[] = [], rights?: readonly Rule[]) =>
  followDelegate(siteWith(virtualservice, objects, rights).site, rules, options);
/** The site of a root whose delegate was followed. */
async function followedSite(objects: readonly KubeObject[], rules: readonly string[] = []) {
  const { site } = siteWith(virtualservice, objects);
  const found = await followDelegate(site, rules, options);
  if (found.kind !== "follows") throw new Error(found.kind);
  return { site: { ...site, ...found }, found };
}

describe("follow-delegates", () => {
  it("moves on to the delegate, and takes the root along", async () => {
    const { found } = await followedSite([root, weights]);
    expect(found.resource).toMatchObject({ namespace: "shop", name: "weights", plural: "virtualservices" });
    expect(found.root.metadata.name).toBe("root");
  });

  it("stays where nothing delegates", async () => {
    expect(await follow([virtualServiceOf("web", { hosts: ["reviews"], http: [split] })])).toEqual({ kind: "stays" });
  });

  it("keeps a selector of the root from the delegate, whose rules are its own", async () => {
    const { found } = await followedSite([root, weights], ["http/all"]);
    const selected = found.driver.select(weights, target({ rules: ["http/all"] }));
    expect(selected.kind).toBe("selected");
    expect(found.driver.select(weights, target({ rules: ["http/all", "http/missing"] }))).toMatchObject({
      findings: [{ reason: { code: "route-not-found" } }],
    });
  });

  it("refuses a delegate that is not there, with the rule that names it", async () => {
    expect(await follow([root])).toEqual({
      kind: "refused",
      finding: finding("object-not-found", {
        object: "VirtualService shop/weights",
        delegatedBy: { root: "VirtualService shop/root", rules: ["http/all"] },
      }),
    });
  });

  it("refuses a delegate that delegates itself, a circle, and several delegates", async () => {
    const again = virtualServiceOf("weights", { http: [{ delegate: { name: "root" } }] });
    expect(await follow([root, again])).toMatchObject(
      refused("delegated", {
        why: "further",
        root: "shop/root",
        delegate: "shop/weights",
        delegates: [{ rule: "http/0", to: "shop/root" }],
      }),
    );
    const self = virtualServiceOf("root", { hosts: ["reviews"], http: [{ delegate: { name: "root" } }] });
    expect(await follow([self])).toMatchObject(refused("delegated", { why: "itself" }));
    const two = virtualServiceOf("root", {
      hosts: ["reviews"],
      http: [{ match: [{ uri: { prefix: "/a" } }], delegate: { name: "a" } }, { delegate: { name: "b" } }],
    });
    expect(await follow([two])).toMatchObject(refused("ambiguous-scope", { unclear: "delegates" }));
  });

  it("names the right that is missing, or that nothing answered", async () => {
    expect(await follow([root, weights], [], [])).toMatchObject(refused("permission-missing", { asked: "read" }));
    const { site } = siteWith(virtualservice, [root]);
    const unheard = reason("network-cancelled", {});
    const silent = { ...site.cluster, read: async () => ({ kind: "failed", reason: unheard }) as const };
    expect(await followDelegate({ ...site, cluster: silent }, [], options)).toMatchObject(
      refused("cluster-unreachable", { asked: "read", object: "VirtualService shop/root" }),
    );
  });
});

describe("what callers of a delegate meet", () => {
  it("is the root: its hosts for the metrics, and no rival in it", async () => {
    const { site } = await followedSite([root, weights]);
    const fabric = await fabricReader(site)({ ...versions, rules: [] }, options);
    expect(fabric.hosts).toEqual(["reviews.shop.svc.cluster.local"]);
    const checked = await checkRivals(site, weights, versions, options);
    expect(checked.findings).toEqual([]);
    expect(checked.notices).toEqual([notice("delegate-followed", { root: "shop/root", delegate: "shop/weights" })]);
  });

  it("is refused where another object serves the root's hosts", async () => {
    const rival = virtualServiceOf("a-second-one", { hosts: ["reviews"], http: [{ route: [split.route[0]] }] });
    const { site } = await followedSite([root, weights, rival]);
    const { findings } = await checkRivals(site, weights, versions, options);
    expect(findings.map(({ reason }) => reason.code)).toEqual(["multiple-virtualservices"]);
  });

  it("is told where the delegate is shared", async () => {
    const other = virtualServiceOf("other", { hosts: ["ratings"], http: [{ delegate: { name: "weights" } }] });
    const { site } = await followedSite([root, weights, other]);
    const { notices, findings } = await checkRivals(site, weights, versions, options);
    expect(findings).toEqual([]);
    const shared = { delegate: "shop/weights", roots: ["shop/other"] };
    expect(notices[1]).toEqual(notice("delegate-of", { ...shared, moved: "root" }));
  });

  it("is found for a delegate that is named itself", async () => {
    const { site, object } = siteWith(virtualservice, [weights, root]);
    const { notices } = await checkRivals(site, object, versions, options);
    const of = { delegate: "shop/weights", roots: ["shop/root"] };
    expect(notices).toEqual([notice("delegate-of", { ...of, moved: "delegate" })]);
    const alone = siteWith(virtualservice, [weights]);
    expect((await checkRivals(alone.site, alone.object, versions, options)).notices).toEqual([
      notice("delegate-unused", { delegate: "shop/weights" }),
    ]);
  });

  it("is refused where the mesh ignores the delegate for all of its roots, not for one of them", () => {
    const object = virtualServiceOf("weights", { http: [{ match: [{ uri: { prefix: "/" } }], ...split }] });
    const narrow = virtualServiceOf("root", {
      hosts: ["reviews"],
      http: [{ match: [{ uri: { prefix: "/a" } }], delegate: { name: "weights" } }],
    });
    expect(
      faced({ driver: virtualservice, root: narrow }, object, []).findings.map(({ reason }) => reason.code),
    ).toEqual(["route-ignored"]);
    const wide = virtualServiceOf("wide", { hosts: ["ratings"], http: [{ delegate: { name: "weights" } }] });
    expect(faced({ driver: virtualservice, root: narrow }, object, [wide]).findings).toEqual([]);
  });
});
