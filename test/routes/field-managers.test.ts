import { describe, expect, it } from "vitest";
import { finding } from "../../src/base/reasons/finding.ts";
import { foreignManagers, managersOf, ownedByController, ownWrite } from "../../src/routes/field-managers.ts";
import { http, virtualService } from "./shapes.ts";

type Metadata = Parameters<typeof virtualService>[1];
const object = (metadata: Metadata = {}) => virtualService(http(), metadata);
const owner = (metadata: Metadata) => ownedByController(object(metadata));

describe("who owns a list", () => {
  const entry = (manager: string, time: string, fields: object, subresource?: string) => ({
    manager,
    time,
    fieldsV1: fields,
    ...(subresource === undefined ? {} : { subresource }),
  });
  const spec = { "f:spec": { "f:http": {} } };
  const managedFields = [
    entry("first", "2026-01-01T00:00:00Z", spec),
    entry("sluice", "2026-01-02T00:00:00Z", spec),
    entry("last", "2026-01-03T00:00:00Z", spec),
    entry("other-list", "2026-01-04T00:00:00Z", { "f:spec": { "f:tcp": {} } }),
    entry("metadata", "2026-01-04T00:00:00Z", { "f:metadata": { "f:labels": {} } }),
    entry("status", "2026-01-05T00:00:00Z", spec, "status"),
    entry("first", "2026-01-01T00:00:01Z", spec),
  ];

  it("is told by the last writer first, without those who write status or other fields", () => {
    expect(managersOf(object({ managedFields }), "http")).toEqual(["last", "sluice", "first"]);
    expect(foreignManagers(object({ managedFields }), "http")).toEqual(["last", "first"]);
    expect(managersOf(object({ managedFields }), "tcp")).toEqual(["other-list"]);
  });

  it("is Sluice alone where no other manager is booked for it, at the time of its last write", () => {
    const own = [entry("sluice", "2026-01-02T00:00:00Z", spec), entry("sluice", "2026-01-01T00:00:00Z", spec)];
    expect(ownWrite(object({ managedFields: own }), "http")).toBe("2026-01-02T00:00:00Z");
    expect(ownWrite(object({ managedFields: own }), "tcp")).toBeUndefined();
    expect(ownWrite(object({ managedFields }), "http")).toBeUndefined();
    const record = { "f:metadata": { "f:annotations": { "f:sluice.dev/rollout": {} } }, ...spec };
    const withRecord = [entry("sluice", "2026-01-02T00:00:00Z", record)];
    expect(ownWrite(object({ managedFields: withRecord }), "http")).toBeUndefined();
  });

  it("is unknown where nothing is booked, or oddly", () => {
    expect(managersOf(object(), "http")).toEqual([]);
    const odd = [null, 7, {}, { manager: 3, fieldsV1: spec }, { manager: "x" }] as unknown as [];
    expect(managersOf(object({ managedFields: odd }), "http")).toEqual([]);
  });
});

describe("routes of controllers", () => {
  const refusal = (name: string) => finding("owned-by-controller", { object: "VirtualService prod/web", owner: name });
  const manager = (name: string) => ({ managedFields: [{ manager: name, fieldsV1: {} }] });

  it("are told by an owner that controls", () => {
    const reference = { kind: "Canary", name: "web", apiVersion: "flagger.app/v1beta1" };
    expect(owner({ ownerReferences: [{ ...reference, controller: true }] })).toEqual(refusal("Canary web"));
    expect(owner({ ownerReferences: [reference, { ...reference, controller: false }] })).toBeUndefined();
  });

  it.each<[string, Metadata, string]>([
    ["its manager", manager("flagger"), "Flagger"],
    ["its manager", manager("rollouts-controller"), "Argo Rollouts"],
    ["its manager", manager("kserve-controller-manager"), "KServe"],
    [
      "the label of the Gateway API plugin",
      { labels: { "rollouts.argoproj.io/gatewayapi-canary": "web" } },
      "Argo Rollouts",
    ],
    ["an annotation", { annotations: { "argo-rollouts.argoproj.io/managed-by-rollouts": "web" } }, "Argo Rollouts"],
    ["a label", { labels: { "networking.internal.knative.dev/ingress": "web" } }, "Knative"],
    ["a label", { labels: { "serving.kserve.io/inferenceservice": "web" } }, "KServe"],
    ["managed-by", { labels: { "app.kubernetes.io/managed-by": "flagger" } }, "Flagger"],
  ])("are told by %s", (_, metadata, name) => {
    expect(owner(metadata)).toEqual(refusal(name));
  });

  it.each<[string, Metadata]>([
    ["nothing", {}],
    ["a manager of status alone", { managedFields: [{ manager: "flagger", subresource: "status" }] }],
    ["a name that only sounds alike", { labels: { "notflagger.app/x": "y", flagger: "x" }, ...manager("flaggery") }],
    ["GitOps", manager("argocd-controller")],
  ])("are not suspected for %s", (_, metadata) => {
    expect(owner(metadata)).toBeUndefined();
  });
});
