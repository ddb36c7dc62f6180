import { expect, test } from "vitest";
import { said } from "../../../src/base/reasons/said.ts";
import type { Progress } from "../../../src/ports/reporter.ts";
import {
  checkSizes,
  commandSizes,
  decisionSizes,
  evidenceSizes,
  phaseSizes,
  type ScreenView,
} from "../../../src/reports/live/screen-sections.ts";
import { written } from "../../../src/reports/live/styled-text.ts";
import { progressing, situations, start, watching } from "../samples.ts";
import { compared } from "./compared.ts";

const viewOf = (progress: Progress): ScreenView => ({ progress, now: progress.at, onInterrupt: "" });
const shown = (sizes: ReturnType<typeof phaseSizes>, size: number) =>
  (sizes[size] ?? []).map((one) => written(one, 80, false).trimEnd());

test("the present phase alone, a few around it, or all of them", () => {
  const phase = { weight: 0, holdMs: 60_000, maxHoldMs: 240_000, thenPause: false };
  const phases = Array.from({ length: 12 }, (_, at) => ({ ...phase, weight: (at + 1) * 5 }));
  const plan = { ...(watching.plan as NonNullable<Progress["plan"]>), phases };
  const entered = Array.from({ length: 6 }, () => start);
  const sizes = phaseSizes(viewOf({ ...watching, plan, state: { ...progressing, phase: 6, weight: 30, entered } }), 80);
  expect(shown(sizes, 0)).toEqual([expect.stringMatching(/^▸ {2}6 {3}30%/)]);
  expect(shown(sizes, 1).map((text) => text.slice(0, 4))).toEqual(["✓  5", "▸  6", "·  7", "·  8", "·  9"]);
  expect(shown(sizes, 2)).toHaveLength(12);
  expect(phaseSizes(viewOf({ ...watching, state: undefined }), 80)).toEqual([[]]);
});

test("one comparison is one bar; several have one each below that of all", () => {
  expect(shown(evidenceSizes(viewOf(compared), 80), 1)).toHaveLength(1);
  const numbers = compared.judged?.numbers as NonNullable<NonNullable<Progress["judged"]>["numbers"]>;
  const [errors] = Object.values(numbers.evidence);
  const two = { ...numbers, evidence: { errors, latency: { ...errors, process: "latency" } } };
  const judged = { ...compared.judged, numbers: two } as NonNullable<Progress["judged"]>;
  expect(shown(evidenceSizes(viewOf({ ...compared, judged }), 80), 1).map((text) => text.slice(0, 18).trim())).toEqual([
    "evidence of harm █",
    "errors         █",
    "latency        █",
  ]);
});

test("checks, decisions and commands, the newest and the nearest kept", () => {
  expect(shown(checkSizes(viewOf(watching)), 0)).toEqual([
    "check success-rate waiting 0.9973  2 values, 0 outside, 1 missing",
  ]);
  const timeline = Array.from({ length: 9 }, (_, at) => ({
    at: start + at * 1_000,
    phase: 1,
    weight: at,
    verdict: "none" as const,
    reason: said(`step ${at}`),
    committed: true,
  }));
  expect(shown(decisionSizes(viewOf({ ...watching, timeline }), 80), 0)).toEqual(["14:02:23    8% –         step 8"]);
  expect(shown(decisionSizes(viewOf({ ...watching, timeline }), 80), 1)).toHaveLength(4);
  expect(commandSizes(viewOf(situations["rolled-back"] as Progress), 80)).toEqual([[], []]);
});
