import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { httproute } from "../../src/routes/httproute.ts";

type Parts = { readonly parentRefs?: unknown; readonly parents?: unknown; readonly generation?: number };

const edge = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "edge" };
const said = (type: string, status = "True", more: object = {}) => ({
  type,
  status,
  reason: type,
  message: "",
  observedGeneration: 3,
  ...more,
});
const good = [said("Accepted"), said("ResolvedRefs")];
const answer = (conditions: unknown, parentRef: unknown = edge) => ({
  parentRef,
  controllerName: "istio.io/gateway-controller",
  conditions,
});

function route({ parentRefs = [{ name: "edge" }], parents, generation = 3 }: Parts): KubeObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "web", namespace: "prod", generation },
    spec: { parentRefs, rules: [] },
    ...(parents === undefined ? {} : { status: { parents } }),
  };
}

const found = (parts: Parts) => httproute.acceptance?.(route(parts)) ?? [];
const lines = (parts: Parts) =>
  found(parts).map(({ code, message, mayPass }) => `${code}${mayPass ? "?" : ""}: ${message}`);
const remedy = "Every parent must accept the route; correct or remove it.";

describe("a route", () => {
  it("is in force when every parent accepts it as it stands", () => {
    expect(found({ parents: [answer(good)] })).toEqual([]);
    const mesh = { kind: "Service", group: "", name: "web" };
    expect(found({ parentRefs: [{ name: "edge" }, mesh], parents: [answer(good), answer(good, mesh)] })).toEqual([]);
  });

  it.each<[string, Parts, string]>([
    [
      "has no parent",
      { parentRefs: [] },
      "parent-not-accepted: HTTPRoute prod/web names no parent, so nothing applies it. Add a Gateway or a Service to `parentRefs`.",
    ],
    [
      "has no status",
      {},
      `parent-not-accepted?: Gateway prod/edge: no controller answers for it, as when it does not exist. ${remedy}`,
    ],
    [
      "has a parent more than answers",
      {
        parentRefs: [{ name: "edge" }, { name: "gone", namespace: "infra", sectionName: "https" }],
        parents: [answer(good)],
      },
      `parent-not-accepted?: Gateway infra/gone (https): no controller answers for it, as when it does not exist. ${remedy}`,
    ],
    [
      "is not accepted",
      {
        parents: [
          answer([said("Accepted", "False", { reason: "NoMatchingParent", message: "no listener\nfits." }), good[1]]),
        ],
      },
      `parent-not-accepted: Gateway prod/edge: Accepted=False NoMatchingParent (no listener fits). ${remedy}`,
    ],
    [
      "is refused by one of two controllers",
      { parents: [answer(good), answer([said("Accepted", "False", { reason: "Conflicted" }), good[1]])] },
      `parent-not-accepted: Gateway prod/edge: Accepted=False Conflicted. ${remedy}`,
    ],
    [
      "is accepted as it was",
      { parents: [answer(good)], generation: 4 },
      `parent-not-accepted?: Gateway prod/edge: Accepted is said of generation 3, and the route is at 4. ${remedy}`,
    ],
    [
      "is waited for",
      { parents: [answer([said("Accepted", "Unknown", { reason: "Pending" }), good[1]])] },
      `parent-not-accepted?: Gateway prod/edge: Accepted Pending. ${remedy}`,
    ],
    [
      "has half an answer",
      { parents: [answer([good[0]])] },
      `parent-not-accepted?: Gateway prod/edge: ResolvedRefs is not said. ${remedy}`,
    ],
    [
      "is partly invalid",
      {
        parents: [
          answer([
            ...good,
            said("PartiallyInvalid", "True", { reason: "UnsupportedValue", message: "rule 2 dropped" }),
          ]),
        ],
      },
      `parent-not-accepted: Gateway prod/edge: PartiallyInvalid UnsupportedValue (rule 2 dropped). ${remedy}`,
    ],
    [
      "names a backend that is not there",
      { parents: [answer([good[0], said("ResolvedRefs", "False", { reason: "BackendNotFound" })])] },
      "reference-not-resolved: Gateway prod/edge: ResolvedRefs=False BackendNotFound. The share of that backend would answer 500. Correct the reference.",
    ],
    [
      "names a backend that it may not",
      { parents: [answer([good[0], said("ResolvedRefs", "False", { reason: "RefNotPermitted" })])] },
      "reference-not-granted: Gateway prod/edge: ResolvedRefs=False RefNotPermitted. A backend in another namespace needs a ReferenceGrant there, from HTTPRoute in namespace prod.",
    ],
  ])("is not when it %s", (_, parts, expected) => {
    expect(lines(parts)[0]).toBe(expected);
  });

  it("may be answered for without a generation, or without the section of its parent", () => {
    const ageless = good.map(({ observedGeneration: _, ...rest }) => rest);
    expect(found({ parents: [answer(ageless)], generation: 9 })).toEqual([]);
    expect(found({ parentRefs: [{ name: "edge", sectionName: "https" }], parents: [answer(good)] })).toEqual([]);
  });

  it("is answered for section by section where controllers say so", () => {
    const section = (sectionName: string) => ({ ...edge, sectionName });
    const parents = [
      answer(good, section("http")),
      answer([said("Accepted", "False", { reason: "NotAllowed" }), good[1]], section("https")),
    ];
    expect(found({ parentRefs: [section("http")], parents })).toEqual([]);
    expect(lines({ parentRefs: [section("https")], parents })).toEqual([
      `parent-not-accepted: Gateway prod/edge (https): Accepted=False NotAllowed. ${remedy}`,
    ]);
  });

  it.each([null, "x", [null], [{}], [{ parentRef: edge, conditions: "x" }], [{ parentRef: edge, conditions: [null] }]])(
    "is not taken for accepted when its status is %j",
    (parents) => {
      expect(found({ parents }).length).toBeGreaterThan(0);
    },
  );
});
