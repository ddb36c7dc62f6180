import { expect, test } from "vitest";
import { nameOf, pathOf } from "../../src/cluster/resource-path-and-name.ts";
import { reviews, reviewsPath } from "./api.ts";

test("paths and names of objects and collections", () => {
  const { name: _name, ...collection } = reviews;
  expect(pathOf(reviews)).toBe(reviewsPath);
  expect(pathOf(collection)).toBe("/apis/networking.istio.io/v1/namespaces/shop/virtualservices");
  expect(nameOf(collection)).toBe('virtualservices.networking.istio.io in namespace "shop"');
  const node = { group: "", version: "v1", plural: "nodes", namespace: "", name: "n" };
  expect(nameOf(node)).toBe('nodes "n"');
});

test("a name cannot lead out of its path", () => {
  expect(pathOf({ ...reviews, name: "../../secrets/x?watch=1#" })).toBe(
    "/apis/networking.istio.io/v1/namespaces/shop/virtualservices/..%2F..%2Fsecrets%2Fx%3Fwatch%3D1%23",
  );
});
