import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { reason } from "../../../src/base/reasons/index.ts";
import { notice } from "../../../src/base/reasons/notice.ts";
import { shop } from "../../servers/shop.ts";
import { because, look, route, stage, virtualServiceOf } from "../scene.ts";

const to = (subset: string, weight: number, host = "reviews") => ({ destination: { host, subset }, weight });
const split = [{ route: [to("v1", 100), to("v2", 0)] }];
const found = async (...others: readonly KubeObject[]) => stage({ objects: [...shop(), ...others] }).preflight();

describe("other VirtualServices", () => {
  it("for the same host on the same entry path are refused, with which of them decides", async () => {
    const { findings } = await found(
      virtualServiceOf("a-second-one", {
        hosts: ["reviews.shop.svc.cluster.local"],
        http: [{ route: [to("v1", 100)] }],
      }),
    );
    expect(findings).toEqual(
      because("multiple-virtualservices", {
        host: "reviews.shop.svc.cluster.local",
        others: ["shop/a-second-one"],
        deciders: [{ object: "shop/a-second-one", paths: ["mesh"] }],
      }),
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
    const { findings } = await found(other);
    expect(findings).toEqual(
      because("multiple-virtualservices", {
        host: "reviews.shop.svc.cluster.local",
        others: ["shop/edge"],
        deciders: [
          { object: "shop/reviews", paths: ["mesh"] },
          { object: "shop/edge", paths: ["shop/edge"] },
        ],
      }),
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
    const { codes, notices } = await stage({
      rights: [route, look("services", "endpointslices", "pods", "destinationrules")],
    }).preflight();
    expect(codes).toEqual([]);
    const unlisted = reason("not-listable", { plural: "virtualservices", namespace: "shop" });
    expect(notices).toContainEqual(notice("check-skipped", { check: "rivals", because: unlisted }));
  });

  it("that could not be listed block a raise until the API server answers", async () => {
    const trouble = ({ kind, resource }: { kind: string; resource: { plural: string } | undefined }) =>
      kind === "list" && resource?.plural === "virtualservices" ? { code: 503, message: "overloaded" } : undefined;
    const { findings } = await stage({ trouble }).preflight();
    const says = { code: "api-server-error" };
    expect(findings).toMatchObject(
      because("cluster-unreachable", { asked: "rivals", object: "virtualservices", says }),
    );
  });
});
