import { expect, test } from "vitest";
import { httproute } from "../../src/routes/httproute.ts";
import { virtualservice } from "../../src/routes/virtualservice.ts";
import { http, rolledBack, stateFor, to, virtualService, web } from "./shapes.ts";

const object = virtualService({
  hosts: ["web", "shop.example"],
  gateways: ["mesh", "istio-system/edge"],
  http: [
    {
      name: "docs",
      match: [{ uri: { prefix: "/docs" } }, { uri: { exact: "/help" } }],
      route: [to(undefined, undefined, "docs")],
    },
    { name: "old", match: [{ uri: { prefix: "/old" } }], redirect: { uri: "/" } },
    { name: "part", match: [{ uri: { prefix: "/part" } }], delegate: { name: "part" } },
    { name: "main", route: [to("v1", 80), to("v2", 20)] },
  ],
});

const asked = { startWeight: 20, rules: ["http/main"], stable: "v1", canary: "v2" };

test("the whole route: where requests enter, untouched rules as they are, and what is asked of the one that moves", () => {
  expect(virtualservice.layout?.(object, stateFor(virtualservice, object, 50, asked))).toEqual({
    kind: "VirtualService",
    namespace: "prod",
    name: "web",
    entries: [{ kind: "mesh" }, { kind: "gateway", name: "istio-system/edge" }],
    hosts: ["web", "shop.example"],
    rules: [
      {
        label: "http/docs",
        takes: ["/docs*", "/help"],
        part: "untouched",
        destinations: [{ id: "docs.prod.svc.cluster.local", shown: 100 }],
      },
      {
        label: "http/old",
        takes: ["/old*"],
        part: "untouched",
        instead: "answered without a destination",
        destinations: [],
      },
      { label: "http/part", takes: ["/part*"], part: "untouched", instead: "delegated to prod/part", destinations: [] },
      {
        label: "http/main",
        takes: [],
        part: "moved",
        destinations: [
          { id: web("v1"), shown: 80, asked: 50 },
          { id: web("v2"), shown: 20, asked: 50 },
        ],
      },
    ],
  });
});

test("without a record nothing is asked of any rule; after a rollback what was there before is asked", () => {
  const rules = virtualservice.layout?.(object, undefined).rules;
  expect(rules?.map(({ part }) => part)).toEqual(["untouched", "untouched", "untouched", "untouched"]);
  const before = virtualService(http({ route: [to("v1", 100), to("v2", 0)] }));
  const back = rolledBack(stateFor(virtualservice, before, 20));
  const now = virtualService(http({ route: [to("v1", 80), to("v2", 20)] }));
  expect(virtualservice.layout?.(now, back).rules[0]?.destinations).toEqual([
    { id: web("v1"), shown: 80, asked: 100 },
    { id: web("v2"), shown: 20, asked: 0 },
  ]);
});

test("a rule that only an older rollout moved is kept at home", () => {
  const state = stateFor(virtualservice, object, 50, asked);
  const rules = state.rules.map((rule) => ({ ...rule, atHome: true }));
  expect(virtualservice.layout?.(object, { ...state, rules }).rules.at(-1)?.part).toBe("home");
});

test("a route of the Gateway API: its parents, its host names, shares out of whatever the weights add up to", () => {
  const route = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "web", namespace: "prod", uid: "u-1", resourceVersion: "1" },
    spec: {
      parentRefs: [
        { name: "edge", namespace: "infra", sectionName: "https" },
        { group: "", kind: "Service", name: "web" },
      ],
      hostnames: ["shop.example"],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [
            { name: "web-v1", port: 80, weight: 3 },
            { name: "web-v2", port: 80 },
            { name: "off", port: 80, weight: 0 },
          ],
        },
        { backendRefs: [{ name: "off", port: 80, weight: 0 }] },
      ],
    },
  };
  expect(httproute.layout?.(route, undefined)).toMatchObject({
    kind: "HTTPRoute",
    entries: [
      { kind: "gateway", name: "infra/edge (https)" },
      { kind: "service", name: "prod/web" },
    ],
    hosts: ["shop.example"],
    rules: [
      { label: "rules/0", takes: ["/*"], destinations: [{ shown: 75 }, { shown: 25 }, { shown: 0 }] },
      { label: "rules/1", takes: [], destinations: [{ shown: 0 }] },
    ],
  });
});

test("an object that anybody may have written is laid out without a complaint", () => {
  for (const spec of [undefined, null, "x", {}, { http: [null, 7, { route: [null, { weight: "a" }] }], hosts: 3 }]) {
    expect(() => virtualservice.layout?.(virtualService(spec), undefined)).not.toThrow();
    expect(() =>
      httproute.layout?.({ metadata: { name: "x" }, spec: { parentRefs: [null, 3], rules: [null] } }, undefined),
    ).not.toThrow();
  }
});
