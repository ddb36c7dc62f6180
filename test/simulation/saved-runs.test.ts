import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type inProcess, type Job, seedJobs, sumOf } from "./jobs.ts";
import { keptIn } from "./saved-runs.ts";
import { type Sum, tally } from "./tally.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-kept-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Jobs that only say how many seeds they were asked for; `done` names those that were really run. */
function counting(failAt?: number) {
  const done: number[] = [];
  const run = (async (job: Job) => {
    if (job.kind !== "seeds") throw new Error("no such job");
    if (job.from === failAt) throw new Error("the machine went down");
    done.push(job.from);
    const { add: _add, join: _join, ...sum }: Sum & Record<string, unknown> = { ...tally(), scenes: job.count };
    return { result: sum, cpuMs: 10 };
  }) as unknown as typeof inProcess;
  return { run, done };
}

test("a night that was interrupted goes on where it was", async () => {
  const jobs = seedJobs(1, 50, 10);
  await expect(sumOf(jobs, 1, undefined, keptIn(folder, counting(31).run))).rejects.toThrow("went down");
  const { run, done } = counting();
  const { result, cpuMs } = await sumOf(jobs, 1, undefined, keptIn(folder, run));
  expect(done).toEqual([31, 41]);
  expect(result.scenes).toBe(50);
  expect(cpuMs).toBe(50);
});

test("half a file is no result", async () => {
  const [job] = seedJobs(1, 10, 10);
  if (job === undefined) throw new Error("no job");
  const { run, done } = counting();
  await keptIn(folder, run)(job);
  const [name] = readdirSync(folder);
  rmSync(join(folder, name ?? ""));
  writeFileSync(join(folder, `${name}.part`), '{"result":');
  await keptIn(folder, run)(job);
  expect(done).toEqual([1, 1]);
});
