import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Done, inProcess, type Job } from "./jobs.ts";

/** The result of each job in a file of its own: a night that was interrupted goes on where it was. */
export function keptIn(folder: string, run: typeof inProcess = inProcess): typeof inProcess {
  mkdirSync(folder, { recursive: true });
  return async <Result>(job: Job): Promise<Done<Result>> => {
    const file = join(folder, `${nameOf(job)}.json`);
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Done<Result>;
    const done = await run<Result>(job);
    // Under its own name only once it is whole: whoever goes on must not find half a file.
    writeFileSync(`${file}.part`, JSON.stringify(done));
    renameSync(`${file}.part`, file);
    return done;
  };
}

const nameOf = (job: Job): string =>
  Object.values(job)
    .flat()
    .join("-")
    .replaceAll(/[^\w-]+/g, "_");
