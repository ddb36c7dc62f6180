import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sceneOf } from "./generate.ts";
import { type Job, seedJobs, sumOf } from "./jobs.ts";
import { scenarios, smallest } from "./scenarios.ts";
import type { Scene } from "./scene.ts";
import { checked } from "./seeds.ts";
import type { Sum } from "./tally.ts";
import { simulate } from "./world.ts";

/** What every change has to pass: every single fault, every pair in the smallest scenarios, many fresh days, all old failures. */

const processes = 2;
const longMs = 20 * 60_000;

/** A failure names what to run: `SEED=… scripts/node24 test/simulation/replay.ts`. */
const failuresOf = ({ failed, failures }: Sum) =>
  failed === 0
    ? []
    : failures.map(({ scene, words }) => `SEED=${scene.seed} ${JSON.stringify(scene.faults)} ${words[0]}`);

/** Fresh at every change and the same for everybody who looks at that change. */
function freshSeed(): number {
  try {
    return Number.parseInt(execFileSync("git", ["rev-parse", "HEAD"]).toString().slice(0, 7), 16);
  } catch {
    return 1;
  }
}

test("every single fault at every call of 40 scenarios", { timeout: longMs }, async () => {
  const jobs: Job[] = scenarios.map(({ name }) => ({ kind: "singles", scenario: name }));
  const { result } = await sumOf(jobs, processes);
  expect(failuresOf(result)).toEqual([]);
  expect(scenarios).toHaveLength(40);
  expect(result.scenes).toBeGreaterThan(3_000);
});

test("every pair of faults in the smallest scenario of each situation", { timeout: longMs }, async () => {
  const parts = 4;
  const jobs: Job[] = smallest.flatMap(({ name }) =>
    Array.from({ length: parts }, (_, part) => ({ kind: "doubles" as const, scenario: name, part, parts })),
  );
  const { result } = await sumOf(jobs, processes);
  expect(failuresOf(result)).toEqual([]);
  expect(result.scenes).toBeGreaterThan(20_000);
});

test("fresh days of many runs, with everything that can go wrong", { timeout: longMs }, async () => {
  const { result } = await sumOf(seedJobs(freshSeed(), Number(process.env["SEEDS"] ?? 20_000)), processes);
  expect(failuresOf(result)).toEqual([]);
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
