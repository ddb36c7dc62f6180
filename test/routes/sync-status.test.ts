import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { type Reason, reason } from "../../src/base/reasons/index.ts";
import { recordAnnotation } from "../../src/rollout/record/annotations.ts";
import type { State } from "../../src/rollout/rollout-state.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { applied, http, operationsOf, rolledBack, stateFor, to, virtualService, web } from "./shapes.ts";

const rule = (name: string | undefined, path: string | undefined, ...route: unknown[]) => ({
  ...(name === undefined ? {} : { name }),
  ...(path === undefined ? {} : { match: [{ uri: { prefix: path } }] }),
  route,
});
const home = [to("v1", 100), to("v2", 0)];
const at20 = [to("v1", 80), to("v2", 20)];
const object = virtualService(http(rule("a", "/a", ...home), rule(undefined, "/b", ...home)));
const state = stateFor(virtualservice, object, 20);
const standing = (now: KubeObject, seen: State = state) => virtualservice.standing(now, seen);
const of = (...rules: unknown[]) => virtualService(http(...rules));
const asRecorded = { kind: "as-recorded" };

describe("weights on a route that a tool keeps as Git has it", () => {
  const by = (manager: string, ...route: unknown[]) => {
    const owner = { manager, time: "2026-11-21T10:00:00Z", fieldsV1: { "f:spec": { "f:http": {} } } };
    const annotations = { "argocd.argoproj.io/tracking-id": "shop" };
    const now = virtualService(http(rule("a", "/a", ...route), rule(undefined, "/b", ...route)), {
      annotations,
      managedFields: [owner],
    });
    return standing(now);
  };
  const other = [to("v1", 70), to("v2", 30)];

  it("were put back by it where they are those from home, or where it wrote them", () => {
    expect(by("kubectl-edit", ...home)).toMatchObject({ kind: "differs", revertedBy: ["Argo CD"] });
    expect(by("argocd-controller", ...other)).toMatchObject({ kind: "differs", revertedBy: ["Argo CD"] });
  });

  it("were moved by another client where they are others", () => {
    const moved = by("kubectl-edit", ...other);
    expect(moved).toMatchObject({
      kind: "differs",
      reason: { code: "route-changed", data: { managers: ["kubectl-edit"], keptBy: ["Argo CD"] } },
    });
    expect(moved).not.toHaveProperty("revertedBy");
  });
});

describe("weights that are the record's", () => {
  it.each<[string, KubeObject]>([
    ["as they were", of(rule("a", "/a", ...at20), rule(undefined, "/b", ...at20))],
    ["rules turned round", of(rule(undefined, "/b", ...at20), rule("a", "/a", ...at20))],
    ["a rule in front", of(rule("x", "/x", to("v9")), rule("a", "/a", ...at20), rule(undefined, "/b", ...at20))],
    ["destinations turned round", of(rule("a", "/a", ...at20.toReversed()), rule(undefined, "/b", ...at20))],
    ["a named rule with another match", of(rule("a", "/other", ...at20), rule(undefined, "/b", ...at20))],
    [
      "a host written in full",
      of(rule("a", "/a", to("v1", 80, "web.prod.svc.cluster.local"), to("v2", 20)), rule(undefined, "/b", ...at20)),
    ],
    [
      "other parts of the rule edited",
      of({ ...rule("a", "/a", ...at20), timeout: "3s" }, rule(undefined, "/b", ...at20)),
    ],
  ])("%s", (_, now) => {
    expect(standing(now)).toEqual(asRecorded);
  });

  it("reads an absent weight as 0, and home as it was written", () => {
    const absent = of(rule(undefined, undefined, to("v1", 7), to("v2")));
    const back = rolledBack(stateFor(virtualservice, absent, 20));
    expect(standing(absent, back)).toEqual(asRecorded);
    expect(standing(of(rule(undefined, undefined, to("v1", 7), to("v2", 0))), back)).toEqual(asRecorded);
  });

  it("does not ask what a lone destination says: it gets everything anyway", () => {
    const lone = {
      ...state,
      rules: state.rules.slice(1).map((one) => ({ ...one, destinations: [web("v1")], home: [100] })),
    };
    expect(standing(of(rule(undefined, "/b", to("v1", 3))), { ...lone, canary: web("v1") })).toEqual(asRecorded);
  });

  it("compares a rule at home with its home weights", () => {
    const mixed = { ...state, rules: state.rules.map((one, index) => ({ ...one, atHome: index === 1 })) };
    expect(standing(of(rule("a", "/a", ...at20), rule(undefined, "/b", ...home)), mixed)).toEqual(asRecorded);
  });
});

describe("weights that were moved", () => {
  const shares = (v1: number, v2: number) => [
    { id: web("v1"), weight: v1 },
    { id: web("v2"), weight: v2 },
  ];
  const managed = (...entries: object[]) =>
    virtualService(http(rule("a", "/a", ...home), rule(undefined, "/b", ...at20)), { managedFields: entries });
  const owns = (manager: string, time: string, more: object = {}) => ({
    manager,
    time,
    operation: "Update",
    fieldsV1: { "f:spec": { "f:http": {} } },
    ...more,
  });

  it("names the rule, what it should show, what it shows, and who owns it", () => {
    const now = managed(
      owns("sluice", "2026-01-01T10:00:00Z"),
      owns("argocd-controller", "2026-01-01T11:00:00Z"),
      owns("kubectl-edit", "2026-01-01T12:00:00Z"),
      owns("istiod", "2026-01-01T13:00:00Z", { subresource: "status" }),
      { manager: "labeller", time: "2026-01-01T14:00:00Z", fieldsV1: { "f:metadata": {} } },
    );
    expect(standing(now)).toEqual({
      kind: "differs",
      reason: reason("route-changed", {
        object: "VirtualService prod/web",
        managers: ["kubectl-edit", "argocd-controller"],
        differences: [reason("rule-weights-differ", { rule: "http/a", wanted: shares(80, 20), shown: shares(100, 0) })],
        keptBy: ["Argo CD"],
      }),
      weights: [
        { rule: "http/a", destinations: shares(100, 0) },
        { rule: "http/1", destinations: shares(80, 20) },
      ],
      advice: [{ reason: expect.anything(), snippet: expect.stringContaining("ignoreDifferences") }],
    });
  });

  it("gives no advice where no tool keeps the route", () => {
    expect(standing(managed(owns("kubectl-edit", "2026-01-01T12:00:00Z")))).not.toHaveProperty("advice");
  });

  it("names no manager where none is booked", () => {
    expect(standing(managed())).toMatchObject({ reason: { code: "route-changed", data: { managers: [] } } });
  });

  it.each<[string, unknown[], Partial<Reason<"rule-destinations-changed">["data"]>]>([
    ["gained", [...at20, to("v3", 0)], { gained: [web("v3")] }],
    ["lost", [to("v1", 80)], { gone: [web("v2")] }],
    ["changed", [to("v1", 80), to("v3", 20)], { gone: [web("v2")], gained: [web("v3")] }],
    ["got an unreadable", [...at20, 7], { unreadable: 1 }],
  ])("counts a rule that %s a destination", (_, route, data) => {
    const now = of(rule("a", "/a", ...route), rule(undefined, "/b", ...at20));
    const changed = reason("rule-destinations-changed", { rule: "http/a", gone: [], gained: [], ...data });
    expect(standing(now)).toMatchObject({ kind: "differs", reason: { data: { differences: [changed] } } });
  });
});

describe("rules that are gone", () => {
  it("are told with a command that restores the rest", () => {
    const now = virtualService(http(rule("a", "/a", ...at20)), { annotations: { [recordAnnotation]: "{}" } });
    expect(standing(now)).toEqual({
      kind: "rule-gone",
      reason: reason("rules-gone", { object: "VirtualService prod/web", rules: ["http/1"] }),
      remedy: `kubectl patch virtualservices.networking.istio.io web --namespace prod --type json --patch '[{"op":"test","path":"/metadata/resourceVersion","value":"8412"},{"op":"add","path":"/spec/http/0/route/0/weight","value":100},{"op":"add","path":"/spec/http/0/route/1/weight","value":0},{"op":"remove","path":"/metadata/annotations/sluice.dev~1rollout"}]'`,
    });
  });

  it.each<[string, KubeObject]>([
    ["all", virtualService({})],
    ["other matches", of(rule("x", "/a", ...at20), rule(undefined, "/c", ...at20))],
  ])("%s", (_, now) => {
    expect(standing(now)).toMatchObject({ kind: "rule-gone" });
  });
});

describe("rules that look alike", () => {
  const twins = of(rule(undefined, undefined, ...home), rule(undefined, undefined, ...home));
  const both = stateFor(virtualservice, twins, 20, { rules: ["0", "1"] });
  const second = { ...both, rules: both.rules.slice(1) };

  it("are told apart by their place", () => {
    expect(standing(of(rule(undefined, undefined, ...home), rule(undefined, undefined, ...at20)), second)).toEqual(
      asRecorded,
    );
  });

  it("are told apart by their destinations", () => {
    const now = of(rule(undefined, undefined, to("maintenance")), rule(undefined, undefined, ...at20));
    const first = stateFor(virtualservice, of(rule(undefined, undefined, ...home)), 20);
    expect(standing(now, first)).toEqual(asRecorded);
  });

  it("keep their order when they moved together", () => {
    const now = of(
      rule("x", "/x", to("v9")),
      rule("y", "/y", to("v9")),
      rule(undefined, undefined, ...at20),
      rule(undefined, undefined, ...at20),
    );
    expect(standing(now, both)).toEqual(asRecorded);
  });

  it("are gone where they cannot be told apart, and never one for two", () => {
    const moved = of(
      rule("x", "/x", to("v9")),
      rule("y", "/y", to("v9")),
      rule(undefined, undefined, ...at20),
      rule(undefined, undefined, ...at20),
    );
    expect(standing(moved, second)).toMatchObject({ kind: "rule-gone" });
    expect(standing(of(rule(undefined, undefined, ...at20)), both)).toMatchObject({ kind: "rule-gone" });
  });

  it("are found by match when a name was given twice", () => {
    const now = of(rule("a", "/z", to("v9")), rule("a", "/a", ...at20), rule(undefined, "/b", ...at20));
    expect(standing(now)).toEqual(asRecorded);
  });

  it("find a rule without its recorded name by its digest", () => {
    const nameless = { ...state, rules: state.rules.map((one) => ({ ...one, name: null })) };
    expect(standing(of(rule(undefined, "/b", ...at20), rule("a", "/a", ...at20)), nameless)).toEqual(asRecorded);
  });
});

describe("replies to a patch", () => {
  const altered = (found: "nothing" | "another") =>
    reason("annotation-altered", { annotation: recordAnnotation, found });
  const written = applied(object, operationsOf(virtualservice, object, state, "record"));

  it("show what was intended", () => {
    expect(virtualservice.landed(written, state, "record")).toEqual(asRecorded);
  });

  it("show that the weights were changed", () => {
    const reply = { ...object, metadata: { ...object.metadata, annotations: { [recordAnnotation]: "record" } } };
    const seen = virtualservice.landed(reply, state, "record");
    expect(seen).toMatchObject({
      kind: "differs",
      reason: {
        code: "written-differently",
        data: {
          object: "VirtualService prod/web",
          differences: [
            { code: "rule-weights-differ", data: { rule: "http/a" } },
            { code: "rule-weights-differ", data: { rule: "http/1" } },
          ],
        },
      },
    });
  });

  it("show that the record was dropped or changed", () => {
    const bare = { ...written, metadata: { ...written.metadata, annotations: {} } };
    expect(virtualservice.landed(bare, state, "record")).toMatchObject({
      kind: "differs",
      reason: { data: { differences: [altered("nothing")] } },
    });
    expect(virtualservice.landed(written, state, "other")).toMatchObject({
      reason: { data: { differences: [altered("another")] } },
    });
  });

  it("show that a rule is gone", () => {
    expect(virtualservice.landed(virtualService({}), state, "record")).toMatchObject({ kind: "rule-gone" });
  });
});
