import { expect, test } from "vitest";
import { describePlace, describeProblems } from "../../src/text/describe-problems.ts";

const problem = (message: string, place?: object) => ({ code: "input" as const, message, ...(place && { place }) });

test("places stand in one column, numbers too", () => {
  const problems = Array.from({ length: 10 }, (_, index) =>
    problem(`Nr ${index}.`, { file: "plan.yml", line: index + 1, column: 3 }),
  );
  const lines = describeProblems(problems).split("\n");
  expect(lines[0]).toBe("Sluice cannot start: 10 problems. Nothing was written.");
  expect(lines[1]).toBe("   1. plan.yml:1:3   Nr 0.");
  expect(lines[10]).toBe("  10. plan.yml:10:3  Nr 9.");
});

test("one problem, and one without a place", () => {
  expect(describeProblems([problem("Something is wrong.")])).toBe(
    "Sluice cannot start: 1 problem. Nothing was written.\n  1. Something is wrong.",
  );
  expect(describeProblems([problem("A."), problem("B.", { input: "hold" })])).toContain(
    "\n  1.             A.\n  2. input hold  B.",
  );
});

test("a flag is called as it was typed", () => {
  expect(describePlace({ input: "hold" })).toBe("input hold");
  expect(describePlace({ input: "hold" }, "cli")).toBe("--hold");
  expect(describePlace({ input: "checks", line: 2, column: 5 }, "cli")).toBe("--checks:2:5");
  expect(describePlace({ file: "plan.yml" })).toBe("plan.yml");
});
