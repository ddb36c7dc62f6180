import { expect, it } from "vitest";
import { forcible, withoutForced } from "../../src/rollout/overridable-refusals.ts";

const unequal = { code: "inconsistent-weights", message: "Rules differ." } as const;
const shadowed = { code: "unreachable-rule", message: "It never gets traffic." } as const;

it("leaves what nobody overrides, and names what somebody does", () => {
  expect(withoutForced([unequal, shadowed])).toEqual({ left: [unequal, shadowed], notes: [] });
  expect(withoutForced([unequal, shadowed], ["inconsistent-weights", "subset-empty"])).toEqual({
    left: [shadowed],
    notes: ["Overridden by force (inconsistent-weights): Rules differ."],
  });
});

it.each([
  "owned-by-controller",
  "permission-missing",
  "corrupt-record",
  "drifted",
  "dry-run-rejected",
  "object-malformed",
  "fractional-weight",
])("has no opinion on %s", (code) => {
  expect(forcible).not.toContain(code);
});
