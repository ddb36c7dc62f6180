import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { coded, operationsOf, stateFor, target, to, virtualService, weightsIn } from "./shapes.ts";

const both = () => [to("v1", 100), to("v2", 0)];
const tcp = (port: number | undefined, route: unknown = both()) => ({
  ...(port === undefined ? {} : { match: [{ port }] }),
  route,
});
const tlsAt = (port: number, ...sniHosts: string[]) => ({ match: [{ port, sniHosts }], route: both() });
const tls = (...sniHosts: string[]) => tlsAt(443, ...sniHosts);
const listening = (spec: object, metadata = {}) =>
  virtualService({ hosts: ["web"], gateways: ["edge"], ...spec }, metadata);

function answer(object: KubeObject, rules: readonly string[] = [], more: Partial<RolloutTarget> = {}) {
  const selected = virtualservice.select(object, target({ stable: "v1", canary: "v2", rules, ...more }));
  return selected.kind === "refused" ? selected.findings.map(coded) : selected.selection;
}

const chosen = (object: KubeObject, rules: readonly string[] = []) => {
  const found = answer(object, rules);
  return "rules" in found ? found.rules.map(({ list, index }) => `${list} ${index}`) : found;
};

const noMatch = (selector: string, ...rules: readonly string[]) => [
  "route-not-found",
  { why: "no-match", selector, list: selector.slice(0, 3), rules },
];

describe("rules for connections", () => {
  it("move by port, and leave the others alone", () => {
    const object = listening({ tcp: [tcp(3000), tcp(3001)] });
    const state = stateFor(virtualservice, object, 30, { rules: ["tcp/3000"] });
    expect(weightsIn(operationsOf(virtualservice, object, state))).toEqual({
      "/spec/tcp/0/route/0/weight": 70,
      "/spec/tcp/0/route/1/weight": 30,
    });
    expect(chosen(object, ["tcp/3001"])).toEqual(["tcp 1"]);
    expect(chosen(object, ["tcp/3000", "tcp/3001"])).toEqual(["tcp 0", "tcp 1"]);
  });

  it("plan from any share, also with ports on the destinations", () => {
    const echo = (subset: string, weight: number) => ({
      destination: { host: "echo", subset, port: { number: 9000 } },
      weight,
    });
    const object = listening({ tcp: [tcp(31400, [echo("v1", 80), echo("v2", 20)])] });
    expect(answer(object)).toMatchObject({ share: 20, canary: "echo.prod.svc.cluster.local/v2:9000" });
  });

  it("need no selector where one rule of each list holds both versions", () => {
    const object = listening({ http: [{ route: both() }], tls: [tls("db.x")], tcp: [tcp(3000)] });
    expect(chosen(object)).toEqual(["http 0", "tls 0", "tcp 0"]);
    expect(chosen(object, ["tls/db.x"])).toEqual(["tls 0"]);
    expect(chosen(object, ["http/0", "tcp/3000"])).toEqual(["http 0", "tcp 0"]);
  });

  it("are not guessed where several hold both versions", () => {
    const unclear = (...rules: readonly string[]) => [["ambiguous-scope", { unclear: "rules", rules }]];
    expect(chosen(listening({ tcp: [tcp(3000), tcp(3001)] }))).toMatchObject(unclear("tcp/3000", "tcp/3001"));
    expect(chosen(listening({ tls: [tls("a.x"), tls("b.x")] }))).toMatchObject(unclear("tls/a.x", "tls/b.x"));
  });

  it("are selected by all of their servers, together or one by one", () => {
    const object = listening({ tls: [tls("b.x", "A.x"), tls("c.x")] });
    expect(chosen(object, ["tls/a.x+b.x"])).toEqual(["tls 0"]);
    expect(chosen(object, ["tls/a.x", "tls/b.x"])).toEqual(["tls 0"]);
    expect(chosen(object, ["tls/c.x", "tls/b.x", "tls/a.x"])).toEqual(["tls 0", "tls 1"]);
    expect(chosen(object, ["tls/a.x"])).toEqual([noMatch("tls/a.x", "tls/a.x+b.x", "tls/c.x")]);
  });

  it("are selected by name alone, whatever other servers the selectors mention", () => {
    const object = listening({ tls: [tls("localhost", "b.x", "a.x"), tlsAt(8443, "localhost")] });
    expect(chosen(object, ["tls/a.x+b.x+localhost"])).toEqual(["tls 0"]);
    expect(chosen(object, ["tls/localhost+B.x+a.x"])).toEqual(["tls 0"]);
    expect(chosen(object, ["tls/localhost"])).toEqual(["tls 1"]);
    expect(chosen(object, ["tls/localhost", "tls/a.x+b.x+localhost"])).toEqual(["tls 0", "tls 1"]);
    const state = stateFor(virtualservice, object, 20, { rules: ["tls/a.x+b.x+localhost"] });
    expect(Object.keys(weightsIn(operationsOf(virtualservice, object, state)))).toEqual([
      "/spec/tls/0/route/0/weight",
      "/spec/tls/0/route/1/weight",
    ]);
  });

  it("are refused where a selector names none, or could mean several", () => {
    const apart = listening({ tls: [tls("a.x"), tls("b.x")] });
    expect(chosen(apart, ["tls/a.x+b.x"])).toEqual([noMatch("tls/a.x+b.x", "tls/a.x", "tls/b.x")]);
    // `tls/localhost` is the name of the second rule, so the first is not named by all of its servers.
    const nested = listening({ tls: [tls("a.x", "localhost"), tlsAt(8443, "localhost")] });
    expect(chosen(nested, ["tls/a.x", "tls/localhost"])).toEqual([
      noMatch("tls/a.x", "tls/a.x+localhost", "tls/localhost"),
    ]);
    const shared = listening({ tls: [tls("a.x", "b.x"), tls("b.x", "c.x")] });
    expect(chosen(shared, ["tls/a.x", "tls/b.x", "tls/c.x"])).toEqual([
      ["route-not-found", { why: "several", selector: "tls/b.x", list: "tls", rules: ["tls/a.x+b.x", "tls/b.x+c.x"] }],
    ]);
    expect(chosen(shared, ["tls/a.x+b.x", "tls/b.x+c.x"])).toEqual(["tls 0", "tls 1"]);
  });

  it.each<[string, unknown[], string, string]>([
    ["another port", [tcp(3000)], "tcp/3001", "tcp/3000"],
    [
      "blocks with several ports",
      [{ match: [{ port: 3000 }, { port: 3001 }], route: both() }],
      "tcp/3000",
      "spec.tcp[0]",
    ],
  ])("are not found by %s", (_, list, rule, present) => {
    expect(chosen(listening({ tcp: list }), [rule])).toEqual([noMatch(rule, present)]);
  });

  it("cannot be told apart where two have the same port or servers", () => {
    const guarded = { match: [{ port: 3000, sourceLabels: { app: "a" } }], route: both() };
    expect(chosen(listening({ tcp: [guarded, tcp(3000)] }), ["tcp/3000"])).toEqual([
      ["duplicate-route-name", { same: "match", list: "tcp", word: "3000", indexes: [0, 1] }],
    ]);
    expect(chosen(listening({ tls: [tls("a.x"), tls("a.x")] }), ["tls/a.x"])).toEqual([
      ["duplicate-route-name", { same: "match", list: "tls", word: "a.x", indexes: [0, 1] }],
    ]);
  });

  it("are refused behind a rule that takes everything", () => {
    expect(chosen(listening({ tcp: [tcp(undefined, [to("v3")]), tcp(3000)] }), ["tcp/3000"])).toEqual([
      ["unreachable-rule", { rule: "tcp/3000", takers: ["spec.tcp[0]"] }],
    ]);
    const wide = { match: [{ sniHosts: ["*.x"] }], route: [to("v3")] };
    expect(chosen(listening({ tls: [wide, tls("a.x")] }), ["tls/a.x"])).toEqual([
      ["unreachable-rule", { rule: "tls/a.x", takers: ["tls/*.x"] }],
    ]);
    expect(chosen(listening({ tls: [tls("a.x"), wide] }), ["tls/a.x"])).toEqual(["tls 0"]);
  });

  it("are found by port though another key of the match changed, and are gone with their port", () => {
    const object = listening({ tcp: [tcp(3000), tcp(3001)] });
    const state = stateFor(virtualservice, object, 20, { rules: ["tcp/3001"] });
    const changed = listening({
      tcp: [{ match: [{ port: 3001, gateways: ["edge"] }], route: [to("v1", 80), to("v2", 20)] }],
    });
    expect(virtualservice.standing(changed, state)).toEqual({ kind: "as-recorded" });
    expect(virtualservice.standing(listening({ tcp: [tcp(3000)] }), state)).toMatchObject({
      kind: "rule-gone",
      reason: reason("rules-gone", { object: "VirtualService prod/web", rules: ["tcp/3001"] }),
    });
  });

  it("say what a weight edit does to connections", () => {
    const found = answer(listening({ tcp: [tcp(3000)] }));
    expect("warnings" in found ? found.warnings : found).toEqual([
      notice("shares-connections", { rules: ["tcp/3000"] }),
    ]);
  });

  it("name who wrote their list", () => {
    const managedFields = [{ manager: "kubectl-edit", fieldsV1: { "f:spec": { "f:tcp": {} } } }];
    const object = listening({ tcp: [tcp(3000)] });
    const state = stateFor(virtualservice, object, 20);
    expect(virtualservice.standing(listening({ tcp: [tcp(3000)] }, { managedFields }), state)).toMatchObject({
      reason: {
        code: "route-changed",
        data: {
          managers: ["kubectl-edit"],
          differences: [{ code: "rule-weights-differ", data: { rule: "tcp/3000" } }],
        },
      },
    });
  });

  it.each([
    [{ tcp: "x" }, "spec.tcp", "rules"],
    [{ tls: {} }, "spec.tls", "rules"],
    [{ tcp: [7] }, "spec.tcp[0]", "rule"],
    [{ tls: [{ route: "v1" }] }, "spec.tls[0].route", "list"],
    [{ tcp: [{ match: {}, route: both() }] }, "spec.tcp[0].match", "list"],
  ])("are not edited where they cannot be read: %j", (spec, path, expected) => {
    expect(chosen(listening(spec))).toEqual([["object-malformed", { path, expected }]]);
  });

  it("are no HTTP to metrics", () => {
    const protocol = (...rules: string[]) => {
      const found = answer(listening({ http: [{ route: both() }], tls: [tls("db.x")], tcp: [tcp(3000)] }), rules);
      return "rules" in found ? virtualservice.protocol(found.rules) : found;
    };
    expect([protocol("http/0"), protocol("tls/db.x"), protocol("tcp/3000"), protocol()]).toEqual([
      "http",
      "tls",
      "tcp",
      "tls",
    ]);
  });
});
