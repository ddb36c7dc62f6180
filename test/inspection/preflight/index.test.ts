import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/base/kube-object.ts";
import type { FurtherCheck } from "../../../src/inspection/preflight/index.ts";
import { othersAtWork } from "../../../src/routes/gitops-tools.ts";
import { because, changed, only, stage } from "../scene.ts";

const owners: FurtherCheck = async (object, _plan, selection) => othersAtWork(object, selection.rules);
const labelled = (metadata: Partial<KubeObject["metadata"]>) =>
  changed(only("VirtualService", (object) => ({ ...object, metadata: { ...object.metadata, ...metadata } })));

describe("preflight", () => {
  it("refuses a route that a controller owns, and says who", async () => {
    const objects = labelled({
      ownerReferences: [{ apiVersion: "flagger.app/v1beta1", kind: "Canary", name: "reviews", controller: true }],
    });
    const { findings } = await stage({ objects, further: [owners] }).preflight();
    expect(findings).toEqual(
      because("owned-by-controller", { object: "VirtualService shop/reviews", owner: "Canary reviews" }),
    );
  });

  it("warns of GitOps with the snippet to paste, and goes on", async () => {
    const objects = labelled({
      annotations: { "argocd.argoproj.io/tracking-id": "shop:networking.istio.io/VirtualService:shop/reviews" },
    });
    const { codes, notices } = await stage({ objects, further: [owners] }).preflight();
    expect(codes).toEqual([]);
    expect(notices).toMatchObject([
      { reason: { code: "gitops-tool" }, snippet: expect.stringContaining("ignoreDifferences") },
    ]);
  });

  it("finds everything in one pass, credentials and rights first", async () => {
    const objects = changed(only("DestinationRule", () => undefined));
    const gone = { user: "ci", renewable: false, endsAt: 1 };
    const { codes } = await stage({
      objects,
      credential: gone,
      rights: [{ groups: ["*"], plurals: ["*"], verbs: ["get", "list"] }],
    }).preflight();
    expect(codes).toEqual(["credentials-expire", "permission-missing", "subset-missing", "subset-missing"]);
  });

  it("only looks: get, list, reviews of rights, and patches that are dry runs", async () => {
    const there = stage();
    await there.preflight();
    expect(new Set(there.calls.map(({ kind }) => kind))).toEqual(new Set(["read", "list", "may", "dry-run"]));
  });
});
