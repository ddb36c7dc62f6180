import { expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { phaseRows } from "../../src/reports/phase-rows.ts";
import { minute, passed, progressing, situations, start, watching } from "./samples.ts";

test("a phase that was left says why, and how long it was held", () => {
  expect(phaseRows(watching)[0]).toEqual({
    phase: 1,
    weight: 5,
    current: false,
    enteredAt: start,
    held: "11 min",
    verdict: "passed",
    because: "success-rate is 0.998, at least 0.99",
  });
});

test.each([
  ["person", "passed by a person"],
  ["waiver", "passed without proof"],
  ["pass", "passed"],
] as const)("grounds of kind %s read %s", (kind, verdict) => {
  const state = { ...progressing, grounds: { phase: 1, kind, reason: said("why") } };
  expect(phaseRows({ ...watching, state })[0]).toMatchObject({ verdict, because: "why" });
});

test("right after a step the new phase has no verdict yet: the old one's is not its own", () => {
  const entered: Progress = { ...watching, kind: "commit", judged: passed, at: start + 11 * minute };
  expect(phaseRows(entered)[1]).toMatchObject({ verdict: "watching", held: "0 of 10 min" });
  expect(phaseRows(entered)[1]).not.toHaveProperty("because");
});

test("what lies ahead says what is planned", () => {
  const ahead = { ...watching, state: { ...progressing, phase: 1, weight: 5, entered: [start] } };
  expect(
    phaseRows(ahead)
      .slice(1)
      .map(({ held }) => held),
  ).toEqual(["10 min planned, then a person", "30 min planned", "10 min planned"]);
});

test("a clock that went back holds nothing for less than no time", () => {
  expect(phaseRows({ ...watching, at: start - minute })[1]?.held).toBe("0 of 10 min");
  expect(phaseRows({ ...watching, at: undefined })[1]?.held).toBe("–");
});

test("without a record there is no table; a record that claims thousands of phases gets a short one", () => {
  const { state: _, ...rest } = watching;
  expect(phaseRows({ ...rest, state: undefined })).toEqual([]);
  expect(phaseRows({ ...watching, state: { ...progressing, phase: 100_000 } }).length).toBe(20);
  expect(phaseRows(situations["unknown"] as Progress)[1]?.verdict).toBe("unknown");
});
