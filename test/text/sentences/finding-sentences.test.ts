import { expect, test } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import type { FindingCode } from "../../../src/base/reasons/finding-reasons.ts";
import { type Reason, reason } from "../../../src/base/reasons/index.ts";
import { textOf, toldOf } from "../../../src/text/index.ts";

/**
 * Every finding in words, once for each thing that it can say. What is printed stands in test/fixtures/sentences/findings.txt: a
 * changed sentence is a changed file.
 */

type Examples = { readonly [C in FindingCode]: readonly [Reason<C>["data"], ...Reason<C>["data"][]] };

const says = reason("network-reset", { errno: "ECONNRESET" });
const v1 = "reviews.shop.svc.cluster.local/v1";
const v2 = "reviews.shop.svc.cluster.local/v2";
const shares = (stable: number, canary: number) => [
  { id: v1, weight: stable },
  { id: v2, weight: canary },
];
const primary = { rule: "http/primary", destinations: shares(100, 0) };
const api = { rule: "http/api", destinations: shares(80, 20) };
const many = Array.from({ length: 23 }, (_, index) => `http/${index}`);
const lost = reason("rules-gone", { object: "VirtualService shop/reviews", rules: ["http/primary"] });
const added = { form: "destination", host: "reviews", subset: "v2" } as const;
const parent = "Gateway shop/edge";
const root = "VirtualService shop/front";
const delegatedBy = { root, rules: ["http/all"] };
const nothing = { rules: [], selectors: [], delegates: [] };
const metric = { cause: reason("metric-status", { source: "Prometheus", status: 503 }) };

const examples: Examples = {
  "object-malformed": [
    { path: "spec.http", expected: "rules" },
    { path: "spec.http[0]", expected: "rule" },
    { path: "spec.http[0].match", expected: "list" },
    { path: "spec", expected: "map" },
    { path: "metadata.resourceVersion", expected: "text" },
    { path: "spec.http[0].route[0].destination", expected: "destination" },
    { path: "spec.http[0].route", expected: "destinations" },
    { path: "spec.rules[0].backendRefs[1]", expected: "backend" },
    { path: "spec.http[0].route[0].weight", expected: "weight", largest: 1_000_000 },
  ],
  "route-not-found": [
    { why: "no-match", selector: "http/missing", list: "http", rules: ["http/primary"] },
    { why: "no-match", selector: "x", list: "http", rules: many },
    { why: "no-such-list", selector: "tcp/80", list: "tcp", kind: "HTTPRoute", rules: ["rules/0"] },
    { why: "several", selector: "tls/b.x", list: "tls", rules: ["tls/a.x+b.x", "tls/b.x+c.x"] },
  ],
  "duplicate-route-name": [
    { same: "name", list: "http", word: "a", indexes: [0, 1] },
    { same: "name", list: "http", word: "a", indexes: [0, 1, 2] },
    { same: "match", list: "tcp", word: "3000", indexes: [0, 1] },
    { same: "match", list: "tls", word: "a.x", indexes: [0, 1] },
  ],
  "canary-destination-missing": [
    { canary: "v2", where: "route", rules: ["http/primary"], add: added },
    { canary: "v2", where: "rule", rules: ["http/api"], add: { ...added, port: 9080, subset: "true" } },
    { canary: "web-v2.shop", where: "route", rules: ["rules/0"], add: { form: "backend", host: "web-v2", port: 80 } },
    {
      canary: "web-v2",
      where: "route",
      rules: ["rules/0"],
      add: { form: "backend", group: "traefik.io", kind: "TraefikService", host: "web-v2", namespace: "next" },
    },
    { where: "route", rules: [], add: { ...added, subset: "NAME-OF-THE-CANARY" } },
    { canary: v2, where: "follower", rules: ["http/primary"] },
  ],
  "stable-destination-missing": [
    { stable: "v0", rules: ["http/primary"], destinations: [v1, v2] },
    { stable: "web.shop", rules: ["http/primary"], destinations: [v1] },
    { canary: "v2", rules: ["http/primary"], destinations: [v2] },
    { rules: ["http/primary"], destinations: [v2] },
  ],
  "canary-ambiguous": [
    { unclear: "word", word: "v2", rules: [primary], destinations: [`${v2}:9080`, `${v2}:9443`] },
    {
      unclear: "twins",
      word: v2,
      rules: [{ rule: "http/primary", destinations: [...shares(100, 0), { id: v2, weight: 0 }] }],
      destinations: [v2],
    },
    { unclear: "same", word: "v1", rules: [], destinations: [] },
    { unclear: "stable", rules: [primary], destinations: [] },
    { unclear: "canary", rules: [primary], destinations: [] },
    { unclear: "both", rules: [primary], destinations: [] },
    { unclear: "both", rules: [primary, api], destinations: [] },
    { unclear: "beside", rules: [primary, api], destinations: [] },
  ],
  "ambiguous-scope": [
    { ...nothing, unclear: "rules", rules: ["http/a", "http/b"], selectors: ["http/NAME", "http/INDEX"] },
    { ...nothing, unclear: "selector", selectors: ["1"], named: 0, indexed: 1 },
    {
      ...nothing,
      unclear: "delegates",
      object: root,
      delegates: [
        { rule: "http/a", to: "shop/a" },
        { rule: "http/b", to: "shop/b" },
      ],
    },
    { ...nothing, unclear: "places", object: root, rules: ["http/own"], selectors: ["http/all"] },
  ],
  "inconsistent-weights": [
    {
      rules: [
        { rule: "http/api", share: 100 / 3 },
        { rule: "http/rest", share: 0 },
      ],
    },
  ],
  "rule-not-weighted": [
    { rule: "http/old", weighted: ["http/rest"] },
    { rule: "http/old", weighted: [] },
  ],
  "unreachable-rule": [
    { rule: "http/behind", takers: ["http/all"] },
    { rule: "http/behind", takers: ["http/a", "http/b"], path: "mesh" },
    { rule: "rules/0", takers: ["rules/0 of HTTPRoute shop/first"], path: parent, host: "shop.example.com" },
  ],
  "fault-injected": [{ rule: "http/0" }, { rule: "http/0", root }],
  delegated: [
    {
      why: "elsewhere",
      delegate: "shop/reviews-rules",
      route: "shop/virtualservice/reviews-rules",
      rules: [],
      delegates: [],
    },
    { why: "itself", delegate: root, rules: ["http/all"], delegates: [] },
    {
      why: "further",
      delegate: "shop/rules",
      root: "shop/front",
      rules: [],
      delegates: [{ rule: "http/0", to: "shop/deeper" }],
    },
    {
      why: "further",
      delegate: "shop/rules",
      root: "shop/front",
      rules: [],
      delegates: [{ rule: "http/0", to: "shop/front" }],
    },
  ],
  "multiple-virtualservices": [
    {
      host: "reviews.shop.svc.cluster.local",
      others: ["shop/edge"],
      deciders: [
        { object: "shop/reviews", paths: ["mesh"] },
        { object: "shop/edge", paths: ["shop/gw", "shop/other"] },
      ],
    },
  ],
  "weights-do-not-fit": [{ rule: "http/0", held: 60, weight: 50 }],
  "zero-total-weight": [{ rule: "rules/0" }],
  "fractional-weight": [
    { kind: "VirtualService", weight: 12.5, lower: 12, upper: 13, steps: "whole" },
    { kind: "HTTPRoute", weight: 0.25, lower: 0.2, upper: 0.3, steps: "tenths" },
  ],
  "owned-by-controller": [{ object: "HTTPRoute shop/web", owner: "Canary web" }],
  "corrupt-record": [
    { why: "unreadable", says: reason("record-not-ours", { how: "not-json" }) },
    { why: "weights", kind: "VirtualService", weight: 101, total: 100, carries: 100 },
  ],
  "foreign-record": [{ rollout: "0caf3a6189bc", status: "progressing", weight: 20 }],
  drifted: [{ lost }],
  "rollback-target-changed": [
    {
      lost,
      command: {
        resource: "virtualservices.networking.istio.io",
        name: "o'reviews",
        namespace: "shop",
        version: "8368",
        weights: [{ path: "/spec/http/0/route/0/weight", value: 100 }],
        restored: [{ path: "/metadata/annotations/kustomize.toolkit.fluxcd.io~1reconcile", value: "enabled" }],
        removed: ["/metadata/annotations/sluice.dev~1rollout"],
      },
    },
  ],
  "destination-not-found": [
    {
      host: "reviews.shop.svc.cluster.local",
      place: { name: "reviews", namespace: "shop" },
      namespace: "shop",
    },
    { host: "v2.example.com", namespace: "shop" },
  ],
  "destination-port-missing": [
    {
      destination: v2,
      service: "reviews",
      ports: [
        { port: 9080, name: "http" },
        { port: 9090, name: "" },
      ],
    },
    { destination: `${v2}:80`, port: 80, service: "reviews", ports: [{ port: 9080, name: "http" }] },
    { destination: "web-v2.shop.svc.cluster.local", path: "spec.rules[0].backendRefs[1]", ports: [] },
  ],
  "subset-missing": [
    { subset: "v2", host: "reviews.shop.svc.cluster.local", misspelt: [] },
    {
      subset: "v2",
      host: "reviews.shop.svc.cluster.local",
      misspelt: [{ rule: "shop/b", host: "reviews.shop" }],
    },
  ],
  "subset-empty": [{ subset: "v2", labels: ["app=reviews", "version=v2"] }],
  "subset-overlap": [
    { stable: "v1", canary: "v2", pods: ["reviews-v1-0"], more: 0 },
    { stable: "v1", canary: "v2", pods: ["reviews-v1-0", "reviews-v1-1", "reviews-v2-0"], more: 2 },
  ],
  "backend-empty": [{ service: "web-v2" }],
  "parent-not-accepted": [
    { why: "no-parent", route: "HTTPRoute shop/web" },
    { why: "unanswered", parent },
    {
      why: "partial",
      parent,
      condition: "PartiallyInvalid",
      reason: "UnsupportedValue",
      says: foreign("Dropped Rule 1"),
    },
    { why: "unsaid", parent, condition: "ResolvedRefs" },
    { why: "outdated", parent, condition: "Accepted", seen: 3, present: 4 },
    { why: "unknown", parent, condition: "Accepted", reason: "Pending" },
    {
      why: "refused",
      parent,
      condition: "Accepted",
      reason: "NoMatchingParent",
      says: foreign("no listener for it"),
    },
  ],
  "reference-not-granted": [
    { kind: "HTTPRoute", namespace: "shop", parent, says: foreign("backendRef next/web-v2 not accessible") },
    {
      kind: "HTTPRoute",
      namespace: "shop",
      destination: "web-v2.next.svc.cluster.local:80",
      to: { group: "", kind: "Service", namespace: "next", name: "web-v2" },
    },
  ],
  "reference-not-resolved": [{ parent, reason: "BackendNotFound", says: foreign("backend(web-v3) not found") }],
  "no-l7-dataplane": [
    { service: "shop/web", state: "unbound" },
    { service: "shop/web", state: "absent", waypoint: "shop/waypoint" },
    { service: "shop/web", state: "not-programmed", waypoint: "shop/waypoint" },
  ],
  "mixed-route-apis": [
    { objects: ["HTTPRoute shop/web", "VirtualService shop/web"], host: "web.shop.svc.cluster.local" },
  ],
  "route-ignored": [
    { why: "own-hosts", object: "VirtualService shop/rules", fields: [] },
    {
      why: "not-exported",
      object: "VirtualService infra/rules",
      namespace: "shop",
      root: "shop/front",
      fields: [],
    },
    { why: "wider-match", object: "VirtualService shop/rules", root: "shop/front", rule: "http/0", fields: [] },
    { why: "service-profile", object: "shop/web.shop.svc.cluster.local", fields: [] },
    { why: "unknown-fields", fields: ["spec.rules[0].retry", "spec.rules[0].filters[0] (URLRewrite)"], more: 0 },
    { why: "unknown-fields", fields: ["spec.rules[0].retry"], more: 3 },
  ],
  "metric-not-separable": [metric],
  "metric-labels-missing": [metric],
  "metric-protocol-mismatch": [metric],
  "metric-query-failed": [metric],
  "object-not-found": [
    { object: "VirtualService shop/rules", delegatedBy },
    { object: "edge/httproute/web", says },
  ],
  "permission-missing": [
    {
      asked: "rights",
      object: "reviews",
      user: "ci",
      verbs: ["get", "patch"],
      group: "networking.istio.io",
      plural: "virtualservices",
      namespace: "shop",
    },
    { asked: "dry-run", object: "reviews", verbs: ["patch"], says },
    { asked: "read", object: "VirtualService shop/rules", verbs: ["get"], says, delegatedBy },
  ],
  "cluster-unreachable": [
    { asked: "endpoints", object: v2 },
    { asked: "rivals", object: "virtualservices", says },
    { asked: "dry-run", object: "reviews", step: "phase", weight: 12.5, says },
    { asked: "dry-run", object: "reviews", step: "rollback", weight: 0, says },
    { asked: "read", object: "VirtualService shop/front", says },
  ],
  "credentials-expire": [
    { user: "ci", endsAt: Date.UTC(2023, 10, 14, 22, 14, 20), until: Date.UTC(2023, 10, 14, 22, 19, 20) },
  ],
  "dry-run-rejected": [
    { object: "reviews", step: "phase", weight: 50, says },
    { object: "reviews", step: "rollback", weight: 0, says },
  ],
  "write-altered": [
    {
      plural: "virtualservices",
      step: "phase",
      weight: 5,
      found: reason("written-differently", {
        object: "VirtualService shop/reviews",
        differences: [
          reason("rule-weights-differ", { rule: "http/primary", wanted: shares(95, 5), shown: shares(100, 0) }),
        ],
      }),
    },
  ],
};

test("every finding is told in words that end", async () => {
  const lines = Object.entries(examples).flatMap(([code, all]) => [
    `${code}:`,
    ...all.map((data) => {
      const text = textOf({ code, data } as Reason);
      return `  ${text.replaceAll("\n", "\n    ")}`;
    }),
    "",
  ]);
  await expect(lines.join("\n")).toMatchFileSnapshot("../../fixtures/sentences/findings.txt");
});

test("a finding of a route that moves along begins with its name", () => {
  const route = { kind: "httproute", namespace: "edge", name: "web" };
  const found = { reason: reason("backend-empty", { service: "web-v2" }), route };
  expect(toldOf(found)).toBe("edge/httproute/web: web-v2 has no ready endpoint. Start it before shifting traffic.");
});

test("a name cannot end the line, nor hide what follows", () => {
  const hostile = reason("zero-total-weight", { rule: "http/a\n::error::b\u202e\u001b[31m" });
  expect(textOf(hostile)).toBe("http/a ::error::b sends no traffic at all. Give stable a weight first.");
});
