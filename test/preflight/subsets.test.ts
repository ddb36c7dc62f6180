import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/traffic/driver.ts";
import { changed, destinationRule, look, only, route, stage } from "./scene.ts";

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
  it("none: each missing subset is told, with what would happen", async () => {
    const { codes: found, texts } = await stage({ objects: ruled() }).preflight();
    expect(found).toEqual(["subset-missing", "subset-missing"]);
    expect(texts).toContain(
      `v2 is not in any DestinationRule for ${full}; requests would fail with 503 NC. Add the subset, wait a few seconds, run again.`,
    );
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

  it("is not refused as missing where a nearer namespace may not be looked into", async () => {
    const rights = [
      route,
      look("services", "endpointslices", "pods", "virtualservices"),
      { groups: ["*"], plurals: ["destinationrules"], verbs: ["list"], namespaces: ["istio-system"] },
    ];
    const objects = ruled(destinationRule("a", full, { v1: "v1" }, "istio-system"));
    const { codes: found, notes } = await stage({ objects, rights }).preflight();
    expect(found).toEqual([]);
    expect(notes).toContain("check skipped: destinationrules in shop may not be listed");
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
