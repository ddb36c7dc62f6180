import { describe, expect, it } from "vitest";
import { placeOf, sameDestination } from "../../src/rollout/same-destination.ts";

describe("two names of one destination", () => {
  it.each([
    ["the same name", "web/v1:80", "web/v1:80", true],
    ["a port that only one writes out", "web/v1", "web/v1:80", true],
    ["the same, the other way round", "web/v1:80", "web/v1", true],
    ["two ports", "web/v1:80", "web/v1:81", false],
    ["two subsets", "web/v1", "web/v2", false],
    ["two subsets, one with a port", "web/v1:80", "web/v2", false],
  ])("%s", (_, one, other, expected) => {
    expect(sameDestination(one, other)).toBe(expected);
  });

  it("are found by the whole name first, and never by guess", () => {
    expect(placeOf(["web:80", "web"], "web")).toBe(1);
    expect(placeOf(["api", "web:80"], "web")).toBe(1);
    expect(placeOf(["web:80", "web:81"], "web")).toBe(-1);
    expect(placeOf(["api"], "web")).toBe(-1);
  });
});
