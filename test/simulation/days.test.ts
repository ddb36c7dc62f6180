import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { failuresOf, freshSeed } from "./fresh.ts";
import { sceneOf } from "./generate.ts";
import { type Job, seedJobs, sumOf } from "./jobs.ts";
import { scenarios, smallest } from "./scenarios.ts";
import type { Scene } from "./scene.ts";
import { checked } from "./seeds.ts";
import { simulate } from "./world.ts";

/** As much of the simulation as fits into the minutes between two edits; `gate.test.ts` has the rest. */

const processes = 2;
const longMs = 5 * 60_000;

test("every single fault in the smallest scenario of each situation", { timeout: longMs }, async () => {
  const jobs: Job[] = smallest.map(({ name }) => ({ kind: "singles", scenario: name }));
  const { result } = await sumOf(jobs, processes);
  expect(failuresOf(result)).toEqual([]);
  expect(result.scenes).toBeGreaterThan(500);
});

test("a thousand fresh days of many runs, with everything that can go wrong", { timeout: longMs }, async () => {
  const { result } = await sumOf(seedJobs(freshSeed(), 1_000, 500), processes);
  expect(failuresOf(result)).toEqual([]);
  expect(result.scenes).toBeGreaterThanOrEqual(1_000);
});

type Kept = { readonly note: string; readonly seed?: number; readonly scene?: Scene };
const kept = JSON.parse(readFileSync(new URL("seeds.json", import.meta.url), "utf8")) as readonly Kept[];

test.each(kept)("what once failed stays mended: $note", async ({ seed, scene }) => {
  const report = await checked(scene ?? sceneOf(seed ?? 0));
  expect(report.violations).toEqual([]);
});

test("equal seeds give equal traces, and other seeds others", async () => {
  const hashes = await Promise.all([5, 5, 6].map(async (seed) => (await simulate(sceneOf(seed))).hash));
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});

test("what reporters do changes neither the order nor the time of any write", async () => {
  for (const { scene } of scenarios.slice(0, 20)) {
    const calm = await simulate(scene);
    for (const reporters of ["hang", "throw", "lie"] as const) {
      expect((await simulate({ ...scene, reporters })).writes).toEqual(calm.writes);
    }
  }
});
