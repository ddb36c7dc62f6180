import { expect, test } from "vitest";
import { foreign } from "../../../src/base/foreign.ts";
import { type Reason, reason } from "../../../src/base/reasons/index.ts";
import { eachOnce, type Notice, notice } from "../../../src/base/reasons/notice.ts";
import type { noticeReasons } from "../../../src/base/reasons/notice-reasons.ts";
import { noticeText, textOf } from "../../../src/text/index.ts";

/** Every notice in words; what is printed stands in test/fixtures/sentences/notices.txt. */

type NoticeCode = keyof typeof noticeReasons;
type Examples = { readonly [C in NoticeCode]: readonly [Reason<C>["data"], ...Reason<C>["data"][]] };

const v2 = "reviews.shop.svc.cluster.local/v2";
const object = "VirtualService shop/reviews";
const answer = reason("network-reset", { errno: "ECONNRESET" });
const unlisted = reason("not-listable", { plural: "pods", namespace: "shop" });
const api = { group: "networking.istio.io", kind: "VirtualService", plural: "virtualservices" };

const examples: Examples = {
  "canary-added": [{ canary: v2, rules: ["http/api", "http/rest"] }],
  "serves-several-hosts": [{ object, hosts: ["a.example.com", "b.example.com"] }],
  "sticky-sessions": [{ rule: "rules/0" }],
  "path-at-rest": [{ path: "prod/gw", rules: ["http/b"] }],
  "rule-without-path": [{ rule: "http/a" }],
  "rule-shadowed": [{ rule: "http/b", path: "mesh", takers: ["http/a"] }],
  "canary-fed-elsewhere": [{ rules: ["http/0"], canary: v2 }],
  "other-protocol-stays": [{ rules: ["spec.tcp[1]"] }],
  "shares-connections": [{ rules: ["tcp/3000"] }],
  "requests-mirrored": [{ rule: "http/0", mirrors: [{ id: v2, share: 12.5 }] }],
  "odd-weight-sum": [{ rule: "http/0", sum: 10 }],
  "gitops-tool": [
    { tool: "argo-cd", object, sure: "certain", ignorable: "live" },
    { tool: "argo-cd", object, sure: "by-label", ignorable: "live" },
    { tool: "flux", object, sure: "certain", ignorable: "live" },
    { tool: "flux", object, sure: "certain", ignorable: "live-or-git" },
    { tool: "helm-release", object, sure: "certain", ignorable: "live" },
    { tool: "helm", object, sure: "certain", ignorable: "live" },
  ],
  "flux-pause": [
    { fate: "no-effect" },
    { fate: "kept" },
    { fate: "late" },
    { fate: "planned" },
    { fate: "planned", before: "enabled" },
    { fate: "set" },
    { fate: "first-only" },
  ],
  "flux-still-paused": [{}, { before: "enabled" }],
  "delegate-followed": [{ root: "shop/front", delegate: "shop/rules" }],
  "delegate-of": [
    { delegate: "shop/rules", roots: ["shop/other"], moved: "root" },
    { delegate: "shop/rules", roots: ["shop/front"], moved: "delegate" },
    { delegate: "shop/rules", roots: ["shop/front", "shop/other"], moved: "delegate" },
  ],
  "delegate-unused": [{ delegate: "shop/rules" }],
  "all-traffic-to": [{ destination: v2 }],
  "keep-weights": [{}],
  "check-skipped": [
    { check: "right", object: "patch", because: answer },
    { check: "rivals", because: unlisted },
    { check: "grants", object: "next", because: answer },
    { check: "profile", because: answer },
    { check: "namespace-mode", object: "shop", because: answer },
    { check: "pod-mode", object: "shop/reviews", because: answer },
    { check: "waypoint", object: "shop/waypoint", because: answer },
    { check: "destination", because: unlisted },
  ],
  "subset-for-some-clients": [
    { subset: "v2", rules: ["shop/b"], labels: ["app=gateway"], is: "lacking" },
    { subset: "v2", rules: ["shop/b", "shop/a"], labels: ["app=gateway"], is: "only-there" },
  ],
  "credentials-may-expire": [{ user: "ci", endsAt: Date.UTC(2023, 10, 14, 22), until: Date.UTC(2023, 10, 14, 23) }],
  "cluster-warns": [{ says: foreign("rule 3 is never reached") }],
  overridden: [{ finding: reason("fault-injected", { rule: "http/0" }) }],
  endpoints: [
    { destination: v2, ready: 0 },
    { destination: v2, ready: 1 },
    { destination: v2, ready: 3 },
  ],
  "endpoints-unchecked": [{ destination: v2 }],
  "subset-undefined": [{ destination: v2 }],
  "not-listable": [{ plural: "pods", namespace: "shop" }],
  "not-a-service": [{ destination: "web.shop.TraefikService.traefik.io" }],
  "not-there": [{ object: "Namespace shop" }],
  "kind-not-served": [
    { ...api, lacking: "group", served: [], known: ["v1"] },
    { ...api, lacking: "kind", served: [], known: ["v1"] },
    { ...api, lacking: "version", served: ["v2"], known: ["v1", "v1beta1"] },
  ],
  "unknown-route-kind": [{ kind: "ingress", known: ["virtualservice", "httproute"] }],
};

test("every notice is told in words", async () => {
  const lines = Object.entries(examples).flatMap(([code, all]) => [
    `${code}:`,
    ...all.map((data) => `  ${textOf({ code, data } as Reason)}`),
    "",
  ]);
  await expect(lines.join("\n")).toMatchFileSnapshot("../../fixtures/sentences/notices.txt");
});

test("what is to be pasted stands below its sentence, as it is", () => {
  expect(noticeText(notice("keep-weights", {}, "kubectl get x \\\n  --output json"))).toBe(
    "To keep these weights:\nkubectl get x \\\n  --output json",
  );
});

test("one notice is told once, and those that differ in their words are two", () => {
  const warns = (text: string): Notice => notice("cluster-warns", { says: foreign(text) });
  expect(eachOnce([warns("a"), warns("b"), warns("a")])).toEqual([warns("a"), warns("b")]);
});
