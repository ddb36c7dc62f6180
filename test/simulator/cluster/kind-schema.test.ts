import { describe, expect, it } from "vitest";
import { causes, conform, incomplete, type KindSchema } from "../../../src/simulator/cluster/kind-schema.ts";

const weight: KindSchema = { kind: "int32", least: 0, most: 1_000_000, default: 1 };
const route: KindSchema = {
  kind: "object",
  members: {
    host: { kind: "text" },
    rules: { kind: "list", most: 2, least: 1, items: { kind: "object", members: { weight, filters: "any" } } },
  },
};

describe("what is kept of a value", () => {
  it("drops unknown members at any depth and names them, keeps free parts whole, fills in defaults", () => {
    const given = { host: "a", hots: "b", rules: [{ filters: { anything: [1] }, wieght: 5 }, { weight: 7 }] };
    expect(conform(given, route, "spec")).toEqual({
      value: { host: "a", rules: [{ filters: { anything: [1] }, weight: 1 }, { weight: 7 }] },
      unknown: ["spec.hots", "spec.rules[0].wieght"],
    });
  });

  it("takes null for absence", () => {
    expect(conform({ host: null, rules: [{ weight: null }] }, route, "spec").value).toEqual({ rules: [{ weight: 1 }] });
  });

  it("leaves a value of the wrong type for the check to find", () => {
    expect(conform({ rules: "none" }, route, "spec").value).toEqual({ rules: "none" });
  });
});

describe("why a value is refused", () => {
  const fields = (value: unknown) => causes(value, route, "spec").map(({ field, reason }) => [field, reason]);

  it("finds every fault with its place", () => {
    const value = { host: 5, rules: [{ weight: "1" }, { weight: 1_000_001 }] };
    expect(fields(value)).toEqual([
      ["spec.host", "FieldValueTypeInvalid"],
      ["spec.rules[0].weight", "FieldValueTypeInvalid"],
      ["spec.rules[1].weight", "FieldValueInvalid"],
      ["<nil>", "FieldValueInvalid"],
    ]);
  });

  it("says that further rules were not checked only after a fault that kept it from them", () => {
    expect(causes({ rules: [{ weight: -1 }] }, route, "spec")).not.toContainEqual(incomplete);
    expect(causes({ rules: [{ weight: 1.5 }] }, route, "spec")).toContainEqual(incomplete);
  });

  it("counts the items of a list", () => {
    const rule = { weight: 1 };
    expect(fields({ rules: [] })[0]).toEqual(["spec.rules", "FieldValueInvalid"]);
    expect(fields({ rules: [rule, rule] })).toEqual([]);
    expect(causes({ rules: [rule, rule, rule] }, route, "spec")[0]).toMatchObject({
      reason: "FieldValueTooMany",
      message: "Too many: 3: must have at most 2 items",
    });
  });
});
