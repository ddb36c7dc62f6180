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
/** What is found first, and whether it may pass. */
const first = (parts: Parts) => found(parts)[0];
const edged = "Gateway prod/edge";

describe("a route", () => {
  it("is in force when every parent accepts it as it stands", () => {
    expect(found({ parents: [answer(good)] })).toEqual([]);
    const mesh = { kind: "Service", group: "", name: "web" };
    expect(found({ parentRefs: [{ name: "edge" }, mesh], parents: [answer(good), answer(good, mesh)] })).toEqual([]);
  });

  it.each<[string, Parts, string, object, true?]>([
    ["has no parent", { parentRefs: [] }, "parent-not-accepted", { why: "no-parent", route: "HTTPRoute prod/web" }],
    ["has no status", {}, "parent-not-accepted", { why: "unanswered", parent: edged }, true],
    [
      "has a parent more than answers",
      {
        parentRefs: [{ name: "edge" }, { name: "gone", namespace: "infra", sectionName: "https" }],
        parents: [answer(good)],
      },
      "parent-not-accepted",
      { why: "unanswered", parent: "Gateway infra/gone (https)" },
      true,
    ],
    [
      "is not accepted",
      {
        parents: [
          answer([said("Accepted", "False", { reason: "NoMatchingParent", message: "no listener\nfits." }), good[1]]),
        ],
      },
      "parent-not-accepted",
      {
        why: "refused",
        parent: edged,
        condition: "Accepted",
        reason: "NoMatchingParent",
        says: "no listener fits.",
      },
    ],
    [
      "is refused by one of two controllers",
      { parents: [answer(good), answer([said("Accepted", "False", { reason: "Conflicted" }), good[1]])] },
      "parent-not-accepted",
      { why: "refused", parent: edged, condition: "Accepted", reason: "Conflicted" },
    ],
    [
      "is accepted as it was",
      { parents: [answer(good)], generation: 4 },
      "parent-not-accepted",
      { why: "outdated", parent: edged, condition: "Accepted", seen: 3, present: 4 },
      true,
    ],
    [
      "is waited for",
      { parents: [answer([said("Accepted", "Unknown", { reason: "Pending" }), good[1]])] },
      "parent-not-accepted",
      { why: "unknown", parent: edged, condition: "Accepted", reason: "Pending" },
      true,
    ],
    [
      "has half an answer",
      { parents: [answer([good[0]])] },
      "parent-not-accepted",
      { why: "unsaid", parent: edged, condition: "ResolvedRefs" },
      true,
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
      "parent-not-accepted",
      {
        why: "partial",
        parent: edged,
        condition: "PartiallyInvalid",
        reason: "UnsupportedValue",
        says: "rule 2 dropped",
      },
    ],
    [
      "names a backend that is not there",
      { parents: [answer([good[0], said("ResolvedRefs", "False", { reason: "BackendNotFound" })])] },
      "reference-not-resolved",
      { parent: edged, reason: "BackendNotFound" },
    ],
    [
      "names a backend that it may not",
      { parents: [answer([good[0], said("ResolvedRefs", "False", { reason: "RefNotPermitted" })])] },
      "reference-not-granted",
      { parent: edged, kind: "HTTPRoute", namespace: "prod" },
    ],
  ])("is not when it %s", (_, parts, code, data, mayPass?) => {
    expect(first(parts)).toEqual({ reason: { code, data }, ...(mayPass === true ? { mayPass } : {}) });
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
    const refused = { why: "refused", parent: `${edged} (https)`, condition: "Accepted", reason: "NotAllowed" };
    expect(found({ parentRefs: [section("https")], parents })).toEqual([
      { reason: { code: "parent-not-accepted", data: refused } },
    ]);
  });

  it.each([null, "x", [null], [{}], [{ parentRef: edge, conditions: "x" }], [{ parentRef: edge, conditions: [null] }]])(
    "is not taken for accepted when its status is %j",
    (parents) => {
      expect(found({ parents }).length).toBeGreaterThan(0);
    },
  );
});
