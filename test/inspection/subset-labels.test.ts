import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/base/kube-object.ts";
import { finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { type Notice, notice } from "../../src/base/reasons/notice.ts";
import { entered } from "../rollout/samples.ts";
import { because, changed, destinationRule, look, only, route, stage } from "./scene.ts";

const full = "reviews.shop.svc.cluster.local";
const both = { v1: "v1", v2: "v2" };
/** The shop with these DestinationRules instead of its own. */
const ruled = (...rules: readonly KubeObject[]) =>
  changed(
    only("DestinationRule", () => undefined),
    ...rules,
  );
const codes = async (...rules: readonly KubeObject[]) => (await stage({ objects: ruled(...rules) }).preflight()).codes;

describe("which DestinationRule defines a subset", () => {
  it("none: each missing subset is told", async () => {
    const { findings } = await stage({ objects: ruled() }).preflight();
    const missing = (subset: string) => finding("subset-missing", { subset, host: full, misspelt: [] });
    expect(findings).toEqual([missing("v2"), missing("v1")]);
  });

  it.each<readonly [string, readonly KubeObject[], readonly string[]]>([
    ["one for the short name, completed by its own namespace", [destinationRule("a", "reviews", both)], []],
    ["one for the name in full", [destinationRule("a", full, both)], []],
    [
      "not one for the short name in another namespace",
      [destinationRule("a", "reviews", both, "istio-system")],
      ["subset-missing", "subset-missing"],
    ],
    ["one in the root namespace, where there is none nearer", [destinationRule("a", full, both, "istio-system")], []],
    [
      "the client's before the root's",
      [destinationRule("a", full, { v1: "v1" }), destinationRule("b", full, both, "istio-system")],
      ["subset-missing"],
    ],
    [
      "not one that is not exported to the client",
      [destinationRule("a", full, both, "istio-system", { exportTo: ["."] })],
      ["subset-missing", "subset-missing"],
    ],
    [
      "one that is exported to it by name",
      [destinationRule("a", full, both, "istio-system", { exportTo: ["shop"] })],
      [],
    ],
    ["one that is exported to all", [destinationRule("a", full, both, "istio-system", { exportTo: ["*"] })], []],
    ["its own, exported to nobody else", [destinationRule("a", full, both, "shop", { exportTo: ["."] })], []],
    [
      "one for a wildcard, where no host is more specific",
      [destinationRule("a", "*.shop.svc.cluster.local", both)],
      [],
    ],
    [
      "not one for a wildcard beside one for the host",
      [destinationRule("a", "*.shop.svc.cluster.local", both), destinationRule("b", full, { v1: "v1" })],
      ["subset-missing"],
    ],
    [
      "the longer of two wildcards",
      [destinationRule("a", "*.local", both), destinationRule("b", "*.shop.svc.cluster.local", { v2: "v2" })],
      ["subset-missing"],
    ],
    [
      "two for one host: what either defines counts",
      [destinationRule("a", full, { v1: "v1" }), destinationRule("b", full, { v2: "v2" })],
      [],
    ],
    [
      "two for one host: the first definition of a subset wins",
      [destinationRule("a", full, { v1: "v1", v2: "v1" }), destinationRule("b", full, { v2: "v2" })],
      ["subset-overlap"],
    ],
    [
      "one without a host says nothing",
      [destinationRule("a", full, both), { ...destinationRule("b", "x", both), spec: {} }],
      [],
    ],
    [
      "a subset without labels is all pods",
      [
        {
          ...destinationRule("a", full, both),
          spec: { host: full, subsets: [{ name: "v1" }, { name: "v2", labels: { version: "v2" } }, { labels: {} }] },
        },
      ],
      ["subset-overlap"],
    ],
  ])("%s", async (_, rules, expected) => {
    expect(await codes(...rules)).toEqual(expected);
  });

  it.each([
    ["reviews", full],
    [full, "reviews"],
    ["reviews", "reviews"],
    [full, full],
  ])("two for one host, called %s and %s, are one with the subsets of both", async (first, second) => {
    const halves = [destinationRule("a", first, { v1: "v1" }), destinationRule("b", second, { v2: "v2" })];
    expect(await codes(...halves)).toEqual([]);
    expect(await codes(...halves.toReversed())).toEqual([]);
  });

  it.each(["reviews.shop", "reviews.shop.svc"])(
    "a host with a dot is taken as it stands, so one for %s is for another host, which is said",
    async (host) => {
      const halves = ruled(destinationRule("a", full, { v1: "v1" }), destinationRule("b", host, { v2: "v2" }));
      const { findings } = await stage({ objects: halves }).preflight();
      const misspelt = [{ rule: "shop/b", host }];
      expect(findings).toEqual(because("subset-missing", { subset: "v2", host: full, misspelt }));
    },
  );

  it("the older of two definitions wins, wherever the rules stand in a list and whatever they are called", async () => {
    const older = async (listed: KubeObject, late: KubeObject) => {
      const set = stage({ objects: ruled(listed) });
      set.store.place(entered - 86_400_000, late, "kubectl");
      return (await set.preflight()).codes;
    };
    const [right, wrong] = [{ v1: "v1", v2: "v2" }, { v2: "v1" }];
    expect(await older(destinationRule("b", full, right), destinationRule("c", "reviews", wrong))).toEqual([
      "subset-overlap",
    ]);
    expect(await older(destinationRule("b", full, { v1: "v1", ...wrong }), destinationRule("c", full, right))).toEqual(
      [],
    );
  });

  it("of two of one age the first by name wins", async () => {
    const [right, wrong] = [destinationRule("b", full, { v1: "v1", v2: "v2" }), { v1: "v1", v2: "v1" }];
    expect(await codes(right, destinationRule("a", "reviews", wrong))).toEqual(["subset-overlap"]);
  });

  it.each<readonly [string, object, object, readonly string[]]>([
    ["exported alike are one, in whatever order", { exportTo: ["shop", "."] }, { exportTo: [".", "shop"] }, []],
    ["of which one is exported further: the younger stands alone", {}, { exportTo: ["."] }, ["subset-missing"]],
    ["of which the younger is exported further still are one", { exportTo: ["."] }, { exportTo: [".", "x"] }, []],
  ])("two for one host %s", async (_, first, second, expected) => {
    const rules = [
      destinationRule("a", full, { v1: "v1" }, "shop", first),
      destinationRule("b", full, { v2: "v2" }, "shop", second),
    ];
    expect(await codes(...rules)).toEqual(expected);
  });

  it("the client's namespace counts before a more specific host elsewhere", async () => {
    const near = destinationRule("a", "*.shop.svc.cluster.local", { v1: "v1" });
    expect(await codes(near, destinationRule("b", full, both, "istio-system"))).toEqual(["subset-missing"]);
  });

  describe("for some workloads only", () => {
    const gateway = { workloadSelector: { matchLabels: { app: "gateway" } } };
    const said = async (...rules: readonly KubeObject[]) => {
      const { codes: found, notices } = await stage({ objects: ruled(...rules) }).preflight();
      return [...found, ...notices];
    };
    const forSome = (is: "lacking" | "only-there", subset: string, app: string, ...names: readonly string[]): Notice =>
      notice("subset-for-some-clients", { subset, rules: names, labels: [`app=${app}`], is });

    it("is apart from the one for all: what it lacks, these workloads lack", async () => {
      const rules = [destinationRule("a", full, both), destinationRule("b", "reviews", { v1: "v1" }, "shop", gateway)];
      expect(await said(...rules)).toEqual([forSome("lacking", "v2", "gateway", "shop/b")]);
    });

    it("is one with another for the same workloads, and all is said to be well", async () => {
      const halves = [
        destinationRule("b", "reviews", { v1: "v1" }, "shop", gateway),
        destinationRule("c", full, { v2: "v2" }, "shop", gateway),
      ];
      expect(await said(destinationRule("a", full, both), ...halves)).toEqual([]);
    });

    it("is apart from one for other workloads", async () => {
      const other = { workloadSelector: { matchLabels: { app: "batch" } } };
      const rules = [
        destinationRule("b", full, { v1: "v1" }, "shop", gateway),
        destinationRule("c", full, { v2: "v2" }, "shop", other),
      ];
      expect(await said(destinationRule("a", full, both), ...rules)).toEqual([
        forSome("lacking", "v2", "gateway", "shop/b"),
        forSome("lacking", "v1", "batch", "shop/c"),
      ]);
    });

    it("swallows one for all that is for its namespace alone, as in istiod", async () => {
      const rules = [
        destinationRule("a", full, both, "shop", { exportTo: ["."] }),
        destinationRule("b", full, {}, "shop", gateway),
      ];
      expect(await said(...rules)).toEqual(
        ["v2", "v1"].map((subset) => forSome("only-there", subset, "gateway", "shop/b", "shop/a")),
      );
    });

    it("defines a subset for them alone", async () => {
      expect(
        await said(destinationRule("a", full, { v1: "v1" }), destinationRule("b", full, both, "shop", gateway)),
      ).toEqual([forSome("only-there", "v2", "gateway", "shop/b")]);
    });

    it("is not seen from another namespace", async () => {
      expect(await said(destinationRule("a", full, both, "istio-system", gateway))).toEqual([
        "subset-missing",
        "subset-missing",
      ]);
    });
  });

  it("is not refused as missing where a nearer namespace may not be looked into", async () => {
    const rights = [
      route,
      look("services", "endpointslices", "pods", "virtualservices"),
      { groups: ["*"], plurals: ["destinationrules"], verbs: ["list"], namespaces: ["istio-system"] },
    ];
    const objects = ruled(destinationRule("a", full, { v1: "v1" }, "istio-system"));
    const { codes: found, notices } = await stage({ objects, rights }).preflight();
    expect(found).toEqual([]);
    const unlisted = reason("not-listable", { plural: "destinationrules", namespace: "shop" });
    expect(notices).toContainEqual(notice("check-skipped", { check: "destination", because: unlisted }));
  });

  it("is refused as missing where only a farther namespace may not be looked into", async () => {
    const rights = [
      route,
      look("services", "endpointslices", "pods", "virtualservices"),
      { groups: ["*"], plurals: ["destinationrules"], verbs: ["list"], namespaces: ["shop"] },
    ];
    const objects = ruled(destinationRule("a", full, { v1: "v1" }));
    expect((await stage({ objects, rights }).preflight()).codes).toEqual(["subset-missing"]);
  });
});
