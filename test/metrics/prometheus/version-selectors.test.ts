import { describe, expect, it } from "vitest";
import { selectorsOf } from "../../../src/metrics/prometheus/data-planes/index.ts";
import { nameOf } from "../../../src/metrics/version-name.ts";
import type { VersionTarget, VersionTargets } from "../../../src/ports/metric-source.ts";

const arm = (service: string, further: Partial<VersionTarget> = {}): VersionTarget => ({
  host: `${service}.shop.svc.cluster.local`,
  service,
  namespace: "shop",
  ...further,
});
const arms = (canary: VersionTarget, stable: VersionTarget, further: Partial<VersionTargets> = {}): VersionTargets => ({
  canary,
  stable,
  namespace: "shop",
  ...further,
});

describe("telling the versions apart", () => {
  it("goes by Service where there are two", () => {
    expect(selectorsOf(arms(arm("reviews-v2"), arm("reviews-v1")))).toMatchObject({
      kind: "selectors",
      label: "destination_service_name",
      canary: 'reporter="source",destination_service_name="reviews-v2",destination_service_namespace="shop"',
      stable: 'reporter="source",destination_service_name="reviews-v1",destination_service_namespace="shop"',
    });
    const ambient = selectorsOf(arms(arm("a"), arm("b"), { reporter: "waypoint" }));
    expect(ambient).toMatchObject({
      canary: expect.stringContaining('reporter="waypoint",destination_service_name="a"'),
    });
  });

  it("goes by workload where one Service has subsets and the workloads are known", () => {
    const canary = arm("reviews", { subset: "v2", workloads: ["reviews-v2b", "reviews.v2"] });
    const stable = arm("reviews", { subset: "v1", workloads: ["reviews-v1"] });
    expect(selectorsOf(arms(canary, stable))).toMatchObject({
      kind: "selectors",
      label: "destination_workload",
      canary:
        'reporter="source",destination_workload=~"reviews-v2b|reviews\\\\.v2",destination_workload_namespace="shop"',
      stable: 'reporter="source",destination_workload="reviews-v1",destination_workload_namespace="shop"',
    });
  });

  it.each([
    [{ version: "v2" }, { version: "v1" }, "v2"],
    [{ version: "v2", "service.istio.io/canonical-revision": "next" }, { version: "v1" }, "next"],
    [{ version: "x", "app.kubernetes.io/version": "1.2" }, { "app.kubernetes.io/version": "1.1" }, "1.2"],
  ])("goes by revision otherwise: %j", (ofCanary, ofStable, revision) => {
    const canary = arm("reviews", { subset: "next", subsetLabels: ofCanary });
    const stable = arm("reviews", { subset: "now", subsetLabels: ofStable, workloads: ["reviews-v1"] });
    expect(selectorsOf(arms(canary, stable))).toMatchObject({
      label: "destination_canonical_revision",
      canary: `reporter="source",destination_service_name="reviews",destination_service_namespace="shop",destination_canonical_revision="${revision}"`,
    });
  });

  it("finds both versions with one selector, and tells their series apart", () => {
    const byWorkload = selectorsOf(
      arms(
        arm("reviews", { subset: "v2", workloads: ["reviews-v2"] }),
        arm("reviews", { subset: "v1", workloads: ["reviews-v1", "reviews.old"] }),
      ),
    );
    if (byWorkload.kind === "refused") throw new Error(byWorkload.reason.code);
    expect(byWorkload.both).toBe(
      'reporter="source",destination_workload=~"reviews-v1|reviews-v2|reviews\\\\.old",destination_workload_namespace="shop"',
    );
    const of = (workload: string, namespace = "shop") =>
      byWorkload.versionOf({ destination_workload: workload, destination_workload_namespace: namespace });
    expect([of("reviews-v2"), of("reviews-v1"), of("reviews.old"), of("reviews-old")]).toEqual([
      "canary",
      "stable",
      "stable",
      undefined,
    ]);
    // With versions in two namespaces the one selector finds series of neither, too.
    const apart = selectorsOf(arms(arm("reviews", { namespace: "next" }), arm("reviews")));
    if (apart.kind === "refused") throw new Error(apart.reason.code);
    expect(apart.both).toContain('destination_service_name="reviews",destination_service_namespace=~"next|shop"');
    const labels = { destination_service_name: "reviews", destination_service_namespace: "next" };
    expect(apart.versionOf(labels)).toBe("canary");
    expect(of("reviews-v1", "other")).toBeUndefined();
    expect(apart.versionOf({})).toBeUndefined();
  });

  it("ends no string, whatever a label holds", () => {
    const canary = arm("reviews", { subsetLabels: { version: 'v2"} or vector(1) #' } });
    const stable = arm("reviews", { subsetLabels: { version: "v1" } });
    expect(selectorsOf(arms(canary, stable))).toMatchObject({
      canary: expect.stringContaining('revision="v2\\"} or vector(1) #"'),
    });
  });

  it.each([
    [
      "no labels",
      arms(arm("r", { subset: "v2" }), arm("r", { subset: "v1" })),
      { problem: "subset-without-version", service: "r", others: ["v2"] },
    ],
    [
      "labels that name no version",
      arms(
        arm("r", { subset: "v2", subsetLabels: { color: "blue" } }),
        arm("r", { subset: "v1", subsetLabels: { version: "v1" } }),
      ),
      { problem: "subset-without-version", service: "r", others: ["v2"] },
    ],
    [
      "the same version twice",
      arms(arm("r", { subsetLabels: { version: "v1" } }), arm("r", { subsetLabels: { version: "v1" } })),
      { problem: "subsets-of-one-version", service: "r" },
    ],
    [
      "a workload of both",
      arms(arm("r", { subset: "v2", workloads: ["w", "x"] }), arm("r", { subset: "v1", workloads: ["w"] })),
      { problem: "shared-workload", others: ["w"] },
    ],
    [
      "the server's own view of two Services",
      arms(arm("a"), arm("b"), { reporter: "destination" }),
      { problem: "service-unreliable", others: ["destination"] },
    ],
  ])("is not possible with %s", (_name, both, data) => {
    expect(selectorsOf(both)).toEqual({ kind: "refused", reason: { code: "versions-alike", data } });
  });

  it("is possible for the server's own proxy by workload", () => {
    const both = arms(arm("a", { workloads: ["wa"] }), arm("b", { workloads: ["wb"] }), { reporter: "destination" });
    expect(selectorsOf(both)).toMatchObject({
      canary: expect.stringContaining('reporter="destination",destination_workload="wa"'),
    });
  });

  it("calls a version by its subset, else by its Service", () => {
    expect([nameOf(arm("reviews", { subset: "v2" })), nameOf(arm("reviews-v2"))]).toEqual(["v2", "reviews-v2"]);
  });
});
