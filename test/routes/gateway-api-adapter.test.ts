import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { RouteAdapter } from "../../src/ports/route-adapter.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import { grpcroute } from "../../src/routes/grpcroute.ts";
import { httproute } from "../../src/routes/httproute.ts";
import { tcproute } from "../../src/routes/tcproute.ts";
import { applied, coded, operationsOf, rolledBack, stateFor, target, weightsIn } from "./shapes.ts";

const route = (rules: readonly unknown[], more: object = {}, kind = "HTTPRoute"): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind,
  metadata: { name: "web", namespace: "prod", uid: "u-1", resourceVersion: "8412", generation: 3 },
  spec: { parentRefs: [{ name: "edge" }], ...more, rules },
});
const backend = (name: string, weight?: number, more: object = {}) => ({
  name,
  port: 80,
  ...(weight === undefined ? {} : { weight }),
  ...more,
});
const both = () => [backend("web-v1", 100), backend("web-v2", 0)];
const host = (name: string) => `${name}.prod.svc.cluster.local:80`;
const named = { stable: "web-v1", canary: "web-v2" };

function answer(object: KubeObject, more: Partial<RolloutTarget> = {}, driver: RouteAdapter = httproute) {
  const selected = driver.select(object, target(more));
  return selected.kind === "refused" ? selected.findings.map(coded) : selected.selection;
}

const chosen = (object: KubeObject, more: Partial<RolloutTarget> = named, driver: RouteAdapter = httproute) => {
  const found = answer(object, more, driver);
  return "rules" in found ? found.rules.map(({ index }) => index) : found;
};

describe("weights", () => {
  it("are 1 where none is written, and both are written", () => {
    const object = route([{ backendRefs: [backend("web-v1"), backend("web-v2", 0)] }]);
    const state = stateFor(httproute, object, 20);
    expect(weightsIn(operationsOf(httproute, object, state))).toEqual({
      "/spec/rules/0/backendRefs/0/weight": 80,
      "/spec/rules/0/backendRefs/1/weight": 20,
    });
    const moved = applied(object, operationsOf(httproute, object, state));
    const back = operationsOf(httproute, moved, rolledBack(state));
    expect(weightsIn(back)).toEqual({
      "/spec/rules/0/backendRefs/0/weight": 1,
      "/spec/rules/0/backendRefs/1/weight": 0,
    });
  });

  it("of any sum are brought to 100 and home again, without a word: they are proportions", () => {
    const three = [backend("web-v1", 6), backend("web-v2", 0), backend("web-v0", 3)];
    const object = route([{ backendRefs: three }]);
    const found = answer(object, named);
    expect("warnings" in found ? found.warnings : found).toEqual([]);
    const state = stateFor(httproute, object, 25, named);
    expect(Object.values(weightsIn(operationsOf(httproute, object, state)))).toEqual([50, 25, 25]);
    const moved = applied(object, operationsOf(httproute, object, state));
    expect(Object.values(weightsIn(operationsOf(httproute, moved, rolledBack(state))))).toEqual([6, 0, 3]);
  });

  it("carry tenths of a percent with a sum of 1000", () => {
    const object = route([{ backendRefs: both() }]);
    expect(answer(object)).toMatchObject({ total: 100, fineTotal: 1000 });
    for (const weight of [0.1, 0.7, 2.3, 12.5, 99.9, 100]) {
      const state = { ...stateFor(httproute, object, weight), total: 1000 };
      const canary = Math.round(weight * 10);
      expect(Object.values(weightsIn(operationsOf(httproute, object, state)))).toEqual([1000 - canary, canary]);
    }
    const tooFine = { ...stateFor(httproute, object, 0.25), total: 1000 };
    expect(httproute.write(object, tooFine, "{}")).toEqual({
      kind: "refused",
      finding: {
        reason: {
          code: "fractional-weight",
          data: { kind: "HTTPRoute", weight: 0.25, lower: 0.2, upper: 0.3, steps: "tenths" },
        },
      },
    });
  });

  it("of a lone backend are weights too: nothing is not everything", () => {
    const object = route([{ backendRefs: [backend("web-v1", 0), backend("web-v2", 0)] }]);
    expect(chosen(object)).toEqual([["zero-total-weight", { rule: "rules/0" }]]);
  });

  it.each([-1, 0.5, "5", 1_000_001])("that are %j are not edited", (weight) => {
    expect(chosen(route([{ backendRefs: [backend("web-v1"), { ...backend("web-v2"), weight }] }]))).toEqual([
      ["object-malformed", { path: "spec.rules[0].backendRefs[1].weight", expected: "weight", largest: 1_000_000 }],
    ]);
  });

  it("stand beside filters, which stay as they are", () => {
    const filters = [{ type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x", value: "y" }] } }];
    const object = route([{ backendRefs: [backend("web-v1", 100), backend("web-v2", 0, { filters })], filters }]);
    const operations = operationsOf(httproute, object, stateFor(httproute, object, 20));
    expect(operations.map(({ path }) => path)).toEqual([
      "/metadata/resourceVersion",
      "/spec/rules/0/backendRefs/0/weight",
      "/spec/rules/0/backendRefs/1/weight",
      "/metadata/annotations",
      "/metadata/annotations/sluice.dev~1rollout",
    ]);
    expect(applied(object, operations).spec).toMatchObject({ rules: [{ backendRefs: [{}, { filters }], filters }] });
  });
});

describe("backends", () => {
  it("are told apart by kind, group, namespace, name and port", () => {
    const entries = [
      backend("web", 100),
      backend("web", 0, { port: 81 }),
      backend("web", 0, { namespace: "other" }),
      { group: "traefik.io", kind: "TraefikService", name: "web.x", weight: 0 },
    ];
    const found = answer(route([{ backendRefs: entries }]), { stable: "web:80", canary: "web.x" });
    expect(found).toMatchObject({ stable: host("web"), canary: "web.x.prod.TraefikService.traefik.io" });
    expect("rules" in found && found.rules[0]?.destinations).toEqual([
      host("web"),
      "web.prod.svc.cluster.local:81",
      "web.other.svc.cluster.local:80",
      "web.x.prod.TraefikService.traefik.io",
    ]);
    expect(answer(route([{ backendRefs: entries }]), { stable: "web:80", canary: "web" })).toMatchObject([
      [
        "canary-ambiguous",
        { unclear: "word", word: "web", destinations: [host("web"), "web.prod.svc.cluster.local:81"] },
      ],
    ]);
    expect(
      answer(route([{ backendRefs: entries }]), { stable: "web:80", canary: "web.other.svc.cluster.local" }),
    ).toMatchObject({ canary: "web.other.svc.cluster.local:80" });
  });

  it("tell their parts", () => {
    expect(httproute.parts("web.other.svc.cluster.local:80")).toEqual({
      id: "web.other.svc.cluster.local:80",
      host: "web.other.svc.cluster.local",
      port: 80,
    });
    expect(httproute.parts("web.x.prod.TraefikService.traefik.io:81")).toEqual({
      id: "web.x.prod.TraefikService.traefik.io:81",
      host: "web.x.prod.TraefikService.traefik.io",
      port: 81,
      backend: { group: "traefik.io", kind: "TraefikService", namespace: "prod", name: "web.x" },
    });
  });

  it("need a port where they are Services", () => {
    expect(chosen(route([{ backendRefs: [backend("web-v1"), { name: "web-v2" }] }]))).toEqual([
      [
        "destination-port-missing",
        { destination: "web-v2.prod.svc.cluster.local", path: "spec.rules[0].backendRefs[1]", ports: [] },
      ],
    ]);
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["without a name", { port: 80 }],
    ["with a slash", backend("a/b")],
    ["with a dotted Service", backend("a.b")],
    ["with an odd kind", backend("a", 1, { kind: "a b" })],
    ["with a port that is a text", { name: "a", port: "80" }],
    ["with an odd namespace", backend("a", 1, { namespace: "A" })],
  ])("%s are not edited", (_, entry) => {
    expect(chosen(route([{ backendRefs: [backend("web-v1"), entry] }]), {})[0]).toEqual([
      "object-malformed",
      { path: "spec.rules[0].backendRefs[1]", expected: "backend" },
    ]);
  });

  it("are told where the canary is missing", () => {
    expect(
      chosen(route([{ backendRefs: [backend("web-v1", 1, { namespace: "other" })] }]), { canary: "web-v2" }),
    ).toEqual([
      [
        "canary-destination-missing",
        {
          canary: "web-v2",
          where: "route",
          rules: ["rules/0"],
          add: { form: "backend", host: "web-v2", port: 80 },
        },
      ],
    ]);
  });
});

describe("rules", () => {
  const path = (value: string, type = "PathPrefix") => ({ path: { type, value } });
  const header = (value: string, type = "Exact") => ({ headers: [{ type, name: "X-Canary", value }] });

  it("that feed the canary alone are left alone", () => {
    const object = route([{ matches: [header("1")], backendRefs: [backend("web-v2")] }, { backendRefs: both() }]);
    expect(chosen(object)).toEqual([1]);
    expect(answer(object, named)).toMatchObject({
      warnings: [notice("canary-fed-elsewhere", { rules: ["rules/0"], canary: host("web-v2") })],
    });
  });

  it("that redirect are skipped, and refused where they are selected", () => {
    const object = route([
      { filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }], matches: [path("/old")] },
      { backendRefs: both() },
    ]);
    expect(chosen(object)).toEqual([1]);
    expect(chosen(object, { ...named, rules: ["0"] })).toEqual([
      ["rule-not-weighted", { rule: "rules/0", weighted: ["rules/1"] }],
    ]);
  });

  it.each([
    ["rules/api", [0]],
    ["api", [0]],
    ["http/api", [0]],
    ["rules/1", [1]],
    ["1", [1]],
  ])("are selected by %s", (rule, expected) => {
    const object = route([
      { name: "api", matches: [path("/api")], backendRefs: both() },
      { matches: [path("/")], backendRefs: both() },
    ]);
    expect(chosen(object, { ...named, rules: [rule] })).toEqual(expected);
  });

  it("of another list are refused with those that are there", () => {
    expect(chosen(route([{ backendRefs: both() }]), { ...named, rules: ["tcp/80"] })).toEqual([
      [
        "route-not-found",
        { why: "no-such-list", selector: "tcp/80", list: "tcp", kind: "HTTPRoute", rules: ["rules/0"] },
      ],
    ]);
  });

  it.each<[string, unknown[], unknown[]]>([
    ["the same path", [path("/a")], [path("/a")]],
    ["the same path with a slash", [path("/a/")], [path("/a")]],
    ["no match on both sides", [], [path("/")]],
    ["the same header in other letters", [header("1")], [{ headers: [{ name: "x-canary", value: "1" }] }]],
    ["more matches", [path("/b"), path("/a")], [path("/a")]],
  ])("behind another with %s never get traffic", (_, first, second) => {
    const object = route([
      { matches: first, backendRefs: [backend("web-v3")] },
      { matches: second, backendRefs: both() },
    ]);
    expect(chosen(object)).toEqual([["unreachable-rule", { rule: "rules/1", takers: ["rules/0"] }]]);
  });

  it.each<[string, unknown[], unknown[]]>([
    ["a shorter prefix", [path("/")], [path("/a")]],
    ["a longer prefix", [path("/a/b")], [path("/a")]],
    ["a prefix of letters only", [path("/a")], [path("/ab")]],
    ["an exact path", [path("/a", "Exact")], [path("/a")]],
    ["a header", [{ ...path("/a"), ...header("1") }], [path("/a")]],
    ["a method", [{ ...path("/a"), method: "GET" }], [path("/a")]],
    ["another pattern", [path("/a.*", "RegularExpression")], [path("/a")]],
    ["one of two", [path("/a")], [path("/a"), path("/b")]],
  ])("behind another with %s still get traffic, wherever they stand", (_, first, second) => {
    const object = route([
      { matches: first, backendRefs: [backend("web-v3")] },
      { matches: second, backendRefs: both() },
    ]);
    expect(chosen(object)).toEqual([1]);
  });

  it("with a guard are not guessed while the rest falls to stable, wherever it stands", () => {
    const rest = { matches: [path("/")], backendRefs: [backend("web-v1")] };
    const guarded = { matches: [header("1")], backendRefs: both() };
    for (const rules of [
      [rest, guarded],
      [guarded, rest],
    ]) {
      expect(chosen(route(rules))[0]).toMatchObject([
        "ambiguous-scope",
        { unclear: "rules", selectors: ["rules/NAME", "rules/INDEX"] },
      ]);
    }
    const apart = { matches: [path("/docs")], backendRefs: [backend("web-v1")] };
    expect(chosen(route([apart, { matches: [{ ...path("/api"), ...header("1") }], backendRefs: both() }]))).toEqual([
      1,
    ]);
  });

  it("with one match are not both taken", () => {
    expect(chosen(route([{ backendRefs: both() }, { matches: [path("/")], backendRefs: both() }]))).toMatchObject([
      ["ambiguous-scope", { unclear: "rules", rules: ["rules/0", "rules/1"] }],
    ]);
  });

  it("of gRPC are compared by service and method", () => {
    const call = (service?: string, method?: string) => ({
      method: { ...(service === undefined ? {} : { service }), ...(method === undefined ? {} : { method }) },
    });
    const behind = (first: unknown, second: unknown) =>
      chosen(
        route(
          [
            { matches: [first], backendRefs: [backend("web-v3")] },
            { matches: [second], backendRefs: both() },
          ],
          {},
          "GRPCRoute",
        ),
        named,
        grpcroute,
      );
    expect(behind(call("a.B"), call("a.B"))).toHaveLength(1);
    expect(behind(call("a.B"), call("a.B"))).toMatchObject([["unreachable-rule", {}]]);
    expect(behind(call("a.B"), call("a.B", "C"))).toEqual([1]);
    expect(behind(call("a.B", "C"), call("a.B"))).toEqual([1]);
    expect(behind(call(undefined, "C"), call("a.B", "C"))).toEqual([1]);
    expect(behind({}, call("a.B"))).toEqual([1]);
  });
});

describe("what the object says besides", () => {
  it.each([
    [
      "mirrors",
      {
        backendRefs: both(),
        filters: [{ type: "RequestMirror", requestMirror: { backendRef: backend("web-v2"), percent: 5 } }],
      },
      {},
      notice("requests-mirrored", { rule: "rules/0", mirrors: [{ id: host("web-v2"), share: 5 }] }),
    ],
    ["sessions", { backendRefs: both(), sessionPersistence: {} }, {}, notice("sticky-sessions", { rule: "rules/0" })],
    [
      "hosts",
      { backendRefs: both() },
      { hostnames: ["*.x"] },
      notice("serves-several-hosts", { object: "HTTPRoute prod/web", hosts: ["*.x"] }),
    ],
  ])("is told: %s", (_, rule, more, expected) => {
    expect(answer(route([rule], more), named)).toMatchObject({ warnings: [expected] });
  });

  it("is that connections are cut by every edit of a TCPRoute", () => {
    expect(answer(route([{ backendRefs: both() }], {}, "TCPRoute"), named, tcproute)).toMatchObject({
      warnings: [notice("shares-connections", { rules: ["rules/0"] })],
    });
  });
});

it("reads, selects and patches the largest route in a few milliseconds", () => {
  const names = Array.from({ length: 16 }, (_, index) => backend(`web-v${index + 1}`, index === 0 ? 100 : 0));
  const rules = Array.from({ length: 16 }, (_, index) => ({
    matches: [{ path: { type: "PathPrefix", value: `/p${index}` } }],
    backendRefs: names,
  }));
  const object = route(rules);
  const state = stateFor(httproute, object, 20, named);
  expect(state.rules).toHaveLength(16);
  expect(Object.keys(weightsIn(operationsOf(httproute, object, state)))).toHaveLength(256);
});
