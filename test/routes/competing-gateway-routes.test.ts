import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { finding } from "../../src/base/reasons/finding.ts";
import { httproute } from "../../src/routes/httproute.ts";

const refs = [
  { name: "web-v1", port: 80, weight: 100 },
  { name: "web-v2", port: 80, weight: 0 },
];
const versions = { stable: "web-v1.shop.svc.cluster.local:80", canary: "web-v2.shop.svc.cluster.local:80" };
const path = (value: string, type = "PathPrefix") => ({ path: { type, value } });

type Further = { readonly name?: string; readonly created?: string; readonly parents?: readonly unknown[] };
function route(
  spec: object,
  { name = "web", created = "2026-01-02T00:00:00Z", parents = [{ name: "edge" }] }: Further = {},
) {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace: "shop", creationTimestamp: created },
    spec: { parentRefs: parents, ...spec },
  } as KubeObject;
}
const older = { name: "old", created: "2026-01-01T00:00:00Z" };
const younger = { name: "young", created: "2026-01-03T00:00:00Z" };
const host = { hostnames: ["shop.example.com"] };
const rule = (...matches: object[]) => ({ rules: [{ matches, backendRefs: refs }] });
const elsewhere = (...matches: object[]) => ({ rules: [{ matches, backendRefs: [{ name: "other", port: 80 }] }] });

const found = (mine: KubeObject, ...others: KubeObject[]) => httproute.rivals?.(mine, others, versions);

describe("routes that compete for one host", () => {
  it("the older of two equal ones takes all", () => {
    expect(found(route({ ...host, ...rule() }), route({ ...host, ...elsewhere() }, older))).toEqual([
      finding("unreachable-rule", {
        rule: "rules/0",
        takers: ["rules/0 of HTTPRoute shop/old"],
        path: "Gateway shop/edge",
        host: "shop.example.com",
      }),
    ]);
    expect(found(route({ ...host, ...rule() }), route({ ...host, ...elsewhere() }, younger))).toEqual([]);
  });

  it("of two of one age the first by name", () => {
    const created = "2026-01-02T00:00:00Z";
    expect(found(route(rule()), route(elsewhere(), { name: "a", created }))).toHaveLength(1);
    expect(found(route(rule()), route(elsewhere(), { name: "z", created }))).toEqual([]);
  });

  it.each<[string, object, object, number]>([
    ["an exact path beats a prefix, whatever its age", rule(path("/a", "Exact")), elsewhere(path("/a", "Exact")), 0],
    ["a longer prefix takes only its part", rule(path("/a")), elsewhere(path("/a/b")), 0],
    ["a guarded match takes only its part", rule(path("/")), elsewhere({ headers: [{ name: "x", value: "1" }] }), 0],
    [
      "an exact match on each path of the rule",
      rule(path("/a", "Exact")),
      elsewhere(path("/a"), path("/a", "Exact")),
      0,
    ],
  ])("of a younger rival: %s", (_, mine, other, count) => {
    expect(found(route(mine), route(other, younger))).toHaveLength(count);
  });

  it("all matches of a rule must be taken, by one rival or by several", () => {
    const mine = route(rule(path("/a"), path("/b")));
    const [a, b] = [route(elsewhere(path("/a")), older), route(elsewhere(path("/b")), { ...older, name: "older" })];
    expect(found(mine, a)).toEqual([]);
    const takers = ["rules/0 of HTTPRoute shop/old", "rules/0 of HTTPRoute shop/older"];
    expect(found(mine, a, b)).toMatchObject([{ reason: { data: { takers } } }]);
  });

  it("another host, parent or listener is no rival, and a whole Gateway holds all its listeners", () => {
    const mine = route({ ...host, ...rule() }, { parents: [{ name: "edge", sectionName: "https" }] });
    expect(found(mine, route({ hostnames: ["*.example.com"], ...elsewhere() }, older))).toEqual([]);
    expect(found(mine, route({ ...host, ...elsewhere() }, { ...older, parents: [{ name: "inner" }] }))).toEqual([]);
    const other = { ...older, parents: [{ name: "edge", sectionName: "http" }] };
    expect(found(mine, route({ ...host, ...elsewhere() }, other))).toEqual([]);
    expect(found(mine, route({ ...host, ...elsewhere() }, older))).toMatchObject([
      { reason: { data: { path: "Gateway shop/edge (https)", host: "shop.example.com" } } },
    ]);
  });

  it("speaks of the rules that move alone", () => {
    const mine = route({
      rules: [
        { matches: [path("/api")], backendRefs: refs },
        { name: "rest", backendRefs: refs },
      ],
    });
    const all = route(elsewhere(path("/")), older);
    expect(found(mine, all)).toEqual([]);
    const rest = {
      ...versions,
      rules: [{ list: "rules", index: 1, name: "rest", key: "", destinations: [], home: [], atHome: false }],
    };
    expect(httproute.rivals?.(mine, [all], rest)).toMatchObject([
      { reason: { code: "unreachable-rule", data: { rule: "rules/rest", path: "Gateway shop/edge" } } },
    ]);
  });
});
