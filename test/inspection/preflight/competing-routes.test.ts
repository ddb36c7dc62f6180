import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { shop } from "../../servers/shop.ts";
import { look, route, stage, virtualServiceOf } from "../scene.ts";

const to = (subset: string, weight: number, host = "reviews") => ({ destination: { host, subset }, weight });
const split = [{ route: [to("v1", 100), to("v2", 0)] }];
const found = async (...others: readonly KubeObject[]) => stage({ objects: [...shop(), ...others] }).preflight();

describe("other VirtualServices", () => {
  it("for the same host on the same entry path are refused, with which of them decides", async () => {
    const { codes, texts } = await found(
      virtualServiceOf("a-second-one", {
        hosts: ["reviews.shop.svc.cluster.local"],
        http: [{ route: [to("v1", 100)] }],
      }),
    );
    expect(codes).toEqual(["multiple-virtualservices"]);
    expect(texts).toBe(
      "Also routing reviews.shop.svc.cluster.local: shop/a-second-one. shop/a-second-one decides for mesh. Name every object that must move, or remove the ineffective one.",
    );
  });

  it("for the same host elsewhere, without the two versions, are left alone", async () => {
    const other = virtualServiceOf("edge", {
      hosts: ["reviews"],
      gateways: ["edge"],
      http: [{ route: [to("v1", 100)] }],
    });
    expect((await found(other)).codes).toEqual([]);
  });

  it("that split between the same versions on another entry path are refused", async () => {
    const other = virtualServiceOf("edge", { hosts: ["reviews.example.com"], gateways: ["edge"], http: split });
    const { codes, texts } = await found(other);
    expect(codes).toEqual(["multiple-virtualservices"]);
    expect(texts).toContain(
      "Also routing reviews.shop.svc.cluster.local: shop/edge. shop/reviews decides for mesh; shop/edge decides for shop/edge.",
    );
  });

  it("for other hosts that hold one version are left alone", async () => {
    const other = virtualServiceOf("preview", {
      hosts: ["preview.example.com"],
      gateways: ["edge"],
      http: [{ route: [to("v2", 100)] }],
    });
    expect((await found(other)).codes).toEqual([]);
  });

  it("that are delegates name no host and are left alone", async () => {
    expect((await found(virtualServiceOf("part", { http: split }))).codes).toEqual([]);
  });

  it("of another namespace are not looked at", async () => {
    const there = stage({
      objects: [...shop(), virtualServiceOf("reviews", { hosts: ["reviews"], http: split }, "other")],
    });
    expect((await there.preflight()).codes).toEqual([]);
    expect(
      there.calls
        .filter(({ kind, resource }) => kind === "list" && resource?.plural === "virtualservices")
        .map(({ resource }) => resource?.namespace),
    ).toEqual(["shop"]);
  });

  it("that may not be listed are a skipped check", async () => {
    const { codes, notes } = await stage({
      rights: [route, look("services", "endpointslices", "pods", "destinationrules")],
    }).preflight();
    expect(codes).toEqual([]);
    expect(notes).toContain(
      "check skipped: virtualservices in shop may not be listed, so another one for the same host would not be seen",
    );
  });

  it("that nobody could list block a raise until the API server answers", async () => {
    const trouble = ({ kind, resource }: { kind: string; resource: { plural: string } | undefined }) =>
      kind === "list" && resource?.plural === "virtualservices" ? { code: 503, message: "overloaded" } : undefined;
    const { codes, texts } = await stage({ trouble }).preflight();
    expect(codes).toEqual(["cluster-unreachable"]);
    expect(texts).toMatch(
      /^Nobody could say which other virtualservices route the same host: .* overloaded\. Run again/,
    );
  });
});
