import { expect, it } from "vitest";
import { allows, everything, nameInSelector } from "../../../src/simulator/cluster/rbac.ts";

const route = { group: "networking.istio.io", version: "v1", plural: "virtualservices", namespace: "shop" };
const named = { ...route, name: "reviews" };
const rule = {
  groups: [route.group],
  plurals: [route.plural],
  verbs: ["get", "patch"],
  names: ["reviews"],
  namespaces: ["shop"],
};

it("adds rules up and grants nothing else", () => {
  expect(allows([rule], "patch", named)).toBe(true);
  expect(allows([rule], "list", named)).toBe(false);
  expect(allows([rule], "get", { ...named, name: "ratings" })).toBe(false);
  expect(allows([rule], "get", { ...named, namespace: "other" })).toBe(false);
  expect(allows([rule], "get", { ...named, group: "" })).toBe(false);
  expect(allows([rule, { ...rule, verbs: ["list"] }], "list", named)).toBe(true);
  expect(allows([], "get", named)).toBe(false);
  expect(allows(everything, "delete", { ...route, group: "", plural: "secrets" })).toBe(true);
});

it("never lets a rule with names cover a request that names nothing", () => {
  expect(allows([{ ...rule, verbs: ["list"] }], "list", route)).toBe(false);
});

it("finds the name by which a list is narrowed", () => {
  expect(nameInSelector("metadata.name=reviews")).toBe("reviews");
  expect(nameInSelector("metadata.namespace=shop,metadata.name==reviews")).toBe("reviews");
  expect(nameInSelector("metadata.namespace=shop")).toBeUndefined();
  expect(nameInSelector(undefined)).toBeUndefined();
});
