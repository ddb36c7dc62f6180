import { expect, it } from "vitest";
import { reason } from "../../src/base/reasons/index.ts";
import { said } from "../../src/base/reasons/said.ts";
import { forcible, withoutForced } from "../../src/rollout/overridable-refusals.ts";

const unequal = { code: "inconsistent-weights", message: "Rules differ." } as const;
const shadowed = { code: "unreachable-rule", message: "It never gets traffic." } as const;

it("leaves what is not overridden, and names what is", () => {
  expect(withoutForced([unequal, shadowed])).toEqual({ left: [unequal, shadowed], overridden: [] });
  expect(withoutForced([unequal, shadowed], ["inconsistent-weights", "subset-empty"])).toEqual({
    left: [shadowed],
    overridden: [{ reason: reason("overridden", { refusal: "inconsistent-weights", finding: said("Rules differ.") }) }],
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
