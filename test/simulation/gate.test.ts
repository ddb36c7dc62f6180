import { expect, test } from "vitest";
import { failuresOf, freshSeed } from "./fresh.ts";
import { type Job, seedJobs, sumOf } from "./jobs.ts";
import { scenarios, smallest } from "./scenarios.ts";
import { busyWork, plainScene } from "./scene.ts";
import { checked } from "./seeds.ts";

/** What every change has to pass before it is merged: every single fault, every pair in the smallest scenarios, many fresh days. */

const processes = 2;
const longMs = 20 * 60_000;

test("every single fault at every call of 40 scenarios", { timeout: longMs }, async () => {
  const jobs: Job[] = scenarios.map(({ name }) => ({ kind: "singles", scenario: name }));
  const { result } = await sumOf(jobs, processes);
  expect(failuresOf(result)).toEqual([]);
  expect(scenarios).toHaveLength(40);
  expect(result.scenes).toBeGreaterThan(3_000);
});

test("the record stripped behind every version, in the smallest scenarios with every single fault beside it", {
  timeout: longMs,
}, async () => {
  const jobs: Job[] = [...scenarios, ...smallest].map(({ name }) => ({ kind: "strips", scenario: name }));
  const { result } = await sumOf(jobs, processes);
  expect(failuresOf(result)).toEqual([]);
  expect(result.scenes).toBeGreaterThan(1_500);
  expect(result.marks["step: restore"]).toBeGreaterThan(100);
});

test.each(busyWork)("a rollback is home beside a writer of %s every second and round trips of 300 ms", async (work) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const report = await checked({
      ...plainScene,
      seed,
      route: { ...plainScene.route, unmanagedRule: true },
      weather: { rates: {}, latencyMs: 150 },
      truth: { kind: "bad" },
      writer: { work, leastMs: 1_000, mostMs: 1_000 },
      closer: "sweeps",
    });
    expect([seed, report.violations, report.outcomes[0]?.outcome?.name]).toEqual([seed, [], "rolled-back"]);
  }
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
