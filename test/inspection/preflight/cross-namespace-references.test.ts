import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import { finding } from "../../../src/base/reasons/finding.ts";
import { checkReferences } from "../../../src/inspection/preflight/cross-namespace-references.ts";
import { httproute } from "../../../src/routes/httproute.ts";
import { siteWith } from "../inspected-route.ts";

const abroad = (namespace?: string): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "reviews", namespace: "shop" },
  spec: {
    parentRefs: [{ name: "edge" }],
    rules: [
      {
        backendRefs: [
          { name: "reviews-v1", port: 9080, weight: 100 },
          { name: "reviews-v2", port: 9080, weight: 0, ...(namespace === undefined ? {} : { namespace }) },
        ],
      },
    ],
  },
});

const grant = (spec: object): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1beta1",
  kind: "ReferenceGrant",
  metadata: { name: "for-shop", namespace: "next" },
  spec: {
    from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop" }],
    to: [{ group: "", kind: "Service" }],
    ...spec,
  },
});

async function check(route: KubeObject, objects: readonly KubeObject[] = [], rights?: Parameters<typeof siteWith>[2]) {
  const { site, object } = siteWith(httproute, [route, ...objects], rights);
  const selected = httproute.select(object, { routes: [], rules: [], startWeight: 0 });
  if (selected.kind === "refused") throw new Error(JSON.stringify(selected.findings));
  return checkReferences(site, selected.selection, {});
}

describe("backends in another namespace", () => {
  it("need a grant there", async () => {
    const { findings } = await check(abroad("next"));
    expect(findings).toEqual([
      finding("reference-not-granted", {
        kind: "HTTPRoute",
        namespace: "shop",
        destination: "reviews-v2.next.svc.cluster.local:9080",
        to: { group: "", kind: "Service", namespace: "next", name: "reviews-v2" },
      }),
    ]);
  });

  it.each<[string, object, number]>([
    ["every Service", {}, 0],
    ["this Service", { to: [{ group: "", kind: "Service", name: "reviews-v2" }] }, 0],
    ["another Service", { to: [{ group: "", kind: "Service", name: "other" }] }, 1],
    ["another kind", { to: [{ group: "", kind: "Secret" }] }, 1],
    [
      "another kind of route",
      { from: [{ group: "gateway.networking.k8s.io", kind: "TCPRoute", namespace: "shop" }] },
      1,
    ],
    ["routes of elsewhere", { from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "x" }] }, 1],
  ])("with a grant for %s", async (_, spec, count) => {
    expect((await check(abroad("next"), [grant(spec)])).findings).toHaveLength(count);
  });

  it("are not looked for where there are none, and nothing is asked", async () => {
    expect(await check(abroad(), [], [])).toEqual({ findings: [], notices: [] });
  });

  it("are said to be unchecked where grants may not be listed", async () => {
    const { findings, notices } = await check(abroad("next"), [], []);
    expect(findings).toEqual([]);
    expect(notices).toMatchObject([{ reason: { code: "check-skipped", data: { check: "grants", object: "next" } } }]);
  });
});
