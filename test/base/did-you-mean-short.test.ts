import { expect, test } from "vitest";
import { nearest } from "../../src/cluster/kubeconfig/nearest.ts";

test.each([
  ["prod-eu", ["prod-us", "prod-eu1", "dev"], "prod-eu1"],
  ["PROD", ["prod"], "prod"],
  ["b", ["a"], "a"],
  ["staging", ["dev", "prod"], undefined],
  ["x", [], undefined],
])("%s among %j is %s", (written, known, expected) => {
  expect(nearest(written, known)).toBe(expected);
});
