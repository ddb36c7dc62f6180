import { describe, expect, it } from "vitest";
import { finding } from "../../src/base/reasons/finding.ts";
import { rivalsOf, type TrafficClaim } from "../../src/routes/competing-virtualservices.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { http, to, virtualService, web } from "./shapes.ts";

const served = (title: string, more: Partial<TrafficClaim> = {}): TrafficClaim => ({
  title,
  hosts: ["web.prod.svc.cluster.local"],
  paths: ["mesh"],
  splits: false,
  order: `2026-01-01T00:00:00Z ${title}`,
  ...more,
});
const said = (mine: TrafficClaim, ...others: readonly TrafficClaim[]) => rivalsOf(mine, others, web("v1"));

describe("objects that decide about the same traffic", () => {
  it("are none where hosts or entry paths differ", () => {
    expect(
      said(served("prod/web"), served("prod/api", { hosts: ["api"] }), served("prod/edge", { paths: ["prod/gw"] })),
    ).toEqual([]);
  });

  it("are named with the oldest, which decides, whatever the order of the list", () => {
    const older = served("prod/zebra", { order: "2025-12-31T00:00:00Z prod/zebra" });
    expect(said(served("prod/web"), older, served("prod/other"))).toEqual([
      finding("multiple-virtualservices", {
        host: "web.prod.svc.cluster.local",
        others: ["prod/zebra", "prod/other"],
        deciders: [{ object: "prod/zebra", paths: ["mesh"] }],
      }),
    ]);
  });

  it("say for each entry path who decides there", () => {
    const mine = served("prod/web", { paths: ["mesh", "prod/gw"] });
    const edge = served("prod/edge", { paths: ["prod/gw", "prod/other"], order: "2025 prod/edge" });
    const deciders = [
      { object: "prod/web", paths: ["mesh"] },
      { object: "prod/edge", paths: ["prod/gw", "prod/other"] },
    ];
    expect(said(mine, edge)).toMatchObject([{ reason: { data: { deciders } } }]);
  });

  it("that split between both versions count wherever traffic enters, by the versions' own host", () => {
    const edge = served("prod/edge", { hosts: ["shop.example.com"], paths: ["prod/gw"], splits: true });
    const deciders = [
      { object: "prod/web", paths: ["mesh"] },
      { object: "prod/edge", paths: ["prod/gw"] },
    ];
    expect(said(served("prod/web"), edge)).toMatchObject([
      { reason: { data: { host: "web.prod.svc.cluster.local", others: ["prod/edge"], deciders } } },
    ]);
  });

  it("are read from the objects: hosts in full, a rule with both versions, the time of creation", () => {
    const mine = virtualService(http({ route: [to("v1", 100), to("v2")] }));
    const other = (spec: object, created?: string) =>
      virtualService(spec, {
        name: "edge",
        ...(created === undefined ? {} : { creationTimestamp: created }),
      } as object);
    const rivals = (spec: object) =>
      virtualservice.rivals?.(mine, [other(spec)], { stable: web("v1"), canary: web("v2") });
    expect(rivals({ hosts: ["web.prod.svc.cluster.local"], http: [] })).toHaveLength(1);
    expect(rivals({ hosts: ["x"], gateways: ["gw"], http: [{ route: [to("v1", 50), to("v2", 50)] }] })).toHaveLength(1);
    expect(rivals({ hosts: ["x"], gateways: ["gw"], http: [{ route: [to("v1", 50), to("v3", 50)] }] })).toHaveLength(0);
    expect(rivals({ http: [{ route: [to("v1", 50), to("v2", 50)] }] })).toHaveLength(0);
  });
});
