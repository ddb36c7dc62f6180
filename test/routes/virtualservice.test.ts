import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import { entryPathsOf, hostsOf, virtualservice } from "../../src/routes/virtualservice.ts";
import {
  coded,
  http,
  operationsOf,
  rolledBack,
  stateFor,
  target,
  to,
  virtualService,
  web,
  weightsIn,
} from "./shapes.ts";

const planned = (object: KubeObject, weight: number, more: Partial<RolloutTarget> = {}) =>
  weightsIn(operationsOf(virtualservice, object, stateFor(virtualservice, object, weight, more)));

const refusal = (object: KubeObject, more: Partial<RolloutTarget> = {}) => {
  const selected = virtualservice.select(object, target(more));
  return selected.kind === "refused" ? selected.findings.map(coded) : selected.selection;
};

const warnings = (object: KubeObject, more: Partial<RolloutTarget> = {}) => {
  const selected = virtualservice.select(object, target(more));
  return selected.kind === "selected" ? selected.selection.warnings : selected.findings;
};

const canaryHeader = { match: [{ headers: { "x-canary": { exact: "1" } } }], route: [to("v2")] };

describe("shapes of routes", () => {
  it("moves both weights of one rule, whichever stands first", () => {
    expect(planned(virtualService(http({ route: [to("v1", 100), to("v2", 0)] })), 20)).toEqual({
      "/spec/http/0/route/0/weight": 80,
      "/spec/http/0/route/1/weight": 20,
    });
    expect(planned(virtualService(http({ route: [to("v2", 0), to("v1", 100)] })), 20)).toEqual({
      "/spec/http/0/route/0/weight": 20,
      "/spec/http/0/route/1/weight": 80,
    });
  });

  it("reads an absent weight as 0 and sets it with add", () => {
    const object = virtualService(http({ route: [to("v1", 100), to("v2")] }));
    const operations = operationsOf(virtualservice, object, stateFor(virtualservice, object, 20));
    expect(operations.slice(1, 3)).toEqual([
      { op: "add", path: "/spec/http/0/route/0/weight", value: 80 },
      { op: "add", path: "/spec/http/0/route/1/weight", value: 20 },
    ]);
  });

  it("refuses a rule without the canary, with what to add", () => {
    expect(refusal(virtualService(http({ route: [to("v1")] })), { canary: "v2" })).toEqual([
      [
        "canary-destination-missing",
        {
          canary: "v2",
          where: "route",
          rules: ["http/0"],
          add: { form: "destination", host: "web", subset: "v2" },
        },
      ],
    ]);
  });

  it("leaves a header rule to the canary alone, also at promotion, and says that the share is one-sided", () => {
    const object = virtualService(http(canaryHeader, { route: [to("v1", 100), to("v2", 0)] }));
    for (const weight of [20, 100]) {
      expect(planned(object, weight)).toEqual({
        "/spec/http/1/route/0/weight": 100 - weight,
        "/spec/http/1/route/1/weight": weight,
      });
    }
    expect(warnings(object)).toEqual([notice("canary-fed-elsewhere", { rules: ["http/0"], canary: web("v2") })]);
  });

  const byPath = (...shares: readonly number[]) =>
    virtualService(
      http(
        { match: [{ uri: { prefix: "/api" } }], route: [to("v1", 100), to("v2", shares[0])] },
        { match: [{ uri: { prefix: "/static" } }], route: [to(undefined, undefined, "files")] },
        { match: [{ uri: { exact: "/login" } }], route: [to("v1", 100), to("v2", shares[1])] },
        { match: [{ uri: { prefix: "/old" } }], redirect: { uri: "/" } },
        { match: [{ uri: { prefix: "/" } }], route: [to("v1", 100), to("v2", shares[2])] },
      ),
    );

  it("moves the three of five rules by path that hold both, in one patch", () => {
    expect(planned(byPath(0, 0, 0), 20)).toEqual({
      "/spec/http/0/route/0/weight": 80,
      "/spec/http/0/route/1/weight": 20,
      "/spec/http/2/route/0/weight": 80,
      "/spec/http/2/route/1/weight": 20,
      "/spec/http/4/route/0/weight": 80,
      "/spec/http/4/route/1/weight": 20,
    });
  });

  it("refuses rules that give the canary different shares", () => {
    expect(refusal(byPath(0, 25, 0), { stable: "v1", canary: "v2" })).toEqual([
      [
        "inconsistent-weights",
        {
          rules: [
            { rule: "http/0", share: 0 },
            { rule: "http/2", share: 20 },
            { rule: "http/4", share: 0 },
          ],
        },
      ],
    ]);
  });

  const twins = virtualService({
    hosts: ["web"],
    gateways: ["gw", "mesh"],
    http: [
      { name: "a", match: [{ gateways: ["mesh"] }], route: [to("v1", 100), to("v2", 0)] },
      { name: "b", match: [{ gateways: ["prod/gw"] }], route: [to("v1", 100), to("v2", 0)] },
    ],
  });

  it("moves the twin rules of mesh and gateway together", () => {
    expect(Object.keys(planned(twins, 20))).toHaveLength(4);
    expect(warnings(twins)).toEqual([]);
  });

  it("warns which entry path does not move when one twin was selected", () => {
    expect(Object.keys(planned(twins, 20, { rules: ["a"] }))).toHaveLength(2);
    expect(warnings(twins, { rules: ["a"] })).toEqual([notice("path-at-rest", { path: "prod/gw", rules: ["http/b"] })]);
  });

  it("compares hosts only after resolving them", () => {
    const object = virtualService(http({ route: [to("v1", 100), to("v2", 0, "web.prod.svc.cluster.local")] }));
    expect(refusal(object)).toMatchObject({ stable: web("v1"), canary: web("v2"), share: 0, total: 100 });
  });

  it.each([[["*.shop.example.com"]], [["a.example.com", "b.example.com"]], [["*"]]])(
    "warns that every matching host moves: %s",
    (hosts) => {
      const object = virtualService({ hosts, gateways: ["gw"], http: [{ route: [to("v1", 100), to("v2", 0)] }] });
      expect(warnings(object)).toEqual([notice("serves-several-hosts", { object: "VirtualService prod/web", hosts })]);
    },
  );

  it("plans from any current share: a start elsewhere than expected is not for the lens to refuse", () => {
    const object = virtualService(http({ route: [to("v1", 80), to("v2", 20)] }));
    expect(refusal(object, { stable: "v1", canary: "v2" })).toMatchObject({ share: 20 });
  });

  it("keeps third destinations in their ratio and goes home verbatim", () => {
    const object = virtualService(http({ route: [to("v1", 6), to("v2"), to("v3", 3), to("v4", 1)] }));
    const words = { stable: "v1", canary: "v2" };
    expect(Object.values(planned(object, 5, words))).toEqual([57, 5, 29, 9]);
    const home = rolledBack(stateFor(virtualservice, object, 5, words));
    expect(Object.values(weightsIn(operationsOf(virtualservice, object, home)))).toEqual([6, 0, 3, 1]);
    expect(warnings(object, words)).toEqual([notice("odd-weight-sum", { rule: "http/0", sum: 10 })]);
  });
});

describe("shapes known from other tools", () => {
  const split = (name?: string) => ({
    ...(name === undefined ? {} : { name }),
    route: [to(undefined, 100, "stable"), to(undefined, 0, "canary")],
  });
  const two = virtualService(http(split("primary"), split("secondary")));

  it("moves the named rule of two and leaves the other", () => {
    expect(planned(two, 10, { rules: ["primary"] })).toEqual({
      "/spec/http/0/route/0/weight": 90,
      "/spec/http/0/route/1/weight": 10,
    });
  });

  it("refuses two rules with the same match when none was selected", () => {
    expect(refusal(two)).toMatchObject([
      ["ambiguous-scope", { unclear: "rules", rules: ["http/primary", "http/secondary"] }],
    ]);
  });

  it("refuses a rule that is not there", () => {
    expect(refusal(two, { rules: ["missing"] })).toEqual([
      [
        "route-not-found",
        { why: "no-match", selector: "missing", list: "http", rules: ["http/primary", "http/secondary"] },
      ],
    ]);
  });

  it("needs no selector for the only rule", () => {
    expect(planned(virtualService(http(split())), 10)).toEqual({
      "/spec/http/0/route/0/weight": 90,
      "/spec/http/0/route/1/weight": 10,
    });
  });

  it("finds nothing to change where the weights already are what the state wants", () => {
    expect(virtualservice.standing(two, stateFor(virtualservice, two, 0, { rules: ["primary"] }))).toEqual({
      kind: "as-recorded",
    });
  });

  it("names the subset that is missing, the canary first", () => {
    const object = virtualService(http({ route: [to("st", 100, "app"), to("ca", 0, "app")] }));
    const destinations = ["app.prod.svc.cluster.local/st", "app.prod.svc.cluster.local/ca"];
    const noStable = ["stable-destination-missing", { stable: "xx", rules: ["http/0"], destinations }];
    const add = { form: "destination", host: "app", subset: "yy" };
    const noCanary = ["canary-destination-missing", { canary: "yy", where: "route", rules: ["http/0"], add }];
    expect(refusal(object, { stable: "xx", canary: "ca" })).toMatchObject([noStable]);
    expect(refusal(object, { stable: "st", canary: "yy" })).toMatchObject([noCanary]);
    expect(refusal(object, { stable: "xx", canary: "yy" })).toMatchObject([noCanary, noStable]);
  });
});

describe("what the object says besides", () => {
  it("enters by the mesh unless gateways are named, each in full", () => {
    expect(entryPathsOf(virtualService(http()))).toEqual(["mesh"]);
    const gateways = ["gw", "./other", "infra/edge", "old.infra.svc.cluster.local", "mesh"];
    expect(entryPathsOf(virtualService({ gateways }))).toEqual([
      "prod/gw",
      "prod/other",
      "infra/edge",
      "infra/old",
      "mesh",
    ]);
  });

  it("serves its hosts in full", () => {
    expect(hostsOf(virtualService({ hosts: ["web", "shop.example.com", "*"] }))).toEqual([
      "web.prod.svc.cluster.local",
      "shop.example.com",
      "*",
    ]);
  });

  it("tells its weights", () => {
    const object = virtualService(http({ name: "a", route: [to("v1", 80), to("v2")] }, { redirect: {} }));
    expect(virtualservice.weights(object)).toEqual([
      {
        rule: "http/a",
        destinations: [
          { id: web("v1"), weight: 80 },
          { id: web("v2"), weight: 0 },
        ],
      },
    ]);
  });

  it("warns about mirrors that are on, not about those that are off", () => {
    const mirrored = (extra: object) => virtualService(http({ route: [to("v1", 100), to("v2", 0)], ...extra }));
    const told = (share: number) =>
      notice("requests-mirrored", { rule: "http/0", mirrors: [{ id: web("v2"), share }] });
    const mirror = { host: "web", subset: "v2" };
    expect(warnings(mirrored({ mirror }))).toEqual([told(100)]);
    expect(warnings(mirrored({ mirror, mirrorPercentage: { value: 12.5 } }))).toEqual([told(12.5)]);
    expect(warnings(mirrored({ mirror, mirrorPercentage: {} }))).toEqual([]);
    expect(warnings(mirrored({ mirror, mirrorPercentage: { value: 0 } }))).toEqual([]);
    expect(warnings(mirrored({ mirror, mirrorPercent: 0 }))).toEqual([]);
    expect(warnings(mirrored({ mirrors: [{ destination: mirror, percentage: { value: 5 } }] }))).toEqual([told(5)]);
  });

  it("warns about tcp and tls rules that route the same destinations", () => {
    const object = virtualService({
      ...http({ route: [to("v1", 100), to("v2", 0)] }),
      tcp: [{ route: [to(undefined, undefined, "echo")] }, { route: [to("v1")] }],
    });
    expect(warnings(object)).toEqual([notice("other-protocol-stays", { rules: ["spec.tcp[1]"] })]);
  });
});
