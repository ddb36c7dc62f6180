import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PartName } from "./behaviour/days.ts";
import { type Sum, type Tally, tally } from "./tally.ts";

/** Work shared out to processes of their own: each runs the sources as they stand, without a compiler in between. */

export type Job =
  | { readonly kind: "seeds"; readonly from: number; readonly count: number }
  | { readonly kind: "singles" | "strips"; readonly scenario: string }
  | { readonly kind: "doubles"; readonly scenario: string; readonly part: number; readonly parts: number }
  | { readonly kind: "behaviour"; readonly part: PartName; readonly from: number; readonly count: number }
  | { readonly kind: "suite"; readonly invariants: readonly string[]; readonly scenes: readonly string[] };

export type Done<Result> = { readonly result: Result; readonly cpuMs: number };

const ownWorker = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Runs one job in a process. `worker` may stand in a copy of the project whose sources were changed. */
export function inProcess<Result>(job: Job, worker = ownWorker): Promise<Done<Result>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", worker, JSON.stringify(job)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(out) as Done<Result>);
      else reject(new Error(`the worker ended with ${code ?? signal}: ${err.slice(0, 2_000)}`));
    });
  });
}

/** All jobs on so many processes at once, summed up. */
export async function sumOf(
  jobs: readonly Job[],
  atOnce: number,
  told: (done: number, total: Tally) => void = () => {},
  run: typeof inProcess = inProcess,
): Promise<Done<Tally>> {
  const total = tally();
  const waiting = [...jobs];
  let [cpuMs, done] = [0, 0];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const one = await run<Sum>(job);
      total.join(one.result);
      cpuMs += one.cpuMs;
      done += 1;
      told(done, total);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, work));
  return { result: total, cpuMs };
}

export function seedJobs(from: number, count: number, each = 10_000): Job[] {
  const jobs: Job[] = [];
  for (let at = from; at < from + count; at += each) {
    jobs.push({ kind: "seeds", from: at, count: Math.min(each, from + count - at) });
  }
  return jobs;
}
