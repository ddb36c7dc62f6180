import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import { decodeRecord } from "../../src/rollout/record/decode.ts";
import { encodeRecord } from "../../src/rollout/record/encode.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import { httproute } from "../../src/routes/httproute.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import {
  applied,
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

const creating = (more: Partial<RolloutTarget> = {}): Partial<RolloutTarget> => ({
  canary: "v2",
  createDestination: true,
  ...more,
});
const refusals = (object: KubeObject, more: Partial<RolloutTarget>) => {
  const selected = virtualservice.select(object, target(more));
  return selected.kind === "refused" ? selected.findings.map(coded) : [];
};
const chosen = (driver: RouteAdapter, object: KubeObject, more: Partial<RolloutTarget>) => {
  const selected = driver.select(object, target(more));
  if (selected.kind === "refused") throw new Error(JSON.stringify(selected.findings));
  return selected.selection;
};
const promoted = (state: State): State => ({ ...state, weight: 100, status: "promoted", endedAt: 1 });

const alone = virtualService(http({ route: [to("v1")] }));

describe("a canary that no rule sends to", () => {
  it("is refused with the entry to add and the word that adds it", () => {
    const add = { form: "destination", host: "web", subset: "v2" };
    expect(refusals(alone, { canary: "v2" })).toEqual([
      ["canary-destination-missing", { canary: "v2", where: "route", rules: ["http/0"], add }],
    ]);
  });

  it("is added behind the last destination in the one guarded patch of the first weight", () => {
    expect(operationsOf(virtualservice, alone, stateFor(virtualservice, alone, 20, creating()))).toEqual([
      { op: "test", path: "/metadata/resourceVersion", value: "8412" },
      { op: "add", path: "/spec/http/0/route/0/weight", value: 80 },
      { op: "add", path: "/spec/http/0/route/-", value: { destination: { host: "web", subset: "v2" }, weight: 20 } },
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/sluice.dev~1rollout", value: "{}" },
    ]);
  });

  it("stays with weight 0 after a rollback, and stable has its traffic again", () => {
    const first = stateFor(virtualservice, alone, 20, creating());
    const during = applied(alone, operationsOf(virtualservice, alone, first));
    expect(virtualservice.landed(during, first, "{}")).toEqual({ kind: "as-recorded" });
    const back = operationsOf(virtualservice, during, rolledBack(first));
    expect(weightsIn(back)).toEqual({ "/spec/http/0/route/0/weight": 100, "/spec/http/0/route/1/weight": 0 });
    const end = applied(during, back);
    expect(end.spec).toEqual(http({ route: [to("v1", 100), to("v2", 0)] }));
    const full = applied(during, operationsOf(virtualservice, during, promoted(first)));
    expect(full.spec).toEqual(http({ route: [to("v1", 0), to("v2", 100)] }));
  });

  it("is written as its neighbours are, with their port, their host and the weights that are there", () => {
    const host = "web.prod.svc.cluster.local";
    const stable = { destination: { host, subset: "v1", port: { number: 80 } }, weight: 60 };
    const object = virtualService(http({ route: [stable, to("v0", 40)] }));
    const first = stateFor(virtualservice, object, 10, creating({ stable: "v1" }));
    const added = operationsOf(virtualservice, object, first).find(({ path }) => path.endsWith("/-"));
    expect(added?.value).toEqual({ destination: { host, subset: "v2", port: { number: 80 } }, weight: 10 });
    const during = applied(object, operationsOf(virtualservice, object, first));
    const end = applied(during, operationsOf(virtualservice, during, rolledBack(first)));
    expect(weightsIn(operationsOf(virtualservice, during, rolledBack(first)))).toEqual({
      "/spec/http/0/route/0/weight": 60,
      "/spec/http/0/route/1/weight": 40,
      "/spec/http/0/route/2/weight": 0,
    });
    expect(virtualservice.standing(end, rolledBack(first))).toEqual({ kind: "as-recorded" });
  });

  it("is added to a Gateway API route as a Service with the port of stable", () => {
    const object: KubeObject = {
      ...virtualService({ parentRefs: [{ name: "edge" }], rules: [{ backendRefs: [{ name: "web-v1", port: 80 }] }] }),
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
    };
    const first = stateFor(httproute, object, 20, creating({ canary: "web-v2" }));
    const patch = operationsOf(httproute, object, first);
    expect(patch[1]).toEqual({ op: "add", path: "/spec/rules/0/backendRefs/0/weight", value: 80 });
    expect(patch[2]).toEqual({
      op: "add",
      path: "/spec/rules/0/backendRefs/-",
      value: { name: "web-v2", port: 80, weight: 20 },
    });
    const during = applied(object, patch);
    const back = operationsOf(httproute, during, rolledBack(first));
    expect(weightsIn(back)).toEqual({
      "/spec/rules/0/backendRefs/0/weight": 1,
      "/spec/rules/0/backendRefs/1/weight": 0,
    });
  });

  it("is added to every rule that sends to stable, and to no other", () => {
    const object = virtualService(
      http(
        { name: "api", match: [{ uri: { prefix: "/api" } }], route: [to("v1", 100)] },
        { name: "docs", match: [{ uri: { prefix: "/docs" } }], route: [to(undefined, undefined, "docs")] },
        { name: "rest", route: [to("v1")] },
      ),
    );
    const selection = chosen(virtualservice, object, creating({ stable: "v1" }));
    expect(selection.created).toEqual(["http/api", "http/rest"]);
    expect(selection).toMatchObject({ stable: web("v1"), canary: web("v2"), share: 0 });
    const rules = ["http/api", "http/rest"];
    expect(selection.warnings[0]).toEqual(notice("canary-added", { canary: web("v2"), rules }));
    expect(chosen(virtualservice, object, creating({ rules: ["http/rest"] })).created).toEqual(["http/rest"]);
    const shown = [
      { rule: "http/api", destinations: [{ id: web("v1"), weight: 100 }] },
      { rule: "http/docs", destinations: [{ id: "docs.prod.svc.cluster.local", weight: 0 }] },
      { rule: "http/rest", destinations: [{ id: web("v1"), weight: 0 }] },
    ];
    expect(refusals(object, creating())).toMatchObject([["canary-ambiguous", { unclear: "beside", rules: shown }]]);
  });

  it("is left alone where it stands already, and added beside it where a selected rule lacks it", () => {
    const both = { name: "a", match: [{ uri: { prefix: "/a" } }], route: [to("v1", 100), to("v2", 0)] };
    const object = virtualService(http(both, { name: "b", route: [to("v1", 100)] }));
    expect(chosen(virtualservice, object, creating()).created).toBeUndefined();
    const selection = chosen(virtualservice, object, creating({ rules: ["http/a", "http/b"] }));
    expect(selection.created).toEqual(["http/b"]);
    expect(selection.rules.map(({ home }) => home)).toEqual([
      [100, 0],
      [100, 0],
    ]);
  });

  it("is not invented: it has no name, it is stable itself, stable is nowhere, or a rule is spoiled", () => {
    const { canary: _, ...nameless } = creating();
    expect(refusals(alone, nameless)[0]?.[0]).toBe("canary-destination-missing");
    expect(refusals(alone, creating({ canary: "v1" }))[0]).not.toBe(undefined);
    expect(refusals(alone, creating({ stable: "v9" })).map(([code]) => code)).toEqual([
      "canary-destination-missing",
      "stable-destination-missing",
    ]);
    const faulty = virtualService(http({ fault: { abort: {} }, route: [to("v1")] }));
    expect(refusals(faulty, creating())[0]?.[0]).toBe("fault-injected");
  });

  it("is drift where somebody removes it later, and no hindrance on the way home", () => {
    const first = stateFor(virtualservice, alone, 20, creating());
    expect(virtualservice.standing(alone, first)).toMatchObject({ kind: "differs" });
    const home = operationsOf(virtualservice, alone, rolledBack(first));
    expect(weightsIn(home)).toEqual({ "/spec/http/0/route/0/weight": 100 });
    expect(home.some(({ path }) => path.endsWith("/-"))).toBe(false);
  });

  it("is refused as lost where the server drops it from the patch", () => {
    const first = stateFor(virtualservice, alone, 20, creating());
    const annotations = { "sluice.dev/rollout": "{}" };
    const dropped = virtualService(http({ route: [to("v1", 80)] }), { annotations });
    expect(virtualservice.landed(dropped, first, "{}")).toMatchObject({
      kind: "differs",
      reason: {
        code: "written-differently",
        data: { differences: [{ code: "canary-not-added", data: { rule: "http/0", canary: web("v2") } }] },
      },
    });
  });

  it("is named in the record, which is read back as it was written", () => {
    const first = stateFor(virtualservice, alone, 20, creating());
    const decoded = decodeRecord(encodeRecord(first));
    expect(decoded).toMatchObject({ kind: "state", state: { created: true } });
    const hostile = encodeRecord(first).replace('"created":true', '"created":1');
    expect(decodeRecord(hostile)).toEqual({ kind: "corrupt", reason: reason("record-malformed", { part: "created" }) });
  });
});
