import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { notice } from "../../src/base/reasons/notice.ts";
import type { RolloutTarget } from "../../src/rollout/plan.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { coded, http, target, to, virtualService, web } from "./shapes.ts";

const both = (more: object = {}) => ({ ...more, route: [to("v1", 100), to("v2", 0)] });
const named = { stable: "v1", canary: "v2" };

function refusal(object: KubeObject, more: Partial<RolloutTarget> = {}): readonly (readonly [string, object])[] {
  const selected = virtualservice.select(object, target(more));
  if (selected.kind === "selected") throw new Error("selected, not refused");
  return selected.findings.map(coded);
}

function selection(object: KubeObject, more: Partial<RolloutTarget> = {}) {
  const selected = virtualservice.select(object, target(more));
  if (selected.kind === "refused") throw new Error(JSON.stringify(selected.findings));
  return selected.selection;
}

const indexes = (object: KubeObject, more: Partial<RolloutTarget> = {}) =>
  selection(object, more).rules.map(({ index }) => index);

describe("objects that cannot be read", () => {
  const largest = 2 ** 31 - 1;
  it.each<[string, unknown, string, string]>([
    ["no spec", undefined, "spec", "map"],
    ["spec a text", "x", "spec", "map"],
    ["no rules", {}, "spec.http", "rules"],
    ["rules null", { http: null }, "spec.http", "rules"],
    ["no rule", { http: [] }, "spec.http", "rules"],
    ["rules a map", { http: {} }, "spec.http", "rules"],
    ["a rule null", { http: [null] }, "spec.http[0]", "rule"],
    ["a route text", http({ route: "v1" }), "spec.http[0].route", "list"],
    ["a match text", http({ match: "x", ...both() }), "spec.http[0].match", "list"],
    ["a match entry null", http({ match: [null], ...both() }), "spec.http[0].match[0]", "map"],
    [
      "a weight text",
      http({ route: [to("v1"), { ...to("v2"), weight: "5" }] }),
      "spec.http[0].route[1].weight",
      "weight",
    ],
    ["a weight negative", http({ route: [to("v1", -1)] }), "spec.http[0].route[0].weight", "weight"],
    ["a weight fraction", http({ route: [to("v1", 0.5)] }), "spec.http[0].route[0].weight", "weight"],
    ["a weight too large", http({ route: [to("v1", 2 ** 31)] }), "spec.http[0].route[0].weight", "weight"],
  ])("%s", (_, spec, path, expected) => {
    const limit = expected === "weight" ? { largest } : {};
    expect(refusal(virtualService(spec))).toEqual([["object-malformed", { path, expected, ...limit }]]);
  });

  it.each<[string, unknown]>([
    ["nothing", null],
    ["no destination", {}],
    ["no host", { destination: {} }],
    ["an empty host", { destination: { host: "" } }],
    ["a host with a slash", { destination: { host: "a/b" } }],
    ["a host with a colon", { destination: { host: "a:1" } }],
    ["a subset that is a number", { destination: { host: "a", subset: 2 } }],
    ["a port that is a text", { destination: { host: "a", port: { number: "80" } } }],
    ["a port without a number", { destination: { host: "a", port: {} } }],
    ["a port out of range", { destination: { host: "a", port: { number: 65_536 } } }],
  ])("a destination with %s", (_, entry) => {
    expect(refusal(virtualService(http({ route: [entry] })))).toEqual([
      ["object-malformed", { path: "spec.http[0].route[0].destination", expected: "destination" }],
    ]);
  });

  it("tells all of them at once", () => {
    const object = virtualService({ http: [7, { route: [to("v1", -1), {}] }] });
    expect(refusal(object)).toMatchObject([
      ["object-malformed", { path: "spec.http[0]" }],
      ["object-malformed", { path: "spec.http[1].route[0].weight" }],
      ["object-malformed", { path: "spec.http[1].route[1].destination" }],
    ]);
  });
});

describe("selectors", () => {
  const object = virtualService(
    http(
      both({ name: "primary", match: [{ uri: { prefix: "/a" } }] }),
      both({ name: "7", match: [{ port: 80 }] }),
      both(),
    ),
  );

  it.each<[string, number[]]>([
    ["primary", [0]],
    ["http/primary", [0]],
    ["0", [0]],
    ["http/2", [2]],
    ["7", [1]],
  ])("%s", (rule, expected) => {
    expect(indexes(object, { rules: [rule] })).toEqual(expected);
  });

  it("takes several, each once, in the order of the object", () => {
    expect(indexes(object, { rules: ["2", "http/primary", "0"] })).toEqual([0, 2]);
  });

  it.each(["3", "-1", "00", "http/", "http/9999999999", "__proto__", "http/http/0", "1e0"])(
    "finds nothing by %s",
    (rule) => {
      expect(refusal(object, { rules: [rule] })).toEqual([
        [
          "route-not-found",
          { why: "no-match", selector: rule, list: "http", rules: ["http/primary", "http/1", "http/2"] },
        ],
      ]);
    },
  );

  it.each(["tcp/3000", "tls/db.x"])("refuses %s where the object has no such list", (rule) => {
    const path = `spec.${rule.slice(0, 3)}`;
    expect(refusal(object, { rules: [rule] })).toEqual([["object-malformed", { path, expected: "rules" }]]);
  });

  it("refuses a name that several rules have", () => {
    const twice = virtualService(http(both({ name: "a" }), both({ name: "a" }), both({ name: "a" })));
    expect(refusal(twice, { rules: ["a"] })).toEqual([
      ["duplicate-route-name", { same: "name", list: "http", word: "a", indexes: [0, 1, 2] }],
    ]);
    expect(indexes(twice, { rules: ["http/0"] })).toEqual([0]);
  });

  it("refuses a word that is the name of one rule and the index of another", () => {
    const odd = virtualService(http(both({ name: "1" }), both()));
    expect(refusal(odd, { rules: ["1"] })).toMatchObject([
      ["ambiguous-scope", { unclear: "selector", selectors: ["1"], named: 0, indexed: 1 }],
    ]);
  });

  it("tells every selector that fails, beside what is wrong with the others", () => {
    const mixed = virtualService(http(both({ name: "a", fault: { abort: {} } })));
    expect(refusal(mixed, { rules: ["x", "a", "y"] }).map(([code]) => code)).toEqual([
      "route-not-found",
      "route-not-found",
      "fault-injected",
    ]);
  });
});

describe("which destinations are stable and canary", () => {
  it("is found from the traffic when neither is named", () => {
    expect(selection(virtualService(http({ route: [to("v1", 0), to("v2", 100)] })))).toMatchObject({
      stable: web("v2"),
      canary: web("v1"),
      share: 0,
    });
  });

  /** What a finding says of one rule: its destinations in their order, with their weights. */
  const shows = (rule: string, weights: Readonly<Record<string, number>>) => ({
    rule,
    destinations: Object.entries(weights).map(([subset, weight]) => ({ id: web(subset), weight })),
  });

  it.each<[string, unknown[], Readonly<Record<string, number>>]>([
    ["both have traffic", [to("v1", 80), to("v2", 20)], { v1: 80, v2: 20 }],
    ["there is a third", [to("v1", 100), to("v2"), to("v3")], { v1: 100, v2: 0, v3: 0 }],
  ])("is not guessed when %s", (_, route, weights) => {
    expect(refusal(virtualService(http({ route })))).toEqual([
      ["canary-ambiguous", { unclear: "both", rules: [shows("http/0", weights)], destinations: [] }],
    ]);
  });

  it("is not guessed when rules disagree", () => {
    const object = virtualService(
      http({ match: [{ uri: { prefix: "/a" } }], route: [to("v2", 100), to("v1", 0)] }, both()),
    );
    const rules = [shows("http/0", { v2: 100, v1: 0 }), shows("http/1", { v1: 100, v2: 0 })];
    expect(refusal(object)).toEqual([["canary-ambiguous", { unclear: "both", rules, destinations: [] }]]);
  });

  it("is found for stable from the rest when the canary is named", () => {
    const three = virtualService(http({ route: [to("v1", 100), to("v2"), to("v3", 0)] }));
    expect(selection(three, { canary: "v2" })).toMatchObject({ stable: web("v1") });
    const moved = virtualService(http({ route: [to("v1", 0), to("v2", 100)] }));
    expect(selection(moved, { canary: "v2" })).toMatchObject({ stable: web("v1"), share: 100 });
    const split = virtualService(http({ route: [to("v1", 60), to("v2", 0), to("v3", 40)] }));
    const rules = [shows("http/0", { v1: 60, v2: 0, v3: 40 })];
    expect(refusal(split, { canary: "v2" })).toMatchObject([["canary-ambiguous", { unclear: "stable", rules }]]);
  });

  it("is found for the canary from the rest when stable is named", () => {
    expect(selection(virtualService(http(both())), { stable: "v1" })).toMatchObject({ canary: web("v2") });
    const three = virtualService(http({ route: [to("v1", 100), to("v2"), to("v3")] }));
    const rules = [shows("http/0", { v1: 100, v2: 0, v3: 0 })];
    expect(refusal(three, { stable: "v1" })).toMatchObject([["canary-ambiguous", { unclear: "canary", rules }]]);
  });

  it("asks for a second destination where there is one alone", () => {
    const add = { form: "destination", host: "web", subset: "NAME-OF-THE-CANARY" };
    const lone = virtualService(http({ route: [to("v1")] }));
    const missing = ["canary-destination-missing", { where: "route", rules: ["http/0"], add }];
    expect(refusal(lone)).toEqual([missing]);
    expect(refusal(lone, { stable: "v1" })).toEqual([missing]);
  });

  it("says when nothing can be stable", () => {
    expect(refusal(virtualService(http({ route: [to("v2")] })), { canary: "v2" })).toEqual([
      ["stable-destination-missing", { canary: "v2", rules: ["http/0"], destinations: [web("v2")] }],
    ]);
    expect(refusal(virtualService(http({ route: [to("v2")] })), { stable: "v1" })).toEqual([
      ["stable-destination-missing", { stable: "v1", rules: ["http/0"], destinations: [web("v2")] }],
    ]);
  });

  it("refuses one destination for both, however it is written", () => {
    const object = virtualService(http({ route: [to("v1", 100), to(undefined, 0, "other")] }));
    const same = (word: string) => [["canary-ambiguous", { unclear: "same", word }]];
    expect(refusal(object, { stable: "v1", canary: "v1" })).toMatchObject(same("v1"));
    expect(refusal(object, { stable: "v1", canary: "web/v1" })).toMatchObject(same(web("v1")));
  });

  it("refuses words that fit several destinations of a rule", () => {
    const ports = [80, 81].map((number) => ({ destination: { host: "web", subset: "v2", port: { number } } }));
    const object = virtualService(http({ route: [to("v1", 100), ...ports] }));
    const destinations = [`${web("v2")}:80`, `${web("v2")}:81`];
    expect(refusal(object, named)).toMatchObject([
      ["canary-ambiguous", { unclear: "word", word: "v2", rules: [{ rule: "http/0" }], destinations }],
    ]);
    expect(selection(object, { ...named, canary: "v2:81" })).toMatchObject({ canary: `${web("v2")}:81` });
  });

  it("refuses words that mean different destinations in different rules", () => {
    const object = virtualService(
      http(
        { match: [{ uri: { prefix: "/a" } }], route: [to("v1", 100), to("v2", 0, "other")] },
        { route: [to("v1", 100), to("v2", 0)] },
      ),
    );
    const rules = [{ rule: "http/0" }, { rule: "http/1" }];
    const destinations = ["other.prod.svc.cluster.local/v2", web("v2")];
    expect(refusal(object, named)).toMatchObject([
      ["canary-ambiguous", { unclear: "word", word: "v2", rules, destinations }],
    ]);
    expect(indexes(object, { stable: "v1", canary: web("v2") })).toEqual([1]);
  });

  it("refuses two entries with one identity", () => {
    const object = virtualService(http({ route: [to("v1", 100), to("v2", 0), { ...to("v2", 0), headers: {} }] }));
    const rules = [{ rule: "http/0", destinations: [{ id: web("v1") }, { id: web("v2") }, { id: web("v2") }] }];
    expect(refusal(object, named)).toMatchObject([["canary-ambiguous", { unclear: "twins", word: web("v2"), rules }]]);
  });

  it("takes a name with a dot as it stands", () => {
    const object = virtualService(http({ route: [to(undefined, 100, "web"), to(undefined, 0, "web-v2")] }));
    expect(refusal(object, { stable: "web.prod", canary: "web-v2" })).toMatchObject([
      ["stable-destination-missing", { stable: "web.prod" }],
    ]);
    expect(refusal(object, { stable: "web", canary: "web-v2.prod" })).toMatchObject([
      ["canary-destination-missing", { canary: "web-v2.prod" }],
    ]);
  });

  it("tells each selected rule that lacks a version", () => {
    const object = virtualService(
      http(
        both({ name: "a", match: [{ uri: { prefix: "/a" } }] }),
        { name: "b", match: [{ uri: { prefix: "/b" } }], route: [to("v1")] },
        { name: "c", route: [to("v2")] },
      ),
    );
    expect(refusal(object, { ...named, rules: ["a", "b", "c"] })).toEqual([
      [
        "canary-destination-missing",
        {
          canary: "v2",
          where: "rule",
          rules: ["http/b"],
          add: { form: "destination", host: "web", subset: "v2" },
        },
      ],
      ["stable-destination-missing", { stable: "v1", canary: "v2", rules: ["http/c"], destinations: [web("v2")] }],
    ]);
  });

  it.each<[string, unknown, object]>([
    ["web-v2", to(undefined, 100), { host: "web-v2" }],
    ["web-v2:9080", to(undefined, 100), { host: "web-v2", port: 9080 }],
    ["web/v2", to(undefined, 100), { host: "web", subset: "v2" }],
    ["web.prod.svc.cluster.local/v2", to("v1", 100), { host: "web", subset: "v2" }],
    ["web.shop.svc.cluster.local", to("v1", 100), { host: "web.shop.svc.cluster.local" }],
    ["2", to("v1", 100), { host: "web", subset: "2" }],
    [
      "v2",
      { destination: { host: "web", subset: "v1", port: { number: 80 } } },
      { host: "web", subset: "v2", port: 80 },
    ],
  ])("would add %s like its neighbour", (canary, neighbour, fields) => {
    expect(refusal(virtualService(http({ route: [neighbour] })), { canary })).toEqual([
      [
        "canary-destination-missing",
        { canary, where: "route", rules: ["http/0"], add: { form: "destination", ...fields } },
      ],
    ]);
  });
});

describe("rules that cannot carry a rollout", () => {
  it.each<[string, object]>([
    ["a redirect", { redirect: { uri: "/" } }],
    ["a direct response", { directResponse: { status: 503 } }],
    ["no destinations", {}],
    ["an empty route", { route: [] }],
  ])("%s", (_, rule) => {
    const object = virtualService(
      http({ name: "a", match: [{ uri: { prefix: "/a" } }], ...rule }, both({ name: "b" })),
    );
    expect(refusal(object, { rules: ["a"] })).toEqual([
      ["rule-not-weighted", { rule: "http/a", weighted: ["http/b"] }],
    ]);
    expect(indexes(object)).toEqual([1]);
  });

  it("delegates, told with the object to name", () => {
    const delegate = { name: "a", match: [{ uri: { prefix: "/a" } }], delegate: { name: "web-a", namespace: "infra" } };
    const there = { why: "elsewhere", delegate: "infra/web-a", route: "infra/virtualservice/web-a" };
    expect(refusal(virtualService(http(delegate, both())), { rules: ["a"] })).toMatchObject([["delegated", there]]);
    expect(refusal(virtualService(http(delegate)), named)).toMatchObject([["delegated", there]]);
    expect(refusal(virtualService(http(delegate, { route: [to("v1")] })), named).map(([code]) => code)).toEqual([
      "canary-destination-missing",
      "delegated",
    ]);
    expect(indexes(virtualService(http(delegate, both())))).toEqual([1]);
    const near = virtualService(http({ delegate: { name: "web-a" } }));
    expect(refusal(near, { rules: ["0"] })).toMatchObject([["delegated", { route: "prod/virtualservice/web-a" }]]);
  });

  it("faults", () => {
    const object = virtualService(http(both({ name: "a", fault: { delay: {} } })));
    expect(refusal(object)).toEqual([["fault-injected", { rule: "http/a" }]]);
  });

  it("no traffic at all", () => {
    const object = virtualService(http({ route: [to("v1", 0), to("v2")] }));
    const expected = [["zero-total-weight", { rule: "http/0" }]];
    expect(refusal(object)).toEqual(expected);
    expect(refusal(object, named)).toEqual(expected);
  });

  it("tells everything that is wrong at once", () => {
    const object = virtualService(
      http(both({ name: "a", match: [{ uri: { prefix: "/a" } }], fault: { abort: {} } }), {
        name: "b",
        match: [{ uri: { prefix: "/b" } }],
        route: [to("v1", 50), to("v2", 50)],
      }),
    );
    expect(refusal(object, named).map(([code]) => code)).toEqual(["fault-injected", "inconsistent-weights"]);
  });
});

describe("rules that are not clearly the ones", () => {
  const guard = (match: object, name = "guarded") => both({ name, match: [match] });
  const plain = (more: object = {}) => ({ name: "default", ...more, route: [to("v1")] });

  it.each<[string, object]>([
    ["header", { headers: { "x-beta": { exact: "1" } } }],
    ["missing header", { withoutHeaders: { "x-old": {} } }],
    ["query", { queryParams: { beta: { exact: "1" } } }],
    ["method", { method: { exact: "GET" } }],
    ["source", { sourceLabels: { app: "a" } }],
    ["source namespace", { sourceNamespace: "team" }],
  ])("refuses a split behind a %s while the rest falls to stable", (_, match) => {
    const rules = ["http/guarded", "http/default"];
    const selectors = ["http/NAME", "http/INDEX", "tcp/PORT", "tls/SNI-HOST"];
    expect(refusal(virtualService(http(guard(match), plain())), named)).toEqual([
      ["ambiguous-scope", { unclear: "rules", rules, selectors, delegates: [] }],
    ]);
    expect(indexes(virtualService(http(guard(match), plain())), { ...named, rules: ["guarded"] })).toEqual([0]);
  });

  it.each<[string, object]>([
    ["path", { uri: { prefix: "/a" } }],
    ["port", { port: 8080 }],
    ["authority", { authority: { exact: "a.example.com" } }],
  ])("accepts a split by %s", (_, match) => {
    expect(indexes(virtualService(http(guard(match), plain())), named)).toEqual([0]);
  });

  it("accepts a guarded split where nothing of its traffic falls to stable", () => {
    const header = { headers: { a: {} }, uri: { prefix: "/a" } };
    const elsewhere = plain({ match: [{ uri: { prefix: "/b" } }] });
    expect(indexes(virtualService(http(guard(header), elsewhere)), named)).toEqual([0]);
    const otherGuard = plain({ match: [{ headers: { b: {} } }] });
    expect(indexes(virtualService(http(guard(header), otherGuard)), named)).toEqual([0]);
  });

  it("accepts a guarded split beside one without a guard", () => {
    const object = virtualService(http(guard({ headers: { a: {} } }), both({ name: "all" })));
    expect(indexes(object)).toEqual([0, 1]);
  });

  it("accepts a guarded split beside one by path, though the rest falls to stable", () => {
    const object = virtualService(
      http(guard({ headers: { a: {} } }), both({ match: [{ uri: { prefix: "/a" } }] }), plain()),
    );
    expect(indexes(object, named)).toEqual([0, 1]);
  });

  it("refuses two rules with the same match on one entry path, names and order of members aside", () => {
    const match = { uri: { prefix: "/a" }, headers: { x: { exact: "1" } } };
    const turned = { name: "m", headers: { x: { exact: "1" } }, uri: { prefix: "/a" } };
    const object = virtualService(http(guard(match, "a"), guard(turned, "b"), both({ name: "c" })));
    expect(refusal(object)).toMatchObject([["ambiguous-scope", { unclear: "rules", rules: ["http/a", "http/b"] }]]);
  });

  it("does not ask when the rules were selected", () => {
    const object = virtualService(http(both({ name: "a" }), both({ name: "b" })));
    expect(selection(object, { rules: ["a", "b"] }).warnings).toEqual([
      notice("rule-shadowed", { rule: "http/b", path: "mesh", takers: ["http/a"] }),
    ]);
  });
});

describe("rules that never get traffic", () => {
  it("are refused when an unselected rule takes it all", () => {
    const object = virtualService(http({ name: "all", redirect: { uri: "/" } }, both({ name: "b" })));
    expect(refusal(object)).toEqual([["unreachable-rule", { rule: "http/b", takers: ["http/all"] }]]);
  });

  it("are refused when several unselected rules take it together", () => {
    const object = virtualService(
      http(
        { name: "a", match: [{ uri: { prefix: "/a" } }], route: [to("v1")] },
        { name: "b", match: [{ uri: { prefix: "/b" } }], route: [to("v1")] },
        both({ name: "c", match: [{ uri: { prefix: "/a/x" } }, { uri: { exact: "/b" } }] }),
      ),
    );
    expect(refusal(object, named)).toEqual([["unreachable-rule", { rule: "http/c", takers: ["http/a", "http/b"] }]]);
  });

  it("are fine while one of their matches is left", () => {
    const object = virtualService(
      http(
        { match: [{ uri: { prefix: "/a" } }], route: [to("v1")] },
        both({ match: [{ uri: { prefix: "/a" } }, { uri: { prefix: "/b" } }] }),
      ),
    );
    expect(selection(object, named).warnings).toEqual([]);
  });

  it("are refused per entry path", () => {
    const object = virtualService({
      gateways: ["mesh", "gw"],
      http: [{ name: "a", match: [{ gateways: ["mesh"] }], route: [to("v1")] }, both({ name: "b" })],
    });
    expect(refusal(object, named)).toEqual([
      ["unreachable-rule", { rule: "http/b", takers: ["http/a"], path: "mesh" }],
    ]);
  });

  it("are fine while another selected rule moves that path", () => {
    const object = virtualService(
      http(
        { name: "old", match: [{ uri: { prefix: "/a" } }], route: [to("v1")] },
        both({ name: "a", match: [{ uri: { prefix: "/a/b" } }] }),
        both({ name: "b" }),
      ),
    );
    expect(selection(object, named).warnings).toEqual([
      notice("rule-shadowed", { rule: "http/a", path: "mesh", takers: ["http/old"] }),
    ]);
  });

  it("are not taken for dead behind a delegate, whose own rules decide", () => {
    expect(indexes(virtualService(http({ delegate: { name: "d" } }, both())))).toEqual([1]);
  });

  it("are told when they name no entry path of the object", () => {
    const object = virtualService(http(both({ name: "a", match: [{ gateways: ["gw"] }] })));
    expect(selection(object).warnings).toEqual([notice("rule-without-path", { rule: "http/a" })]);
  });
});

describe("what is recorded of a rule", () => {
  it("is its place, name, digest, destinations and weights as they are written", () => {
    const match = [{ uri: { prefix: "/a" } }];
    const object = virtualService(http({ name: "n", match, route: [to("v2"), to("v1", 7)] }));
    const [rule] = selection(object, named).rules;
    expect(rule).toEqual({
      list: "http",
      index: 0,
      name: "n",
      key: expect.stringMatching(/^[0-9a-z]{10}$/),
      destinations: [web("v2"), web("v1")],
      home: [null, 7],
      atHome: false,
    });
  });

  it("gives a rule another digest for another name or match, and the same for other weights", () => {
    const key = (rule: object) => selection(virtualService(http(both(rule)))).rules[0]?.key;
    const keys = [{}, { name: "a" }, { name: "b" }, { match: [{ port: 80 }] }, { match: [{ port: 81 }] }].map(key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(key({ timeout: "3s" })).toBe(key({}));
  });
});
