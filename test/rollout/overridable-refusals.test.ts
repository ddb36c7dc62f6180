import { expect, it } from "vitest";
import { finding } from "../../src/base/reasons/finding.ts";
import { reason } from "../../src/base/reasons/index.ts";
import { forcible } from "../../src/rollout/forcible.ts";
import { withoutForced } from "../../src/rollout/overridable-refusals.ts";

const unequal = finding("inconsistent-weights", { rules: [{ rule: "http/a", share: 10 }] });
const shadowed = finding("unreachable-rule", { rule: "http/b", takers: ["http/a"] });

it("leaves what is not overridden, and names what is", () => {
  expect(withoutForced([unequal, shadowed])).toEqual({ left: [unequal, shadowed], notices: [] });
  expect(withoutForced([unequal, shadowed], ["inconsistent-weights", "subset-empty"])).toEqual({
    left: [shadowed],
    notices: [{ reason: reason("overridden", { finding: unequal.reason }) }],
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
